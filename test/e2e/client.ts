import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { trusting } from './broker.ts'
import { type Child, startChild } from './child-process.ts'
import type { Shared } from './setup.ts'

/** What became of the records of one client program. */
export interface Exchange {
  readonly sent: number
  readonly acknowledged: number
  readonly consumed: number
  readonly duplicates: number
  readonly errors: readonly string[]
}

/** A client program that produces and consumes for a while, see java/src/Client.java. */
export interface ClientRun extends AsyncDisposable {
  /** Resolves at the first acknowledged record. */
  producing(): Promise<void>
  exchange(): Promise<Exchange>
  /** The error that kept the client from starting. */
  refused(): Promise<string>
  /** Waits until its output, logs included, matches. */
  shows(pattern: RegExp, timeoutMs: number): Promise<void>
}

export interface Load {
  readonly topic: string
  readonly durationMs: number
  /** Folder in which the client runs; default: that of the tests. */
  readonly cwd?: string
  /** What runs the client, as a command line that the client's is put behind. */
  readonly through?: readonly string[]
}

export interface Access {
  readonly bootstrap: string
  readonly tokenEndpoint: string
}

/** `configuration` is the client's file, `jvm` what goes into KAFKA_OPTS. */
export interface JavaClient {
  readonly version: '3.9' | '4.3'
  readonly main?: 'Client' | 'ShareClient'
  readonly configuration: string
  readonly jvm: readonly string[]
}

const oauthbearer = 'org.apache.kafka.common.security.oauthbearer'
const intervalMs = 150

export const java43 = ({ bootstrap, tokenEndpoint }: Access): JavaClient => ({
  version: '4.3',
  configuration: `
    bootstrap.servers=${bootstrap}
    security.protocol=SASL_PLAINTEXT
    sasl.mechanism=OAUTHBEARER
    sasl.login.callback.handler.class=${oauthbearer}.OAuthBearerLoginCallbackHandler
    sasl.oauthbearer.token.endpoint.url=${tokenEndpoint}
    sasl.oauthbearer.client.credentials.client.id=unused
    sasl.oauthbearer.client.credentials.client.secret=unused
    sasl.jaas.config=${oauthbearer}.OAuthBearerLoginModule required;
  `,
  jvm: [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${tokenEndpoint}`],
})

/** The consumer_config that Beam's KafkaIO is given, with the class name of its time. */
export const java39 = ({ bootstrap, tokenEndpoint }: Access): JavaClient => ({
  version: '3.9',
  configuration: `
    bootstrap.servers=${bootstrap}
    security.protocol=SASL_PLAINTEXT
    sasl.mechanism=OAUTHBEARER
    sasl.login.callback.handler.class=${oauthbearer}.secured.OAuthBearerLoginCallbackHandler
    sasl.oauthbearer.token.endpoint.url=${tokenEndpoint}
    sasl.jaas.config=${oauthbearer}.OAuthBearerLoginModule required clientId="unused" clientSecret="unused";
  `,
  jvm: [],
})

export const librdkafka = ({ bootstrap, tokenEndpoint }: Access) => ({
  'bootstrap.servers': bootstrap,
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanisms': 'OAUTHBEARER',
  'sasl.oauthbearer.method': 'oidc',
  'sasl.oauthbearer.token.endpoint.url': tokenEndpoint,
  'sasl.oauthbearer.client.id': 'unused',
  'sasl.oauthbearer.client.secret': 'unused',
})

/** A token endpoint with TLS, at which one has to prove who one is. */
export interface GatewayAccess extends Access {
  /** PEM; who issued its certificate. */
  readonly caFile: string
}

export interface ClientSecret {
  readonly id: string
  readonly secret: string
}

const java43Over = (access: GatewayAccess, properties: string, { jaas = '', jvm = [] as readonly string[] } = {}) => ({
  version: '4.3' as const,
  configuration: `
    bootstrap.servers=${access.bootstrap}
    security.protocol=SASL_PLAINTEXT
    sasl.mechanism=OAUTHBEARER
    sasl.login.callback.handler.class=${oauthbearer}.OAuthBearerLoginCallbackHandler
    sasl.oauthbearer.token.endpoint.url=${access.tokenEndpoint}
    sasl.jaas.config=${oauthbearer}.OAuthBearerLoginModule required${trusting(access.caFile)}${jaas};
    ${properties}
  `,
  jvm: [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${access.tokenEndpoint}`, ...jvm],
})

