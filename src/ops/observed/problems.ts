import { errorTable } from '../../token/error-table.ts'
import type { ErrorCode } from '../../token/error.ts'
import type { ObservedProblem } from './observed.ts'

/** Failures and refusals, each once with how often it came. */
export interface Problems {
  note(problem: Omit<ObservedProblem, 'count'>): void
  /** The latest first. */
  list(): readonly ObservedProblem[]
}

/** More of a message is not kept: it may hold what a client sent. */
const longestMessage = 500

/** @param most how many different ones are kept; the one that came longest ago is forgotten */
export function problems(most: number): Problems {
  const known = new Map<string, ObservedProblem>()
  return {
    note({ at, code, profile, delegationToken, message, hint }) {
      // Messages of one code differ from case to case, with what clients sent.
      const key = `${code} ${profile ?? ''} ${delegationToken ?? ''}`
      const count = (known.get(key)?.count ?? 0) + 1
      // The latest stands last.
      known.delete(key)
      known.set(key, {
        at,
        code,
        ...(profile !== undefined && { profile }),
        ...(delegationToken !== undefined && { delegationToken }),
        message: message.slice(0, longestMessage),
        hint,
        count,
      })
      if (known.size <= most) return
      const [first] = known.keys()
      if (first !== undefined) known.delete(first)
    },
    list: () => [...known.values()].reverse(),
  }
}

/** What an answer says of itself is message, hint and code in one. */
export function hintOf(code: ErrorCode): string {
  return errorTable[code].hint
}
