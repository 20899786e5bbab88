import type { PageMoment } from '../page-state.ts'
import { drawn } from './dom.ts'
import type { Span } from './sight.ts'
import { ago, count, duration, plural } from './words.ts'

/** Whose life is drawn. */
export interface Life {
  readonly name: string
  readonly obtainedAt?: number | undefined
  readonly expiresAt?: number | undefined
  /** When it last failed, if it still does. */
  readonly failedAt?: number | undefined
  /** Oldest first. */
  readonly moments: readonly PageMoment[]
}

const height = 36
const minuteMs = 60_000
const middle = 13
/** Marks of one kind that are nearer than this, in percent, are drawn as one. */
const nearest = 2

/** A token's life: bands while there was one, marks for what happened, and below how often it was handed out. */
export function timeLine(life: Life, span: Span): SVGElement {
  const attributes = { class: 'timeline', height, role: 'img', 'aria-label': told(life, span) }
  return drawn('svg', attributes, ...grid(span), ...bands(life, span), ...handedOut(life, span), ...marks(life, span))
}

/** The scale above all time lines. */
export function axis(span: Span): SVGElement {
  const labels = ticks(span)
    .filter((at) => Math.abs(span.at(at) - span.at(span.now)) > 9 && span.at(at) > 3 && span.at(at) < 97)
    .map((at) => drawn('text', { x: `${span.at(at)}%`, y: 11 }, hour(at)))
  const now = drawn('text', { class: 'now', x: `${span.at(span.now)}%`, y: 11 }, 'now')
  return drawn('svg', { class: 'axis', height: 16, 'aria-hidden': 'true' }, ...labels, now)
}

function ticks({ from, now, to }: Span): readonly number[] {
  const past = now - from
  const step = past <= 900_000 ? 300_000 : past <= 3_600_000 ? 900_000 : 3_600_000
  const zone = new Date(now).getTimezoneOffset() * 60_000
  const first = Math.ceil((from - zone) / step) * step + zone
  return Array.from({ length: Math.ceil((to - first) / step) }, (_, index) => first + index * step)
}

