import { isDeepStrictEqual } from 'node:util'
import { Secret } from '../platform/secret.ts'

/** Whether two sections of a checked configuration say the same, secrets that a program handed over included. */
export function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a, b) && isDeepStrictEqual(secretsIn(a), secretsIn(b))
}

/** Texts of the secrets in a section, in their order: a Secret hides them from comparison as well. */
function secretsIn(section: unknown, seen = new Set<unknown>()): string[] {
  if (section instanceof Secret) return [section.reveal()]
  if (typeof section !== 'object' || section === null || seen.has(section)) return []
  seen.add(section)
  return Object.values(section).flatMap((value) => secretsIn(value, seen))
}
