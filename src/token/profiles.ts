import type { CachedSource } from './cache.ts'
import { TokenError } from './error.ts'

/** Whose token: a named source and what its clients may ask for. */
export interface Profile {
  readonly name: string
  readonly source: CachedSource
}

/** The profiles by name; each source is made when it is first used, so that what is unused costs nothing. */
export interface Profiles {
  get(name: string): Profile | undefined
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

export function profiles(names: readonly string[], create: (name: string) => CachedSource): Profiles {
  const known = new Set(names)
  const made = new Map<string, Profile>()
  let isClosed = false
  return {
    get(name) {
      const profile = made.get(name)
      if (profile || !known.has(name)) return profile
      if (isClosed) throw new TokenError('ERR_TOKEN_CLOSED', 'the sidecar is stopping')
      const fresh = { name, source: create(name) }
      made.set(name, fresh)
      return fresh
    },
    close() {
      isClosed = true
      for (const { source } of made.values()) source.close()
      made.clear()
    },
  }
}
