import type { PageMinute, PageMoment, PageState } from '../page-state.ts'

/** What happened, put together from many answers, of which each tells the latest part only. */
export interface History {
  /** From when on the next answer has to tell. */
  readonly since: number
  readonly minutes: readonly PageMinute[]
  readonly moments: readonly PageMoment[]
}

export const noHistory: History = { since: 0, minutes: [], moments: [] }

/** What happens again within ten minutes is counted where it began. */
const growingMs = 12 * 60_000
/** Longer than any time line. */
const longestMs = 7 * 3_600_000

export function continued({ minutes, moments }: History, state: PageState): History {
  const { since, now } = state
  const isKept = ({ at }: { readonly at: number }): boolean => at < since && at > now - longestMs
  return {
    since: now - growingMs,
    minutes: [...minutes.filter(isKept), ...state.minutes],
    moments: [...moments.filter(isKept), ...state.moments],
  }
}
