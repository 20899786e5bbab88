import { loadConfig } from '../../config/load.ts'
import { ConfigError, inShort, unknownProfile } from '../../config/fault.ts'
import type { Config } from '../../config/schema.ts'
import { parseJavaProperties } from '../../platform/java-properties.ts'
import { nodePlatform, type Timer } from '../../platform/platform.ts'
import type { Terminal } from '../command.ts'
import { readTextFile } from '../read-text-file.ts'
import { untilStopped } from '../until-stopped.ts'
import { profileIn } from './access.ts'
import { readGiven, type Given } from './flags.ts'
import { keepFlags, keptIn, type Kept } from './kept.ts'

export async function keep(argv: readonly string[], terminal: Terminal): Promise<number> {
  const given = readGiven(argv, keepFlags)
  const kept = keptIn(given, await serversIn(given.text('--command-config')))
  given.settle()
  const staying = stay()
  try {
    return await untilStopped({
      argv: given.rest,
      terminal,
      async load(warn) {
        const config = await configuredFor(given, kept, terminal, warn)
        unpublished(config).forEach(warn)
        return config
      },
      begin: (sidecar) => sidecar.keep(),
    })
  } finally {
    staying.cancel()
  }
}

/** The configuration, with the one token of the flags in place of all that it keeps. */
async function configuredFor(
  given: Given,
  kept: Kept | undefined,
  { env }: Terminal,
  warn: (message: string) => void,
): Promise<Config> {
  const config = await loadConfig({ argv: given.rest, env, readFile: readTextFile, warn })
  if (kept) {
    const profile = given.has('--command-config') ? undefined : profileIn(given)
    if (profile === undefined || Object.hasOwn(config.profiles, profile)) return { ...config, ...kept }
    const problem = unknownProfile(profile, Object.keys(config.profiles))
    throw new ConfigError([{ option: '--profile', given: profile, problem }])
  }
  if (Object.keys(config.delegationTokens).length > 0) return config
  const problem =
    'must name a configuration with delegationTokens; or describe one token, beginning with --to-file FILE'
  throw new ConfigError([{ option: '--config', problem }])
}

/** Without a listener there is nobody else who could read them. */
function unpublished({ delegationTokens, outlets }: Config): readonly string[] {
  const published = new Set(outlets.map(({ from }) => ('delegationToken' in from ? from.delegationToken : undefined)))
  const others = Object.keys(delegationTokens).filter((name) => !published.has(name))
  return others.length === 0 ? [] : [`no outlet publishes these delegation tokens: ${inShort(others).join(', ')}`]
}

/** What is wrong with the file is told by whoever logs in with it. */
async function serversIn(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  try {
    return parseJavaProperties(await readTextFile(file)).get('bootstrap.servers')
  } catch {
    return undefined
  }
}

const dayMs = 86_400_000

/** Timers of ours do not keep a process, and here is no listener that would. */
function stay(): Timer {
  const platform = nodePlatform()
  let timer: Timer
  const again = (): void => {
    timer = platform.setTimer(again, dayMs, { holdsProcess: true })
  }
  again()
  return {
    cancel() {
      timer.cancel()
    },
  }
}
