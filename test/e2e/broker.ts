import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { AclOperations, AclPermissionTypes, Admin, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka'
import { type Child, freePorts, startChild } from './child-process.ts'

/** What a listener demands of a token. */
export interface Expected {
  readonly jwksUrl: string
  readonly issuer: string
  readonly audience: string
  /** The claim that names the principal; default `sub`. */
  readonly principalClaim?: string
  /** PEM; who issued the certificate of the JWKS URL. */
  readonly caFile?: string
  /** How often the keys are read; Kafka's own default is an hour. */
  readonly jwksRefreshMs?: number
}

/** How a listener checks tokens. */
export type Validation =
  | Expected
  /** By Strimzi's validator, in the place of Kafka's own. */
  | { readonly strimzi: Expected }
  /** Reads the claims only, as nobody but Google can check Google's envelope. */
  | 'claims only'
  /** As lines for `server.properties` have it, and an option of the JVM. */
  | { readonly lines: string; readonly jwksUrl: string }

export interface Listener {
  readonly validation: Validation
  /** Kafka's own default is 0: sessions end with the token alone. */
  readonly connectionsMaxReauthMs?: number
}

export interface BrokerOptions {
  readonly classpath: string
  /** A new folder for data, configuration and log. */
  readonly folder: string
  readonly listeners: Readonly<Record<string, Listener>>
  /** They may do everything, all others nothing: who produces has been recognized. */
  readonly superUsers?: readonly string[]
  /** Users who may do everything with topics and groups whose names begin so: `{ fraud: 'fraud-' }`. */
  readonly tenants?: Readonly<Record<string, string>>
  /** Folder in which it runs; default: that of the tests. */
  readonly cwd?: string
  /** Further loggers at DEBUG. */
  readonly debug?: readonly string[]
}

export interface Broker {
  readonly bootstrap: Readonly<Record<string, string>>
  /** Where everybody may do everything. */
  readonly internal: string
  readonly log: BrokerLog
  stop(): Promise<void>
}

const oauthbearer = 'org.apache.kafka.common.security.oauthbearer'
const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.showDateTime=true']

/** One node of Kafka 4.3 in KRaft mode, ready when this resolves. JWKS URLs must answer before. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { classpath, folder, listeners, superUsers = [], tenants = {}, cwd, debug = [] } = options
  const names = Object.keys(listeners)
  const [internal, controller, ...ports] = (await freePorts(names.length + 2)) as [number, number, ...number[]]
  const bootstrap = Object.fromEntries(names.map((name, index) => [name, `127.0.0.1:${ports[index] ?? 0}`]))
  const addresses = [`INTERNAL://127.0.0.1:${internal}`, ...names.map((name) => `${name}://${bootstrap[name] ?? ''}`)]
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    listeners: [...addresses, `CONTROLLER://127.0.0.1:${controller}`].join(),
    'advertised.listeners': addresses.join(),
    'listener.security.protocol.map': [
      'INTERNAL:PLAINTEXT',
      'CONTROLLER:PLAINTEXT',
      ...names.map((name) => `${name}:SASL_PLAINTEXT`),
    ].join(),
    'log.dirs': join(folder, 'data'),
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': ['ANONYMOUS', ...superUsers].map((name) => `User:${name}`).join(';'),
    ...Object.assign({}, ...names.map((name) => listenerProperties(name, listeners[name] as Listener))),
  } as Record<string, string>
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'server.properties')
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`)
  await writeFile(file, lines.join(''))

  const java = [...jvm, ...loggers, ...debug.map(debugging), allowedUrls(listeners), '-cp', classpath]
  const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', 'a2Fma2EtdG9rZW4tZTJlMQ', '--config', file]
  await promisify(execFile)('java', [...java, ...format])
  const log = join(folder, 'broker')
  const child = startChild({ command: 'java', args: [...java, 'kafka.Kafka', file], log, ...(cwd && { cwd }) })
  await child.shows(/Kafka Server started/, 60_000)
  await admit(tenants, `127.0.0.1:${internal}`)
  return { bootstrap, internal: `127.0.0.1:${internal}`, log: brokerLog(`${log}.stderr`), stop: () => stop(child) }
}

/** Whoever comes to the internal listener may do that. */
async function admit(tenants: Readonly<Record<string, string>>, bootstrap: string) {
  const creations = Object.entries(tenants).flatMap(([user, resourceName]) =>
    [ResourceTypes.TOPIC, ResourceTypes.GROUP].map((resourceType) => ({
      resourceType,
      resourceName,
      resourcePatternType: ResourcePatternTypes.PREFIXED,
      principal: `User:${user}`,
      host: '*',
      operation: AclOperations.ALL,
      permissionType: AclPermissionTypes.ALLOW,
    })),
  )
  if (creations.length === 0) return
  const admin = new Admin({ clientId: 'acls', bootstrapBrokers: [bootstrap] })
  await admin.createAcls({ creations }).finally(() => admin.close())
}

async function stop(child: Child) {
  child.kill('SIGTERM')
  await child.exited(30_000).finally(() => child[Symbol.asyncDispose]())
}

const debugging = (name: string) => `-Dorg.slf4j.simpleLogger.log.${name}=debug`

// These two tell whom the broker recognized and which sessions it renewed, and no token.
const loggers = [
  'org.apache.kafka.common.security.authenticator.SaslServerAuthenticator',
  'kafka.authorizer.logger',
].map(debugging)

function allowedUrls(listeners: BrokerOptions['listeners']) {
  const urls = Object.values(listeners).flatMap(({ validation }) =>
    typeof validation === 'object' && 'jwksUrl' in validation ? [validation.jwksUrl] : [],
  )
  return `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${urls.join()}`
}

function listenerProperties(listener: string, { validation, connectionsMaxReauthMs = 0 }: Listener) {
  const prefix = `listener.name.${listener.toLowerCase()}`
  return {
    [`${prefix}.sasl.enabled.mechanisms`]: 'OAUTHBEARER',
    [`${prefix}.oauthbearer.connections.max.reauth.ms`]: `${connectionsMaxReauthMs}`,
    ...validatorProperties(prefix, validation),
  }
}

function validatorProperties(prefix: string, validation: Validation): Readonly<Record<string, string>> {
  if (typeof validation === 'object' && 'lines' in validation) return settings(validation.lines)
  const login = (options: string) => `${oauthbearer}.OAuthBearerLoginModule required${options};`
  const handler = `${prefix}.oauthbearer.sasl.server.callback.handler.class`
  const jaas = `${prefix}.oauthbearer.sasl.jaas.config`
  if (typeof validation === 'object' && 'strimzi' in validation) {
    const options = Object.entries(strimziOptions(validation.strimzi))
    return {
      [jaas]: login(options.map(([name, value]) => ` ${name}="${value}"`).join('')),
      [handler]: 'io.strimzi.kafka.oauth.server.JaasServerOauthValidatorCallbackHandler',
    }
  }
  const kafkas = (options = '') => ({
    [jaas]: login(options),
    [handler]: `${oauthbearer}.OAuthBearerValidatorCallbackHandler`,
  })
  if (validation === 'claims only') {
    // Kafka 4.3 reads this one without the mechanism in its prefix, other than documented.
    return { ...kafkas(), [`${prefix}.sasl.oauthbearer.jwt.validator.class`]: `${oauthbearer}.ClientJwtValidator` }
  }
  const { caFile } = validation
  return {
    // With any option the login module wants that one too, see `strimziOptions`.
    ...kafkas(caFile === undefined ? '' : ` unsecuredLoginStringClaim_sub="unused"${trusting(caFile)}`),
    [`${prefix}.oauthbearer.sasl.oauthbearer.jwks.endpoint.url`]: validation.jwksUrl,
    [`${prefix}.oauthbearer.sasl.oauthbearer.expected.issuer`]: validation.issuer,
    [`${prefix}.oauthbearer.sasl.oauthbearer.expected.audience`]: validation.audience,
    [`${prefix}.oauthbearer.sasl.oauthbearer.sub.claim.name`]: validation.principalClaim ?? 'sub',
    ...(validation.jwksRefreshMs !== undefined && {
      [`${prefix}.oauthbearer.sasl.oauthbearer.jwks.endpoint.refresh.ms`]: `${validation.jwksRefreshMs}`,
    }),
  }
}

/** Lines of a properties file, or of an INI file without sections. */
export function settings(lines: string): Readonly<Record<string, string>> {
  const pairs = lines
    .split('\n')
    .filter((line) => line.includes('='))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
  return Object.fromEntries(pairs)
}

/** Options of the login module, which Kafka takes for its own calls by HTTPS in the place of the listener's or client's. */
export const trusting = (caFile: string) => ` ssl.truststore.type="PEM" ssl.truststore.location="${caFile}"`

const strimziOptions = ({ jwksUrl, issuer, audience, principalClaim = 'sub' }: Expected) => ({
  // The login module wants one; nobody logs in with it.
  unsecuredLoginStringClaim_sub: 'unused',
  'oauth.jwks.endpoint.uri': jwksUrl,
  'oauth.valid.issuer.uri': issuer,
  'oauth.check.audience': 'true',
  // The audience that is looked for goes by the name of the broker's own client.
  'oauth.client.id': audience,
  'oauth.username.claim': principalClaim,
})

/** What the broker wrote about the logins since this log was opened. */
export interface BrokerLog {
  readonly file: string
  /** Renewed sessions on open connections (KIP-368). */
  reauthentications(): number
  /** How many different tokens were presented, told apart by the second in which they expire. */
  tokens(): number
  /** `User:alice` for everybody who was allowed to do this to the topic. */
  principals(operation: 'WRITE' | 'READ', topic: string): readonly string[]
}

/** Reads on from where the file ends now. */
export function brokerLog(file: string): BrokerLog {
  const start = readFileSync(file).length
  const found = (pattern: RegExp) => {
    const text = readFileSync(file).subarray(start).toString()
    return [...text.matchAll(pattern)].map((match) => match[1] ?? match[0])
  }
  return {
    file,
    reauthentications: () => found(/Set SASL server state to COMPLETE during re-authentication/g).length,
    tokens: () => new Set(found(/Authentication complete; .*? credential expiration=(.*?) \(/g)).size,
    principals: (operation, topic) => {
      const allowed = `Principal = (\\S+) is Allowed operation = ${operation} from .* resource = Topic:LITERAL:${topic} `
      return [...new Set(found(new RegExp(allowed, 'g')))]
    },
  }
}
