import type { Observed } from '../observed/observed.ts'
import { otherProfiles } from '../observed/tallies.ts'

/** So many profiles have values of their own, the first that were used; the others have theirs together. */
export const mostNamedProfiles = 1_000

/** Chooses who is named, and stays with it: a series that comes and goes would be read as a restart. */
export function namedProfiles(most = mostNamedProfiles): (observed: Observed) => (profile: string) => string {
  const named = new Set<string>()
  return ({ profiles }) => {
    for (const name of named) if (!profiles.has(name)) named.delete(name)
    for (const { name, isUsed } of profiles.values()) if (isUsed && named.size < most) named.add(name)
    return (profile) => (named.has(profile) ? profile : otherProfiles)
  }
}
