import type { DelegationToken } from '../delegation-token.ts'

/** Which tokens of a cluster are the one that is kept, whoever made them. */
export interface Identity {
  readonly owner: string
  /** Who we are to the brokers. */
  readonly self: string
  readonly renewers: readonly string[]
  /** One that was made to live longer was made for something else. */
  readonly maxLifetimeMs?: number | undefined
}

/**
 * The tokens that this keeper, another one with the same configuration, or an earlier life of either made; those that last
 * longest first, so that all keepers choose the same.
 */
export function candidates(
  tokens: readonly DelegationToken[],
  { owner, self, renewers, maxLifetimeMs = Infinity }: Identity,
  now: number,
): readonly DelegationToken[] {
  return tokens
    .filter(
      (token) =>
        token.owner === owner &&
        (token.requester ?? self) === self &&
        (owner === self || token.renewers.includes(self)) &&
        isSameSet(besides(self, token.renewers), besides(self, renewers)) &&
        token.maxLifetimeAt - token.issuedAt <= maxLifetimeMs &&
        token.expiresAt > now,
    )
    .toSorted((a, b) => b.maxLifetimeAt - a.maxLifetimeAt || (a.tokenId < b.tokenId ? -1 : 1))
}

function besides(self: string, renewers: readonly string[]): ReadonlySet<string> {
  return new Set(renewers.filter((renewer) => renewer !== self))
}

function isSameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((member) => b.has(member))
}
