import { expect } from 'vitest'
import { ConfigError, type ConfigFault } from '../../src/config/fault.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/schema.ts'

/** A configuration as a person gives it. */
export interface Given {
  readonly argv?: string
  readonly env?: Readonly<Record<string, string>>
  /** What --config names. */
  readonly file?: string
  /** What --properties names. */
  readonly properties?: string
  readonly warn?: (message: string) => void
}

/** Reads it from nowhere but here: other files than the two cannot be read. */
export function load({ argv = '', env = {}, file, properties, warn }: Given): Promise<Config> {
  const files: Readonly<Record<string, string | undefined>> = {
    'sidecar.yaml': file,
    'client.properties': properties,
  }
  return loadConfig({
    argv: [
      ...argv.split(' ').filter((word) => word !== ''),
      ...(file === undefined ? [] : ['--config', 'sidecar.yaml']),
      ...(properties === undefined ? [] : ['--properties', 'client.properties']),
    ],
    env,
    readFile: (path) => {
      const text = files[path]
      const missing = Object.assign(new Error(`no ${path}`), { code: 'ENOENT' })
      return text === undefined ? Promise.reject(missing) : Promise.resolve(text)
    },
    ...(warn && { warn }),
  })
}

/** The faults of a configuration that must be refused. */
export async function faultsOf(given: Given): Promise<readonly ConfigFault[]> {
  const thrown: unknown = await load(given).catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(ConfigError)
  return (thrown as ConfigError).faults
}
