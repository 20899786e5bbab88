import type { DelegationTokenChanged, DelegationTokenFailed } from '../../token/event.ts'
import type { ObservedDelegationToken, ObservedFailure } from './observed.ts'

/** One kept delegation token, kept up to date with what is told of it. */
export interface DelegationTokenState {
  changed(event: DelegationTokenChanged): void
  failed(event: DelegationTokenFailed, now: number): void
  read(name: string, now: number): ObservedDelegationToken
}

/** A look that goes well and finds nothing to do is not told: the failure before is over when the next attempt was. */
const longestAttemptMs = 120_000

export function delegationTokenState(): DelegationTokenState {
  let published: DelegationTokenChanged | undefined
  let expiresAt = 0
  let failure: (ObservedFailure & { readonly until: number }) | undefined
  let renewals = 0
  let failures = 0
  let wasUsable = false

  return {
    changed(event) {
      const { action, tokenId } = event
      const isPublished = tokenId === published?.tokenId
      if (action === 'usable' || action === 'rekeyed') {
        if (published) renewals += 1
        published = event
        expiresAt = event.expiresAt
        wasUsable = true
        failure = undefined
      } else if (action === 'renewed' && isPublished) {
        renewals += 1
        expiresAt = event.expiresAt
        failure = undefined
      } else if (action === 'expired' && isPublished) published = undefined
    },
    failed({ code, message, hint, expiresAt: left, nextAttemptMs }, now) {
      failures += 1
      failure = { code, message, hint, at: now, until: now + nextAttemptMs + longestAttemptMs }
      if (left !== undefined && published) expiresAt = left
    },
    read(name, now) {
      const { until = 0, ...told } = failure ?? {}
      return {
        name,
        ...(published && {
          tokenId: published.tokenId,
          owner: published.owner,
          expiresAt,
          maxLifetimeAt: published.maxLifetimeAt,
        }),
        isUsable: published !== undefined && expiresAt > now,
        wasUsable,
        renewals,
        failures,
        ...(failure && (now < until || !published) && { failure: told as ObservedFailure }),
      }
    },
  }
}
