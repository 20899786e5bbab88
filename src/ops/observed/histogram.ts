import type { ObservedHistogram } from './observed.ts'

/** Counts milliseconds by size. */
export interface Histogram extends ObservedHistogram {
  add(ms: number): void
}

export function histogram(boundsMs: readonly number[]): Histogram {
  const counts = new Array<number>(boundsMs.length + 1).fill(0)
  let sumMs = 0
  let count = 0
  return {
    boundsMs,
    counts,
    get sumMs() {
      return sumMs
    },
    get count() {
      return count
    },
    add(ms) {
      let at = 0
      // Most of what is counted is small, so the first comparison is most often the last.
      while (ms > (boundsMs[at] ?? Infinity)) at++
      counts[at] = (counts[at] ?? 0) + 1
      sumMs += ms
      count += 1
    },
  }
}

/** Of answers from the cache up to those that wait as long as a client may be held. */
export const answerBoundsMs = [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]

/** Of calls to providers, up to the longest deadline of a profile. */
export const upstreamBoundsMs = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000]
