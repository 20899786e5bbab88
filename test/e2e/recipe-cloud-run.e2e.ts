import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type MetadataServer, metadataServer } from '../fakes/metadata-server.ts'
import { brokerLog } from './broker.ts'
import { freePorts } from './child-process.ts'
import { type JavaClient, startJavaClient } from './client.ts'
import { type Container, type ContainerNetwork, thisNetwork } from './containers.ts'
import { expectComplete, expectRenewed, oneRenewalMs } from './expectations.ts'
import { googlePrincipals } from './google.ts'
import { repository, sectionOf } from './readme.ts'
import { sidecarFolder, sidecarImage } from './recipe-images.ts'
import { installRecipes } from './recipe-toolchain.ts'

const example = (name: string) => readFileSync(join(repository, 'examples', 'cloud-run', name), 'utf8')

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number }
}
interface ServiceContainer {
  readonly name: string
  readonly args?: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly ports?: unknown
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
}
interface Template {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> }
  readonly spec: { readonly containers: readonly ServiceContainer[] }
}

const { spec } = load(example('service.yaml')) as { readonly spec: { readonly template: Template } }
const { containers } = spec.template.spec
const named = (wanted: string) => containers.find(({ name }) => name === wanted) as ServiceContainer

let folder: string
let sidecar: string
let metadata: MetadataServer
/** What cannot be as it is written: ports that may be taken, a broker that is not here. */
let substituted: (text: string) => string

const environment = (name: string) =>
  Object.fromEntries(named(name).env.map(({ name, value }) => [name, substituted(value)]))

beforeAll(async () => {
  const e2e = inject('e2e')
  folder = join(e2e.folder, 'cloud-run')
  mkdirSync(folder)
  await installRecipes()
  sidecar = await sidecarFolder(e2e, 'cloud-run')
  metadata = await metadataServer()
  metadata.identity.expiresIn = 20
  const [port, adminPort] = (await freePorts(2)) as [number, number]
  const places = [
    ['14293', `${port}`],
    ['14294', `${adminPort}`],
    ['bootstrap.CLUSTER.REGION.managedkafka.PROJECT.cloud.goog:9092', e2e.google],
    // The broker has no TLS.
    ['SASL_SSL', 'SASL_PLAINTEXT'],
    ['0.0.0.0', '127.0.0.1'],
  ] as const
  substituted = (text) => places.reduce((so, [from, to]) => so.replaceAll(from, to), text)
})

afterAll(async () => {
  await metadata.close()
})

/** The client of the application, with its variables. */
function client(): JavaClient & { readonly through: readonly string[] } {
  const variables = Object.entries(environment('app')).map(([name, value]) => `${name}=${value}`)
  return {
    version: '4.3',
    configuration: substituted(example('client.properties')),
    jvm: [],
    through: ['env', '-i', `PATH=${process.env['PATH'] ?? ''}`, ...variables],
  }
}

describe('the service of examples/cloud-run', () => {
  let network: ContainerNetwork
  let container: Container

  beforeAll(async () => {
    network = thisNetwork(folder)
    container = await network.start('sidecar', {
      image: sidecarImage(sidecar),
      command: named('kafka-token-sidecar').args ?? [],
      env: {
        ...environment('kafka-token-sidecar'),
        KTS_PORT: substituted('14293'),
        KTS_LOG_LEVEL: 'debug',
        GCE_METADATA_HOST: metadata.host,
      },
      isReadOnly: true,
      hasNoPrivileges: true,
    })
    await container.shows(/listening on/, 20_000)
  })
  afterAll(async () => {
    await network[Symbol.asyncDispose]()
  })

  it('has one container that requests come to, and it waits for the other one', () => {
    const order = JSON.parse(
      spec.template.metadata.annotations['run.googleapis.com/container-dependencies'] ?? '{}',
    ) as unknown
    expect(order).toEqual({ app: ['kafka-token-sidecar'] })
    expect(containers.filter(({ ports }) => ports !== undefined).map(({ name }) => name)).toEqual(['app'])
  })

  it('answers its probes', async () => {
    const { startupProbe, livenessProbe } = named('kafka-token-sidecar')
    for (const probe of [startupProbe, livenessProbe]) {
      const { path, port } = (probe as Probe).httpGet
      const answer = await fetch(`http://127.0.0.1:${substituted(`${port}`)}${path}`)
      expect(answer.status).toBe(200)
    }
  })

  it('lets the application produce and consume over a renewal', async () => {
    const e2e = inject('e2e')
    const log = brokerLog(e2e.brokerLog)
    const topic = 'cloud-run'
    const { through, ...rest } = client()
    await using run = startJavaClient(e2e, { topic, durationMs: oneRenewalMs, through }, rest)
    expectComplete(await run.exchange())
    expectRenewed(log, topic, googlePrincipals.metadata)
    expect(container.output()).toMatch(/"client":"java"/)
  })
})

describe('the job of examples/cloud-run', () => {
  const [, entrypoint = '[]'] = /^ENTRYPOINT (.*)$/m.exec(example('job.Dockerfile')) ?? []

  it('is shown by the page', () => {
    const shown = sectionOf('docs/cloud-run.md', 'A job').block('dockerfile', 'ENTRYPOINT')
    for (const line of shown.trim().split('\n')) expect(example('job.Dockerfile')).toContain(`${line}\n`)
  })

  it('lets its command produce and consume', async () => {
    const e2e = inject('e2e')
    const words = JSON.parse(entrypoint) as string[]
    const upTo = words.indexOf('--') + 1
    const [program = '', ...exec] = words.slice(0, upTo)
    const [free] = (await freePorts(1)) as [number]
    const variables = [
      `KTS_PORT=${free}`,
      'KTS_ADMIN_PORT=false',
      `GCE_METADATA_HOST=${metadata.host}`,
      'HOME=/nonexistent',
    ]
    const { through, ...rest } = client()
    const servers = `KAFKA_BOOTSTRAP_SERVERS=${e2e.google}`
    const began = [
      ...through.slice(0, 3),
      servers,
      ...variables,
      program.replace('/opt/kafka-token-sidecar', sidecar),
      ...exec,
    ]
    await using run = startJavaClient(e2e, { topic: 'cloud-run-job', durationMs: 3_000, through: began }, rest)
    expectComplete(await run.exchange())
  })
})
