import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Producer, stringSerializers } from '@platformatic/kafka'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { type Child, freePorts } from './child-process.ts'
import { ecosystemSource, installEcosystem, type Ecosystem } from './ecosystem.ts'
import { finished, printedConfig, sharedAccess, smallJvm, startProgram, type Printed } from './printed-config.ts'
import { verifiedBy } from './verified-clients.ts'

const verified = verifiedBy('client-config-programs')
let ecosystem: Ecosystem

beforeAll(async () => {
  ecosystem = await installEcosystem()
})

const came = /^a record came through/m

interface Java {
  readonly name: string
  readonly classpath: string
  /** A class, or a file that Java compiles itself. */
  readonly program: string
  readonly args: readonly string[]
  readonly jvm?: readonly string[]
  readonly exports?: readonly string[]
}

function startJava({ name, classpath, program, args, jvm = [], exports = [] }: Java): Child {
  const all = ['-Xmx512m', ...smallJvm.slice(1), ...jvm, '-cp', classpath, program, ...args]
  return startProgram(inject('e2e'), { name, command: 'java', args: all, exports })
}

const print = (tool: string, ...args: string[]): Promise<Printed> => {
  const e2e = inject('e2e')
  return printedConfig(e2e, tool, tool, [...sharedAccess(e2e), ...args])
}

async function produce(topic: string, values: readonly string[]) {
  const e2e = inject('e2e')
  const answer = await fetch(`${e2e.sidecar}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  const access = { clientId: topic, bootstrapBrokers: [e2e.jwks], sasl: { mechanism: 'OAUTHBEARER' as const, token } }
  const producer = new Producer({ ...access, serializers: stringSerializers, autocreateTopics: true })
  await producer.send({ messages: values.map((value) => ({ topic, value })) }).finally(() => producer.close(true))
}

describe('the settings of config, in programs', () => {
  it('are taken by Kafka Connect: a worker, its producers, consumers and admin clients', async () => {
    const e2e = inject('e2e')
    const printed = await print('connect')
    const [port] = (await freePorts(1)) as [number]
    const file = join(printed.folder, 'whole.properties')
    const topics = ['config', 'offset', 'status'].flatMap((name) => [
      `${name}.storage.topic=config-connect-${name}`,
      `${name}.storage.replication.factor=1`,
    ])
    const worker = [
      'group.id=config-connect',
      `listeners=http://127.0.0.1:${port}`,
      'key.converter=org.apache.kafka.connect.storage.StringConverter',
      'value.converter=org.apache.kafka.connect.storage.StringConverter',
      ...topics,
    ]
    writeFileSync(file, `${worker.join('\n')}\n${printed.text('worker.properties')}`)
    const [input, output] = [join(printed.folder, 'in.txt'), join(printed.folder, 'out.txt')]
    writeFileSync(input, 'a record\n')
    const exports = [printed.path('KAFKA_OPTS.sh')]
    // Kafka's scripts hand the variable to the JVM.
    const command = `exec java ${smallJvm.join(' ')} $KAFKA_OPTS -cp "$0" org.apache.kafka.connect.cli.ConnectDistributed "$1"`
    await using child = startProgram(e2e, {
      name: 'connect',
      command: 'sh',
      args: ['-c', command, e2e.tools.connect, file],
      exports,
    })
    await child.shows(/Finished starting connectors and tasks/, 200_000)
    const connectors = {
      Source: { file: input, topic: 'config-connect' },
      Sink: { file: output, topics: 'config-connect' },
    }
    for (const [kind, configuration] of Object.entries(connectors)) {
      const put = () =>
        fetch(`http://127.0.0.1:${port}/connectors/${kind}/config`, {
          method: 'PUT',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({
            'connector.class': `org.apache.kafka.connect.file.FileStream${kind}Connector`,
            ...configuration,
          }),
        })
      // 409 while the worker has not read what it wrote before.
      await expect.poll(async () => (await put()).status, { timeout: 60_000 }).toBeLessThan(300)
    }
    await expect
      .poll(() => readFileSync(output, { encoding: 'utf8', flag: 'a+' }), { timeout: 120_000 })
      .toBe('a record\n')
    verified.ran('connect', ['Kafka Connect 4.3.0'])
  }, 300_000)

  it('are taken by MirrorMaker 2', async () => {
    const e2e = inject('e2e')
    const printed = await print('mirrormaker')
    await produce('config-mirrored', ['a record'])
    const file = join(printed.folder, 'whole.properties')
    const few = ['checkpoints', 'heartbeats', 'offset-syncs'].map((name) => `${name}.topic.replication.factor=1`)
    const storage = ['config', 'offset', 'status'].map((name) => `${name}.storage.replication.factor=1`)
    // Every topic is the default; here only this one.
    const whole = printed
      .text('mm2.properties')
      .replace('source->target.topics=.*', 'source->target.topics=config-mirrored')
    writeFileSync(
      file,
      [whole, 'replication.factor=1', 'refresh.topics.interval.seconds=2', ...few, ...storage, ''].join('\n'),
    )
    const exports = [printed.path('KAFKA_OPTS.sh')]
    const command = `exec java ${smallJvm.join(' ')} $KAFKA_OPTS -cp "$0" org.apache.kafka.connect.mirror.MirrorMaker "$1"`
    await using child = startProgram(e2e, {
      name: 'mirrormaker',
      command: 'sh',
      args: ['-c', command, ecosystem.classpaths.mirrormaker, file],
      exports,
    })
    const own = await printedConfig(e2e, 'mirrored', 'java', sharedAccess(e2e))
    await using reader = startJava({
      name: 'mirrored',
      classpath: ecosystem.classpaths.streams,
      program: ecosystemSource('ReadTopic'),
      args: [own.path('client.properties'), 'source.config-mirrored'],
      exports: [own.path('JAVA_TOOL_OPTIONS.sh')],
    })
    await finished(reader, 240_000)
    expect(reader.stdout()).toMatch(came)
    expect(child.isRunning()).toBe(true)
    verified.ran('mirrormaker', ['MirrorMaker 4.3.0'])
  }, 300_000)
})

