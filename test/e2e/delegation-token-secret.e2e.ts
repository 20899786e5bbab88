import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { load } from 'js-yaml'
import { Agent, fetch } from 'undici'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { settings } from './broker.ts'
import { type Child, startChild } from './child-process.ts'
import { startJavaClient } from './client.ts'
import { expectComplete } from './expectations.ts'
import { gatewayWorld } from './gateway.ts'
import { type KafkaCluster, startCluster } from './kafka-cluster.ts'
import { keepFromLogs, passwordLogin } from './kafka-cluster-clients.ts'
import { type Shell, shellWithKubectl } from './kubectl.ts'
import type { KubernetesAddress } from './kubernetes.ts'
import { kubernetesWorld } from './kubernetes-world.ts'
import { projectedVolume } from './projected-volume.ts'
import { repository, sectionOf } from './readme.ts'

interface Secret {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>>; readonly labels?: object }
  readonly data: Readonly<Record<string, string>>
}

const account = { namespace: 'jobs', name: 'token-keeper' }
const path = '/api/v1/namespaces/jobs/secrets/spark-kafka'

let kubernetes: Awaited<ReturnType<typeof kubernetesWorld>>
let kafka: KafkaCluster
let shell: Shell
let keeper: Child
let folder: string
let serviceAccount: ReturnType<typeof projectedVolume>

beforeAll(async () => {
  const e2e = inject('e2e')
  folder = join(e2e.folder, 'delegation-token-secret')
  mkdirSync(folder)
  kubernetes = await kubernetesWorld()
  shell = shellWithKubectl(e2e.tools.kubectl, kubernetes, folder)
  kafka = await startCluster({
    classpath: e2e.tools.broker,
    folder: join(folder, 'cluster'),
    listeners: { TLS: { protocol: 'SASL_SSL', mechanisms: ['SCRAM-SHA-512'] } },
    secretKey: 'a key',
    // Renewals are further apart than looks at the Secret.
    ...{ maxLifetimeMs: 60_000, expiryTimeMs: 45_000, expiryCheckIntervalMs: 2_000 },
    users: { keeper: 'keepers-password' },
    acls: [
      { user: 'keeper', may: 'CREATE_TOKENS', on: 'USER', named: 'User:spark' },
      { user: 'spark', may: 'ALL', on: 'GROUP', named: 'spark-', isPrefix: true },
      { user: 'spark', may: 'ALL', on: 'TOPIC', named: 'spark-', isPrefix: true },
    ],
  })
  cpSync(join(repository, 'examples'), join(folder, 'examples'), { recursive: true })
  cpSync(kafka.tls.caFile, join(folder, 'ca.crt'))
  const login = passwordLogin('keeper', 'keepers-password').replace('SASL_PLAINTEXT', 'SASL_SSL')
  const trust = `ssl.truststore.type=PEM\nssl.truststore.location=${join(folder, 'ca.crt')}\n`
  writeFileSync(join(folder, 'client.properties'), login + trust, { mode: 0o600 })
  await shell.run(sectionOf('docs/delegation-tokens.md', 'In Kubernetes').block('sh', 'kubectl create namespace'))

  serviceAccount = projectedVolume(join(folder, 'service-account'))
  serviceAccount.write({ token: await kubernetes.cluster.token(account, {}) })
  const config = join(folder, 'keeper.yaml')
  writeFileSync(
    config,
    inThisPlace(await shell.run("kubectl get configmap token-keeper -n jobs -o jsonpath='{.data.keeper\\.yaml}'")),
  )
  keeper = startChild({
    command: process.execPath,
    args: [e2e.tools.cli, 'delegation-token', 'keep', '--config', config, '--admin-port', 'false'],
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
    log: join(e2e.folder, 'sidecar-keeper-of-secret'),
  })
  await keeper.shows(/secret jobs\/spark-kafka written/, 20_000)
})

afterAll(async () => {
  keeper.kill('SIGTERM')
  expect(await keeper.exited(15_000)).toBe(0)
  await kafka.stop()
})

/** What cannot be as it is written: the brokers, and what only a pod has. */
function inThisPlace(configuration: string) {
  const { origin, caFile } = kubernetes
  const pod = JSON.stringify({ apiServer: origin, caFile, tokenFile: serviceAccount.path('token') }).slice(1, -1)
  return configuration
    .replace('kafka.example:9094', kafka.bootstrap['TLS'] ?? '')
    .replace('/etc/kafka/keeper', folder)
    .replace('kubernetesSecret: jobs/spark-kafka', `kubernetesSecret: jobs/spark-kafka, ${pod}`)
}

