import { ConfigError } from '../config/fault.ts'
import { readJavaClient } from '../config/java-client.ts'
import type { ProfileConfig } from '../config/schema.ts'
import { clientFromProperties } from '../kafka-client.ts'
import { securityProtocols, type KafkaAccess, type SecurityProtocol } from '../kafka/access.ts'
import { tlsFromStores } from '../keys/java-store/tls-stores.ts'
import type { ReadFile } from '../platform/current-files.ts'
import { JavaPropertiesError, parseJavaProperties } from '../platform/java-properties.ts'
import type { Platform } from '../platform/platform.ts'
import { asTokenError, TokenError, type ErrorCode } from '../token/error.ts'
import type { Emit } from '../token/event.ts'

/** A client as its properties have it, and what we make of them. */
export interface ExaminedClient {
  readonly file: string
  readonly text: string
  readonly properties: ReadonlyMap<string, string>
  /** Of the properties; empty where they name none. */
  readonly servers: readonly string[]
  readonly securityProtocol: SecurityProtocol
  /** As the client logs in; undefined where there are faults, or what only Java can run. */
  readonly access: KafkaAccess | undefined
  /** How it gets its tokens, where it logs in by them. */
  readonly tokens: ProfileConfig | undefined
  /** What brokers call it; undefined where only they know. Not to be asked of a client with tokens. */
  readonly principal: (signal: AbortSignal) => Promise<string | undefined>
  /** Why it cannot be done as the client does it. */
  readonly faults: readonly ClientFault[]
}

export interface ClientFault {
  /** The property. */
  readonly key: string
  readonly problem: string
  readonly hint?: string
  readonly code?: ErrorCode
  /** Not wrong: it names a class that only Java can run. */
  readonly isForJava: boolean
}

export interface ClientToExamine {
  readonly file: string
  readonly text: string
  /** In place of `bootstrap.servers`. */
  readonly servers: readonly string[] | undefined
  readonly platform: Platform
  readonly warn: (message: string) => void
}

/** Reads what the client is; what is wrong with it is told, not thrown. */
export async function examineClient({ file, text, servers, platform, warn }: ClientToExamine): Promise<ExaminedClient> {
  const { properties, faults: unread } = propertiesIn(text)
  const hasServers = (properties.get('bootstrap.servers') ?? '').trim() !== ''
  const bare = {
    file,
    text,
    properties,
    securityProtocol: protocolIn(properties),
    servers: servers ?? serversIn(properties),
    principal: () => Promise.resolve(undefined),
    access: undefined,
    tokens: undefined,
  }
  if (unread.length > 0) return { ...bare, faults: unread }
  const emit: Emit = (event) => {
    if (event.type === 'warning') warn(event.message)
  }
  const world = {
    platform,
    emit,
    getToken: () =>
      Promise.reject(new TokenError('ERR_TOKEN_INTERNAL', 'a client without a profile asks for its token')),
  }
  const { signal } = new AbortController()
  try {
    const wanted = { file, bootstrapServers: servers ?? (hasServers ? undefined : []) }
    const kafka = await clientFromProperties(wanted, world)
    const read = await readJavaClient({ file, bytes: Buffer.from(text) })
    return {
      ...bare,
      servers: kafka.bootstrapServers,
      access: await kafka.access(signal),
      tokens: read.login?.mechanism === 'OAUTHBEARER' ? read.login.profile : undefined,
      principal: async (until) => kafka.principal?.(until),
      faults: [],
    }
  } catch (thrown) {
    return { ...bare, faults: faultsIn(thrown) }
  }
}

/** TLS as the properties have it, whatever they say of the login. Rejects with ConfigError or a TokenError. */
export async function tlsOf(
  { file, text, securityProtocol }: ExaminedClient,
  read: ReadFile,
): Promise<KafkaAccess['tls']> {
  if (!securityProtocol.endsWith('SSL')) return undefined
  const client = await readJavaClient({ file, bytes: Buffer.from(text), securityProtocol: 'SSL' })
  const { checksName } = client
  return { ...(await tlsFromStores(client, read, () => undefined)), ...(!checksName && { checksName }) }
}

function propertiesIn(text: string): {
  readonly properties: ReadonlyMap<string, string>
  readonly faults: readonly ClientFault[]
} {
  try {
    return { properties: parseJavaProperties(text), faults: [] }
  } catch (thrown) {
    if (!(thrown instanceof JavaPropertiesError)) throw thrown
    return { properties: new Map(), faults: [{ key: 'the file', problem: thrown.message, isForJava: false }] }
  }
}

function protocolIn(properties: ReadonlyMap<string, string>): SecurityProtocol {
  const given = properties.get('security.protocol')?.trim().toUpperCase()
  return securityProtocols.find((protocol) => protocol === given) ?? 'PLAINTEXT'
}

function serversIn(properties: ReadonlyMap<string, string>): readonly string[] {
  return (properties.get('bootstrap.servers') ?? '')
    .split(',')
    .map((server) => server.trim().replace(/^[\w.%-]*:\/\//, ''))
    .filter((server) => server !== '')
}

function faultsIn(thrown: unknown): readonly ClientFault[] {
  if (thrown instanceof ConfigError) {
    return thrown.faults.map(({ option, problem }) => ({
      key: option,
      problem,
      isForJava: /only Java can run|Kerberos is not done here/.test(problem),
    }))
  }
  const { message, hint, code } = asTokenError(thrown)
  return [{ key: '', problem: message, hint, code, isForJava: false }]
}
