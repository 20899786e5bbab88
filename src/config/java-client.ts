import { securityProtocols, type SecurityProtocol } from '../kafka/access.ts'
import { JavaPropertiesError, parseJavaProperties } from '../platform/java-properties.ts'
import { ConfigError } from './fault.ts'
import { loginOf, type JavaLogin } from './java-client-login.ts'
import { brokerPropertyReader, type BrokerPropertyReader } from './java-client-reader.ts'
import { checksNameOf, keyStoreOf, trustStoreOf, type JavaStore } from './java-client-stores.ts'

/** How a Java client reaches brokers. */
export interface JavaClient {
  /** `host:port`; undefined where they are not needed. */
  readonly bootstrapServers: readonly string[] | undefined
  readonly securityProtocol: SecurityProtocol
  /** Undefined without SASL. */
  readonly login: JavaLogin | undefined
  readonly trustStore: JavaStore | undefined
  readonly keyStore: JavaStore | undefined
  readonly checksName: boolean
  /** What Java does in silence and the writer may not know. */
  readonly warnings: readonly string[]
}

export interface JavaClientOptions {
  readonly file: string
  /** What it holds. */
  readonly bytes: Buffer
  /** In place of `security.protocol`. */
  readonly securityProtocol?: SecurityProtocol | undefined
  /** There are no other bootstrap servers than the properties say; otherwise theirs are not looked at, as in Kafka's tools. */
  readonly needsServers?: boolean | undefined
  /** There is another trust, or another client certificate, than the properties say. */
  readonly isTrustGiven?: boolean
  readonly isCertificateGiven?: boolean
}

/**
 * Reads what the properties of a Java client (Kafka 4.3) say about brokers: with Kafka's defaults, and a fault where Kafka
 * refuses it too or does in silence what nobody can want. What is not about brokers is left alone. Throws ConfigError with all
 * faults; none quotes a secret.
 */
export async function readJavaClient(options: JavaClientOptions): Promise<JavaClient> {
  const { file } = options
  const text = textOf(options.bytes)
  const { needsServers = false } = options
  const properties = [...propertiesIn(text, file)].filter(([name]) => needsServers || name !== 'bootstrap.servers')
  const reader = brokerPropertyReader(new Map(properties))
  const securityProtocol = options.securityProtocol ?? protocolOf(reader)
  const isTls = securityProtocol.endsWith('SSL')
  const isSasl = securityProtocol.startsWith('SASL')
  const client: JavaClient = {
    bootstrapServers: needsServers ? serversOf(reader) : undefined,
    securityProtocol,
    login: isSasl ? await loginOf(reader, { text, file }) : undefined,
    trustStore: isTls && !options.isTrustGiven ? trustStoreOf(reader) : undefined,
    keyStore: isTls && !options.isCertificateGiven ? keyStoreOf(reader) : undefined,
    checksName: !isTls || checksNameOf(reader),
    warnings: reader.warnings,
  }
  if (reader.faults.length > 0) throw new ConfigError(reader.faults)
  return client
}

/** Kafka's tools read ISO 8859-1, which is no UTF-8 where it has other characters than ASCII. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString()
  return text.includes('\uFFFD') ? bytes.toString('latin1') : text
}

function propertiesIn(text: string, file: string): ReadonlyMap<string, string> {
  try {
    return parseJavaProperties(text)
  } catch (error) {
    if (!(error instanceof JavaPropertiesError)) throw error
    throw new ConfigError([{ option: file, problem: error.message }])
  }
}

function protocolOf({ value, fault, warnings, isRefused }: BrokerPropertyReader): SecurityProtocol {
  const option = 'security.protocol'
  const given = value(option)
  // Of one that is at fault nobody can say what it means; the rest is checked all the same.
  const presumed = value('sasl.jaas.config') === undefined ? 'SSL' : 'SASL_SSL'
  if (given === undefined) {
    if (isRefused(option)) return presumed
    const unused = (
      ['sasl.jaas.config', 'sasl.mechanism', 'ssl.truststore.location', 'ssl.keystore.location'] as const
    ).filter((name) => value(name) !== undefined)
    if (unused.length > 0) {
      warnings.push(
        `${option} is missing, which is PLAINTEXT to Kafka: ${unused.join(', ')} mean nothing without SASL_SSL, SSL or SASL_PLAINTEXT there`,
      )
    }
    return 'PLAINTEXT'
  }
  const known = securityProtocols.find((protocol) => protocol === given.toUpperCase())
  if (!known) fault(option, `must be one of ${securityProtocols.join(', ')}`, given)
  return known ?? presumed
}

const serverForm = /^(\[[0-9a-f:.%]+\]|[^\s:,/[\]]+):[0-9]{1,5}$/i

/** `PLAINTEXT://host:port` is the same as `host:port` to Kafka. */
function serversOf({ value, fault, isRefused }: BrokerPropertyReader): readonly string[] | undefined {
  const option = 'bootstrap.servers'
  const text = value(option)
  if (text === undefined) {
    if (!isRefused(option)) fault(option, 'is missing, and so is --bootstrap-server in its place')
    return undefined
  }
  const servers = text.split(',').flatMap((server) => server.trim().replace(/^[\w.%-]*:\/\//, '') || [])
  const wrong = servers.find((server) => !serverForm.test(server))
  if (servers.length > 0 && wrong === undefined) return servers
  fault(option, 'must be host:port, or a list of them, as in broker-1:9093,broker-2:9093', text)
  return undefined
}
