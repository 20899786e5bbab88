import { fixOf, inWords } from './in-words.ts'
import { finder, type Match, strength } from './finder.ts'
import { quoted, withoutSecrets } from './quoted.ts'
import { type LogRecord, recordReader } from './records.ts'
import type { Found, Trouble } from './trouble.ts'
import { troubles } from './troubles.ts'

/** One thing that a text tells of, with what mends it. */
export interface Explanation {
  readonly id: string
  readonly title: string
  /** The line of the text that told it, shortened and without tokens. */
  readonly line: string
  /** Counted from 1. */
  readonly lineNumber: number
  /** How often it was found. */
  readonly times: number
  readonly cause: string
  readonly fixes: readonly { readonly say: string; readonly paste?: string }[]
  readonly weight: NonNullable<Trouble['weight']>
}

/** What the errors in a log mean, the one that says most first. Takes anything, of any size that memory holds. */
export function explain(text: string): readonly Explanation[] {
  const reader = explainer()
  reader.add(text)
  return reader.end()
}

/** The same for a log that comes in pieces; memory does not grow with it. */
export interface Explainer {
  add(chunk: string): void
  end(): readonly Explanation[]
}

interface Seen {
  readonly trouble: Trouble
  readonly found: Found
  readonly line: string
  readonly lineNumber: number
  /** Which failure, counted from the first; a failure and what caused it count as one. */
  readonly failure: number
  lastFailure: number
  times: number
}

let found: ((text: string) => readonly Match[]) | undefined

export function explainer(): Explainer {
  const find = (found ??= finder(troubles))
  const seen = new Map<string, Seen>()
  let failure = 0

  function add({ pattern, found: values, start, end }: Match, { text, lineNumber }: LogRecord): void {
    const { trouble } = pattern
    const former = seen.get(trouble.id)
    if (former) {
      if (former.lastFailure !== failure) former.times++
      former.lastFailure = failure
      return
    }
    const shown = Object.entries(values).map(([name, value]): [string, string] => [name, shownValue(value)])
    seen.set(trouble.id, {
      trouble,
      found: Object.fromEntries(shown),
      line: quoted(text, start, end),
      lineNumber: lineNumber + lineEnds(text, start),
      failure,
      lastFailure: failure,
      times: 1,
    })
  }

  const records = recordReader((record) => {
    if (!record.isContinued) failure++
    for (const match of find(record.text)) add(match, record)
  })
  return {
    add: records.add,
    end: () => {
      records.end()
      return inOrder([...seen.values()]).map(explanationOf)
    },
  }
}

const shownValue = (value: string): string => {
  const text = withoutSecrets(value)
  return text.length > 200 ? `${text.slice(0, 200)}...` : text
}

function lineEnds(text: string, before: number): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0 && at < before; at = text.indexOf('\n', at + 1)) count++
  return count
}

/** Causes, then symptoms; of one failure what stands deepest, as that caused the rest. Wrappers only where nothing else is. */
function inOrder(seen: readonly Seen[]): readonly Seen[] {
  const sorted = seen.toSorted(
    (a, b) => strength(b.trouble) - strength(a.trouble) || a.failure - b.failure || b.lineNumber - a.lineNumber,
  )
  const telling = sorted.filter(({ trouble }) => trouble.weight !== 'wrapper')
  return telling.length > 0 ? telling : sorted
}

function explanationOf({ trouble, found: values, line, lineNumber, times }: Seen): Explanation {
  return {
    id: trouble.id,
    title: trouble.title,
    line,
    lineNumber,
    times,
    cause: inWords(trouble.cause, values),
    fixes: trouble.fixes.map((fix) => fixOf(fix, values)),
    weight: trouble.weight ?? 'cause',
  }
}
