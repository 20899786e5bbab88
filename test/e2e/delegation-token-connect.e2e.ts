import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Child, freePorts, startChild } from './child-process.ts'
import { type KafkaCluster, startCluster } from './kafka-cluster.ts'
import { delegationToken, keepFromLogs, passwordLogin } from './kafka-cluster-clients.ts'
import { projectedVolume } from './projected-volume.ts'
import { sectionOf } from './readme.ts'

let cluster: KafkaCluster
let folder: string
let login: string
let volume: ReturnType<typeof projectedVolume>

beforeAll(async () => {
  const e2e = inject('e2e')
  folder = join(e2e.folder, 'delegation-token-connect')
  mkdirSync(folder)
  cluster = await startCluster({
    classpath: e2e.tools.broker,
    folder: join(folder, 'cluster'),
    listeners: { SASL: { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-512'] } },
    secretKey: 'a key',
    users: { keeper: 'keepers-password' },
    acls: [
      { user: 'keeper', may: 'CREATE_TOKENS', on: 'USER', named: 'User:connect' },
      { user: 'connect', may: 'ALL', on: 'TOPIC', named: 'connect-', isPrefix: true },
      { user: 'connect', may: 'ALL', on: 'GROUP', named: 'connect-', isPrefix: true },
    ],
  })
  login = join(folder, 'keeper.properties')
  writeFileSync(login, passwordLogin('keeper', 'keepers-password'), { mode: 0o600 })
  volume = projectedVolume(join(folder, 'volume'))
})

afterAll(() => cluster.stop())

const access = () => ['--bootstrap-server', cluster.bootstrap['SASL'] ?? '', '--command-config', login]

/** Makes a token and has it in the volume, as the Secret of the keeper would be there. Resolves with its id. */
async function publish(): Promise<string> {
  const e2e = inject('e2e')
  const made = await delegationToken(e2e, [...created(), ...access(), '--output', 'json'])
  const token = JSON.parse(made.stdout) as Record<'tokenId' | 'tokenHmac' | `sasl${string}`, string>
  keepFromLogs(e2e, [token.tokenHmac])
  volume.write({
    'sasl.jaas.config': token.saslJaasConfig ?? '',
    'sasl.mechanism': token.saslMechanism ?? '',
    'security.protocol': 'SASL_PLAINTEXT',
  })
  return token.tokenId
}
const created = () => ['create', '--owner-principal', 'User:connect']

interface Worker extends AsyncDisposable {
  /** Makes or changes a connector of `connect-file`. */
  connector(name: 'Source' | 'Sink', configuration: object): Promise<void>
}

async function startWorker(life: number): Promise<Worker> {
  const { tools } = inject('e2e')
  const [port] = (await freePorts(1)) as [number]
  const topics = ['config', 'offset', 'status'].map((name) => `${name}.storage.topic=connect-${name}\n`)
  const replicas = ['config', 'offset', 'status'].map((name) => `${name}.storage.replication.factor=1\n`)
  const documented = sectionOf('docs/delegation-tokens.md', 'Kafka Connect').block('properties', 'producer.sasl')
  const file = join(folder, `worker-${life}.properties`)
  writeFileSync(
    file,
    `bootstrap.servers=${cluster.bootstrap['SASL'] ?? ''}
group.id=connect-workers
listeners=http://127.0.0.1:${port}
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
offset.flush.interval.ms=1000
${topics.join('')}${replicas.join('')}${documented.replaceAll('/var/run/secrets/kafka', join(folder, 'volume'))}`,
  )
  const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', tools.connect]
  const child = startChild({
    command: 'java',
    args: [...jvm, 'org.apache.kafka.connect.cli.ConnectDistributed', file],
    log: join(folder, `worker-${life}`),
  })
  await child.shows(/Finished starting connectors and tasks/, 90_000)
  return {
    connector: async (name, configuration) => {
      const body = {
        'connector.class': `org.apache.kafka.connect.file.FileStream${name}Connector`,
        'tasks.max': '1',
        ...configuration,
      }
      const answer = await fetch(`http://127.0.0.1:${port}/connectors/${name}/config`, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect(answer.status, await answer.text()).toBeLessThan(300)
    },
    [Symbol.asyncDispose]: () => ended(child),
  }
}

async function ended(child: Child) {
  child.kill('SIGTERM')
  await child.exited(30_000).finally(() => child[Symbol.asyncDispose]())
}

const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index}\n`).join('')

describe('Kafka Connect with the settings of the documentation', () => {
  it('moves records by a token in a volume, and after its replacement and a restart by the next one', async () => {
    const [input, output] = [join(folder, 'in.txt'), join(folder, 'out.txt')]
    const arrived = () => readFileSync(output, { encoding: 'utf8', flag: 'a+' })
    writeFileSync(input, lines(0, 500))
    const first = await publish()
    {
      await using worker = await startWorker(1)
      await worker.connector('Source', { file: input, topic: 'connect-lines' })
      await worker.connector('Sink', { file: output, topics: 'connect-lines' })
      await expect.poll(arrived, { timeout: 60_000 }).toBe(lines(0, 500))
    }
    await publish()
    const expired = await delegationToken(inject('e2e'), ['expire', '--token-id', first, ...access()])
    expect(expired.code).toBe(0)
    appendFileSync(input, lines(500, 600))
    await using _worker = await startWorker(2)
    await expect.poll(arrived, { timeout: 60_000 }).toBe(lines(0, 600))
  }, 240_000)
})
