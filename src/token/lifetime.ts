/**
 * When a token is renewed and given (times in milliseconds).
 *
 * Java clients keep 60 s + 300 s of buffer and complain about less, hence 360 s; a fifth of the lifetime keeps a client
 * from polling ever faster (KIP-768, `ExpiringCredentialRefreshingLogin`); half of it serves tokens that live shorter still.
 */
export interface Lifetime {
  /** Renewal starts when no more than this remains. */
  readonly renewBelowMs: number
  /** With less than this remaining the token is no longer given. */
  readonly giveAboveMs: number
}

/** Renewals start up to this share of the window earlier, so that replicas do not call at once. */
const jitterShare = 0.1

/** @param random from 0 inclusive to 1 exclusive */
export function lifetimeOf(lifetimeMs: number, random: number): Lifetime {
  const window = Math.min(Math.max(360_000, 0.2 * lifetimeMs), 0.5 * lifetimeMs)
  return {
    renewBelowMs: window * (1 + jitterShare * random),
    giveAboveMs: Math.min(30_000, 0.05 * lifetimeMs),
  }
}

// Metadata servers hand out the same token until five minutes are left.
const flipMs = 300_000

/** How long to wait after a renewal that brought the same token back. */
export function unchangedDelayMs(remainingMs: number): number {
  if (remainingMs > flipMs + 10_000) return remainingMs - flipMs
  return Math.min(Math.max(remainingMs / 4, 1_000), 30_000)
}

const firstDelayMs = 250
const firstRefusedDelayMs = 2_000
const longestDelayMs = 30_000
/** With callers waiting the next attempt is never further away than this. */
export const longestBackOffWhileAskedMs = 4_000

/**
 * Exponential back-off up to 30 s, each wait shortened by up to half: from 250 ms where the failure may pass by itself,
 * from 2 s where somebody has to mend something. `failures` counts from 1.
 */
export function backOffMs(failures: number, transient: boolean, random: number): number {
  const first = transient ? firstDelayMs : firstRefusedDelayMs
  return Math.min(first * 2 ** (failures - 1), longestDelayMs) * (1 - 0.5 * random)
}
