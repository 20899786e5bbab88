import { goBrokerTroubles } from './go-broker.ts'
import { goEndpointTroubles } from './go-endpoint.ts'
import type { Trouble } from './trouble.ts'

/** What programs in Go print: franz-go, sarama and kafka-go, with tokens by golang.org/x/oauth2 (also Dapr, KEDA, OTel collector). */
export const goTroubles: readonly Trouble[] = [...goEndpointTroubles, ...goBrokerTroubles]
