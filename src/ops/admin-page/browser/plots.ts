import type { PageMinute, PageState } from '../page-state.ts'
import { drawn, element } from './dom.ts'
import { clock, count, isoTime, milliseconds, plural } from './words.ts'

const minuteMs = 60_000
const shownMinutes = 60
const height = 84

/** Requests by the minute, how long answers took, and both as a table. */
export function plots({ now, answers, fromCache }: PageState, minutes: readonly PageMinute[]): HTMLElement[] {
  // The minute under way is the last one.
  const first = Math.floor(now / minuteMs) * minuteMs - (shownMinutes - 1) * minuteMs
  const shown = minutes.filter(({ at }) => at > first - minuteMs && at <= now)
  const total = answers.token + answers.refused + answers.failed
  return [
    element(
      'p',
      { class: 'figures' },
      figure(total, plural(total, 'request').replace(/^\S+ /, ''), 'all'),
      figure(answers.token, 'with a token', 'token'),
      figure(answers.refused, 'refused', 'refused'),
      figure(answers.failed, 'failed', 'failed'),
    ),
    element('p', { class: 'quiet' }, atOnce(answers.token, fromCache)),
    requestPlot(shown, first),
    latencyPlot(shown, first),
    scale(first),
    valueTable(shown),
  ]
}

function figure(value: number, name: string, kind: string): HTMLElement {
  const number = element('b', { 'data-answers': kind, 'data-value': value }, count(value))
  return element('span', { class: `figure ${kind}` }, number, ` ${name}`)
}

function atOnce(tokens: number, fromCache: number): string {
  if (tokens === 0) return 'No token given yet.'
  return `${Math.floor((fromCache / tokens) * 1000) / 10} % of the tokens were at hand.`
}

const kinds = ['tokens', 'refused', 'failed'] as const

function requestPlot(minutes: readonly PageMinute[], first: number): HTMLElement {
  const most = niceAbove(Math.max(...minutes.map(({ tokens, refused, failed }) => tokens + refused + failed), 1))
  const bars = minutes.map((minute) => {
    let top = height
    const parts = kinds.flatMap((kind) => {
      if (minute[kind] === 0) return []
      // What was one is seen.
      const size = Math.max((minute[kind] / most) * height, 1.5)
      top -= size
      return [drawn('rect', { class: kind, ...column(minute.at, first), y: round(top), height: round(size) })]
    })
    const data = {
      'data-minute': minute.at,
      ...Object.fromEntries(kinds.map((kind) => [`data-${kind}`, minute[kind]])),
    }
    const text = kinds.map((kind) => `${count(minute[kind])} ${kind}`).join(', ')
    return drawn('g', data, drawn('title', {}, `${clock(minute.at)}: ${text}`), ...parts)
  })
  const all = minutes.reduce((sum, { tokens, refused, failed }) => sum + tokens + refused + failed, 0)
  const label = `Requests by the minute over the last hour: ${plural(all, 'request')}, at most ${count(most)} a minute is the scale`
  const lines = [line(0), line(height / 2)]
  return plot(`Requests a minute, up to ${count(most)}`, label, 'plot-requests', [...lines, ...bars])
}

/** Each decade of milliseconds has the same height: answers at hand and answers from far away are both seen. */
const decades = [0.1, 1, 10, 100, 1_000, 10_000]

function latencyPlot(minutes: readonly PageMinute[], first: number): HTMLElement {
  const highest = decades.find((decade) => minutes.every(({ highMs }) => highMs <= decade)) ?? 100_000
  const top = Math.max(Math.log10(highest) + 2, 3)
  const y = (ms: number): number => round(height - (Math.max(Math.log10(Math.max(ms, 0.01)) + 2, 0.08) / top) * height)
  const lines = decades.filter((decade) => decade < 10 ** (top - 2)).map((decade) => line(y(decade)))
  const bars = minutes.map(({ at, medianMs, highMs }) => {
    const place = column(at, first)
    const data = { 'data-minute': at, 'data-median-ms': medianMs, 'data-high-ms': highMs }
    const text = `${clock(at)}: half within ${milliseconds(medianMs)}, nearly all within ${milliseconds(highMs)}`
    const size = Math.max(y(medianMs) - y(highMs), 2)
    return drawn(
      'g',
      data,
      drawn('title', {}, text),
      drawn('rect', { class: 'high', ...place, y: y(highMs), height: round(size) }),
      drawn('rect', { class: 'median', ...place, y: y(medianMs) - 1, height: 2.5 }),
    )
  })
  const last = minutes.at(-1)
  const label = last
    ? `Time to answer by the minute over the last hour, each decade of equal height; lately half within ${milliseconds(last.medianMs)}, nearly all within ${milliseconds(last.highMs)}`
    : 'Time to answer: no requests yet'
  return plot(
    `Time to answer, up to ${milliseconds(10 ** (top - 2))}, each decade alike: median and 99 %`,
    label,
    'plot-latency',
    [...lines, ...bars],
  )
}

function plot(name: string, label: string, kind: string, content: readonly SVGElement[]): HTMLElement {
  return element(
    'figure',
    {},
    element('figcaption', {}, name),
    drawn('svg', { class: `plot ${kind}`, height, role: 'img', 'aria-label': label }, ...content),
  )
}

/** The hours below both plots. */
function scale(first: number): HTMLElement {
  const labels = [0, 15, 30, 45].map((minute) => element('span', {}, clock(first + minute * minuteMs)))
  return element('p', { class: 'scale-below', 'aria-hidden': 'true' }, ...labels, element('span', {}, 'now'))
}

function valueTable(minutes: readonly PageMinute[]): HTMLElement {
  const heads = ['minute', 'tokens', 'refused', 'failed', 'median', 'high']
  const rows = minutes
    .toReversed()
    .map(({ at, tokens, refused, failed, medianMs, highMs }) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row', title: isoTime(at) }, clock(at)),
        ...[count(tokens), count(refused), count(failed), milliseconds(medianMs), milliseconds(highMs)].map((text) =>
          element('td', { class: 'number' }, text),
        ),
      ),
    )
  return element(
    'details',
    { class: 'values', 'data-row': 'values' },
    element('summary', {}, 'Values'),
    element(
      'table',
      {},
      element('caption', { class: 'unseen' }, 'Requests and time to answer, by the minute'),
      element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
      element('tbody', {}, ...rows),
    ),
  )
}

function column(at: number, first: number): { readonly x: string; readonly width: string } {
  const x = ((at - first) / minuteMs / shownMinutes) * 100
  return { x: `${round(x)}%`, width: `${round((100 / shownMinutes) * 0.8)}%` }
}

function line(y: number): SVGElement {
  return drawn('line', { class: 'tick', x1: '0%', x2: '100%', y1: y, y2: y })
}

/** The next of 1, 2, 5, 10, 20, 50, … */
function niceAbove(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5].find((step) => step * decade >= value) ?? 10) * decade
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
