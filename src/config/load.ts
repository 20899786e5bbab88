import { errorCode } from '../platform/error-code.ts'
import { ConfigError, faultsOf, type ConfigFault } from './fault.ts'
import { readFlags, readVariables, valueOf } from './given.ts'
import { configSchema, isRecord, type Config } from './schema.ts'

/** Where the options come from. Precedence: flag, variable, file, default. */
export interface ConfigOrigins {
  /** Arguments after the command. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly readFile: (path: string) => Promise<string>
}

/** Reads and checks everything; throws one ConfigError that names every fault. The result is frozen. */
export async function loadConfig({ argv, env, readFile }: ConfigOrigins): Promise<Config> {
  const faults: ConfigFault[] = []
  const flags = readFlags(argv, faults)
  const variables = readVariables(env, faults)
  const file =
    flags.config === undefined
      ? { option: 'KTS_CONFIG', given: env['KTS_CONFIG'] || undefined }
      : { option: '--config', given: flags.config }
  const fromFile = await readConfigFile(file, readFile, faults)

  const origins = new Map<string, { readonly option: string; readonly given: unknown }>()
  const merged = { ...fromFile }
  for (const { option, name, text } of [...variables, ...flags.given]) {
    if (put(merged, option.path, valueOf(option, text)))
      origins.set(option.path.join('.'), { option: name, given: text })
  }
  const parsed = configSchema.safeParse(merged)
  if (!parsed.success) faults.push(...parsed.error.issues.flatMap((issue) => faultsOf(issue, merged, origins)))
  if (faults.length > 0 || !parsed.success) throw new ConfigError(faults)
  return freeze(structuredClone(parsed.data))
}

/** Checks a configuration that a program hands over, as the file would be. Throws ConfigError. */
export function parseConfig(input: unknown): Config {
  const parsed = configSchema.safeParse(input)
  if (!parsed.success) throw new ConfigError(parsed.error.issues.flatMap((issue) => faultsOf(issue, input, new Map())))
  return freeze(structuredClone(parsed.data))
}

async function readConfigFile(
  { option, given }: { readonly option: string; readonly given: string | undefined },
  readFile: ConfigOrigins['readFile'],
  faults: readonly ConfigFault[],
): Promise<Record<string, unknown>> {
  if (given === undefined) return {}
  const fault = (problem: string): ConfigFault[] => [...faults, { option, given, problem }]
  let text: string
  try {
    text = await readFile(given)
  } catch (cause) {
    throw new ConfigError(fault(`cannot be read (${errorCode(cause)})`), { unreadable: true })
  }
  const { loadAll } = await import('js-yaml')
  let documents: unknown[]
  try {
    // A file that is empty, or only commented out, has none.
    documents = loadAll(text, { filename: given })
  } catch (cause) {
    const problem = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    throw new ConfigError(fault(`is not valid YAML: ${problem}`))
  }
  const [content = null] = documents
  if (documents.length > 1) throw new ConfigError(fault('must hold one document'))
  if (content === null) return {}
  if (!isRecord(content)) throw new ConfigError(fault('must hold a mapping'))
  return content
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

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(freeze)
  }
  return value
}
