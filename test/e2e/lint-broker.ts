import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startBroker, type Broker, type Listener } from './broker.ts'
import { freePorts, startChild } from './child-process.ts'
import { audience, issuer } from './explain-endpoint.ts'
import type { Shared } from './setup.ts'

const oauthbearer = 'org.apache.kafka.common.security.oauthbearer'

/** Lines of one listener, as `server.properties` has them; the first three are those that work. */
export function listenerLines(
  name: string,
  jwksUrl: string,
): Readonly<Record<'jaas' | 'handler' | 'jwks' | 'issuer' | 'audience', string>> {
  const prefix = `listener.name.${name}.oauthbearer.sasl`
  return {
    jaas: `${prefix}.jaas.config=${oauthbearer}.OAuthBearerLoginModule required;`,
    handler: `${prefix}.server.callback.handler.class=${oauthbearer}.OAuthBearerValidatorCallbackHandler`,
    jwks: `${prefix}.oauthbearer.jwks.endpoint.url=${jwksUrl}`,
    issuer: `${prefix}.oauthbearer.expected.issuer=${issuer}`,
    audience: `${prefix}.oauthbearer.expected.audience=${audience}`,
  }
}

export interface LintBroker {
  readonly broker: Broker
  /** Its `server.properties`. */
  readonly file: string
}

/** One broker whose listeners are each wrong in one way, and one that is right. */
export async function lintBroker({ tools }: Shared, folder: string, jwksUrl: string): Promise<LintBroker> {
  const listener = (
    name: string,
    change: (lines: ReturnType<typeof listenerLines>) => readonly string[],
  ): Listener => ({
    validation: { lines: change(listenerLines(name, jwksUrl)).join('\n'), jwksUrl },
  })
  const key = 'delegation.token.secret.key=0123456789-0123456789-0123456789'
  const broker = await startBroker({
    classpath: tools.broker,
    folder,
    superUsers: ['alice'],
    listeners: {
      GOOD: listener('good', (lines) => [...Object.values(lines), key]),
      NOAUDIENCE: listener('noaudience', ({ jaas, handler, jwks, issuer: iss }) => [jaas, handler, jwks, iss]),
      NOKEYS: listener('nokeys', ({ jaas, handler, audience: aud }) => [jaas, handler, aud]),
      NOSIGNATURE: listener('nosignature', ({ jaas, handler }) => [
        jaas,
        handler,
        `listener.name.nosignature.sasl.oauthbearer.jwt.validator.class=${oauthbearer}.ClientJwtValidator`,
      ]),
      PREFIXED: listener('prefixed', (lines) => [
        ...Object.values(lines),
        `listener.name.prefixed.oauthbearer.sasl.oauthbearer.jwt.validator.class=${oauthbearer}.ClientJwtValidator`,
      ]),
      UNSECURED: listener('unsecured', ({ jaas }) => [jaas]),
      OTHER: listener('other', (lines) => [
        ...Object.values(lines),
        'listener.name.other.sasl.enabled.mechanisms=SCRAM-SHA-512',
        'listener.name.other.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;',
      ]),
    },
  })
  return { broker, file: await readFile(join(folder, 'server.properties'), 'utf8') }
}

/** What a broker prints that is to start with these lines for its listener CLIENT, and cannot. */
export async function failedStart(
  { tools }: Shared,
  folder: string,
  lines: readonly string[],
  allowed: string,
): Promise<string> {
  const [internal, client, controller] = (await freePorts(3)) as [number, number, number]
  const file = join(folder, 'server.properties')
  await mkdir(folder, { recursive: true })
  await writeFile(
    file,
    `${serverLines({ internal, client, controller })}\nlog.dirs=${join(folder, 'data')}\n${lines.join('\n')}\n`,
  )
  const java = [
    '-Xmx192m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
    allowed,
  ]
  const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', 'a2Fma2EtdG9rZW4tZTJlMQ', '--config', file]
  await promisify(execFile)('java', [...java, '-cp', tools.broker, ...format])
  const child = startChild({
    command: 'java',
    args: [...java, '-cp', tools.broker, 'kafka.Kafka', file],
    log: join(folder, 'broker'),
  })
  await child.exited(60_000).finally(() => child[Symbol.asyncDispose]())
  return child.output()
}

export function serverLines({
  internal,
  client,
  controller,
}: Readonly<Record<'internal' | 'client' | 'controller', number>>): string {
  const listeners = `INTERNAL://127.0.0.1:${internal},CLIENT://127.0.0.1:${client}`
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=INTERNAL',
    `listeners=${listeners},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=${listeners}`,
    'listener.security.protocol.map=INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENT:SASL_PLAINTEXT',
    'offsets.topic.replication.factor=1',
  ].join('\n')
}
