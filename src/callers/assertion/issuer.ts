import { asTokenError, TokenError } from '../../token/error.ts'
import { requireSignature } from './signature.ts'
import type { Assertion } from './claims.ts'
import type { IssuerConfig, Proof } from '../caller.ts'
import { rateLimit } from '../rate.ts'
import { fairTurns } from '../turns.ts'
import { issuerKeys, type IssuerWorld } from './issuer-keys.ts'
import { tokenReviews } from './token-review.ts'

/** What somebody vouches for. */
export interface Vouched {
  readonly subject: string
  readonly audience: readonly string[]
  readonly by: Proof['by']
}

/** Who verifies the assertions of one issuer. */
export interface Verifier {
  /** What it depends on: a configuration with another text needs another verifier. */
  readonly text: string
  /** `audiences`: those that are of use here; `group`: where it comes from. Rejects with a TokenError. */
  verify(assertion: Assertion, audiences: readonly string[], group: string): Promise<Vouched>
  close(): void
}

export const defaultIssuer: IssuerConfig = { verifyBy: 'jwks', allowPlaintext: false, jti: 'any' }

/** `jti` is no part of it: who is asked stays the same. */
export function verifierText({ jti, ...config }: IssuerConfig): string {
  return JSON.stringify(config)
}

export function verifier(issuer: string, config: IssuerConfig, world: IssuerWorld): Verifier {
  const way = config.verifyBy === 'jwks' ? byKeys(issuer, config, world) : byReview(issuer, config, world)
  return { ...way, text: verifierText(config) }
}

type Way = Pick<Verifier, 'verify' | 'close'>

/** Who waits for keys at the same time, as when a job starts. Whose key is known does not wait. */
const mostWaiting = 1_000

function byKeys(issuer: string, config: IssuerConfig, world: IssuerWorld): Way {
  const keys = issuerKeys(issuer, config, world)
  const full = (): TokenError => overloaded(issuer)
  const limitedKeys = { ...keys, current: limited(keys.current, full), newer: limited(keys.newer, full) }
  return {
    async verify(assertion) {
      await requireSignature(assertion, limitedKeys)
      return { subject: assertion.subject, audience: assertion.audience, by: 'assertion' }
    },
    close: keys.close,
  }
}

function limited<Value>(ask: () => Promise<Value>, full: () => TokenError): () => Promise<Value> {
  let waiting = 0
  return async () => {
    if (waiting >= mostWaiting) throw full()
    waiting++
    try {
      return await ask()
    } finally {
      waiting--
    }
  }
}

/** Reviews at the same time, in turns by address: nobody who sends many is to keep others waiting, or an API server busy. */
const reviewTurns = { atOnce: 8, most: mostWaiting, mostOfGroup: 250 }
/** Refusals of one address, after which the API server is spared. */
const mostRefusals = { burst: 100, perMinute: 100 }

function byReview(issuer: string, config: IssuerConfig, { platform }: IssuerWorld): Way {
  const reviews = tokenReviews(config, platform)
  const turns = fairTurns<Vouched>({ ...reviewTurns, full: () => overloaded(issuer) })
  const refusals = rateLimit({ ...mostRefusals, platform })
  const failure: { count: number; error?: TokenError } = { count: 0 }

  async function review(token: string, audiences: readonly string[], group: string): Promise<Vouched> {
    try {
      return { ...(await reviews.review(token, audiences)), by: 'token-review' }
    } catch (thrown) {
      const error = asTokenError(thrown)
      if (error.code === 'ERR_CALLER_ASSERTION') refusals.take(group)
      else Object.assign(failure, { count: failure.count + 1, error })
      throw error
    }
  }

  return {
    async verify({ token }, audiences, group) {
      const retryAfterMs = refusals.wait(group)
      if (retryAfterMs > 0) {
        throw new TokenError('ERR_CALLER_LIMIT', 'too many assertions from this address were refused', {
          retryAfterMs,
          hint: 'Look what the refusals before this one say, and ask again later.',
        })
      }
      const { count } = failure
      return turns.take(group, token, () =>
        // An API server that has failed meanwhile would fail each of those in line, one after the other.
        failure.error && failure.count > count ? Promise.reject(failure.error) : review(token, audiences, group),
      )
    },
    close() {
      turns.close()
      reviews.close()
    },
  }
}

function overloaded(issuer: string): TokenError {
  return new TokenError('ERR_REQUEST_OVERLOAD', `too many assertions of ${issuer} wait to be verified`, {
    hint: 'Ask again: Kafka clients do so by themselves. If this lasts, look why this issuer answers slowly, or who sends so many.',
  })
}
