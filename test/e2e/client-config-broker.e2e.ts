import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { load } from 'js-yaml'
import { describe, expect, inject, it } from 'vitest'
import { freePorts } from './child-process.ts'
import { delegationToken, keepFromLogs } from './kafka-cluster-clients.ts'
import { finished, printedConfig, smallJvm, startProgram, type Printed } from './printed-config.ts'
import type { Shared } from './setup.ts'
import { verifiedBy } from './verified-clients.ts'

const verified = verifiedBy('client-config-broker')

interface PlainBroker extends AsyncDisposable {
  /** Bootstrap servers by the name of the listener. */
  readonly bootstrap: Readonly<Record<string, string>>
}

/** The least that a node needs, and what was printed for its listeners; `merged` are those of the comments. */
async function startBroker(
  e2e: Shared,
  name: string,
  classpath: string,
  printed: {
    readonly text: string
    readonly listeners: readonly string[]
    readonly exports: readonly string[]
    readonly jvm?: readonly string[]
  },
): Promise<PlainBroker> {
  const names = ['INTERNAL', 'CONTROLLER', ...printed.listeners]
  const ports = await freePorts(names.length)
  const bootstrap = Object.fromEntries(names.map((listener, index) => [listener, `127.0.0.1:${ports[index] ?? 0}`]))
  const open = ['INTERNAL', 'CONTROLLER']
  const protocols = names.map((listener) => `${listener}:${open.includes(listener) ? 'PLAINTEXT' : 'SASL_PLAINTEXT'}`)
  const folder = join(e2e.folder, `config-${name}-data`)
  const least = [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@${bootstrap['CONTROLLER'] ?? ''}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=INTERNAL',
    `listeners=${names.map((listener) => `${listener}://${bootstrap[listener] ?? ''}`).join()}`,
    `listener.security.protocol.map=${protocols.join()}`,
    `log.dirs=${folder}`,
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'group.initial.rebalance.delay.ms=0',
  ]
  const file = join(e2e.folder, `config-${name}.properties`)
  writeFileSync(file, `${least.join('\n')}\n${printed.text}`)
  const format = ['kafka.tools.StorageTool', 'format', '--cluster-id', 'a2Fma2EtdG9rZW4tZTJlMQ', '--config', file]
  await promisify(execFile)('java', [...smallJvm, '-cp', classpath, ...format])
  const jvm = [...smallJvm, ...(printed.jvm ?? []), '-Dorg.slf4j.simpleLogger.showDateTime=true'].join(' ')
  const child = startProgram(e2e, {
    name: `broker-${name}`,
    command: 'sh',
    // Kafka's scripts hand the variable to the JVM.
    args: ['-c', `exec java ${jvm} $KAFKA_OPTS -cp "$0" kafka.Kafka "$1"`, classpath, file],
    exports: printed.exports,
  })
  await child.shows(/Kafka Server started/, 200_000)
  return { bootstrap, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() }
}

/** The names in the comment above what was printed. */
function commentedListeners(text: string): readonly string[] {
  const [, list = ''] = /^# listener\.security\.protocol\.map=\.\.\.,(.*)$/m.exec(text) ?? []
  return list.split(',').map((pair) => pair.split(':')[0] ?? '')
}

const trusted = (e2e: Shared): string[] => {
  const { issuer, audience } = e2e.issuer
  const profile = ['--source', 'self-issued', '--subject', 'alice', '--issuer', issuer, '--audience', audience]
  return ['--plaintext', '--url', `${e2e.sidecar}/token`, ...profile]
}

/** A record to and fro by Java 4.3, with what `config java` prints. Answers with the settings that were used. */
async function exchange(
  e2e: Shared,
  name: string,
  bootstrap: string | undefined,
  more: readonly string[] = [],
): Promise<Printed> {
  const url = more.length > 0 ? [] : ['--plaintext', '--url', `${e2e.sidecar}/token`]
  const printed = await printedConfig(e2e, name, 'java', [...url, '--bootstrap-server', bootstrap ?? '', ...more])
  const output = await finished(
    startProgram(e2e, {
      name,
      command: 'java',
      args: [...smallJvm, '-cp', e2e.tools.java43, 'Client', printed.path('client.properties'), name, '1500', '150'],
      exports: more.length > 0 ? [] : [printed.path('JAVA_TOOL_OPTIONS.sh')],
    }),
    120_000,
  )
  expect(output).toContain('"errors":[]')
  return printed
}

