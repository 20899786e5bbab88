import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Child, startChild } from './child-process.ts'
import { type KafkaCluster, startCluster } from './kafka-cluster.ts'
import { keepFromLogs, passwordLogin } from './kafka-cluster-clients.ts'
import { type SparkRun, startSparkJob } from './spark.ts'

/** Spark takes its time: a job that has read the file a moment ago has a fifth of this. */
const maxLifetimeMs = 90_000
const timeoutMs = 480_000

let cluster: KafkaCluster
let keeper: Child
let folder: string
/** What the keeper publishes. */
let published: string

beforeAll(async () => {
  const e2e = inject('e2e')
  folder = join(e2e.folder, 'spark')
  mkdirSync(folder)
  cluster = await startCluster({
    classpath: e2e.tools.broker,
    folder: join(folder, 'cluster'),
    listeners: { SASL: { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-512'] } },
    secretKey: 'a key',
    ...{ maxLifetimeMs, expiryTimeMs: 30_000, expiryCheckIntervalMs: 2_000 },
    users: { keeper: 'keepers-password' },
    acls: [
      { user: 'keeper', may: 'CREATE_TOKENS', on: 'USER', named: 'User:spark' },
      // Spark's consumers have groups of this name unless told otherwise, and driver and jobs make and use their topics.
      { user: 'spark', may: 'ALL', on: 'GROUP', named: 'spark-kafka-', isPrefix: true },
      { user: 'spark', may: 'ALL', on: 'TOPIC', named: 'spark-', isPrefix: true },
    ],
  })
  const login = join(folder, 'keeper.properties')
  writeFileSync(login, passwordLogin('keeper', 'keepers-password'), { mode: 0o600 })
  published = join(folder, 'spark.properties')
  const configuration = {
    delegationTokens: {
      spark: {
        bootstrapServers: cluster.bootstrap['SASL'],
        login: { propertiesFile: login },
        owner: 'User:spark',
      },
    },
    outlets: [{ from: { delegationToken: 'spark' }, to: { file: published } }],
  }
  const config = join(folder, 'keeper.yaml')
  writeFileSync(config, JSON.stringify(configuration))
  keeper = startChild({
    command: process.execPath,
    args: [e2e.tools.cli, 'delegation-token', 'keep', '--config', config, '--admin-port', 'false'],
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
    log: join(e2e.folder, 'sidecar-keeper-of-spark'),
  })
  await keeper.shows(/spark\.properties written/, 20_000)
})

afterAll(async () => {
  keeper.kill('SIGTERM')
  expect(await keeper.exited(15_000)).toBe(0)
  await cluster.stop()
})

const valueIn = (name: string) => new RegExp(`${name}="([^"]+)"`).exec(readFileSync(published, 'utf8'))?.[1] ?? ''

/** No program printed a password; not even Spark, which logs the settings of its clients. */
function expectUntold({ folder }: SparkRun, hmacs: readonly string[]) {
  keepFromLogs(inject('e2e'), hmacs)
  const files = globSync(join(folder, '**/*{stdout,stderr}'))
  expect(files.length).toBeGreaterThanOrEqual(2)
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    // Booleans, as a failure is not to print the secret either.
    expect(
      hmacs.some((hmac) => text.includes(hmac)),
      file,
    ).toBe(false)
  }
}

/** Lets a stream go on until its first token has been replaced and is long gone. Resolves with the HMACs that it met. */
async function overReplacement(job: SparkRun): Promise<readonly string[]> {
  await job.shows(/"event":"streaming"/, timeoutMs)
  const former = valueIn('password')
  const goneAt = Date.now() + maxLifetimeMs + 20_000
  while (job.isRunning() && Date.now() < goneAt) await sleep(200)
  const hmacs = [former, valueIn('password')]
  job.stop()
  return hmacs
}

const bootstrap = () => cluster.bootstrap['SASL'] ?? ''

it(
  'writes and reads a topic in a batch with the published file, where Spark by itself makes no token without Kerberos',
  async () => {
    const jaas = passwordLogin('keeper', 'keepers-password').split('sasl.jaas.config=').at(-1)?.trim() ?? ''
    await using job = startSparkJob(inject('e2e'), {
      ...{ name: 'batch', mode: 'batch', file: published, bootstrap: bootstrap() },
      conf: {
        'spark.security.credentials.kafka.enabled': 'true',
        'spark.kafka.clusters.ours.auth.bootstrap.servers': bootstrap(),
        'spark.kafka.clusters.ours.security.protocol': 'SASL_PLAINTEXT',
        'spark.kafka.clusters.ours.kafka.sasl.mechanism': 'SCRAM-SHA-512',
        'spark.kafka.clusters.ours.kafka.sasl.jaas.config': jaas,
      },
    })
    expect(await job.printed('batch')).toMatchObject({ written: 1000, read: 1000 })
    expect(await job.printed('started')).toMatchObject({ processes: 2, driverIsOne: false, ownTokens: 0 })
    expectUntold(job, [valueIn('password')])
  },
  timeoutMs,
)

describe.concurrent('a stream of Spark', () => {
  it(
    'loses nothing where it is started anew for each token',
    async ({ expect }) => {
      await using job = startSparkJob(inject('e2e'), {
        ...{ name: 'restarted', mode: 'stream', file: published, bootstrap: bootstrap() },
      })
      const hmacs = await overReplacement(job)
      const { numbers, ...result } = await job.printed('stream')
      expect(numbers).toBeGreaterThan(100)
      expect(result).toMatchObject({ arrived: numbers, errors: [] })
      expect(result['restarts']).toBeGreaterThanOrEqual(1)
      expectUntold(job, hmacs)
    },
    timeoutMs,
  )

  it(
    'loses nothing where it goes on and its clients look into the file',
    async ({ expect }) => {
      const looking = join(folder, 'looking.properties')
      const names = ['security.protocol', 'sasl.mechanism', 'sasl.jaas.config']
      const lines = names.map((name) => `${name}=\${file:${published}:${name}}\n`)
      const provider = 'org.apache.kafka.common.config.provider.FileConfigProvider'
      const timeouts = 'default.api.timeout.ms=15000\nrequest.timeout.ms=15000\n'
      writeFileSync(
        looking,
        `config.providers=file\nconfig.providers.file.class=${provider}\n${timeouts}${lines.join('')}`,
      )
      await using job = startSparkJob(inject('e2e'), {
        ...{ name: 'looking', mode: 'stream', file: looking, bootstrap: bootstrap() },
        // A task may fail three times.
        master: 'local[2,4]',
        conf: {
          'spark.kafka.producer.cache.timeout': '500ms',
          'spark.kafka.producer.cache.evictorThreadRunInterval': '100ms',
        },
      })
      const hmacs = await overReplacement(job)
      const { numbers, ...result } = await job.printed('stream')
      expect(numbers).toBeGreaterThan(100)
      expect(result).toMatchObject({ arrived: numbers, errors: [], restarts: 0 })
      expectUntold(job, hmacs)
    },
    timeoutMs,
  )
})
