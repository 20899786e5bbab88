import type { RequestAnswered } from '../../token/event.ts'
import type { ObservedMinute } from './observed.ts'

/** What was answered in each of the last minutes. */
export interface Minutes {
  add(outcome: RequestAnswered['outcome'], tookMs: number, now: number): void
  list(now: number): readonly ObservedMinute[]
}

export const minuteMs = 60_000

/** Times are told within a tenth: each step is so much larger than the one before. */
const step = 1.1
const smallestMs = 0.01
const steps = Math.ceil(Math.log(60_000 / smallestMs) / Math.log(step))
/** Of the slowest, so many are above what is told as high. */
const highShare = 0.99

/** @param most how many minutes are kept */
export function minutes(most: number): Minutes {
  const done: ObservedMinute[] = []
  const sizes = new Uint32Array(steps + 1)
  const counts = { token: 0, refused: 0, failed: 0 }
  let at = -Infinity

  function current(): ObservedMinute {
    const { token: tokens, refused, failed } = counts
    const count = tokens + refused + failed
    return { at, tokens, refused, failed, medianMs: timeOf(sizes, count / 2), highMs: timeOf(sizes, highShare * count) }
  }

  function begin(now: number): void {
    if (at > -Infinity) done.push(current())
    if (done.length >= most) done.shift()
    at = now - (now % minuteMs)
    sizes.fill(0)
    counts.token = counts.refused = counts.failed = 0
  }

  return {
    add(outcome, tookMs, now) {
      // A clock that was set back begins another minute, too.
      if (now - at >= minuteMs || now < at) begin(now)
      counts[outcome] += 1
      const size = sizeOf(tookMs)
      sizes[size] = (sizes[size] ?? 0) + 1
    },
    list(now) {
      const all = at > -Infinity ? [...done, current()] : done
      return all.filter((minute) => now - minute.at < most * minuteMs)
    },
  }
}

function sizeOf(ms: number): number {
  return ms <= smallestMs ? 0 : Math.min(Math.ceil(Math.log(ms / smallestMs) / Math.log(step)), steps)
}

/** What so many of them did not exceed. */
function timeOf(sizes: Uint32Array, rank: number): number {
  let seen = 0
  for (const [size, count] of sizes.entries()) {
    seen += count
    if (count > 0 && seen >= rank) return smallestMs * step ** size
  }
  return 0
}
