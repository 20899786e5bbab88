import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from '../test/e2e/child-process.ts'
import { passwordLogin } from '../test/e2e/kafka-cluster-clients.ts'
import { quantile, table } from './figures.ts'
import { type Kafka, startKafka } from './kafka.ts'
import type { Measurement, MeasurementOptions } from './measurement.ts'
import { cpuNanos, residentMb } from './process-figures.ts'

const counts = [1, 100, 1_000] as const
const expirySeconds = 300
const renewAt = 0.8
const settleMs = 2_000

interface Figures {
  readonly count: number
  readonly publishedMs: number
  /** Of those that make and try tokens, and later. */
  readonly mostSockets: number
  readonly sockets: number
  readonly heapKb: number
  readonly residentMb: number
  /** Of the whole process, until all are published. */
  readonly cpuMs: number
  /** When each was renewed for the first time, in milliseconds since the first of them. */
  readonly renewals: readonly number[]
}

/** What one process needs that keeps many delegation tokens at one cluster. */
export const keptTokens: Measurement = {
  name: 'kept-tokens',
  about: `delegation-token keep at one broker, a token for each of so many owners, which live ${expirySeconds} s unless renewed; connections by /proc, heap after a garbage collection, renewals of the last row by the log`,
  async run({ product }) {
    await using kafka = await startKafka({
      listeners: { SASL: { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-512'] } },
      secretKey: 'a key',
      expiryTimeMs: expirySeconds * 1_000,
      users: { keeper: 'keepers-password' },
      superUsers: ['keeper'],
    })
    const figures: Figures[] = []
    for (const count of counts) figures.push(await keep(count, kafka, product))
    const [one] = figures
    const rows = figures.map(({ count, renewals, ...all }) => {
      const sorted = renewals.toSorted((a, b) => a - b)
      const perSecond = Map.groupBy(renewals, (at) => Math.floor(at / 1_000))
      const most = Math.max(...[...perSecond.values()].map((each) => each.length))
      const eachKb = count === 1 ? '' : ((all.heapKb - (one?.heapKb ?? 0)) / (count - 1)).toFixed(1)
      return [
        ...[count, (all.publishedMs / 1_000).toFixed(1), (all.cpuMs / count).toFixed(1)],
        ...[all.mostSockets, all.sockets, (all.heapKb / 1024).toFixed(1), eachKb, all.residentMb.toFixed(0)],
        ...(sorted.length === 0
          ? ['', '']
          : [((quantile(sorted, 0.99) - quantile(sorted, 0.01)) / 1_000).toFixed(0), most]),
      ]
    })
    const times = ['tokens', 'all published s', 'CPU ms each', 'most connections', 'then']
    return table([...times, 'heap MB', 'heap KB each', 'RSS MB', 'renewals within s', 'most a second'], rows)
  },
}

async function keep(count: number, kafka: Kafka, product: MeasurementOptions['product']): Promise<Figures> {
  const file = (name: string, content: string): string => {
    writeFileSync(join(kafka.folder, name), content)
    return join(kafka.folder, name)
  }
  const login = { propertiesFile: file('keeper.properties', passwordLogin('keeper', 'keepers-password')) }
  const one = (index: number) => ({
    ...{ bootstrapServers: kafka.cluster.bootstrap['SASL'], securityProtocol: 'SASL_PLAINTEXT', login, renewAt },
    owner: `User:of-${count}-${index}`,
  })
  const names = Array.from({ length: count }, (_, index) => [`token-${index}`, one(index)] as const)
  const config = file(`${count}.yaml`, JSON.stringify({ delegationTokens: Object.fromEntries(names) }))
  const heapFile = file(`${count}.heap`, '')
  const [node = '', ...words] = product.command(['delegation-token', 'keep', '--config', config])
  const startedAt = Date.now()
  await using child = startChild({
    command: node,
    args: ['--require', join(import.meta.dirname, 'heap-probe.cjs'), ...words],
    // Renewals are told at this level.
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', BENCH_HEAP_FILE: heapFile, KTS_LOG_LEVEL: 'debug' },
    log: join(kafka.folder, `keep-${count}`),
  })
  const acted = (action: string): readonly number[] => timesOf(child.stdout(), action)
  let mostSockets = 0
  const until = async (action: string, seconds: number): Promise<void> => {
    const end = Date.now() + seconds * 1_000
    while (acted(action).length < count) {
      if (Date.now() > end || !child.isRunning())
        throw new Error(`not all are ${action}: ${child.output().slice(-2000)}`)
      mostSockets = Math.max(mostSockets, socketsOf(child.pid))
      await sleep(100)
    }
  }
  await until('usable', 300)
  const publishedMs = Math.max(...acted('usable')) - startedAt
  const cpuMs = cpuNanos(child.pid) / 1e6
  await sleep(settleMs)
  const sockets = socketsOf(child.pid)
  process.kill(child.pid, 'SIGUSR2')
  await sleep(settleMs)
  const heapKb = Number(readFileSync(heapFile, 'utf8')) / 1024
  const resident = residentMb(child.pid)
  const isLast = count === counts.at(-1)
  if (isLast) await until('renewed', expirySeconds)
  const renewed = acted('renewed')
  const first = Math.min(...renewed)
  const renewals = isLast ? renewed.slice(0, count).map((at) => at - first) : []
  child.kill('SIGTERM')
  await child.exited(20_000)
  return { count, publishedMs, cpuMs, mostSockets, sockets, heapKb, residentMb: resident, renewals }
}

function timesOf(log: string, action: string): readonly number[] {
  const found = log.matchAll(new RegExp(`"time":"([^"]+)","action":"${action}"`, 'g'))
  return [...found].map(([, time = '']) => Date.parse(time))
}

function socketsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).filter((name) => linkOf(join(folder, name)).startsWith('socket:')).length
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    // It was closed meanwhile.
    return ''
  }
}
