import { unknownOption, type ConfigFault } from './fault.ts'
import { options, optionsByFlag, type Option } from './option.ts'

/** Variables that the program reads itself, beside those of the options. */
const otherVariables = ['KTS_CONFIG']

/** Flags of the commands themselves. */
const otherFlags = ['--config', '--help', '--quick-start', '--decode']

/** An option that was given as a flag or a variable. */
export interface Given {
  readonly option: Option
  readonly name: string
  readonly text: string
}

/** What the command line gives. */
export function readFlags(argv: readonly string[], faults: ConfigFault[]): { given: Given[]; config?: string } {
  const known = optionsByFlag()
  const names = [...known.keys(), ...otherFlags]
  const given: Given[] = []
  let config: string | undefined
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? ''
    const [flag, inline] = splitOnce(argument, '=')
    const option = known.get(flag)
    if (!option && flag !== '--config') {
      faults.push({ option: flag, problem: unknownOption(flag, names) })
      // A word that follows an unknown flag is its value, not a second fault.
      if (argument.startsWith('--') && inline === undefined && !(argv[index + 1] ?? '-').startsWith('-')) index++
      continue
    }
    let text = inline
    if (text === undefined && option?.value === 'boolean') text = 'true'
    // What looks like the next option is hardly a value; where it is one, it can be written with =.
    else if (text === undefined && !argv[index + 1]?.startsWith('--')) text = argv[++index]
    if (text === undefined) faults.push({ option: flag, problem: 'needs a value' })
    else if (option) add(given, { option, name: flag, text })
    else config = text
  }
  return { given, ...(config !== undefined && { config }) }
}

/** A list may be given in several flags. */
function add(given: Given[], { option, name, text }: Given): void {
  const before = option.value === 'list' ? given.findIndex((other) => other.option === option) : -1
  if (before < 0) given.push({ option, name, text })
  else given[before] = { option, name, text: `${given[before]?.text ?? ''},${text}` }
}

/** What the environment gives; every `KTS_*` has to be an option. */
export function readVariables(env: Readonly<Record<string, string | undefined>>, faults: ConfigFault[]): Given[] {
  const known = new Map(options.map((option) => [option.variable, option]))
  const given: Given[] = []
  for (const [name, text] of Object.entries(env)) {
    // Compose files and charts set what is not configured to nothing.
    if (!name.startsWith('KTS_') || otherVariables.includes(name) || text === undefined || text === '') continue
    const option = known.get(name)
    if (option) given.push({ option, name, text })
    else faults.push({ option: name, problem: unknownOption(name, [...known.keys(), ...otherVariables]) })
  }
  return given
}

/** The text of a flag or variable as the schema wants it; what does not fit stays text, for the schema to refuse. */
export function valueOf(option: Option, text: string): unknown {
  if (option.value === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  if (option.value === 'number' && /^\d+$/.test(text)) return Number(text)
  if (option.value === 'list') return text.split(',').flatMap((item) => item.trim() || [])
  return text
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator)
  return at < 0 || !text.startsWith('--') ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
