/** What the reader of the page has chosen; it is kept nowhere else. */
export interface Sight {
  /** How much of the past the time lines show, in milliseconds; undefined until somebody chooses. */
  spanMs: number | undefined
  filter: string
  /** Also the rows beyond the first ones. */
  showsAll: boolean
  /** Keys of the rows that are open. */
  readonly open: Set<string>
}

/** Part of the time that the time lines show for what is still to come. */
const ahead = 0.2

/** The time that is shown, and where in it a moment is, in percent. */
export interface Span {
  readonly from: number
  readonly now: number
  readonly to: number
  readonly at: (time: number) => number
}

/** An hour, and six of a sidecar that runs for longer, unless somebody has chosen. */
export function spanOf(spanMs: number | undefined, now: number, startedAt = now): Span {
  const past = spanMs ?? usualSpanMs(now - startedAt)
  const from = now - past
  const to = now + past * ahead
  const at = (time: number): number => round(((clamp(time, from, to) - from) / (to - from)) * 100)
  return { from, now, to, at }
}

export function usualSpanMs(uptimeMs: number): number {
  if (uptimeMs < 900_000) return 900_000
  return uptimeMs < 3_600_000 ? 3_600_000 : 21_600_000
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}

function round(percent: number): number {
  return Math.round(percent * 100) / 100
}
