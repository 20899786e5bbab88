import { automaton, letters } from './automaton.ts'
import { type Compact, compactor } from './compact.ts'
import { isWordCode, type Pattern, patternOf, type Piece } from './pieces.ts'
import { longestRecord } from './records.ts'
import type { Found, Trouble } from './trouble.ts'

/** A text of the table, found in a record. */
export interface Match {
  readonly pattern: Pattern
  readonly found: Found
  /** Where it stands in the record; `gaps` are its placeholders. */
  readonly start: number
  readonly end: number
  readonly gaps: readonly Span[]
}

interface Span {
  readonly start: number
  readonly end: number
}

/** How far a pattern has come: places in the compact text. */
interface Reached {
  readonly record: number
  readonly start: number
  readonly end: number
  readonly gaps: readonly Span[]
  /** The same a little before: the latest may lie within the next piece. */
  readonly earlier: Reached | undefined
}

// A URL, a class name, the words of a provider.
const longestFound = 1_200
const mostLinesFound = 2
/** Of one text in one record; whoever repeats it more often wants to keep us busy. */
const mostMatches = 4

/**
 * Finds texts of troubles in a record, in time that only depends on its length: those that say most, or with `all` also those
 * that others make superfluous.
 */
export function finder(troubles: readonly Trouble[], { all = false } = {}): (text: string) => readonly Match[] {
  const patterns = troubles.flatMap((trouble) => trouble.texts.map((text) => patternOf(trouble, text)))
  const steps = patterns.flatMap((pattern, at) => pattern.pieces.map((piece, index) => ({ pattern, at, piece, index })))
  const { table, ends } = automaton(steps.map(({ piece }) => piece.codes))
  const compact = compactor(longestRecord)
  const reached = patterns.map((): Reached[] => [])
  let record = 0

  return (text) => {
    record++
    const log = compact(text, 0, text.length)
    const matches: Match[] = []
    const counts = new Map<number, number>()
    let state = 0
    for (let at = 0; at < log.length; at++) {
      state = table[state * letters + (log.codes[at] ?? 0)] ?? 0
      const ended = ends[state]
      if (!ended) continue
      for (const word of ended) {
        const step = steps[word]
        if (!step || !standsApart(step.piece, log, at)) continue
        const end = at + 1
        const start = end - step.piece.codes.length
        const way = reached[step.at] ?? []
        const former = way[step.index]
        const earlier = former?.record === record ? { ...former, earlier: withoutOldest(former.earlier) } : undefined
        let now: Reached = { record, start, end, gaps: [], earlier }
        if (step.index > 0) {
          const before = endingBefore(way[step.index - 1], record, start)
          const gap = before && { start: before.end, end: start }
          if (!gap || !canBeFound(text, log, gap)) continue
          now = { record, start: before.start, end, gaps: [...before.gaps, gap], earlier }
        }
        way[step.index] = now
        const count = counts.get(step.at) ?? 0
        if (step.index < step.pattern.pieces.length - 1 || count >= mostMatches) continue
        counts.set(step.at, count + 1)
        matches.push(matchOf(step.pattern, now, text, log))
      }
    }
    return all ? matches : withoutLesser(matches)
  }
}

/** Three are kept. */
const withoutOldest = (reached: Reached | undefined): Reached | undefined =>
  reached && { ...reached, earlier: undefined }

function endingBefore(reached: Reached | undefined, record: number, start: number): Reached | undefined {
  let one = reached
  while (one && (one.record !== record || one.end > start)) one = one.record === record ? one.earlier : undefined
  return one
}

function standsApart(piece: Piece, { codes, gaps, length }: Compact, at: number): boolean {
  const start = at + 1 - piece.codes.length
  if (piece.beginsWord && start > 0 && gaps[start] === 0 && isWordCode(codes[start - 1])) return false
  return !(piece.endsWord && at + 1 < length && gaps[at + 1] === 0 && isWordCode(codes[at + 1]))
}

function canBeFound(text: string, { places }: Compact, { start, end }: Span): boolean {
  const from = places[start] ?? 0
  const to = places[end] ?? 0
  if (to - from > longestFound) return false
  return text.slice(from, to).split('\n', mostLinesFound + 1).length <= mostLinesFound
}

function matchOf(pattern: Pattern, { start, end, gaps }: Reached, text: string, { places }: Compact): Match {
  const spans = gaps.map((gap) => ({ start: places[gap.start] ?? 0, end: places[gap.end] ?? 0 }))
  const from = places[start] ?? 0
  const to = (places[end - 1] ?? 0) + 1
  const first = lastWord(text.slice(Math.max(0, from - 300), from))
  const last = firstWord(text.slice(to, to + 300))
  const values = pattern.names.flatMap((names, index): [string, string][] => {
    const span = spans[index - 1]
    if (index === 0) return names.map((name) => [name, first])
    if (!span) return names.map((name) => [name, last])
    return shared(names, trimmed(text.slice(span.start, span.end)))
  })
  return { pattern, found: Object.fromEntries(values), start: from, end: to, gaps: spans }
}

/** A word for each name, and the rest for the last. */
function shared(names: readonly string[], text: string): [string, string][] {
  if (names.length < 2) return names.map((name) => [name, text])
  const words = text.split(/\s+/)
  return names.map((name, index) => [
    name,
    index < names.length - 1 ? (words[index] ?? '') : words.slice(names.length - 1).join(' '),
  ])
}

/** Without the quotes and blanks around it. */
const trimmed = (text: string): string => text.replace(/^[\s"'`\\]+/, '').replace(/[\s"'`\\]{1,40}$/, '')
const lastWord = (text: string): string => /([^\s"'`\\,;()]{1,200})[\s"'`\\,;:()]{0,8}$/.exec(text)?.[1] ?? ''
const firstWord = (text: string): string =>
  (/^[\s"'`\\:]{0,8}([^\s"'`\\,;()]{1,300})/.exec(text)?.[1] ?? '').replace(/[.:!?]{1,4}$/, '')

/** Of texts that overlap the one that says more; what stands within a placeholder of another says it better than that one. */
function withoutLesser(matches: readonly Match[]): readonly Match[] {
  if (matches.length < 2) return matches
  const kept: Match[] = []
  const byWeight = matches.toSorted((a, b) => b.pattern.weight - a.pattern.weight)
  for (const match of byWeight) {
    const others = kept.filter((other) => match.start < other.end && other.start < match.end)
    if (others.every((other) => isWithin(match, other.gaps) && !isWeaker(match, other))) kept.push(match)
  }
  return kept
    .filter((match) => !kept.some((other) => other !== match && isWithin(other, match.gaps) && !isWeaker(other, match)))
    .toSorted((a, b) => a.start - b.start)
}

const isWithin = ({ start, end }: Span, gaps: readonly Span[]): boolean =>
  gaps.some((gap) => gap.start <= start && end <= gap.end)

const strengths = { wrapper: 0, symptom: 1, cause: 2 } as const
/** How much a trouble says of its cause. */
export const strength = ({ weight = 'cause' }: Trouble): number => strengths[weight]

const isWeaker = (one: Match, other: Match): boolean => strength(one.pattern.trouble) < strength(other.pattern.trouble)
