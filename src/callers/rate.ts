import type { Platform } from '../platform/platform.ts'

export interface RateLimitOptions {
  /** How many come back within a minute. */
  readonly perMinute: number
  /** How many may come at once. */
  readonly burst: number
  readonly platform: Pick<Platform, 'monotonicNow'>
  /** Keys that are remembered at the same time; the one that came first is forgotten. Default 10,000. */
  readonly mostKeys?: number
}

/** A token bucket for each key. */
export interface RateLimit {
  /** Takes one. 0 where there was one, otherwise nothing is taken and it says how many milliseconds later there is one. */
  readonly take: (key: string) => number
  /** What `take` would say; takes none. */
  readonly wait: (key: string) => number
  /** Gives one back that was taken. */
  readonly give: (key: string) => void
}

interface Bucket {
  /** When it is full again, on the monotonic clock. */
  fullAt: number
}

export function rateLimit({ perMinute, burst, platform, mostKeys = 10_000 }: RateLimitOptions): RateLimit {
  const refillMs = 60_000 / perMinute
  /** In the order in which they came. */
  const buckets = new Map<string, Bucket>()

  function waitMs(bucket: Bucket | undefined, now: number): number {
    if (!bucket) return 0
    // Sums of fractions are a little off.
    return Math.max(Math.ceil(bucket.fullAt - now - (burst - 1) * refillMs - 1e-6), 0)
  }

  return {
    take(key) {
      const now = platform.monotonicNow()
      const bucket = buckets.get(key)
      const wait = waitMs(bucket, now)
      if (wait > 0) return wait
      if (bucket) bucket.fullAt = Math.max(bucket.fullAt, now) + refillMs
      else {
        buckets.set(key, { fullAt: now + refillMs })
        if (buckets.size > mostKeys) forgetFirst(buckets)
      }
      return 0
    },
    wait: (key) => waitMs(buckets.get(key), platform.monotonicNow()),
    give(key) {
      const bucket = buckets.get(key)
      if (bucket) bucket.fullAt -= refillMs
    },
  }
}

function forgetFirst(map: Map<string, unknown>): void {
  for (const [key] of map) {
    map.delete(key)
    return
  }
}
