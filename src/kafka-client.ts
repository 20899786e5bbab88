import type { DelegationTokenConfig } from './config/delegation-token-options.ts'
import { ConfigError } from './config/fault.ts'
import { readJavaClient, type JavaClient } from './config/java-client.ts'
import type { JavaTokenLogin } from './config/java-client-login.ts'
import type { KafkaAccess, KafkaClient, KafkaLogin, SecurityProtocol } from './kafka/access.ts'
import { principalName } from './keys/java-store/principal-name.ts'
import { tlsFromStores, type NamedStore } from './keys/java-store/tls-stores.ts'
import { fairFetch } from './platform/fair-fetch.ts'
import { currentFiles, type ReadFile } from './platform/current-files.ts'
import type { Platform } from './platform/platform.ts'
import { profileSources, type ProfileSources } from './profile-sources.ts'
import { asTokenError, TokenError } from './token/error.ts'
import type { Emit } from './token/event.ts'
import { holdForToken } from './token/hold.ts'
import { requireProfile } from './token/profiles.ts'
import { reloadEvents } from './token/reload-events.ts'
import type { AccessToken } from './token/token.ts'

/** What a client of Kafka needs of the sidecar around it. */
export interface KafkaClientWorld {
  readonly platform: Platform
  readonly emit: Emit
  /** A token of a profile of the configuration. */
  readonly getToken: (profile: string, signal: AbortSignal) => Promise<AccessToken>
}

/**
 * A cluster as the configuration of a delegation token names it. Files are read when a connection is made; those that changed
 * count from then on, and while they cannot be used the former ones do, which is told by `reload-failed`.
 */
export function clientOf(settings: DelegationTokenConfig, world: KafkaClientWorld): KafkaClient {
  const { login, principal, securityProtocol, tls } = settings
  const file = login && 'propertiesFile' in login ? login.propertiesFile : undefined
  const profile = login && 'profile' in login ? login.profile : undefined
  const made = madeFrom({ file, profile, securityProtocol, tls }, world)
  return {
    bootstrapServers: settings.bootstrapServers,
    access: async () => (await made().catch(rejected)).access,
    principal: async (signal) => principal ?? (await made().catch(rejected)).principal(signal),
  }
}

/**
 * A cluster as the properties of a Java client have it, as in `--command-config`; `bootstrapServers` come before theirs.
 * Rejects with ConfigError for what they say wrong, and with a TokenError for stores that cannot be used.
 */
export async function clientFromProperties(
  { file, bootstrapServers }: { readonly file: string; readonly bootstrapServers?: readonly string[] | undefined },
  world: KafkaClientWorld,
): Promise<KafkaClient> {
  const made = madeFrom({ file, needsServers: bootstrapServers === undefined }, world)
  const { servers } = await made()
  return {
    bootstrapServers: bootstrapServers ?? servers ?? [],
    access: async () => (await made().catch(rejected)).access,
    principal: async (signal) => (await made().catch(rejected)).principal(signal),
  }
}

interface Wanted {
  /** Properties of a Java client. */
  readonly file?: string | undefined
  /** Whose tokens we log in with. */
  readonly profile?: string | undefined
  readonly securityProtocol?: SecurityProtocol | undefined
  readonly tls?: DelegationTokenConfig['tls']
  readonly needsServers?: boolean
}

interface Made {
  readonly servers: readonly string[] | undefined
  readonly access: KafkaAccess
  readonly principal: (signal: AbortSignal) => Promise<string | undefined>
}

