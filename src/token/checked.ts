import type { Platform } from '../platform/platform.ts'
import { requireKafkaUsable } from './jwt-shape.ts'
import type { TokenSource } from './token.ts'

/**
 * Lets only tokens through that a Kafka client takes. Kafka reads the end and the principal from the claims, not from
 * the answer, so the claims have the last word.
 */
export function checked(source: TokenSource, platform: Pick<Platform, 'now'>): TokenSource {
  return {
    kind: source.kind,
    async getToken(request, signal) {
      const token = await source.getToken(request, signal)
      const { exp, sub } = requireKafkaUsable(token.value.reveal(), platform.now())
      return { ...token, expiresAt: Math.min(token.expiresAt, Number(exp) * 1000), subject: String(sub) }
    },
    close: () => source.close?.(),
  }
}
