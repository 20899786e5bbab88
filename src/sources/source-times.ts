/** Times of a source that finds its credentials around it, in milliseconds; tests shorten them. */
export interface SourceTimes {
  /** Deadline of one call, whatever a library waits for. */
  readonly timeoutMs: number
  /** While the source is younger than this, missing credentials may still appear, as on a fresh pod. */
  readonly startingMs: number
  /** When to look for missing credentials again. */
  readonly retryMs: number
}

export const defaultTimes: SourceTimes = { timeoutMs: 8_000, startingMs: 30_000, retryMs: 3_000 }

/** Ends a little before the deadline of the profile (`fetchTimeout`), because we know what was waited for. */
const ownShare = 0.8

/** Deadline of our own within that of the profile, both in milliseconds. */
export function ownTimeoutMs(fetchTimeoutMs: number): number {
  return ownShare * fetchTimeoutMs
}

export function timesFor(fetchTimeoutMs: number): SourceTimes {
  return { ...defaultTimes, timeoutMs: ownTimeoutMs(fetchTimeoutMs) }
}
