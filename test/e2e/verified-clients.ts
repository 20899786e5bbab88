import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { format } from 'prettier'

/** What ran with the settings that `config` prints: `docs/clients.md` is made from it. */
export interface Verified {
  /** The suite, as in `client-config-java`. */
  readonly by: string
  /** Programs and versions. */
  readonly with: readonly string[]
}

const record = join(import.meta.dirname, 'verified-clients.json')

export function verifiedClients(): Readonly<Record<string, Verified>> {
  return existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as Record<string, Verified>) : {}
}

/** Writes the record anew instead of comparing with it. */
const isUpdating = process.env['UPDATE_VERIFIED_CLIENTS'] === '1'

/**
 * The part of the record that is this suite's. After its tests it has to be just what passed: a claim that was not run fails,
 * and so does a run that is not claimed, until `UPDATE_VERIFIED_CLIENTS=1 npm run e2e -- client-config` writes it.
 */
export function verifiedBy(suite: string) {
  const passed: Record<string, Verified> = {}
  afterAll(async () => {
    const claimed = verifiedClients()
    if (isUpdating) {
      const others = Object.entries(claimed).filter(([, { by }]) => by !== suite)
      const all = [...others, ...Object.entries(passed)].toSorted(([a], [b]) => (a < b ? -1 : 1))
      writeFileSync(record, await format(JSON.stringify(Object.fromEntries(all)), { parser: 'json', printWidth: 120 }))
      return
    }
    const own = Object.fromEntries(Object.entries(claimed).filter(([, { by }]) => by === suite))
    expect(passed, 'UPDATE_VERIFIED_CLIENTS=1 writes what passed').toEqual(own)
  })
  return {
    /** To be called where a tool has done its work with the printed settings. */
    ran(tool: string, programs: readonly string[]) {
      const before = passed[tool]?.with ?? []
      passed[tool] = { by: suite, with: [...new Set([...before, ...programs])].toSorted() }
    },
  }
}