/** By the JWT in a file, such as a projected service account token. */
export const java43ByAssertion = (access: GatewayAccess, file: string): JavaClient =>
  java43Over(access, `sasl.oauthbearer.assertion.file=${file}`, {
    jvm: [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.files=${file}`],
  })

/** By the same, as the grant itself (RFC 7523 §2.1), which Java 4.1 can do too. */
export const java43ByGrant = (access: GatewayAccess, file: string): JavaClient => {
  const client = java43ByAssertion(access, file)
  const grant = `sasl.oauthbearer.jwt.retriever.class=${oauthbearer}.JwtBearerJwtRetriever`
  return { ...client, configuration: `${client.configuration}${grant}\n` }
}

/** By the JWT in a file as the grant; it needs no id and no secret. */
export const librdkafkaByGrant = ({ caFile, bootstrap, tokenEndpoint }: GatewayAccess, file: string) => ({
  'bootstrap.servers': bootstrap,
  'security.protocol': 'SASL_PLAINTEXT',
  'sasl.mechanisms': 'OAUTHBEARER',
  'sasl.oauthbearer.method': 'oidc',
  'sasl.oauthbearer.grant.type': 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'sasl.oauthbearer.assertion.file': file,
  'sasl.oauthbearer.token.endpoint.url': tokenEndpoint,
  'https.ca.location': caFile,
})

const idAndSecret = ({ id, secret }: ClientSecret) => `
    sasl.oauthbearer.client.credentials.client.id=${id}
    sasl.oauthbearer.client.credentials.client.secret=${secret}`

export const java43BySecret = (access: GatewayAccess, client: ClientSecret): JavaClient =>
  java43Over(access, idAndSecret(client))

/** By a certificate; the file has its key too. Java demands id and secret all the same. */
export const java43ByCertificate = (access: GatewayAccess, id: string, keyAndCertificateFile: string): JavaClient =>
  java43Over(access, idAndSecret({ id, secret: 'unused' }), {
    jaas: ` ssl.keystore.type="PEM" ssl.keystore.location="${keyAndCertificateFile}"`,
  })

export const java39BySecret = ({ caFile, ...access }: GatewayAccess, { id, secret }: ClientSecret): JavaClient => {
  const jaas = `clientId="${id}" clientSecret="${secret}"${trusting(caFile)}`
  const client = java39(access)
  return { ...client, configuration: client.configuration.replace('clientId="unused" clientSecret="unused"', jaas) }
}

export const librdkafkaBySecret = ({ caFile, ...access }: GatewayAccess, { id, secret }: ClientSecret) => ({
  ...librdkafka(access),
  'sasl.oauthbearer.client.id': id,
  'sasl.oauthbearer.client.secret': secret,
  'https.ca.location': caFile,
})

export function startJavaClient({ tools, folder }: Shared, load: Load, client: JavaClient): ClientRun {
  const file = join(folder, `client-${load.topic}.properties`)
  writeFileSync(file, client.configuration)
  const classpath = client.version === '4.3' ? tools.java43 : tools.java39
  const jvm = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...client.jvm, '-cp', classpath]
  return startClient('java', [...jvm, client.main ?? 'Client', file], load, folder)
}

export function startPythonClient(
  { tools, folder }: Shared,
  load: Load,
  configuration: Readonly<Record<string, string>>,
): ClientRun {
  const file = join(folder, `client-${load.topic}.json`)
  writeFileSync(file, JSON.stringify(configuration))
  return startClient(tools.python, [join(import.meta.dirname, 'python', 'client.py'), file], load, folder)
}

export function startGoClient({ tools, folder }: Shared, load: Load, { bootstrap, tokenEndpoint }: Access): ClientRun {
  return startClient(tools.goClient, [bootstrap, tokenEndpoint], load, folder)
}

function startClient(
  program: string,
  access: readonly string[],
  { topic, durationMs, cwd, through = [] }: Load,
  folder: string,
): ClientRun {
  const [command, ...args] = [...through, program, ...access, topic, `${durationMs}`, `${intervalMs}`]
  const child = startChild({ command, args, log: join(folder, `client-${topic}`), ...(cwd && { cwd }) })
  return {
    producing: () => child.shows(/"event": ?"producing"/, 60_000),
    exchange: async () => {
      const code = await child.exited(durationMs + 60_000)
      if (code !== 0) throw new Error(`the client ended with ${code}:\n${child.output().slice(-4000)}`)
      return printed(child, 'result') as unknown as Exchange
    },
    refused: async () => {
      await child.exited(60_000)
      return String(printed(child, 'refused')['error'])
    },
    shows: child.shows,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}

function printed(child: Child, event: string): Record<string, unknown> {
  const lines = child
    .stdout()
    .split('\n')
    .filter((line) => line.startsWith('{'))
  const found = lines.map((line) => JSON.parse(line) as Record<string, unknown>).find((line) => line['event'] === event)
  if (!found) throw new Error(`the client printed no ${event}:\n${child.output().slice(-4000)}`)
  return found
}