describe('the settings of config broker', () => {
  const versions = [
    { version: '4.3', program: 'Kafka 4.3.0', classpath: ({ broker }: Shared['tools']) => broker },
    { version: '3.9', program: 'Kafka 3.9.1', classpath: ({ broker39 }: Shared['tools']) => broker39 },
  ]

  it.each(versions)(
    'start a broker $version, at which clients log in and make delegation tokens',
    async ({ version, program, classpath }) => {
      const e2e = inject('e2e')
      const name = `broker-${version}`
      const printed = await printedConfig(e2e, name, 'broker', [...trusted(e2e), '--delegation-tokens'])
      const text = printed.text('server.properties')
      const exports = [printed.path('KAFKA_OPTS.sh')]
      await using broker = await startBroker(e2e, name, classpath(e2e.tools), {
        text: text.replace('<the same secret on all brokers and controllers>', 'a secret of this test'),
        listeners: commentedListeners(text),
        exports,
      })
      const { CLIENT: client, CLIENT_TOKENS: tokens } = broker.bootstrap
      const login = await exchange(e2e, `${name}-oauth`, client)
      const flags = ['--bootstrap-server', client ?? '', '--command-config', login.path('client.properties')]
      const made = await delegationToken(e2e, ['create', ...flags, '--output', 'properties'])
      expect(made.code, made.stderr).toBe(0)
      const file = join(login.folder, 'token.properties')
      writeFileSync(file, made.stdout, { mode: 0o600 })
      keepFromLogs(e2e, [/password="([^"]+)"/.exec(made.stdout)?.[1] ?? ''])
      await exchange(e2e, `${name}-token`, tokens, ['--delegation-token-file', file])
      verified.ran('broker', [program])
    },
    300_000,
  )

  it('of Strimzi do it as lines of a listener, with both validators', async () => {
    const e2e = inject('e2e')
    const printed = await printedConfig(e2e, 'strimzi', 'strimzi', trusted(e2e))
    interface Kafka {
      readonly spec: {
        readonly kafka: {
          readonly listeners: readonly {
            readonly authentication: { readonly listenerConfig: Readonly<Record<string, string>> }
          }[]
          readonly jvmOptions?: {
            readonly javaSystemProperties: readonly { readonly name: string; readonly value: string }[]
          }
        }
      }
    }
    const kafkaIn = (where: string) => (load(printed.text(where)) as Kafka).spec.kafka
    // What the operator does with them.
    const lines = (where: string, listener: string) =>
      Object.entries(kafkaIn(where).listeners[0]?.authentication.listenerConfig ?? {}).map(
        ([name, value]) => `listener.name.${listener}.${name}=${value}\n`,
      )
    const system = kafkaIn('kafka.yaml').jvmOptions?.javaSystemProperties ?? []
    await using broker = await startBroker(e2e, 'strimzi', e2e.tools.broker, {
      text: [...lines('kafka.yaml', 'plain'), ...lines('kafka-strimzi-oauth.yaml', 'library')].join(''),
      listeners: ['PLAIN', 'LIBRARY'],
      exports: [],
      jvm: system.map(({ name, value }) => `-D${name}=${value}`),
    })
    await exchange(e2e, 'strimzi-plain', broker.bootstrap['PLAIN'])
    await exchange(e2e, 'strimzi-library', broker.bootstrap['LIBRARY'])
    expect(readFileSync(join(e2e.folder, 'program-broker-strimzi.stderr'), 'utf8')).toContain('io.strimzi')
    verified.ran('strimzi', ['listenerConfig at Kafka 4.3.0 with kafka-oauth-server 0.17.1, without the operator'])
  }, 300_000)
})
