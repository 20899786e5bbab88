import type { Platform } from '../platform/platform.ts'
import { brokerDoubts } from './broker-doubts.ts'
import type { Emit } from './event.ts'
import { readJwtShape, requireKafkaUsable } from './jwt-shape.ts'
import type { TokenSource } from './token.ts'

export interface CheckOptions {
  readonly platform: Pick<Platform, 'now'>
  readonly emit: Emit
  /** What clients and brokers are told with `sasl.oauthbearer.sub.claim.name`; default `sub`. */
  readonly principalClaim?: string
}

/**
 * Lets only tokens through that a Kafka client takes. Kafka reads the end and the principal from the claims, not from
 * the answer, so the claims have the last word. What brokers may yet refuse is told once.
 */
export function checked(source: TokenSource, { platform, emit, principalClaim = 'sub' }: CheckOptions): TokenSource {
  let told = ''

  function tellDoubts(token: string, profile: string): void {
    const shape = readJwtShape(token)
    const doubts = shape ? brokerDoubts(shape, platform.now()).join('; it ') : ''
    // Figures differ from token to token.
    const kind = doubts.replace(/\d+/g, '')
    if (doubts !== '' && kind !== told) {
      emit({ type: 'warning', message: `profile ${profile}: the token ${doubts}` })
    }
    told = kind
  }

  return {
    kind: source.kind,
    async getToken(request, signal) {
      const token = await source.getToken(request, signal)
      const text = token.value.reveal()
      const claims = requireKafkaUsable(text, platform.now(), principalClaim)
      tellDoubts(text, request.profile)
      const expiresAt = Math.min(token.expiresAt, Number(claims['exp']) * 1000)
      return { ...token, expiresAt, subject: String(claims[principalClaim]) }
    },
    close: () => source.close?.(),
  }
}
