import { withFetch } from '../platform/fair-fetch.ts'
import type { Platform } from '../platform/platform.ts'

/** What somebody's clock shows, compared with ours. */
export interface ClockReading {
  /** Host and port. */
  readonly who: string
  /** By how much it is ahead of ours. */
  readonly aheadMs: number
  /** How far off that may be: the way there and back, and a header without fractions of a second. */
  readonly uncertainMs: number
}

/** The platform, and what the clocks of those showed whom it has asked over HTTP since (`Date`, RFC 9110 §6.6.1). */
export function withClockReadings(platform: Platform): {
  readonly platform: Platform
  readonly readings: () => readonly ClockReading[]
} {
  const readings = new Map<string, ClockReading>()
  const listening = withFetch(platform, async (url, init) => {
    const [wallAt, startedAt] = [platform.now(), platform.monotonicNow()]
    const answer = await platform.fetch(url, init)
    const tookMs = platform.monotonicNow() - startedAt
    const shownAt = dateOf(answer)
    if (shownAt !== undefined) {
      const who = new URL(url).host
      const reading = { who, aheadMs: shownAt + 500 - (wallAt + tookMs / 2), uncertainMs: 500 + tookMs / 2 }
      const before = readings.get(who)
      if (!before || before.uncertainMs > reading.uncertainMs) readings.set(who, reading)
    }
    return answer
  })
  return { platform: listening, readings: () => [...readings.values()] }
}

/** What a cache answers was written at another time. */
function dateOf(answer: Response): number | undefined {
  if (answer.headers.has('Age')) return undefined
  const at = Date.parse(answer.headers.get('Date') ?? '')
  return Number.isNaN(at) ? undefined : at
}
