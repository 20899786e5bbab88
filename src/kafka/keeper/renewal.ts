import type { Secret } from '../../platform/secret.ts'
import { asTokenError, TokenError } from '../../token/error.ts'
import type { Cluster } from '../cluster.ts'
import type { DelegationToken } from '../delegation-token.ts'
import { expireDelegationToken, renewDelegationToken } from '../delegation-tokens.ts'

export interface RenewalOptions {
  /** Those that the controller may know it by as well, while secret keys are replaced one broker at a time. */
  readonly otherHmacs?: readonly Secret[]
  /** In milliseconds; default, and upper limit: that of the brokers. */
  readonly periodMs?: number | undefined
  /** By the clock of the controller. */
  readonly now: number
  readonly signal: AbortSignal
}

/** Resolves to the new expiry. Never renews to a shorter time: undefined where the period would do that. */
export async function renewedUntil(
  cluster: Cluster,
  { tokenId, hmac, expiresAt: before }: Pick<DelegationToken, 'tokenId' | 'hmac' | 'expiresAt'>,
  { otherHmacs = [], periodMs, now, signal }: RenewalOptions,
): Promise<number | undefined> {
  if (periodMs !== undefined && now + periodMs <= before) return undefined
  return renewedBy([hmac, ...otherHmacs.filter((other) => other.reveal() !== hmac.reveal())])

  async function renewedBy([known, ...further]: readonly Secret[]): Promise<number> {
    if (!known) throw otherKey(tokenId)
    try {
      const expiresAt = await renewDelegationToken(cluster, { hmac: known, periodMs }, signal)
      if (expiresAt >= before) return expiresAt
      // Somebody has given it more time by hand than a renewal gives; expiring it then is what gives it back.
      return await expireDelegationToken(cluster, { hmac: known, periodMs: Math.ceil(before - now) }, signal)
    } catch (thrown) {
      if (asTokenError(thrown).code === 'ERR_KAFKA_TOKEN_NOT_FOUND') return renewedBy(further)
      throw thrown
    }
  }
}

/** A broker listed the token a moment ago. */
function otherKey(tokenId: string): TokenError {
  const message = `the controller does not know the delegation token ${tokenId} by the HMAC that the brokers tell`
  return new TokenError('ERR_KAFKA_TOKEN_NOT_FOUND', message, {
    hint: 'If it was not expired just now, give the controllers the same delegation.token.secret.key as the brokers have, and restart them; while keys are being replaced this passes by itself.',
  })
}
