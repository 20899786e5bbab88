import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { passwordLogin } from '../test/e2e/kafka-cluster-clients.ts'
import { besideFloor, table } from './figures.ts'
import { type Kafka, startKafka } from './kafka.ts'
import type { Measurement } from './measurement.ts'

const protocols = ['SASL_PLAINTEXT', 'SASL_SSL'] as const

// As kafka-run-class.sh has them; and those with which a short program starts fastest.
const scripts = [
  ...['-Xmx256M', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-XX:InitiatingHeapOccupancyPercent=35'],
  ...['-XX:+ExplicitGCInvokesConcurrent', '-Djava.awt.headless=true'],
]
const fastest = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']

/** One command line after the other, as a CronJob has it. */
export const tokenCreate: Measurement = {
  name: 'token-create',
  about:
    'delegation-token create --no-wait against DelegationTokenCommand --create: the whole process, a SCRAM login and one token for another owner, at the same broker in turns; medians, ratios side by side',
  async run({ product, rounds = 15 }) {
    await using kafka = await startKafka({
      listeners: {
        SASL_PLAINTEXT: { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-512'] },
        SASL_SSL: { protocol: 'SASL_SSL', mechanisms: ['SCRAM-SHA-512'] },
      },
      secretKey: 'a key',
      users: { keeper: 'keepers-password' },
      superUsers: ['keeper'],
    })
    const rows: (readonly string[])[] = []
    for (const protocol of protocols) {
      const access = ['--bootstrap-server', kafka.cluster.bootstrap[protocol] ?? '', ...login(kafka, protocol)]
      const wanted = ['--owner-principal', 'User:spark', '--renewer-principal', 'User:keeper']
      const all = [...access, ...wanted, '--max-life-time-period', '86400000']
      const java = (flags: readonly string[]): readonly string[] => {
        const main = ['-cp', kafka.tools, 'org.apache.kafka.tools.DelegationTokenCommand', '--create']
        return ['java', ...flags, ...main, ...all]
      }
      const ours = product.command(['delegation-token', 'create', ...all, '--no-wait', '--output', 'properties'])
      const commands = [
        { name: 'kafka-token-sidecar', words: ours },
        { name: 'Kafka, as its script starts it', words: java(scripts) },
        { name: 'Kafka, with the fastest flags', words: java(fastest) },
      ]
      const tookMs = commands.map((): number[] => [])
      const cpuMs = commands.map((): number[] => [])
      for (let round = -1; round < rounds; round++) {
        for (const [index, { words }] of commands.entries()) {
          const took = timed(words)
          // The first round fills the caches of the file system.
          if (round < 0) continue
          tookMs[index]?.push(took.wallMs)
          cpuMs[index]?.push(took.cpuMs)
        }
      }
      for (const [index, { name }] of commands.entries()) {
        const wall = besideFloor(tookMs[index], tookMs[0], 0)
        rows.push([protocol, name, ...wall, ...besideFloor(cpuMs[index], cpuMs[0], 0)])
      }
    }
    return table(['listener', 'command', 'ms', 'x ours', 'CPU ms', 'x ours'], rows)
  },
}

function login({ cluster, folder }: Kafka, protocol: (typeof protocols)[number]): readonly string[] {
  const trust = `ssl.truststore.type=PEM\nssl.truststore.location=${cluster.tls.caFile}\n`
  const file = join(folder, `${protocol}.properties`)
  writeFileSync(file, passwordLogin('keeper', 'keepers-password').replace('SASL_PLAINTEXT', protocol) + trust)
  return ['--command-config', file]
}

/** A process from its start to its end; CPU by what the shell says of its children. */
function timed(words: readonly string[]): { readonly wallMs: number; readonly cpuMs: number } {
  const startedAt = performance.now()
  const script = '"$@" > /dev/null 2>&1 || exit; times'
  const printed = execFileSync('sh', ['-c', script, 'sh', ...words], { encoding: 'utf8' })
  const wallMs = performance.now() - startedAt
  const [, children = ''] = printed.split('\n')
  const seconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(([, min, s]) => Number(min) * 60 + Number(s))
  return { wallMs, cpuMs: 1000 * seconds.reduce((sum, each) => sum + each, 0) }
}
