import type { RequestAnswered } from '../../token/event.ts'
import type { ObservedRequests } from './observed.ts'

/** Counts answers that have the same in common. */
export interface Tallies {
  add(event: RequestAnswered): void
  list(): readonly ObservedRequests[]
  /** Those of other profiles are counted among `otherProfiles` from now on. */
  keepOnly(profiles: ReadonlySet<string>): void
}

/** Stands for profiles that are counted together; no profile can be called so. */
export const otherProfiles = '_other'

type Tally = { -readonly [Key in keyof ObservedRequests]: ObservedRequests[Key] }

/** @param most how many different ones are counted apart; further ones are counted among `otherProfiles` */
export function tallies(most: number): Tallies {
  const byProfile = new Map<string | undefined, Tally[]>()
  let size = 0
  // Clients repeat themselves.
  let last: Tally | undefined

  function tallyOf(event: RequestAnswered): Tally {
    const { profile } = event
    const known = byProfile.get(profile)?.find((tally) => isLike(tally, event))
    if (known) return known
    const name = size < most || profile === undefined ? profile : otherProfiles
    return found(name, event)
  }

  function found(profile: string | undefined, like: Omit<Tally, 'profile' | 'count' | 'fromCache'>): Tally {
    const list = byProfile.get(profile) ?? []
    byProfile.set(profile, list)
    const known = list.find((tally) => isLike(tally, like))
    if (known) return known
    const { outcome, code, client } = like
    const tally = { profile, outcome, code, client, count: 0, fromCache: 0 }
    list.push(tally)
    size += 1
    return tally
  }

  return {
    add(event) {
      const tally = last && last.profile === event.profile && isLike(last, event) ? last : tallyOf(event)
      tally.count += 1
      if (event.fromCache) tally.fromCache += 1
      last = tally
    },
    list: () => [...byProfile.values()].flat(),
    keepOnly(profiles) {
      for (const [name, list] of byProfile) {
        if (name === undefined || name === otherProfiles || profiles.has(name)) continue
        byProfile.delete(name)
        size -= list.length
        for (const gone of list) {
          const other = found(otherProfiles, gone)
          other.count += gone.count
          other.fromCache += gone.fromCache
        }
      }
      last = undefined
    },
  }
}

function isLike(tally: Tally, { outcome, code, client }: Pick<Tally, 'outcome' | 'code' | 'client'>): boolean {
  return tally.client === client && tally.outcome === outcome && tally.code === code
}
