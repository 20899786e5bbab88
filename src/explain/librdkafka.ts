import { librdkafkaBrokerTroubles } from './librdkafka-broker.ts'
import { librdkafkaEndpointTroubles } from './librdkafka-endpoint.ts'
import { librdkafkaLoginTroubles } from './librdkafka-login.ts'
import { librdkafkaSettingTroubles } from './librdkafka-settings.ts'
import { librdkafkaTokenTroubles } from './librdkafka-token.ts'
import type { Trouble } from './trouble.ts'

/** What librdkafka 2 prints, by whatever language it is wrapped: Python, Go, .NET, Node, Rust, kcat, Vector, Fluent Bit, ClickHouse. */
export const librdkafkaTroubles: readonly Trouble[] = [
  ...librdkafkaSettingTroubles,
  ...librdkafkaLoginTroubles,
  ...librdkafkaEndpointTroubles,
  ...librdkafkaTokenTroubles,
  ...librdkafkaBrokerTroubles,
]
