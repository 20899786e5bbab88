import { didYouMean } from '../../config/did-you-mean.ts'
import { ConfigError, unknownOption, type ConfigFault } from '../../config/fault.ts'
import { writtenOptions } from '../../config/option.ts'
import type { Flag } from '../command.ts'
import { once } from '../../platform/once.ts'

/** How often a flag is given and what follows it. */
const kinds = {
  '--allow-shorter': 'switch',
  '--bootstrap-server': 'text',
  '--broker-ca-file': 'text',
  '--broker-cert-file': 'text',
  '--broker-key-file': 'text',
  '--command-config': 'text',
  '--expire-on-stop': 'switch',
  '--expiry-time-period': 'text',
  '--hmac': 'text',
  '--hmac-file': 'text',
  '--login-principal': 'text',
  '--max-life-time-period': 'text',
  '--mechanism': 'text',
  '--no-wait': 'switch',
  '--out': 'text',
  '--output': 'text',
  '--owner-principal': 'list',
  '--profile': 'text',
  '--renew-time-period': 'text',
  '--renewer-principal': 'list',
  '--scram-bootstrap-server': 'text',
  '--security-protocol': 'text',
  '--show-hmac': 'switch',
  '--to-file': 'text',
  '--to-kubernetes-secret': 'text',
  '--token-id': 'text',
} as const

export type FlagName = keyof typeof kinds

/** For shell completion; what they mean differs by action, and stands in its help. */
export const completedFlags: readonly Flag[] = [
  ...Object.entries(kinds).map(([name, kind]) => {
    const flag = { name: name as FlagName, about: '' }
    return kind === 'switch' ? flag : { ...flag, value: isFile(name) ? 'FILE' : 'VALUE' }
  }),
  { name: '--json', about: 'As --output json.' },
]

function isFile(name: string): boolean {
  return /file$|^--out$|^--command-config$/.test(name)
}

/** What every action has: where the brokers are and how we log in. */
export const accessFlags = [
  '--bootstrap-server',
  '--command-config',
  '--profile',
  '--login-principal',
  '--security-protocol',
  '--broker-ca-file',
  '--broker-cert-file',
  '--broker-key-file',
] as const satisfies readonly FlagName[]

/** What the command line gives. Faults are gathered, so that all are told at once. */
export interface Given {
  has(flag: FlagName): boolean
  text(flag: FlagName): string | undefined
  list(flag: FlagName): readonly string[]
  /** Options of the configuration, for a login by a profile. */
  readonly rest: readonly string[]
  fault(option: string, problem: string, given?: string): void
  /** Throws ConfigError with all that was found wrong. */
  settle(): void
}

const files = ['--config', '--properties']

/** Options of the configuration by their flags, and whether a value follows. */
const configOptions = once(
  () =>
    new Map([
      ...writtenOptions().map(({ flag, value }) => [flag, value !== 'boolean'] as const),
      ...files.map((flag) => [flag, true] as const),
    ]),
)

/** Sorts the flags of an action from the options of the configuration. */
export function readGiven(argv: readonly string[], names: readonly FlagName[]): Given {
  const faults: ConfigFault[] = []
  const values = new Map<string, string[]>()
  const rest: string[] = []
  // As every command takes it.
  const words = argv.flatMap((word) => (word === '--json' ? ['--output', 'json'] : [word]))
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const at = word.startsWith('--') ? word.indexOf('=') : -1
    const flag = at < 0 ? word : word.slice(0, at)
    const kind = names.find((name) => name === flag)
    const isOfConfig = !kind && flag.startsWith('--') && configOptions().has(flag)
    const takesValue = kind ? kinds[kind] !== 'switch' : !isOfConfig || configOptions().get(flag) === true
    const next =
      takesValue && at < 0 && flag.startsWith('--') && !words[0]?.startsWith('--') ? words.shift() : undefined
    const value = at < 0 ? next : word.slice(at + 1)
    if (!flag.startsWith('--')) faults.push(stray(flag))
    else if (isOfConfig) rest.push(word, ...(next === undefined ? [] : [next]))
    else if (!kind) faults.push({ option: flag, problem: unknownFlag(flag, names) })
    else if (!takesValue && value !== undefined) faults.push({ option: flag, problem: 'takes no value' })
    else if (takesValue && !value?.trim()) faults.push({ option: flag, problem: 'needs a value' })
    else if (values.has(flag) && kinds[kind] === 'text') faults.push({ option: flag, problem: 'is given twice' })
    else values.set(flag, [...(values.get(flag) ?? []), (value ?? '').trim()])
  }
  return {
    has: (flag) => values.has(flag),
    text: (flag) => values.get(flag)?.[0],
    list: (flag) => values.get(flag) ?? [],
    rest,
    fault: (option, problem, given) => faults.push({ option, ...(given !== undefined && { given }), problem }),
    settle() {
      if (faults.length > 0) throw new ConfigError(faults)
    },
  }
}

/** A word that stands alone may be an HMAC whose flag was forgotten: what is long is not repeated. */
function stray(word: string): ConfigFault {
  const option = word.length > 24 ? `a word of ${word.length} characters` : word
  return { option, problem: 'is not expected here' }
}

/** Flags of other actions are not taken for options of the configuration that happen to be spelt alike. */
function unknownFlag(flag: string, names: readonly string[]): string {
  if (Object.hasOwn(kinds, flag)) return 'is not for this action'
  return unknownOption(flag, didYouMean(flag, names) === undefined ? [...configOptions().keys()] : names)
}
