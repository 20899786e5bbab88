import type { ConfigInput } from './config/schema.ts'
import { createSidecar, type Sidecar } from './sidecar.ts'

/** What KafkaJS and the KafkaJS side of confluent-kafka-javascript call for a token. */
export interface OauthBearerProvider {
  (): Promise<OauthBearerToken>
  /** What @platformatic/kafka takes as `sasl.token`. */
  readonly token: () => Promise<string>
}

/** One token, in the words of KafkaJS and confluent-kafka-javascript. */
export interface OauthBearerToken {
  readonly value: string
  /** Principal of the token; confluent-kafka-javascript wants it. */
  readonly principal: string
  /** When the token ends, milliseconds since the epoch. */
  readonly lifetime: number
}

/**
 * Tokens for a Kafka client in this process, from the same cache as the endpoint: renewed ahead of need, the old one
 * served while a renewal fails. Rejects with a TokenError, after 3 s where a failure may pass by itself: clients in Node give
 * a connection 5 s, and would report nothing but that. Pass a sidecar to say otherwise, or to hear events.
 *
 * @param from a sidecar, or the configuration of one; default: Google Application Default Credentials
 * @example
 * const provider = oauthBearerProvider({ profiles: { default: { source: 'gcp' } } })
 * new KafkaJS({ brokers, sasl: { mechanism: 'oauthbearer', oauthBearerProvider: provider } })
 * new Producer({ bootstrapBrokers, sasl: { mechanism: 'OAUTHBEARER', token: provider.token } }) // @platformatic/kafka
 */
export function oauthBearerProvider(from: Sidecar | ConfigInput = {}, profile?: string): OauthBearerProvider {
  const sidecar = 'getToken' in from ? from : createSidecar({ ...from, listen: { holdTimeout: '3s', ...from.listen } })
  return Object.assign(
    async () => {
      const { value, subject = '', expiresAt } = await sidecar.getToken(profile)
      return { value: value.reveal(), principal: subject, lifetime: expiresAt }
    },
    { token: async () => (await sidecar.getToken(profile)).value.reveal() },
  )
}
