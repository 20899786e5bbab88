import type { Platform } from '../platform/platform.ts'
import { asTokenError, TokenError } from '../token/error.ts'
import { isAbsence } from './absence.ts'
import { askedUntil } from './asked-until.ts'
import type { Cluster } from './cluster.ts'
import { describeDelegationTokens } from './delegation-tokens.ts'

const visibleWithinMs = 10_000

/**
 * Waits until every broker that can be reached lists the token, which needs no listener with SCRAM: 10 s at most. Resolves to
 * the brokers that could not be asked. Rejects with ERR_KAFKA_TOKEN_REFUSED, or where none could with ERR_KAFKA_UNREACHABLE.
 */
export async function visibleEverywhere(
  platform: Platform,
  cluster: Cluster,
  { tokenId, owner }: { readonly tokenId: string; readonly owner: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const addresses = await cluster.brokers(signal)
  const found = await Promise.all(addresses.map(listedAt))
  const missing = addresses.filter((_, index) => found[index] === 'missing')
  const unreachable = addresses.filter((_, index) => found[index] === 'unreachable')
  if (unreachable.length === addresses.length) {
    throw new TokenError('ERR_KAFKA_UNREACHABLE', `${unreachable.join(', ')} could not be asked for the token`)
  }
  if (missing.length === 0) return unreachable
  const message = `${missing.join(', ')} did not list the token within ${visibleWithinMs / 1000} s`
  throw new TokenError('ERR_KAFKA_TOKEN_REFUSED', message, {
    hint: 'Look at the log of these brokers: they lag behind the controller.',
  })

  async function listedAt(address: string): Promise<'listed' | 'missing' | 'unreachable'> {
    try {
      const broker = await cluster.connect(address, signal)
      const one: Pick<Cluster, 'call'> = {
        call: async (api, request) => ({ answer: await broker.call(api, request, signal), broker: address }),
      }
      const isListed = (tokens: readonly { readonly tokenId: string }[]): boolean =>
        tokens.some((token) => token.tokenId === tokenId)
      const ask = (): ReturnType<typeof describeDelegationTokens> =>
        describeDelegationTokens(one, { owners: [owner] }, signal)
      try {
        const tokens = await askedUntil(ask, isListed, { platform, withinMs: visibleWithinMs, signal })
        return isListed(tokens) ? 'listed' : 'missing'
      } finally {
        broker.close()
      }
    } catch (thrown) {
      const error = asTokenError(thrown)
      if (!signal.aborted && isAbsence(error)) return 'unreachable'
      throw thrown
    }
  }
}
