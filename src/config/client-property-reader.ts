import { JaasError, parseJaas } from '../platform/jaas.ts'
import { loginModule, tokenProperties, unknownTokenProperty } from './client-property-names.ts'
import type { ConfigFault } from './fault.ts'

/** One option of the default profile, as a property of a Java client says it. */
export interface PropertySetting {
  /** Place in the profile. */
  readonly path: readonly string[]
  readonly value: unknown
  /** The property, for faults. */
  readonly option: string
  /** As it was written; absent where it must not be shown, or where it is Kafka's default. */
  readonly given?: string
}

/** A Java client's properties as they are asked for, and what comes of it. */
export interface PropertyReader {
  readonly settings: PropertySetting[]
  readonly faults: ConfigFault[]
  /** What Java does in silence and the writer may not know. */
  readonly warnings: string[]
  /** Whether a property stands there, be it empty: it hides the JAAS option of the same meaning. */
  readonly stands: (name: string) => boolean
  /** Whether a property says something, right or wrong. */
  readonly has: (name: string) => boolean
  /** Its value, trimmed as Kafka does; undefined where there is none, or it was refused. */
  readonly value: (name: string) => string | undefined
  /** As `value`, of an option in `sasl.jaas.config`. */
  readonly jaas: (name: string) => string | undefined
  /** Of a `sasl.jaas.config` that cannot be read nobody can say what is missing there. */
  readonly isJaasReadable: boolean
  /** Whether a flag or variable has this option of the profile. */
  readonly isGiven: (path: string) => boolean
  readonly fault: (option: string, problem: string, given?: string) => void
  /** Sets an option of the profile; `given` is what faults show of it. */
  readonly set: (path: string, value: unknown, option: string, given?: string) => void
}

const jaasProperty = 'sasl.jaas.config'

/** As a JAAS option is named in faults. */
export function jaasOption(name: string): string {
  return `${jaasProperty} ${name}`
}

export function propertyReader(
  properties: ReadonlyMap<string, string>,
  isGiven: (path: string) => boolean,
): PropertyReader {
  const settings: PropertySetting[] = []
  const faults: ConfigFault[] = []
  const refused = new Set<string>()
  const refuse = (option: string, problem: string): void => {
    refused.add(option)
    faults.push({ option, problem })
  }
  for (const [name, value] of properties) {
    const problem = problemOf(name, value)
    if (problem !== undefined) refuse(name, problem)
  }
  const text = refused.has(jaasProperty) ? undefined : filled(properties.get(jaasProperty))
  const options = text === undefined ? undefined : jaasOptions(text, refuse)
  return {
    settings,
    faults,
    warnings: [],
    stands: (name) => properties.has(name),
    has: (name) => refused.has(name) || filled(properties.get(name)) !== undefined,
    value: (name) => (refused.has(name) ? undefined : filled(properties.get(name))),
    jaas: (name) => filled(options?.get(name)),
    isJaasReadable: !refused.has(jaasProperty),
    isGiven,
    fault: (option, problem, given) => faults.push({ option, ...(given !== undefined && { given }), problem }),
    set: (path, value, option, given) =>
      settings.push({ path: path.split('.'), value, option, ...(given !== undefined && { given }) }),
  }
}

/** What cannot be right whatever the client does. */
function problemOf(name: string, value: string): string | undefined {
  const unknown = unknownTokenProperty(name)
  const kind = tokenProperties.get(name)
  if (unknown !== undefined || (kind === undefined && name !== jaasProperty)) return unknown
  // Kafka takes ${provider:key} and ${provider:path:key}.
  if (/\$\{[^}]*:[^}]*\}/.test(value)) {
    return 'refers to a config provider, ${…}, which only a Kafka client can ask: write the value, or give it by a flag'
  }
  return kind === 'filled' && filled(value) === undefined ? 'must not be empty' : undefined
}

function jaasOptions(
  text: string,
  refuse: (option: string, problem: string) => void,
): ReadonlyMap<string, string> | undefined {
  try {
    const { module, options } = parseJaas(text)
    if (module === loginModule) return options
    refuse(jaasProperty, `is for ${module}: only with ${loginModule} a client uses tokens`)
  } catch (error) {
    if (!(error instanceof JaasError)) throw error
    refuse(jaasProperty, error.message)
  }
  return undefined
}

function filled(value: string | undefined): string | undefined {
  return value?.trim() || undefined
}
