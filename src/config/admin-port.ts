import type { Config } from './schema.ts'

/** Where the admin listener is: a port that was chosen has to be had, the usual one only if nobody else has it. */
export interface AdminPort {
  readonly port: number
  readonly isUsual: boolean
}

/**
 * The port of the admin listener; undefined where there is to be none. Where nothing is said of it, a command has it next to the
 * endpoint's, and a library has none.
 */
export function adminPort({ admin, listen: { port } }: Config, byDefault: boolean): AdminPort | undefined {
  if (admin.port === false || (admin.port === undefined && !byDefault)) return undefined
  if (admin.port !== undefined) return { port: admin.port, isUsual: false }
  const next = port === 0 ? 0 : port + 1
  return next > 65_535 ? undefined : { port: next, isUsual: true }
}
