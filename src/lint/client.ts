import { JaasError, parseJaas, type JaasEntry } from '../platform/jaas.ts'
import { librdkafkaOnly, splitName } from './names.ts'
import { isLeftOpen, type Setting } from './setting.ts'

/** The settings of one client in a file, or of one listener of a broker: those with the same words before Kafka's names. */
export interface Client {
  /** As in `producer.`, `listener.name.client.oauthbearer.`; empty where Kafka's names stand alone. */
  readonly prefix: string
  /** Which library reads them. */
  readonly library: 'java' | 'librdkafka' | 'broker'
  /** By Kafka's names; of what stands twice the last. What is inherited from a wider prefix is among them. */
  readonly settings: ReadonlyMap<string, Setting>
  /** Those with its own prefix. */
  readonly own: readonly Setting[]
  /** `sasl.jaas.config`, where it can be read. */
  readonly jaas: JaasEntry | undefined
  /** Why it cannot. */
  readonly jaasFault: string | undefined
  /** Its value where it is known: neither missing nor left open. */
  value(name: string): string | undefined
  has(name: string): boolean
  at(name: string): Setting | undefined
}

const javaOnly =
  /^(?:sasl\.jaas\.config|sasl\.login\.|sasl\.client\.callback|ssl\.truststore\.|sasl\.oauthbearer\.(?:jwt|jwks|expected|header))/

/** Longer ones are none. */
const longestJaas = 20_000

export interface ClientOptions {
  /** Whoever reads all of them, where that is known. */
  readonly library?: 'java' | 'librdkafka' | 'broker' | undefined
  /** Whether what has a longer prefix takes from shorter ones what it lacks. */
  readonly inherits: boolean
}

/** The clients of a file, in the order in which they begin. */
export function clientsOf(settings: readonly Setting[], { library, inherits }: ClientOptions): Client[] {
  const groups = new Map<string, { name: string; setting: Setting }[]>()
  for (const setting of settings) {
    const split = splitName(setting.path)
    if (!split || setting.path.length > 500) continue
    const group = groups.get(split.prefix)
    if (group) group.push({ name: split.name, setting })
    else if (groups.size < 500) groups.set(split.prefix, [{ name: split.name, setting }])
  }
  const shorter = (prefix: string): string[] =>
    [...groups.keys()].filter(
      (other) => other !== prefix && bare(prefix).startsWith(bare(other)) && bare(other) !== bare(prefix),
    )
  const many = groups.size > 50
  return [...groups].map(([prefix, own]) => {
    const wider = inherits && !many ? shorter(prefix).sort((a, b) => a.length - b.length) : []
    const all = [...wider.flatMap((other) => groups.get(other) ?? []), ...own]
    return clientOf(
      prefix,
      new Map(all.map(({ name, setting }) => [name, setting])),
      own.map(({ setting }) => setting),
      library,
    )
  })
}

/** Of Spring and others: `spring.kafka.producer.properties.` is narrower than `spring.kafka.properties.`. */
function bare(prefix: string): string {
  return prefix.replace(/(?:^|(?<=\.))(?:properties|config)\./g, '')
}

function clientOf(
  prefix: string,
  settings: ReadonlyMap<string, Setting>,
  own: readonly Setting[],
  library: Client['library'] | undefined,
): Client {
  const value = (name: string): string | undefined => {
    const text = settings.get(name)?.value
    return text === undefined || text === '' || isLeftOpen(text) ? undefined : text
  }
  return {
    prefix,
    settings,
    own,
    library: library ?? libraryOf([...settings.keys()]),
    ...readJaas(settings.get('sasl.jaas.config')?.value),
    value,
    has: (name) => settings.has(name),
    at: (name) => settings.get(name),
  }
}

function libraryOf(names: readonly string[]): Client['library'] {
  const java = names.filter((name) => javaOnly.test(name)).length
  return names.filter((name) => librdkafkaOnly.has(name)).length > java ? 'librdkafka' : 'java'
}

/** Parts that are filled in later stand for a value each. */
function readJaas(text: string | undefined): Pick<Client, 'jaas' | 'jaasFault'> {
  if (text === undefined || text === '' || text.length > longestJaas) return { jaas: undefined, jaasFault: undefined }
  const isOpen = /^\s*(?:\$|<|\{\{|…|\.\.\.|\[)/.test(text)
  try {
    return {
      jaas: parseJaas(isOpen ? text : text.replace(/\$\{[^}"']*\}|\{\{[^}"']*\}\}/g, 'open')),
      jaasFault: undefined,
    }
  } catch (error) {
    if (!(error instanceof JaasError)) throw error
    return { jaas: undefined, jaasFault: isOpen ? undefined : error.message }
  }
}

/** Whether it is a client that gets tokens, as far as its settings say. */
export function usesTokens(client: Client): boolean {
  const mechanism = client.value('sasl.mechanism') ?? client.value('sasl.mechanisms')
  if (mechanism !== undefined) return mechanism.replace(/["']/g, '').toUpperCase() === 'OAUTHBEARER'
  return (
    /OAuthBearerLoginModule/i.test(client.value('sasl.jaas.config') ?? '') ||
    client.has('sasl.oauthbearer.token.endpoint.url')
  )
}
