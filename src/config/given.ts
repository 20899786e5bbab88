import { unknownOption, type ConfigFault } from './fault.ts'
import {
  allOptions,
  isWritten,
  optionFor,
  optionsByFlag,
  optionsWith,
  sources,
  writtenOptions,
  type Option,
} from './option.ts'

/** Flags that name a file of configuration, and their variables. */
const files = { '--config': 'KTS_CONFIG', '--properties': 'KTS_PROPERTIES' } as const
type FileFlag = keyof typeof files

/** Flags of the commands themselves. */
const otherFlags = [...Object.keys(files), '--help', '--quick-start', '--decode', '--profile']

/** Variables that hold a secret itself. The sources read them, unless an option such as `clientSecretVariable` names others. */
export const secretVariables = ['KTS_CLIENT_SECRET', 'KTS_ASSERTION_PRIVATE_KEY_PASSPHRASE']

/** An option that was given as a flag or a variable; a flag perhaps several times. */
export interface Given {
  readonly name: string
  readonly texts: readonly string[]
  /** More than one where sources share the flag. */
  readonly sharing: readonly Option[]
}

/** A file of configuration, as it was named. */
export interface GivenFile {
  readonly option: string
  readonly given: string
}

export interface GivenFlags {
  readonly given: readonly Given[]
  readonly files: Readonly<Partial<Record<FileFlag, string>>>
}

type Env = Readonly<Record<string, string | undefined>>

/**
 * The options that flags and variables may mean: all of them, or where they alone configure the default profile and fit its
 * source, those of this source. The others then need not be made.
 */
export function optionsInPlay(argv: readonly string[], env: Env): readonly Option[] {
  const named = argv.filter((argument) => argument.startsWith('--')).map((flag) => splitOnce(flag, '='))
  const at = argv.indexOf('--source')
  const source =
    named.find(([flag, text]) => flag === '--source' && text)?.[1] ?? (at < 0 ? env['KTS_SOURCE'] : argv[at + 1])
  const isAlone = Object.entries(files).every(
    ([flag, variable]) => !env[variable] && !named.some(([name]) => name === flag),
  )
  const kinds = isAlone ? sources.filter(({ kind }) => kind === (source || 'gcp')) : []
  const own = optionsWith(kinds).filter(isWritten)
  const flags = new Set([...own.map(({ flag }) => flag), ...Object.keys(files)])
  const variables = new Set([...own.map(({ variable }) => variable), ...Object.values(files), ...secretVariables])
  const isMeant =
    named.every(([flag]) => flags.has(flag)) &&
    Object.keys(env).every((name) => !name.startsWith('KTS_') || !env[name] || variables.has(name))
  return isMeant ? own : writtenOptions()
}

/** What the command line gives. */
export function readFlags(argv: readonly string[], options: readonly Option[], faults: ConfigFault[]): GivenFlags {
  const known = optionsByFlag(options)
  const names = [...known.keys(), ...otherFlags]
  const given = new Map<string, Given>()
  const named: Partial<Record<FileFlag, string>> = {}
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? ''
    const [flag, inline] = splitOnce(argument, '=')
    const sharing = known.get(flag)
    if (!sharing && !isFileFlag(flag)) {
      faults.push({ option: flag, problem: noFlag(flag, names) })
      // A word that follows an unknown flag is its value, not a second fault.
      if (argument.startsWith('--') && inline === undefined && !(argv[index + 1] ?? '-').startsWith('-')) index++
      continue
    }
    let text = inline
    if (text === undefined && sharing?.every(({ value }) => value === 'boolean')) text = 'true'
    // What looks like the next option is hardly a value; where it is one, it can be written with =.
    else if (text === undefined && !argv[index + 1]?.startsWith('--')) text = argv[++index]
    if (text === undefined) faults.push({ option: flag, problem: 'needs a value' })
    else if (sharing) given.set(flag, { name: flag, sharing, texts: [...(given.get(flag)?.texts ?? []), text] })
    else if (isFileFlag(flag)) named[flag] = text
  }
  return { given: [...given.values()], files: named }
}

/** The file that a flag or its variable names. */
export function givenFile(flag: FileFlag, { files: named }: GivenFlags, env: Env): GivenFile | undefined {
  const [byFlag, byVariable] = [named[flag], env[files[flag]]]
  if (byFlag !== undefined) return { option: flag, given: byFlag }
  return byVariable ? { option: files[flag], given: byVariable } : undefined
}

function isFileFlag(flag: string): flag is FileFlag {
  return Object.hasOwn(files, flag)
}

function noFlag(flag: string, names: readonly string[]): string {
  if (!flag.startsWith('-')) return 'is not expected here'
  const secret = allOptions().find((option) => option.flag === flag && option.value === 'secret')
  return secret
    ? `is no option: everybody on this host can read a command line; use ${flag}-file, or the variable ${secret.variable}`
    : unknownOption(flag, names)
}

/** What the environment gives; the others are what begins with `KTS_` and is no option. */
export function readVariables(
  env: Env,
  options: readonly Option[],
): {
  readonly given: readonly Given[]
  readonly others: readonly string[]
} {
  const known = Map.groupBy(options, ({ variable }) => variable)
  const given: Given[] = []
  const others: string[] = []
  const own: string[] = [...Object.values(files), ...secretVariables]
  for (const [name, text] of Object.entries(env)) {
    // Compose files and charts set what is not configured to nothing.
    if (!name.startsWith('KTS_') || own.includes(name) || text === undefined || text === '') continue
    const sharing = known.get(name)
    if (sharing) given.push({ name, sharing, texts: [text] })
    else others.push(name)
  }
  return { given, others }
}

/** Variables that are no options, unless the configuration says that they hold a secret. */
export function variableFaults(others: readonly string[], configured: unknown): ConfigFault[] {
  if (others.length === 0) return []
  const candidates = [
    ...new Set(writtenOptions().map(({ variable }) => variable)),
    ...Object.values(files),
    ...secretVariables,
  ]
  const read = namedVariables(configured)
  return others
    .filter((name) => !read.has(name))
    .map((option) => ({ option, problem: unknownOption(option, candidates) }))
}

/** What options such as `clientSecretVariable` name, anywhere in the configuration. */
export function namedVariables(section: unknown): ReadonlySet<string> {
  const found = new Set<string>()
  const seen = new Set<unknown>()
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    for (const [key, inner] of Object.entries(value)) {
      if (key.endsWith('Variable') && typeof inner === 'string') found.add(inner)
      else walk(inner)
    }
  }
  walk(section)
  return found
}

/** The option that is meant in a profile of this source, with its text, and its value as the schema wants it. */
export function valueFor(
  source: string,
  { sharing, texts }: Given,
): { readonly path: readonly string[]; readonly text: string; readonly value: unknown } {
  const option = optionFor(source, sharing)
  const text = option?.value === 'list' ? texts.join(',') : (texts.at(-1) ?? '')
  return { path: option?.path ?? [], text, value: option ? valueOf(option, text) : text }
}

/** What does not fit stays text, for the schema to refuse. */
function valueOf({ value, orFalse }: Option, text: string): unknown {
  if (orFalse && text === 'false') return false
  if (value === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  if (value === 'number' && /^\d+$/.test(text)) return Number(text)
  if (value === 'list') return text.split(',').flatMap((item) => item.trim() || [])
  return text
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator)
  return at < 0 || !text.startsWith('--') ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
