import { ConfigError, unknownOption, type ConfigFault } from '../config/fault.ts'
import { didYouMean } from '../config/did-you-mean.ts'
import type { Terminal } from './command.ts'

/** What a command does by its second word, as `keys generate` does. */
export type Actions = Readonly<Record<string, (argv: readonly string[], terminal: Terminal) => Promise<number>>>

/** Runs the action that the arguments begin with. Throws ConfigError where there is no such action. */
export async function runAction(
  command: string,
  actions: Actions,
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const [action = '', ...rest] = argv
  const run = Object.hasOwn(actions, action) ? actions[action] : undefined
  if (run) return run(rest, terminal)
  const names = Object.keys(actions)
  const meant = didYouMean(action, names)
  const listed = `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`
  const problem = `must be followed by ${listed}${meant ? `; did you mean ${meant}?` : ''}`
  throw new ConfigError([{ option: command, problem, ...(action !== '' && { given: action }) }])
}

/** Flags of an action, each with a value. */
export type Flags = ReadonlyMap<string, string>

/** Reads `--out FILE` and `--out=FILE`. Throws ConfigError with all that is wrong. */
export function readFlags(argv: readonly string[], names: readonly string[]): Flags {
  const faults: ConfigFault[] = []
  const flags = new Map<string, string>()
  const words = [...argv]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [flag = '', inline] = word.startsWith('--') && word.includes('=') ? splitAt(word, word.indexOf('=')) : [word]
    const value = inline ?? (flag.startsWith('--') && !words[0]?.startsWith('--') ? words.shift() : undefined)
    if (!flag.startsWith('--')) faults.push({ option: flag, problem: 'is not expected here' })
    else if (!names.includes(flag)) faults.push({ option: flag, problem: unknownOption(flag, names) })
    else if (!value) faults.push({ option: flag, problem: 'needs a value' })
    else flags.set(flag, value)
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return flags
}

/** The value of a flag. Throws ConfigError with `problem` where it is not given. */
export function requiredFlag(flags: Flags, option: string, problem: string): string {
  const value = flags.get(option)
  if (value === undefined) throw new ConfigError([{ option, problem }])
  return value
}

function splitAt(text: string, index: number): readonly [string, string] {
  return [text.slice(0, index), text.slice(index + 1)]
}