describe('the settings of config, in programs that run in one process', () => {
  it('are taken by Camel', async () => {
    const printed = await print('camel')
    const child = startJava({
      name: 'camel',
      classpath: ecosystem.classpaths.camel,
      program: ecosystemSource('CamelRoute'),
      args: [printed.path('application.properties'), 'config-camel'],
      exports: [printed.path('JAVA_TOOL_OPTIONS.sh')],
    })
    expect(await finished(child, 240_000)).toMatch(came)
    verified.ran('camel', ['camel-kafka 4.22.0 (kafka-clients 4.3.1)'])
  }, 300_000)

  /** What Flink's scripts do with config.yaml. */
  const taskManagerOpts = (printed: Printed): string => {
    const [, flag = ''] = /^env\.java\.opts\.taskmanager: "(.*)"$/m.exec(printed.text('config.yaml')) ?? []
    return flag
  }
  const opens = ['java.lang', 'java.util', 'java.time', 'java.net', 'java.lang.reflect', 'java.util.concurrent'].map(
    (name) => `--add-opens=java.base/${name}=ALL-UNNAMED`,
  )

  it('are taken by Flink, DataStream', async () => {
    const e2e = inject('e2e')
    const printed = await print('flink')
    const source = join(printed.folder, 'FlinkStream.java')
    const frame = readFileSync(ecosystemSource('FlinkStream'), 'utf8')
    writeFileSync(
      source,
      frame.replace('// Job.java', () => printed.text('Job.java')),
    )
    const child = startJava({
      name: 'flink',
      classpath: ecosystem.classpaths.flink,
      program: source,
      args: [e2e.jwks],
      jvm: [taskManagerOpts(printed), ...opens],
    })
    expect(await finished(child, 240_000)).toMatch(came)
    verified.ran('flink', ['Flink 2.2.0, flink-connector-kafka 5.0.0-2.2 (kafka-clients 4.2.0)'])
  }, 300_000)

  it('are taken by Flink SQL, in the shaded jar', async () => {
    const printed = await print('flink-sql')
    const child = startJava({
      name: 'flink-sql',
      classpath: ecosystem.classpaths['flink-sql'],
      program: ecosystemSource('FlinkTable'),
      args: [printed.path('orders.sql')],
      jvm: [taskManagerOpts(printed), ...opens],
    })
    expect(await finished(child, 240_000)).toMatch(came)
    verified.ran('flink-sql', ['Flink 2.2.0, flink-sql-connector-kafka 5.0.0-2.2'])
  }, 300_000)

  it('are taken by Spark', async () => {
    const e2e = inject('e2e')
    await produce('orders', ['a record'])
    const printed = await print('spark')
    mkdirSync(join(printed.folder, 'warehouse'))
    const conf = {
      'spark.master': 'local[2]',
      'spark.app.name': 'config',
      'spark.driver.host': '127.0.0.1',
      'spark.driver.bindAddress': '127.0.0.1',
      'spark.ui.enabled': 'false',
      'spark.sql.warehouse.dir': join(printed.folder, 'warehouse'),
    }
    // What spark-submit makes of spark-defaults.conf.
    const [, flag = ''] = /^spark\.driver\.extraJavaOptions (.*)$/m.exec(printed.text('spark-defaults.conf')) ?? []
    const child = startJava({
      name: 'spark',
      classpath: e2e.tools.spark,
      program: ecosystemSource('SparkView'),
      args: [printed.path('orders.sql')],
      jvm: [
        flag,
        ...opens,
        '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
        '--add-opens=java.base/java.nio=ALL-UNNAMED',
        ...Object.entries(conf).map(([key, value]) => `-D${key}=${value}`),
      ],
    })
    expect(await finished(child, 240_000)).toMatch(came)
    verified.ran('spark', ['Spark 4.0.0 (kafka-clients 3.9.0), SQL'])
  }, 300_000)
})
