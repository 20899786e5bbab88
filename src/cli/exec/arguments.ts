import { ConfigError, type ConfigFault } from '../../config/fault.ts'
import { parseDurationMs } from '../../sources/duration.ts'
import { ownFlags } from '../own-flags.ts'
import type { Flag } from '../command.ts'

export const flags = [
  { name: '--profile', value: 'NAME', about: 'The profile whose endpoint the command is given. Default: default.' },
  {
    name: '--wait',
    value: 'DURATION',
    about: 'How long the first token is waited for before the command starts; 0s does not wait. Default: 30s.',
  },
  {
    name: '--start-without-token',
    about: 'Start the command also when there is no token by then, instead of ending with 5.',
  },
  {
    name: '--kill-after',
    value: 'DURATION',
    about:
      'Kill a command that still runs this long after the first SIGTERM or SIGINT was passed on. Default: never, as whoever stops a job has a limit of its own.',
  },
  { name: '--no-java-options', about: 'Leave JAVA_TOOL_OPTIONS and other variables with options of the JVM alone.' },
] as const satisfies readonly Flag[]

export interface ExecArguments {
  readonly command: string
  readonly args: readonly string[]
  /** Options of the configuration. */
  readonly options: readonly string[]
  readonly profile: string | undefined
  readonly waitMs: number
  readonly startsWithoutToken: boolean
  /** Undefined: never. */
  readonly killAfterMs: number | undefined
  readonly setsJavaOptions: boolean
}

/** What stands before `--` is ours, what stands behind it the command's. Throws ConfigError. */
export function execArguments(argv: readonly string[]): ExecArguments {
  const at = argv.indexOf('--')
  const [command, ...args] = at < 0 ? [] : argv.slice(at + 1)
  if (!command) {
    const problem = 'needs a command behind --, as in: kafka-token-sidecar exec -- kcat -L'
    throw new ConfigError([{ option: 'exec', problem }])
  }
  const { switches, texts, rest } = ownFlags(argv.slice(0, at), {
    switches: ['--start-without-token', '--no-java-options'],
    texts: ['--profile', '--wait', '--kill-after'],
  })
  const faults: ConfigFault[] = []
  const duration = (option: '--wait' | '--kill-after'): number | undefined => {
    const given = texts[option]
    const ms = given === undefined ? undefined : parseDurationMs(given)
    if (given !== undefined && (ms === undefined || ms > longestMs)) {
      faults.push({ option, given, problem: 'must be a duration such as 30s, 5m or 1h, 24h at most' })
    }
    return ms
  }
  const waitMs = duration('--wait') ?? 30_000
  const killAfterMs = duration('--kill-after')
  if (faults.length > 0) throw new ConfigError(faults)
  return {
    command,
    args,
    options: rest,
    profile: texts['--profile'],
    waitMs,
    startsWithoutToken: switches['--start-without-token'],
    killAfterMs,
    setsJavaOptions: !switches['--no-java-options'],
  }
}

const longestMs = 86_400_000
