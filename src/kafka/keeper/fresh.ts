import type { DelegationToken } from '../delegation-token.ts'

/** What we were told of tokens a moment ago, until every broker can have heard of it too. */
export interface FreshTokens {
  /** What an answer to create or renew says, or a trial at every broker has shown. */
  note(token: DelegationToken): void
  /** It is expired by us, and no longer expected. */
  forget(token: DelegationToken): void
  /** What a broker describes, which may lag behind, with what we know better. */
  over(described: readonly DelegationToken[]): readonly DelegationToken[]
}

/** Brokers lag some 100 ms behind the controller, and longer while they start. */
const freshMs = 10_000

export function freshTokens(now: () => number): FreshTokens {
  const noted = new Map<string, { readonly token: DelegationToken; readonly until: number }>()

  function fresh(): readonly DelegationToken[] {
    for (const [tokenId, { until }] of noted) if (until < now()) noted.delete(tokenId)
    return [...noted.values()].map(({ token }) => token)
  }

  return {
    note(token) {
      noted.set(token.tokenId, { token, until: now() + freshMs })
    },
    forget({ tokenId }) {
      noted.delete(tokenId)
    },
    over(described) {
      const known = new Map(fresh().map((token) => [token.tokenId, token]))
      const newer = described.map((token) => {
        const expiresAt = Math.max(token.expiresAt, known.get(token.tokenId)?.expiresAt ?? 0)
        known.delete(token.tokenId)
        return { ...token, expiresAt }
      })
      return [...newer, ...known.values()]
    },
  }
}
