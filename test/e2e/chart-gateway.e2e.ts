import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Agent, fetch } from 'undici'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { installChartTools } from './chart-toolchain.ts'
import { type Child, freePorts, startChild } from './child-process.ts'
import { manifestsIn, rendered } from './helm.ts'
import type { Manifest } from './manifests.ts'

/*
 * The gateway as its manifests have it: arguments, configuration, probes, and the arguments of `helm test`, as processes of this
 * machine. Folders of mounts are others, as these are not everybody's to write; there is no kubelet, so the suite asks the probes.
 */

interface Container {
  readonly args: readonly string[]
  readonly startupProbe: Probe
  readonly readinessProbe: Probe
  readonly livenessProbe: Probe
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number }
}

const authority = certificateAuthority()
const host = 'tokens-kafka-token-sidecar.kafka.svc'
const password = 'a secret of the caller'
const env = { PATH: process.env['PATH'], HOME: '/nonexistent' }

let folder: string
let port: number
let gateway: Child
let container: Container
let doctor: Container
let mounted: (text: string) => string

beforeAll(async () => {
  const e2e = inject('e2e')
  folder = join(e2e.folder, 'chart-gateway')
  mkdirSync(folder)
  const [listen, admin] = (await freePorts(2)) as [number, number]
  port = listen
  const hash = await command(['secret', 'hash', '--in', written('secret', password)])
  const { issuer, audience, keyFile } = e2e.issuer
  const made = await manifests({
    tls: { secretName: 'tokens-tls' },
    config: {
      listen: { port, drainDelay: '1s' },
      admin: { port: admin },
      profiles: { orders: { source: 'self-issued', subject: 'alice', issuer, audience, keyFile } },
      callers: { batch: { secretHashes: [hash.trim()], profiles: ['orders'] } },
    },
    doctor: { profile: 'orders', bootstrapServers: e2e.jwks, args: ['--security-protocol', 'SASL_PLAINTEXT'] },
  })
  const certificate = authority.issue(host)
  written('tls.crt', certificate.cert)
  written('tls.key', certificate.key)
  mounted = (text) =>
    text.replaceAll('/etc/kafka-token-sidecar-tls', folder).replaceAll('/etc/kafka-token-sidecar', folder)
  const map = made.find(({ kind, data }) => kind === 'ConfigMap' && data?.['config.yaml'])
  written('config.yaml', mounted(map?.data?.['config.yaml'] ?? ''))
  container = containerOf(made.find(({ kind }) => kind === 'Deployment')?.spec?.['template'] as Manifest)
  doctor = containerOf(made.find(({ kind }) => kind === 'Pod'))
  const args = [e2e.tools.cli, ...container.args.map(mounted)]
  gateway = startChild({ command: process.execPath, args, env, log: join(folder, 'gateway') })
})

afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
})

async function manifests(values: object) {
  const { helm } = await installChartTools()
  const file = written('values.json', JSON.stringify({ image: { repository: 'kafka-token-sidecar' }, ...values }))
  return manifestsIn(await rendered(helm, ['--values', file]))
}

function containerOf(manifest: Manifest | undefined): Container {
  const [first] = (manifest?.spec?.['containers'] ?? []) as Container[]
  if (!first) throw new Error('there is no container')
  return first
}

function written(name: string, content: string) {
  const file = join(folder, name)
  writeFileSync(file, content, { mode: 0o600 })
  return file
}

async function command(args: readonly string[]) {
  return (await promisify(execFile)(process.execPath, [inject('e2e').tools.cli, ...args], { env })).stdout
}

const asks = async ({ httpGet }: Probe) =>
  (await fetch(`http://127.0.0.1:${httpGet.port}${httpGet.path}`).catch(() => undefined))?.status

/** Under the name of its Service, as a client in the cluster. */
async function token(authorization: string) {
  const lookup = (_name: string, _options: unknown, found: (e: null, all: object[]) => void) => {
    found(null, [{ address: '127.0.0.1', family: 4 }])
  }
  const dispatcher = new Agent({ connect: { ca: authority.cert, lookup: lookup as never } })
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  const headers = { authorization: `Basic ${Buffer.from(authorization).toString('base64')}` }
  return fetch(`https://${host}:${port}/token`, { method: 'POST', headers, body, dispatcher })
}

describe('a gateway of the chart', () => {
  it('passes its probes', async () => {
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
      await expect.poll(() => asks(container[probe]), { timeout: 10_000 }).toBe(200)
    }
  })

  it('gives a token to its caller, by the name of its Service and over TLS, and to nobody else', async () => {
    const answer = await token(`batch:${encodeURIComponent(password)}`)
    expect(await answer.json()).toMatchObject({ token_type: 'Bearer' })
    expect((await token('batch:wrong')).status).toBe(401)
  })

  it('is walked by helm test to a real broker', async () => {
    const words = await command(doctor.args.map(mounted))
    expect(words).toMatch(/ok\s+SASL login/)
    expect(words).toMatch(/ok\s+principal\s+User:alice/)
  })

  it('drains and ends before its grace is over', async () => {
    gateway.kill('SIGTERM')
    await expect.poll(() => asks(container.readinessProbe), { timeout: 3_000, interval: 50 }).toBe(503)
    expect(await gateway.exited(10_000)).toBe(0)
  })
})
