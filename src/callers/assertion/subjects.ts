import type { AssertionRule, CallersConfig } from '../caller.ts'
import { literalStart, matchesPattern } from './subject-pattern.ts'

/** A caller that one subject, or pattern of subjects, belongs to. */
export interface Candidate {
  readonly caller: string
  readonly audience: readonly string[]
}

/** Whose assertions of one issuer are whose. */
export interface Subjects {
  /** Of all callers of this issuer. */
  readonly audiences: ReadonlySet<string>
  /**
   * Whom a subject belongs to: an exact subject comes before patterns, and a longer pattern before a shorter. More than one only
   * where callers share it and differ in their audience; empty where it belongs to nobody.
   */
  find(subject: string): readonly Candidate[]
}

/** By issuer. Finding one is no slower with thousands of callers. */
export function subjectsByIssuer(callers: CallersConfig): ReadonlyMap<string, Subjects> {
  const byIssuer = new Map<string, Index>()
  for (const [caller, { assertion }] of Object.entries(callers)) {
    if (assertion) add(entry(byIssuer, assertion.issuer, newIndex), caller, assertion)
  }
  return new Map([...byIssuer].map(([issuer, index]) => [issuer, subjects(index)]))
}

interface Index {
  readonly audiences: Set<string>
  readonly exact: Map<string, Candidate[]>
  /** Patterns by the length of what they begin with, and by that itself. */
  readonly patterns: Map<number, ByStart>
}

type ByText = Map<string, Candidate[]>
type ByStart = Map<string, ByText>

const newIndex = (): Index => ({ audiences: new Set(), exact: new Map(), patterns: new Map() })

function add(index: Index, caller: string, { audience, subject }: AssertionRule): void {
  const candidate = { caller, audience }
  audience.forEach((one) => index.audiences.add(one))
  for (const text of subject) {
    const start = literalStart(text)
    if (start === undefined) entry(index.exact, text, newList).push(candidate)
    else {
      const byStart = entry(index.patterns, start.length, (): ByStart => new Map())
      const byText = entry(byStart, start, (): ByText => new Map())
      entry(byText, text, newList).push(candidate)
    }
  }
}

function subjects({ audiences, exact, patterns }: Index): Subjects {
  return {
    audiences,
    find(subject) {
      const known = exact.get(subject)
      if (known) return known
      let best: readonly [string, readonly Candidate[]] = ['', []]
      for (const [length, byStart] of patterns) {
        if (length > subject.length) continue
        for (const found of byStart.get(subject.slice(0, length)) ?? []) {
          if (found[0].length > best[0].length && matchesPattern(found[0], subject)) best = found
        }
      }
      return best[1]
    },
  }
}

const newList = (): Candidate[] => []

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
