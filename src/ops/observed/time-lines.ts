import { minuteMs } from './minutes.ts'
import type { ObservedMoment } from './observed.ts'

/** What happened to tokens, for the page; each has a line of its own, so that one that fails does not hide the others. */
export interface TimeLines {
  note(moment: ObservedMoment): void
  /** A token was given. Called for each request. */
  handedOut(profile: string, now: number): void
  list(now: number): readonly ObservedMoment[]
  keepOnly(names: ReadonlySet<string>): void
}

export interface TimeLineLimits {
  /** How many tokens have a time line: the first that are used. */
  readonly lines: number
  /** Moments of each, beside the minutes in which it was given. */
  readonly moments: number
  readonly minutes: number
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }
type Moment = Writable<ObservedMoment> & { count: number }

interface Line {
  moments: Moment[]
  given: Moment[]
}

export function timeLines(limits: TimeLineLimits): TimeLines {
  const lines = new Map<string, Line>()

  function lineOf(key: string): Line | undefined {
    const known = lines.get(key)
    if (known || lines.size >= limits.lines) return known
    const line = { moments: [], given: [] }
    lines.set(key, line)
    return line
  }

  return {
    note(moment) {
      const line = lineOf(keyOf(moment.about))
      const last = line?.moments.at(-1)
      if (last && isRepeated(last, moment)) last.count += 1
      else if (line) add(line.moments, { count: 1, ...moment }, limits.moments)
    },
    handedOut(profile, now) {
      // Its name is its key, so that no text is made for each request.
      const line = lineOf(profile)
      const last = line?.given.at(-1)
      if (last && now - last.at < minuteMs && now >= last.at) last.count += 1
      else if (line) {
        const at = now - (now % minuteMs)
        add(line.given, { at, about: { profile }, what: 'handed out', count: 1 }, limits.minutes)
      }
    },
    list(now) {
      const since = now - limits.minutes * minuteMs
      const all = [...lines.values()].flatMap(({ moments, given }) => [...moments, ...given])
      return all.filter(({ at }) => at >= since).sort((a, b) => a.at - b.at)
    },
    keepOnly(names) {
      for (const key of lines.keys()) if (!names.has(key)) lines.delete(key)
    },
  }
}

/** No profile has a slash in its name. */
export function keyOf(about: ObservedMoment['about']): string {
  return 'profile' in about ? about.profile : `delegation-tokens/${about.delegationToken}`
}

/** The same failure again, soon after. */
function isRepeated(last: Moment, { what, code, at }: ObservedMoment): boolean {
  return what === 'failed' && last.what === what && last.code === code && at - last.at < minuteMs
}

function add(list: Moment[], moment: Moment, most: number): void {
  if (list.length >= most) list.shift()
  list.push(moment)
}
