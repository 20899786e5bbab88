import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Admin } from '@platformatic/kafka'
import { inject } from 'vitest'
import type { Report } from '../../src/doctor/doctor.ts'
import { hashSecret } from '../../src/callers/secret/secret-hash.ts'
import { Secret } from '../../src/platform/secret.ts'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import type { Expected } from './broker.ts'
import { type KafkaCluster, startCluster } from './kafka-cluster.ts'
import type { ClusterListener } from './kafka-cluster-properties.ts'
import { type Sidecar, startSidecar } from './sidecar.ts'

const security = 'org.apache.kafka.common.security'
const day = 86_400_000

/** What the doctor has printed as JSON, and how it ended. */
export interface Examined extends Report {
  readonly code: number
  readonly stderr: string
}

/** Lines of a Java client's properties. */
export type Properties = Readonly<Record<string, string>>

export interface DoctorWorld extends AsyncDisposable {
  readonly folder: string
  readonly cluster: KafkaCluster
  readonly sidecar: Sidecar
  /** A sidecar that asks who wants a token. */
  readonly guarded: Sidecar
  readonly secret: string
  readonly users: Properties
  readonly issuer: string
  /** CA of the broker with an expired certificate, and where that broker reads it. */
  readonly expired: { readonly caFile: string; readonly serverFile: string; readonly renewed: string }
  readonly doctor: (args: readonly string[], env?: Properties) => Promise<Examined>
  readonly read: (
    args: readonly string[],
    env?: Properties,
  ) => Promise<{ readonly stdout: string; readonly code: number }>
  /** A client that works at the listener `OAUTH`, with changes; undefined leaves a line out. */
  readonly client: (changes?: Readonly<Record<string, string | undefined>>) => Record<string, string>
  readonly fileOf: (properties: Properties) => string
  /** Lines for `server.properties`, pasted; they count when the broker has started again. */
  readonly settle: (lines: Properties) => void
}

export const topic = 'orders'

