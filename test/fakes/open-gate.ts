import { anonymousGate } from '../../src/callers/anonymous.ts'
import { places } from '../../src/callers/places.ts'
import type { Profiles } from '../../src/token/profiles.ts'

/** What the token endpoint needs beside its profiles where everybody may ask. */
export function openTo(profiles: Profiles) {
  return { profiles, gate: anonymousGate(profiles), places: places(() => ({ total: 10_000, each: 1_000 })) }
}