function madeFrom(wanted: Wanted, world: KafkaClientWorld): () => Promise<Made> {
  const { file, profile } = wanted
  const { emit } = world
  const events = reloadEvents({ emit }, file ?? 'a TLS file of the Kafka client')
  const tokensOf = file === undefined ? undefined : javaTokens(file, world)

  function warn(message: string): void {
    emit({ type: 'warning', message })
  }

  async function make(read: ReadFile): Promise<Made> {
    const client = await clientWanted(wanted, read)
    const { securityProtocol } = client
    const isSasl = securityProtocol.startsWith('SASL')
    const { checksName } = client
    const tls = securityProtocol.endsWith('SSL')
      ? { ...(await tlsFromStores(client, read, warn)), ...(!checksName && { checksName }) }
      : undefined
    for (const warning of client.warnings) warn(`${file ?? ''}: ${warning}`)
    const login: KafkaLogin | undefined =
      isSasl && profile !== undefined
        ? { mechanism: 'OAUTHBEARER', getToken: (signal) => world.getToken(profile, signal) }
        : client.login?.mechanism === 'OAUTHBEARER'
          ? tokensOf?.(client.login)
          : client.login
    return {
      servers: client.bootstrapServers,
      access: { ...(tls && { tls }), ...(login && { login }) },
      principal: (signal) => principalOf({ tls, login }, signal),
    }
  }

  return currentFiles({
    make,
    onReloaded: () => {
      events.onReloaded()
    },
    onBroken: (reason) => {
      events.onBroken(known(reason))
    },
    unreadable: (path, problem) =>
      path === file
        ? new ConfigError([{ option: path, problem: `cannot be read (${problem})` }], { unreadable: true })
        : new TokenError('ERR_KEY_STORE', `cannot read ${path} (${problem})`, { hint: readableHint }),
  })
}

const readableHint = 'Correct the path, and let the user of the sidecar read the file.'

/** As the configuration has it, for what it has; the rest as the properties do. */
async function clientWanted(
  { file, profile, securityProtocol, tls, needsServers }: Wanted,
  read: ReadFile,
): Promise<JavaClient> {
  const trustStore: NamedStore | undefined = tls?.caFile === undefined ? undefined : { file: tls.caFile, isPem: true }
  const keyStore: NamedStore | undefined =
    tls?.certFile === undefined ? undefined : { file: tls.certFile, keyFile: tls.keyFile, isPem: true }
  const given = { ...(trustStore && { trustStore }), ...(keyStore && { keyStore }) }
  if (file === undefined) {
    const protocol = securityProtocol ?? (profile === undefined ? 'SSL' : 'SASL_SSL')
    return { ...plainClient, securityProtocol: protocol, ...given }
  }
  const { bytes } = await read(file)
  const properties = await readJavaClient({
    file,
    bytes,
    securityProtocol,
    needsServers,
    isTrustGiven: trustStore !== undefined,
    isCertificateGiven: keyStore !== undefined,
  })
  return { ...properties, ...given }
}

const plainClient = {
  bootstrapServers: undefined,
  login: undefined,
  trustStore: undefined,
  keyStore: undefined,
  checksName: true,
  warnings: [],
} satisfies Partial<JavaClient>

/** What brokers call us, unless they map names; undefined where only they know. */
async function principalOf({ tls, login }: KafkaAccess, signal: AbortSignal): Promise<string | undefined> {
  if (!login) return `User:${tls?.cert === undefined ? 'ANONYMOUS' : principalName(tls.cert)}`
  if (login.mechanism === 'OAUTHBEARER') {
    const { subject } = await login.getToken(signal)
    return subject === undefined ? undefined : `User:${subject}`
  }
  // The owner of a delegation token is not in it.
  return login.tokenAuth ? undefined : `User:${login.username}`
}

/** Gets tokens as the properties of a Java client say, from a source that is theirs alone. */
function javaTokens(file: string, { platform, emit }: KafkaClientWorld): (login: JavaTokenLogin) => KafkaLogin {
  let sources: ProfileSources | undefined
  const getToken = (signal: AbortSignal): Promise<AccessToken> => {
    const { source } = requireProfile((sources as ProfileSources).profiles, file)
    return holdForToken(source, { profile: file }, platform, longestHoldMs, signal)
  }
  return ({ profile, extensions }) => {
    const config = { [file]: profile }
    if (sources) sources.replace(config)
    else {
      const calls = fairFetch(platform.fetch, { total: mostCalls, each: mostCalls })
      sources = profileSources(config, { platform, emit, calls, defaultIssuer: () => '', keepsWarm: () => false })
    }
    return { mechanism: 'OAUTHBEARER', getToken, extensions }
  }
}

/** To one endpoint half of them. */
const mostCalls = 4

/** Longer than one attempt of the source takes: what is told then is why it failed. */
const longestHoldMs = 11_000

/** What the properties say wrong, as the failure of a connection. */
function known(reason: unknown): TokenError {
  if (!(reason instanceof ConfigError)) return asTokenError(reason)
  return new TokenError('ERR_CONFIG_FILE', reason.message.replaceAll('\n', '; '), {
    cause: reason,
    hint: 'Correct the properties: they are read again by themselves.',
  })
}

function rejected(reason: unknown): never {
  throw known(reason)
}
