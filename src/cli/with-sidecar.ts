import { loadConfig } from '../config/load.ts'
import { ConfigError, unknownProfile } from '../config/fault.ts'
import type { Config, ProfileConfig } from '../config/schema.ts'
import { log } from '../ops/log.ts'
import { nodePlatform, type Platform } from '../platform/platform.ts'
import { composeSidecar, type Sidecar } from '../sidecar.ts'
import { TokenError } from '../token/error.ts'
import { defaultProfile } from '../token/profiles.ts'
import type { AccessToken } from '../token/token.ts'
import type { Terminal } from './command.ts'
import { requireNoDebugging } from './debugging.ts'
import { readTextFile } from './read-text-file.ts'

/** What a command works with that asks for one thing and ends. */
export interface OneShot {
  readonly sidecar: Sidecar
  /** The profile that was asked for. */
  readonly name: string
  readonly profile: ProfileConfig
  readonly platform: Platform
  /** Where a server with this configuration listens. */
  readonly listen: Config['listen']
  /** Its token. A server tells a client to ask again where a provider is slow; here the end is waited for. */
  readonly getToken: () => Promise<AccessToken>
}

/** Runs `task` with a sidecar that does not listen. Its log goes to standard error, and only when it is asked for. */
export async function withSidecar<T>(
  argv: readonly string[],
  terminal: Terminal,
  name: string = defaultProfile,
  task: (about: OneShot) => Promise<T>,
  platform: Platform = nodePlatform(terminal.env),
): Promise<T> {
  const warn = (message: string): void => {
    terminal.err(`kafka-token-sidecar: ${message}\n`)
  }
  const config = await loadConfig({ argv, env: terminal.env, readFile: readTextFile, warn })
  requireNoDebugging(terminal)
  const profile = Object.hasOwn(config.profiles, name) ? config.profiles[name] : undefined
  if (!profile) {
    const problem = unknownProfile(name, Object.keys(config.profiles))
    throw new ConfigError([{ option: '--profile', given: name, problem }])
  }
  const emit = log({ level: config.log.level === 'info' ? 'silent' : config.log.level, fd: 2, platform })
  const sidecar = composeSidecar(config, { onEvent: emit, platform })
  try {
    const getToken = (): Promise<AccessToken> => patiently(() => sidecar.getToken(name), config.listen, profile)
    return await task({ sidecar, name, profile, platform, listen: config.listen, getToken })
  } finally {
    await sidecar.stop()
  }
}

/** Asks again as often as one attempt of the source may take longer than a client is held. */
async function patiently(
  ask: () => Promise<AccessToken>,
  { holdTimeout }: Config['listen'],
  { fetchTimeout }: ProfileConfig,
): Promise<AccessToken> {
  for (let waitedMs = holdTimeout; waitedMs < fetchTimeout; waitedMs += Math.max(holdTimeout, 1_000)) {
    try {
      return await ask()
    } catch (error) {
      // Any other failure says what is wrong.
      if (!(error instanceof TokenError) || error.code !== 'ERR_TOKEN_TIMEOUT') throw error
    }
  }
  return ask()
}
