import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { expect } from 'vitest'
import { brokerLog, startBroker, type Broker } from './broker.ts'
import type { BeamTools } from './beam-toolchain.ts'
import { freePorts, startChild, type Child } from './child-process.ts'
import { repository } from './readme.ts'
import type { Shared } from './setup.ts'

/** Short, so that a pipeline meets a renewal soon. */
const lifetime = '12s'
const oneRenewalMs = 18_000

/** A broker where one pipeline alone logs in by tokens, so that the log is of it. */
export async function startBeamBroker({ tools, folder, issuer, sidecar }: Shared, name: string): Promise<Broker> {
  const validation = { ...issuer, jwksUrl: `${sidecar}/jwks` }
  return startBroker({
    classpath: tools.broker,
    folder: join(folder, `${name}-broker`),
    listeners: { PIPELINE: { validation, connectionsMaxReauthMs: 5_000 } },
    superUsers: ['beam'],
  })
}

/** What takes the place of an attached service account. */
export function sidecarVariables({ issuer }: Shared, port: number): Readonly<Record<string, string>> {
  return {
    KTS_SOURCE: 'self-issued',
    KTS_ISSUER: issuer.issuer,
    KTS_AUDIENCE: issuer.audience,
    KTS_KEY_FILE: issuer.keyFile,
    KTS_SUBJECT: 'beam',
    KTS_LIFETIME: lifetime,
    KTS_PORT: `${port}`,
    KTS_ADMIN_PORT: 'false',
  }
}

/** A copy of an example, whose broker has no TLS, and whose port is another one. */
export function exampleCopy({ folder }: Shared, example: string, source: string, port: number): string {
  const copy = join(folder, example.replaceAll('/', '-'))
  cpSync(join(repository, 'examples', example), copy, { recursive: true })
  const text = readFileSync(join(copy, source), 'utf8')
  writeFileSync(join(copy, source), text.replace('"SASL_SSL"', '"SASL_PLAINTEXT"').replace(':14293/', `:${port}/`))
  return copy
}

/** Makes topics, with a record in each. */
export async function seed({ internal }: Broker, topics: readonly string[]): Promise<void> {
  const producer = newProducer(internal)
  const messages = topics.map((topic) => ({ topic, key: 'k', value: before }))
  await producer.send({ messages }).finally(() => producer.close(true))
}

const before = 'before'

const newProducer = (bootstrap: string) =>
  new Producer({
    clientId: 'beam-source',
    bootstrapBrokers: [bootstrap],
    serializers: stringSerializers,
    autocreateTopics: true,
  })

/** Sends until the pipeline has gone on for longer than a token lives; all that was sent after its first record has come. */
export async function expectCopied(broker: Broker, source: string, target: string): Promise<void> {
  const log = brokerLog(broker.log.file)
  const came = new Set<string>()
  const consumer = new Consumer({
    clientId: 'beam-target',
    groupId: target,
    bootstrapBrokers: [broker.internal],
    deserializers: stringDeserializers,
  })
  const producer = newProducer(broker.internal)
  try {
    const stream = await consumer.consume({ topics: [target], mode: 'earliest' })
    stream.on('data', ({ value }) => {
      if (value !== before) came.add(value)
    })
    const sent: string[] = []
    const send = async () => {
      const value = `${sent.length}`
      await producer.send({ messages: [{ topic: source, key: 'k', value }] })
      sent.push(value)
      await sleep(200)
    }
    const start = Date.now()
    while (came.size === 0) {
      if (Date.now() - start > 180_000) throw new Error(`nothing came to ${target}`)
      await send()
    }
    const first = Math.min(...[...came].map(Number))
    const end = Date.now() + oneRenewalMs
    while (Date.now() < end) await send()
    const missing = () => sent.slice(first).filter((value) => !came.has(value))
    const patience = Date.now() + 30_000
    while (missing().length > 0 && Date.now() < patience) await sleep(100)
    expect(missing()).toEqual([])
    expect(log.tokens()).toBeGreaterThanOrEqual(2)
    expect(log.reauthentications()).toBeGreaterThanOrEqual(2)
    expect(log.principals('READ', source)).toContain('User:beam')
    expect(log.principals('WRITE', target)).toEqual(['User:beam'])
  } finally {
    await consumer.close(true)
    await producer.close(true)
  }
}

/** Knows KafkaIO, and answers when this resolves. */
export async function startExpansionService({ expansionService }: BeamTools, log: string, args: readonly string[]) {
  const [port = 0] = await freePorts(1)
  const jvm = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', expansionService]
  const main = 'org.apache.beam.sdk.expansion.service.ExpansionService'
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent' }
  const child: Child = startChild({ command: 'java', args: [...jvm, main, `${port}`, ...args], log, env })
  const end = Date.now() + 120_000
  while (!(await isOpen(port))) {
    if (Date.now() > end || !child.isRunning()) throw new Error(`no expansion service:\n${child.output()}`)
    await sleep(100)
  }
  return { address: `localhost:${port}`, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const answer = (is: boolean) => () => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', answer(true)).once('error', answer(false))
  })
}