function hour(at: number): string {
  const date = new Date(at)
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`
}

function grid(span: Span): SVGElement[] {
  const line = (at: number, name: string): SVGElement => {
    const x = `${span.at(at)}%`
    return drawn('line', { class: name, x1: x, x2: x, y1: 0, y2: height })
  }
  return [...ticks(span).map((at) => line(at, 'tick')), line(span.now, 'now')]
}

const births = new Set(['issued', 'renewed', 'replaced'])
const ends = new Set(['dropped', 'expired'])

function bands({ moments, obtainedAt, expiresAt }: Life, span: Span): SVGElement[] {
  const born = moments.filter(({ what, expiresAt }) => births.has(what) && expiresAt !== undefined)
  const starts = born.map(({ at, expiresAt = at }) => ({ at, expiresAt }))
  // What happened before the time that is remembered.
  if (expiresAt !== undefined && !starts.some((start) => Math.abs(start.expiresAt - expiresAt) < 2_000)) {
    starts.push({ at: obtainedAt ?? span.from, expiresAt })
    starts.sort((a, b) => a.at - b.at)
  }
  const cuts = [...starts.map(({ at }) => at), ...moments.filter(({ what }) => ends.has(what)).map(({ at }) => at)]
  return starts.flatMap(({ at, expiresAt }) => {
    const end = Math.min(expiresAt, ...cuts.filter((cut) => cut > at))
    if (end <= span.from || at >= span.to) return []
    const lived = band('lived', at, Math.min(end, span.now), span)
    return end > span.now ? [lived, band('ahead', span.now, end, span)] : [lived]
  })
}

function band(name: string, from: number, to: number, span: Span): SVGElement {
  const x = span.at(from)
  const width = Math.max(span.at(to) - x, 0.2)
  return drawn('rect', { class: name, x: `${x}%`, width: `${width.toFixed(2)}%`, y: middle - 4, height: 8 })
}

/** At most so many bars. */
const mostBars = 72

function handedOut({ moments }: Life, { from, to, now, at: place }: Span): SVGElement[] {
  const minutes = Math.max(Math.ceil((now - from) / mostBars / minuteMs), 1)
  const length = minutes * minuteMs
  const given = new Map<number, number>()
  for (const { what, at, count: many = 1 } of moments) {
    if (what !== 'handed out' || at < from - minuteMs) continue
    const start = Math.floor(at / length) * length
    given.set(start, (given.get(start) ?? 0) + many)
  }
  const most = Math.max(...given.values(), 1)
  const width = Math.max((length / (to - from)) * 80, 0.2).toFixed(2)
  return [...given].map(([at, many]) => {
    // The root, so that a few are seen beside many.
    const size = round(Math.max(Math.sqrt(many / most) * 11, 2))
    const text = `handed out ${plural(many, 'time')} in ${plural(minutes, 'minute')} from ${hour(at)}`
    const attributes = { class: 'given', x: `${place(at)}%`, width: `${width}%`, y: height - size, height: size }
    return drawn('rect', { ...attributes, 'data-count': many }, drawn('title', {}, text))
  })
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

const shapes: Readonly<Record<string, string>> = {
  issued: 'M-4.5 0A4.5 4.5 0 1 1 4.5 0 4.5 4.5 0 1 1-4.5 0Z',
  renewed: 'M-3.5 0A3.5 3.5 0 1 1 3.5 0 3.5 3.5 0 1 1-3.5 0Z',
  replaced: 'M-5 0 0-5 5 0 0 5Z',
  failed: 'M-4-4 4 4M4-4-4 4',
  dropped: 'M-4-4H4V4H-4Z',
  expired: 'M-4-4H4V4H-4Z',
}

/** What a mark means, with its picture. */
export function markOf(what: string): SVGElement {
  return drawn('path', { class: `mark ${what}`, d: shapes[what] ?? shapes['replaced'] })
}

interface Mark {
  readonly what: string
  readonly at: number
  until: number
  times: number
  readonly code: string | undefined
}

function marks({ moments, failedAt }: Life, span: Span): SVGElement[] {
  const found: Mark[] = []
  for (const { at, what, code, count: many = 1 } of moments) {
    if (what === 'handed out') continue
    const last = found.findLast((other) => other.what === what)
    if (last && span.at(at) - span.at(last.until) < nearest) {
      last.until = at
      last.times += many
    } else found.push({ at, until: at, what, times: many, code })
  }
  const last = found.at(-1)
  if (failedAt !== undefined && last?.what === 'failed') last.until = Math.max(last.until, failedAt)
  return found.filter(({ until }) => until >= span.from).flatMap((mark) => drawMark(mark, span))
}

function drawMark({ what, at, until, times, code }: Mark, span: Span): SVGElement[] {
  const when = until - at < 60_000 ? `at ${hour(at)}` : `from ${hour(at)} to ${hour(until)}`
  const text = `${what} ${when}${times > 1 ? `, ${count(times)} times` : ''}${code === undefined ? '' : `: ${code}`}`
  const x = `${span.at(until)}%`
  // A nested drawing, as only its place can be given in percent.
  const place = { x, y: middle, overflow: 'visible', width: 1, height: 1 }
  const mark = drawn('svg', place, drawn('g', {}, drawn('title', {}, text), markOf(what)))
  const isLong = what === 'failed' && span.at(until) > span.at(at)
  if (!isLong) return [mark]
  return [drawn('line', { class: 'failing', x1: `${span.at(at)}%`, x2: x, y1: middle, y2: middle }), mark]
}

/** The same in words. */
function told({ name, moments, expiresAt }: Life, { from, now }: Span): string {
  const times = new Map<string, number>()
  const shown = moments.filter(({ at }) => at >= from)
  for (const { what, count: many = 1 } of shown) times.set(what, (times.get(what) ?? 0) + many)
  const parts = [...times].map(([what, many]) => `${what} ${plural(many, 'time')}`)
  const last = shown.findLast(({ what }) => what !== 'handed out')
  const life =
    expiresAt === undefined ? 'no token' : expiresAt > now ? `lives for ${duration(expiresAt - now)}` : 'ended'
  return [
    `${name}, last ${duration(now - from)}: ${parts.length > 0 ? parts.join(', ') : 'nothing happened'}`,
    ...(last ? [`last ${last.what} ${ago(last.at, now)}`] : []),
    life,
  ].join('; ')
}
