import { defaultProfile } from '../token/profiles.ts'
import { readClientProperties } from './client-properties.ts'
import { configDocument, readText } from './config-file.ts'
import { ConfigError, faultsOf, sourceOf, valueAt, type ConfigFault, type Origin, type Origins } from './fault.ts'
import { frozenCopy } from './frozen-copy.ts'
import {
  givenFile,
  optionsInPlay,
  readFlags,
  readVariables,
  secretVariables,
  valueFor,
  variableFaults,
  type Given,
} from './given.ts'
import { referenceFaults } from './references.ts'
import { configSchema, isRecord, type Config } from './schema.ts'

/** Where the options come from. Precedence: flag, variable, file or properties, default. */
export interface ConfigOrigins {
  /** Arguments after the command. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly readFile: (path: string) => Promise<string>
  /** Hears what is allowed and may yet not be meant. */
  readonly warn?: (message: string) => void
}

const home = ['profiles', defaultProfile]

/** Reads and checks everything; throws one ConfigError that names every fault. The result is frozen. */
export async function loadConfig({ argv, env, readFile, warn }: ConfigOrigins): Promise<Config> {
  const faults: ConfigFault[] = []
  const options = optionsInPlay(argv, env)
  const flags = readFlags(argv, options, faults)
  const variables = readVariables(env, options)
  const unreadable = (fault: ConfigFault): never => {
    throw new ConfigError([...faults, fault], { unreadable: true })
  }
  const file = givenFile('--config', flags, env)
  const properties = givenFile('--properties', flags, env)
  const yaml = file && (await readText(file, readFile, unreadable))
  const java = properties && (await readText(properties, readFile, unreadable))

  const merged = { ...(file && yaml !== undefined && (await configDocument(file, yaml, faults))) }
  const origins = new Map<string, Origin>()
  const write = (path: readonly string[], value: unknown, origin: Origin): void => {
    if (put(merged, path, value)) origins.set(path.join('.'), origin)
  }
  const givens = [...variables.given, ...flags.given]
  const ofProperties: ConfigFault[] = []
  if (properties && java !== undefined) {
    if (valueAt(merged, home) !== undefined) {
      const problem = `would be the profile ${defaultProfile}, which ${file?.option ?? ''} has already: give that another name`
      ofProperties.push({ ...properties, problem })
    } else {
      const read = readClientProperties(java, givenPaths(givens, env))
      for (const { path, value, option, given } of read.settings) write([...home, ...path], value, { option, given })
      ofProperties.push(
        ...read.faults.map((fault) => (fault.option === '--properties' ? { ...properties, ...fault } : fault)),
      )
      for (const message of read.warnings) warn?.(message)
    }
  }
  // What a flag means may depend on the source, which is an option itself.
  const sourceFirst = givens.toSorted((a, b) => Number(namesSource(b)) - Number(namesSource(a)))
  for (const given of sourceFirst) {
    const profile = valueAt(merged, home)
    const { path, text, value } = valueFor(sourceOf(isRecord(profile) ? profile : {}), given)
    write(path, value, { option: given.name, given: text })
  }
  faults.push(...variableFaults(variables.others, merged), ...ofProperties)
  const checked = check(merged, origins)
  // Of a profile that was not understood in full there is no more to say but what flags and variables say of it.
  const names = new Set(givens.map(({ name }) => name))
  const isSaid = ({ option }: ConfigFault): boolean =>
    ofProperties.length === 0 || names.has(option) || !isOfProperties(option)
  faults.push(...checked.faults.filter(isSaid))
  if (faults.length > 0 || !checked.config) throw new ConfigError(faults)
  return checked.config
}

/** Paths of the files that flags and variables name: what `loadConfig` reads. */
export function configFiles({ argv, env }: Pick<ConfigOrigins, 'argv' | 'env'>): readonly string[] {
  const flags = readFlags(argv, optionsInPlay(argv, env), [])
  const named = [givenFile('--config', flags, env), givenFile('--properties', flags, env)]
  return named.flatMap((file) => file?.given ?? [])
}

/** Checks a configuration that a program hands over, as the file would be. Throws ConfigError. */
export function parseConfig(input: unknown): Config {
  const { config, faults } = check(input, new Map())
  if (!config) throw new ConfigError(faults)
  return config
}

function check(
  input: unknown,
  origins: Origins,
): { readonly config?: Config; readonly faults: readonly ConfigFault[] } {
  const parsed = parse(input)
  const issues = parsed.success ? [] : parsed.error.issues
  const faults = [...issues.flatMap((issue) => faultsOf(issue, input, origins)), ...referenceFaults(input, origins)]
  return parsed.success && faults.length === 0 ? { config: frozenCopy(parsed.data), faults } : { faults }
}

/** Zod compares whatever has a length with a number, and fails where that cannot even be compared; no file holds such a thing. */
function parse(input: unknown): ReturnType<typeof configSchema.safeParse> {
  try {
    return configSchema.safeParse(input)
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown
    throw new ConfigError([{ option: 'the configuration', problem: 'holds an object that is no mapping' }])
  }
}

/** Whether a fault is at a place of the default profile, or at a property, rather than at a flag or variable. */
function isOfProperties(option: string): boolean {
  return option.startsWith(home.join('.')) || /^(s(asl|sl)\.|--)/.test(option)
}

function namesSource({ name }: Given): boolean {
  return name === '--source' || name === 'KTS_SOURCE'
}

/** What flags and variables say of the default profile; a secret in a variable speaks for the option that would name it. */
function givenPaths(givens: readonly Given[], env: ConfigOrigins['env']): (path: string) => boolean {
  const paths = new Set(givens.flatMap(({ sharing }) => sharing.map(({ path }) => path.slice(home.length).join('.'))))
  const [secret = '', passphrase = ''] = secretVariables
  if (env[secret]) paths.add('clientSecretVariable')
  if (env[passphrase]) paths.add('assertion.privateKeyPassphraseVariable')
  return (path) => paths.has(path)
}

/**
 * Sets a value deep in the configuration. Copies on its way: two profiles of a file may be one and the same by an alias.
 * False when something that is no section stands in the way; the schema says so.
 */
function put(target: Record<string, unknown>, path: readonly string[], value: unknown): boolean {
  const [key = '', ...rest] = path
  if (rest.length === 0) {
    target[key] = value
    return true
  }
  const section = target[key] ?? {}
  if (!isRecord(section)) return false
  const copy = { ...section }
  target[key] = copy
  return put(copy, rest, value)
}