/** One sidecar, one that knows its callers, and a broker with a listener for everything that can be wrong. */
export async function doctorWorld(name: string, { classpath }: { readonly classpath: string }): Promise<DoctorWorld> {
  const { tools, folder: root } = inject('e2e')
  const folder = join(root, name)
  mkdirSync(folder)
  const file = (path: string, content: string) => {
    writeFileSync(join(folder, path), content, { mode: 0o600 })
    return join(folder, path)
  }
  const own = { source: 'self-issued', issuer: 'https://issuer.example', keyFile: join(folder, 'issuer.pem') }
  const secret = randomBytes(24).toString('base64url')
  const profiles = {
    default: { ...own, subject: 'alice' },
    stranger: { ...own, subject: 'mallory' },
    'other-audience': { ...own, subject: 'alice', audience: 'billing' },
    'other-issuer': { ...own, subject: 'alice', issuer: 'https://another.example' },
    'other-key': { ...own, subject: 'alice', keyFile: join(folder, 'another.pem') },
  }
  const orders = { secretHashes: [await hashSecret(new Secret(secret))], profiles: ['default'] }
  const [sidecar, guarded] = await Promise.all([
    startSidecar({ cli: tools.cli, log: join(root, `sidecar-${name}`), configuration: { profiles } }),
    startSidecar({
      cli: tools.cli,
      log: join(root, `sidecar-${name}-guarded`),
      configuration: { profiles, callers: { orders } },
    }),
  ])
  const expected = { jwksUrl: `${sidecar.origin}/jwks`, issuer: own.issuer, audience: 'kafka' }
  const tokens = { mechanisms: ['OAUTHBEARER'], oauth: expected } as const
  const plain = { protocol: 'SASL_PLAINTEXT', ...tokens } as const
  const authority = certificateAuthority()
  const past = certificateAuthority(Date.now() - 3 * day)
  const [named, over, renewed] = [authority.issue('localhost'), past.issue('localhost'), authority.issue('localhost')]
  const expired = {
    // Both authorities, as whoever trusts a private one has it renewed in time.
    caFile: file('expired-ca.pem', past.cert + authority.cert),
    serverFile: file('expired.pem', over.key + over.cert),
    renewed: file('renewed.pem', renewed.key + renewed.cert),
  }
  const users = { orders: randomBytes(12).toString('base64url') }
  const listeners: Record<string, ClusterListener> = {
    OAUTH: plain,
    TLS: { protocol: 'SASL_SSL', ...tokens },
    NAMED: {
      protocol: 'SASL_SSL',
      ...tokens,
      settings: keptIn(file('named.pem', named.key + named.cert)),
      advertisedHost: 'localhost',
    },
    EXPIRED: { protocol: 'SASL_SSL', ...tokens, settings: keptIn(expired.serverFile), advertisedHost: 'localhost' },
    ...refusing(expected, `${sidecar.origin}/jwks/other-key`),
    SCRAM: { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-512'] },
    MTLS: { protocol: 'SSL' },
    LOST: { ...plain, advertisedHost: 'kafka.invalid' },
  }
  const cluster = await startCluster({
    classpath,
    folder: join(folder, 'cluster'),
    listeners,
    users,
    secretKey: randomBytes(24).toString('hex'),
    expiryCheckIntervalMs: day,
    acls: (['READ', 'WRITE'] as const).map((may) => ({ user: 'alice', may, on: 'TOPIC', named: topic })),
  })
  writeFileSync(join(folder, 'named-ca.pem'), authority.cert)
  const admin = new Admin({ clientId: 'topics', bootstrapBrokers: [cluster.internal] })
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 }).finally(() => admin.close())

  const environment = { PATH: process.env['PATH'], HOME: '/nonexistent', METADATA_SERVER_DETECTION: 'none' }
  const run = async (args: readonly string[], env: Properties = {}) => {
    const options = { env: { ...environment, ...env }, timeout: 60_000 }
    const ran = await promisify(execFile)(process.execPath, [tools.cli, 'doctor', ...args], options).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    )
    appendFileSync(join(root, 'sidecar-doctor.stderr'), ran.stdout + ran.stderr)
    return ran
  }
  return {
    folder,
    cluster,
    sidecar,
    guarded,
    secret,
    users,
    issuer: own.issuer,
    expired,
    read: run,
    async doctor(args, env) {
      const { code, stdout, stderr } = await run([...args, '--json'], env)
      if (stdout === '') throw new Error(`no report, and exit code ${code}: ${stderr}`)
      return { ...(JSON.parse(stdout) as Report), code, stderr }
    },
    client: (changes = {}) => {
      const properties: Readonly<Record<string, string | undefined>> = {
        'bootstrap.servers': cluster.bootstrap['OAUTH'] ?? '',
        'security.protocol': 'SASL_PLAINTEXT',
        'sasl.mechanism': 'OAUTHBEARER',
        'sasl.login.callback.handler.class': `${security}.oauthbearer.OAuthBearerLoginCallbackHandler`,
        'sasl.oauthbearer.token.endpoint.url': `${sidecar.origin}/token`,
        'sasl.jaas.config': `${security}.oauthbearer.OAuthBearerLoginModule required clientId="unused" clientSecret="unused";`,
        ...changes,
      }
      const kept = Object.entries(properties).filter((entry): entry is [string, string] => entry[1] !== undefined)
      return Object.fromEntries(kept)
    },
    fileOf: (properties) => {
      const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
      return file(`${randomBytes(6).toString('hex')}.properties`, lines.join(''))
    },
    settle(lines) {
      for (const [key, value] of Object.entries(lines)) {
        const [, name = '', setting = ''] = /^listener\.name\.([^.]+)\.(.+)$/.exec(key) ?? []
        const listener = listeners[name.toUpperCase()]
        if (!listener) throw new Error(`${key} is for no listener`)
        listeners[name.toUpperCase()] = { ...listener, settings: { ...listener.settings, [setting]: value } }
      }
    },
    [Symbol.asyncDispose]: async () => {
      await cluster.stop()
      await Promise.all([sidecar.stop(), guarded.stop()])
    },
  }
}

/** Listeners that refuse tokens that are good: each expects something else. */
function refusing(expected: Expected, otherJwksUrl: string): Readonly<Record<string, ClusterListener>> {
  const plain = { protocol: 'SASL_PLAINTEXT', mechanisms: ['OAUTHBEARER'] } as const
  return {
    AUDIENCE: { ...plain, oauth: { ...expected, audience: 'billing' } },
    ISSUER: { ...plain, oauth: { ...expected, issuer: 'https://another.example' } },
    UNEXPECTED: { ...plain, oauth: { ...expected, audience: '' } },
    KEYS: { ...plain, oauth: { ...expected, jwksUrl: otherJwksUrl } },
    UNSECURED: plain,
  }
}

const keptIn = (serverFile: string) => ({ 'ssl.keystore.location': serverFile })

/** What is printed to be pasted, as the lines of a properties file; `filled` are the placeholders. */
export function pasted(paste: string | undefined, filled: Properties = {}): Record<string, string> {
  const text = Object.entries(filled).reduce((whole, [name, value]) => whole.replaceAll(name, value), paste ?? '')
  const lines = text.split('\n').filter((line) => /^[a-z][\w.]*=/.test(line))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}