async function secret() {
  const { metadata, data = {} } = (await kubernetes.cluster.call('GET', path)) as Partial<Secret>
  const text = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString()
  const annotation = (name: string) => metadata?.annotations[`kafka-token-sidecar/${name}`] ?? ''
  if (data['token-hmac'] !== undefined) keepFromLogs(inject('e2e'), [text('token-hmac')])
  return { data, text, annotation }
}

/** The status of a request that the keeper's service account makes. */
async function statusOf(method: string, path: string, body?: object): Promise<number> {
  const { origin, caFile }: KubernetesAddress = kubernetes
  const dispatcher = new Agent({ connect: { ca: readFileSync(caFile, 'utf8') } })
  const answer = await fetch(origin + path, {
    ...{ method, dispatcher, body: body === undefined ? null : JSON.stringify(body) },
    headers: {
      Authorization: `Bearer ${readFileSync(serviceAccount.path('token'), 'utf8')}`,
      'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    },
  })
  await answer.body?.cancel()
  await dispatcher.close()
  return answer.status
}

const withinSeconds = (seconds: number) => ({ timeout: seconds * 1_000, interval: 100 })
const isWhole = async () => {
  const { text } = await secret()
  return text('sasl.jaas.config').includes(`username="${text('token-id')}" password="${text('token-hmac')}"`)
}

describe('the manifests of the documentation', () => {
  it('give the keeper this one Secret and nothing else', async () => {
    const secrets = '/api/v1/namespaces/jobs/secrets'
    const made = { metadata: { name: 'another' } }
    expect(await statusOf('GET', path)).toBe(200)
    expect(await statusOf('PATCH', path, {})).toBe(200)
    expect(await statusOf('PUT', path, (await kubernetes.cluster.call('GET', path)) as object)).toBe(403)
    expect(await statusOf('DELETE', path)).toBe(403)
    expect(await statusOf('GET', secrets)).toBe(403)
    expect(await statusOf('GET', `${secrets}?watch=true&fieldSelector=metadata.name%3Dspark-kafka`)).toBe(403)
    expect(await statusOf('POST', secrets, made)).toBe(403)
    expect(await statusOf('GET', `${secrets}/token-keeper-login`)).toBe(403)
    expect(await statusOf('PATCH', `${secrets}/token-keeper-login`, {})).toBe(403)
    expect(await statusOf('GET', '/api/v1/secrets')).toBe(403)
    expect(await statusOf('GET', '/api/v1/namespaces/jobs/configmaps/token-keeper')).toBe(403)
    expect(await statusOf('GET', '/api/v1/namespaces/default/secrets/spark-kafka')).toBe(403)
  })

  it('let the files of the Secret be read by the group of the pod alone', async () => {
    const modes = await shell.run(
      "kubectl get deployment token-keeper -n jobs -o jsonpath='{.spec.template.spec.volumes[*].secret.defaultMode}'",
    )
    expect(modes).toBe(String(0o440))
  })
})

describe('the endpoint of the documentation', () => {
  it('gives the same token to a service account that may have it', async () => {
    const page = sectionOf('docs/delegation-tokens.md', 'Where it goes')
    const { listen: _listen, ...configuration } = load(inThisPlace(page.block('yaml', 'callers:'))) as object & {
      listen: object
    }
    const { issuer, jwksUri, caFile } = kubernetes
    const spark = { namespace: 'jobs', name: 'spark' }
    await kubernetes.cluster.serviceAccount(spark)
    const [jwt, reader] = [join(folder, 'spark.jwt.secret'), join(folder, 'reader.jwt.secret')]
    writeFileSync(jwt, await kubernetes.cluster.token(spark, { audience: 'kafka-tokens' }), { mode: 0o600 })
    writeFileSync(reader, await kubernetes.cluster.token(account, {}), { mode: 0o600 })
    const world = gatewayWorld(inject('e2e'), 'delegation-token-endpoint')
    await using gateway = await world.start('delegation-token-endpoint', {
      ...configuration,
      issuers: { [issuer]: { jwksUri, tokenFile: reader, tls: { caFile } } },
    })
    const command = page
      .block('sh', 'curl')
      .replace('ca.pem', world.caFile)
      .replace('/var/run/secrets/kafka/token', jwt)
      .replace('https://tokens.example:14293', gateway.origin)
    const given = async () => settings(await shell.run(command).catch(() => ''))['sasl.jaas.config']
    await expect.poll(given, withinSeconds(20)).toBeDefined()
    await expect.poll(async () => (await given()) === (await secret()).text('sasl.jaas.config')).toBe(true)
  })
})

describe('the published Secret', () => {
  it('tells owner and times in its annotations', async () => {
    const { data, annotation } = await secret()
    const keys = ['sasl.jaas.config', 'sasl.mechanism', 'security.protocol', 'token-hmac', 'token-id']
    expect(Object.keys(data).toSorted()).toEqual(keys)
    expect(annotation('owner')).toBe('User:spark')
    expect(Date.parse(annotation('expires-at'))).toBeGreaterThan(Date.now())
    expect(Date.parse(annotation('max-lifetime-at'))).toBeGreaterThanOrEqual(Date.parse(annotation('expires-at')))
  })

  it.each(['4.3', '3.9'] as const)('is all that a job with Java %s needs, as a volume', async (version) => {
    const e2e = inject('e2e')
    await shell.run('kubectl apply -f examples/delegation-tokens/job.yaml')
    const settings = await shell.run(
      "kubectl get configmap report-kafka -n jobs -o jsonpath='{.data.client\\.properties}'",
    )
    const { data, text } = await secret()
    const volume = projectedVolume(join(folder, `volume-${version}`))
    volume.write(Object.fromEntries(Object.keys(data).map((key) => [key, text(key)])))
    const topic = `spark-${version}`
    const trust = `ssl.truststore.type=PEM\nssl.truststore.location=${kafka.tls.caFile}\n`
    const configuration = settings
      .replace('kafka.example:9094', kafka.bootstrap['TLS'] ?? '')
      .replaceAll('/var/run/secrets/kafka', join(folder, `volume-${version}`))
    const client = { version, configuration: configuration + trust, jvm: [] }
    await using run = startJavaClient(e2e, { topic, durationMs: 3_000 }, client)
    expectComplete(await run.exchange())
  })

  it('is renewed, and has another token before the first one ends', async () => {
    const first = await secret()
    await expect
      .poll(async () => (await secret()).annotation('expires-at'), withinSeconds(45))
      .not.toBe(first.annotation('expires-at'))
    await expect.poll(async () => (await secret()).text('token-id'), withinSeconds(60)).not.toBe(first.text('token-id'))
    expect(Date.now()).toBeLessThan(Date.parse(first.annotation('max-lifetime-at')))
    expect(await isWhole()).toBe(true)
  })

  it('is mended when another hand has changed it, and what others have there stays', async () => {
    const foreign = { metadata: { labels: { team: 'reports' } }, data: { 'ca.crt': 'Y2E=' } }
    await kubernetes.cluster.call('PATCH', path, foreign)
    await kubernetes.cluster.call('PATCH', path, { data: { 'token-hmac': 'bm9uZQ==' } })
    await expect.poll(isWhole, withinSeconds(40)).toBe(true)
    await keeper.shows(/secret jobs\/spark-kafka was changed by another hand/, 1_000)
    const { data } = await secret()
    expect(data['ca.crt']).toBe('Y2E=')
  })

  it('comes through a conflict whole, with what the others wrote', async () => {
    let count = 0
    const over = new AbortController()
    const other = (async () => {
      while (!over.signal.aborted) {
        const counter = Buffer.from(`${++count}`).toString('base64')
        await kubernetes.cluster.call('PATCH', path, { data: { counter } })
        await sleep(10)
      }
    })()
    await kubernetes.cluster.call('PATCH', path, { data: { 'token-id': null } })
    await expect
      .poll(isWhole, withinSeconds(60))
      .toBe(true)
      .finally(() => {
        over.abort()
      })
    await other
    const { text } = await secret()
    expect(text('counter')).toBe(`${count}`)
    expect(await isWhole()).toBe(true)
  })

  it('is missed in words when it is deleted, and filled again when it was made by the command of the error', async () => {
    await kubernetes.cluster.call('DELETE', path)
    await keeper.shows(/there is no secret jobs\/spark-kafka/, 60_000)
    const [command = ''] = /kubectl create secret generic [\w-]+ -n [\w-]+/.exec(keeper.output()) ?? []
    await shell.run(command)
    await expect.poll(isWhole, withinSeconds(20)).toBe(true)
  })

  it('is filled again after its Role was gone and made by the commands of the error', async () => {
    await shell.run('kubectl delete role token-keeper -n jobs')
    await shell.run('kubectl patch secret spark-kafka -n jobs -p \'{"data":{"token-id":null}}\'')
    await keeper.shows(/answers 403 to get of the secret jobs\/spark-kafka/, 60_000)
    const [commands = ''] = /kubectl create role [^"]*?--serviceaccount=[\w:-]+/.exec(keeper.output()) ?? []
    await shell.run(commands)
    await expect.poll(isWhole, withinSeconds(20)).toBe(true)
  })
})
