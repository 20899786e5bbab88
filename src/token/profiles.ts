import { requestsOf, type Wishes } from './allowance.ts'
import type { CachedSource } from './cache.ts'
import { TokenError } from './error.ts'
import type { TokenRequest } from './token.ts'

/** Whose token: a named source and what its clients may ask for. */
export interface Profile {
  readonly name: string
  readonly source: CachedSource
  /** What its clients are given of what they ask for. */
  readonly requestFor: (wishes: Wishes) => TokenRequest
}

/** The profiles by name; each source is made when it is first used, so that what is unused costs nothing. */
export interface Profiles {
  readonly size: number
  has(name: string): boolean
  get(name: string): Profile | undefined
  /**
   * From now on there are these profiles. One that was used and is not the same is made anew when it is used again; the
   * former sources are handed back, to be closed once nobody waits for them.
   */
  replace(names: readonly string[], isSame: (name: string) => boolean): readonly CachedSource[]
  close(): void
}

/** The profile of that name. Throws ERR_REQUEST_PROFILE where there is none. */
export function requireProfile(profiles: Profiles, name: string): Profile {
  const profile = profiles.get(name)
  if (profile) return profile
  throw new TokenError('ERR_REQUEST_PROFILE', `there is no profile ${name.slice(0, 64)}`)
}

/** The profile of those who name none. */
export const defaultProfile = 'default'

export function profiles(
  names: readonly string[],
  create: (name: string) => CachedSource,
  requestFor: (name: string) => Profile['requestFor'] = (name) => requestsOf(name),
): Profiles {
  let known = new Set(names)
  const made = new Map<string, Profile>()
  let isClosed = false
  return {
    get size() {
      return known.size
    },
    has: (name) => known.has(name),
    get(name) {
      const profile = made.get(name)
      if (profile || !known.has(name)) return profile
      if (isClosed) throw new TokenError('ERR_TOKEN_CLOSED', 'the sidecar is stopping')
      const fresh = { name, source: create(name), requestFor: requestFor(name) }
      made.set(name, fresh)
      return fresh
    },
    replace(now, isSame) {
      known = new Set(now)
      const former = [...made.values()].filter(({ name }) => !known.has(name) || !isSame(name))
      for (const { name } of former) made.delete(name)
      return former.map(({ source }) => source)
    },
    close() {
      isClosed = true
      for (const { source } of made.values()) source.close()
      made.clear()
    },
  }
}
