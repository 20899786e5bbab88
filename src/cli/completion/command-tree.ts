import { allOptions, isWritten, optionsByFlag, sources, type Option } from '../../config/option.ts'
import type { Flag } from '../command.ts'
import { commands } from '../commands.ts'

/** A command as a shell completes it. */
export interface CompletedCommand {
  readonly name: string
  readonly summary: string
  readonly actions: readonly string[]
  readonly flags: readonly Flag[]
}

/** Where the configuration is, for every command that takes its options. */
const configFiles: readonly Flag[] = [
  { name: '--config', value: 'FILE', about: 'The configuration (YAML).' },
  { name: '--properties', value: 'FILE', about: 'Properties of a Java client, read as the default profile.' },
]

const help: Flag = { name: '--help', about: 'Tell how the command is used.' }

/** Every command with all that may follow it. */
export async function commandTree(): Promise<readonly CompletedCommand[]> {
  const options = [...configFiles, ...configurationFlags()]
  const made = commands.map(async (entry) => {
    const { name, summary } = entry
    const { actions = [], flags = [], takesOptions = false } = await entry.load()
    const own = new Set(flags.map((flag) => flag.name))
    const others = takesOptions ? options.filter((option) => !own.has(option.name)) : []
    return { name, summary, actions, flags: [...flags, ...others, help] }
  })
  return Promise.all(made)
}

/** Each flag once, also where sources share it with other words. */
function configurationFlags(): readonly Flag[] {
  return [...optionsByFlag(allOptions().filter(isWritten))].flatMap(([, [option]]) => (option ? [flagOf(option)] : []))
}

function flagOf({ flag, value, description, path }: Option): Flag {
  const name = flag as Flag['name']
  if (value === 'boolean') return { name, about: description }
  const key = path.at(-1) ?? ''
  const choices = choicesOf(path.join('.'))
  return { name, value: /File$/.test(key) ? 'FILE' : 'VALUE', ...(choices && { choices }), about: description }
}

function choicesOf(path: string): readonly string[] | undefined {
  if (path === 'profiles.default.source') return sources.map(({ kind }) => kind)
  if (path === 'log.level') return ['debug', 'info', 'warn', 'error', 'silent']
  return undefined
}
