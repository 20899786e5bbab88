import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { decodeJwt, type JWK } from 'jose'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Broker, settings, startBroker } from './broker.ts'
import { type Child, freePorts, startChild } from './child-process.ts'
import { startJavaClient, startPythonClient } from './client.ts'
import { expectComplete } from './expectations.ts'
import { auditIn } from './gateway.ts'
import { keycloakWorld } from './keycloak-world.ts'
import type { KubernetesAddress } from './kubernetes.ts'
import { kubernetesWorld } from './kubernetes-world.ts'
import { projectedVolume } from './projected-volume.ts'
import { readmeSection, repository } from './readme.ts'
import { keycloakAudience } from './realm.ts'
import type { Toolchain } from './toolchain.ts'

const example = readmeSection('One gateway for three teams')
const account = { namespace: 'fraud', name: 'app' }
const projected = '/var/run/secrets/kafka/token'

let folder: string
let env: NodeJS.ProcessEnv
/** Each command of the reader's, and what it printed. */
let printed: ReadonlyMap<string, string>
let gateway: Child
let broker: Broker
/** What cannot be as it is written: ports that may be taken, hosts and a path that are not here. */
let substituted: (text: string) => string

beforeAll(async () => {
  const e2e = inject('e2e')
  const { realm } = await keycloakWorld()
  const kubernetes = await kubernetesWorld()
  const [port] = (await freePorts(1)) as [number]
  folder = join(e2e.folder, 'gateway-example')
  mkdirSync(folder)
  const volume = projectedVolume(join(folder, 'projected'))
  const places = [
    ['localhost:14293', `localhost:${port}`],
    ['https://keycloak.example/realms/kafka', realm.issuer],
    [projected, volume.path('token')],
    // The broker has no TLS; the README tells so under "Client settings".
    ['SASL_SSL', 'SASL_PLAINTEXT'],
  ] as const
  substituted = (text) => places.reduce((so, [from, to]) => so.replaceAll(from, to), text)

  await kubernetes.cluster.namespace(account.namespace)
  await kubernetes.cluster.serviceAccount(account)
  volume.write({ token: await kubernetes.cluster.token(account, { audience: 'kafka-tokens' }) })
  asClone(e2e.tools, kubernetes)

  const [serve = '', ...setUp] = lines(example.block('sh', 'serve --config')).toReversed()
  printed = await run(setUp.toReversed())
  await realm.client('reports', {
    clientAuthenticatorType: 'client-jwt',
    attributes: {
      'use.jwks.string': 'true',
      'jwks.string': JSON.stringify({ keys: [output('keys generate')] }),
    },
  })
  const [, ...words] = serve.replace(/^npx /, '').split(' ')
  gateway = startChild({
    command: process.execPath,
    args: [e2e.tools.cli, ...words, '--port', `${port}`],
    cwd: folder,
    env,
    log: join(e2e.folder, 'sidecar-gateway-example'),
  })
  await gateway.shows(/listening on/, 10_000)

  const [, allowed = ''] = /JVMs need `-D[\w.]+=(\S+?)`/.exec(example.text) ?? []
  broker = await startBroker({
    classpath: e2e.tools.broker,
    folder: join(e2e.folder, 'broker-of-gateway-example'),
    cwd: folder,
    listeners: {
      CLIENT: {
        validation: {
          lines: substituted(example.block('properties', 'listener.name.client')),
          jwksUrl: substituted(allowed),
        },
      },
      KEYCLOAK: {
        validation: {
          jwksUrl: realm.jwksUrl,
          issuer: realm.issuer,
          audience: keycloakAudience,
          principalClaim: 'azp',
        },
      },
    },
  })
  const acls = example.block('sh', 'kafka-acls.sh').replace('localhost:9092', broker.internal)
  for (const team of ['orders', 'fraud', 'reports']) await run([acls.replaceAll('orders', team)])
})

afterAll(async () => {
  await broker.stop()
  gateway.kill('SIGTERM')
  expect(await gateway.exited(15_000)).toBe(0)
})

/** What the reader has: this clone, `kubectl` with a configuration for the cluster, and Kafka's commands. */
function asClone(tools: Toolchain, kubernetes: KubernetesAddress) {
  cpSync(join(repository, 'examples'), join(folder, 'examples'), { recursive: true })
  const yaml = join(folder, 'examples', 'gateway', 'gateway.yaml')
  writeFileSync(yaml, substituted(readFileSync(yaml, 'utf8')))
  const bin = join(folder, 'node_modules', '.bin')
  mkdirSync(bin, { recursive: true })
  symlinkSync(tools.cli, join(bin, 'kafka-token-sidecar'))
  symlinkSync(tools.kubectl, join(bin, 'kubectl'))
  const main = `java -cp '${tools.kafkaTools}' org.apache.kafka.tools.AclCommand`
  writeFileSync(join(bin, 'kafka-acls.sh'), `#!/bin/sh\nexec ${main} "$@"\n`, { mode: 0o755 })
  const cluster = { server: kubernetes.origin, 'certificate-authority': kubernetes.caFile }
  const kubeconfig = {
    clusters: [{ name: 'e2e', cluster }],
    users: [{ name: 'e2e', user: { token: kubernetes.adminToken } }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'e2e' } }],
    'current-context': 'e2e',
  }
  const file = join(folder, 'kubeconfig.secret')
  writeFileSync(file, JSON.stringify(kubeconfig), { mode: 0o600 })
  env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: folder, KUBECONFIG: file }
}

/** The commands of a block; one that ends in a backslash goes on in the next line. */
const lines = (block: string) => block.trim().split(/(?<!\\)\n/)

/** Runs commands in one shell, as they stand there but for the substitutions. */
async function run(commands: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const end = '-- end of a command --'
  const script = commands.map((command) => `${substituted(command)}\necho '${end}'\n`).join('')
  const { stdout } = await promisify(execFile)('sh', ['-eu', '-c', script], { cwd: folder, env })
  const outputs = stdout.split(`${end}\n`)
  return new Map(commands.map((command, index) => [command, outputs[index] ?? '']))
}

/** The JSON that the command with these words printed. */
function output(words: string): JWK {
  const [, text = ''] = [...printed].find(([command]) => command.includes(words)) ?? []
  return JSON.parse(text) as JWK
}

/** Runs the block with this, which ends in a request for a token. */
async function tokenOf(words: string) {
  const outputs = [...(await run(lines(example.block('sh', words)))).values()]
  const { access_token: token } = JSON.parse(outputs.at(-1) ?? '') as { access_token: string }
  return decodeJwt(token)
}

describe('the first part of the example', () => {
  it('has the configuration as it is in its file', () => {
    expect(example.block('yaml', 'profiles:')).toBe(
      readFileSync(join(repository, 'examples', 'gateway', 'gateway.yaml'), 'utf8'),
    )
  })

  it('gives each team its token by curl', async () => {
    expect(await tokenOf('-u "orders-app:')).toMatchObject({ sub: 'orders', iss: 'https://tokens.example:14293' })
    expect(await tokenOf('kubectl create token')).toMatchObject({ sub: 'fraud' })
    expect(await tokenOf('--cert reports-client.pem')).toMatchObject({ azp: 'reports' })
  })

  it('shows lines of the audit stream as they are', async () => {
    const curl = example.block('sh', '-u "orders-app:').replace('$(cat orders.secret)', 'wrong')
    await run([curl])
    const shown = lines(example.block('json', '"stream":"audit"')).map(
      (line) => JSON.parse(line) as Record<string, unknown>,
    )
    expect(shown.map(({ event }) => event)).toEqual(['token-given', 'refused'])
    for (const line of shown) {
      const { event, caller } = line
      const real = () =>
        auditIn(gateway.stdout()).find(
          (one) => one['event'] === event && one['client'] === 'curl' && one['caller'] === caller,
        )
      // The answer goes out before the line.
      await expect.poll(real).toBeDefined()
      const found = real() ?? {}
      expect(Object.keys(found)).toEqual(Object.keys(line))
      for (const name of ['provedBy', 'profile', 'subject', 'code', 'status', 'reason'])
        expect(found[name]).toBe(line[name])
    }
  })
})

describe.concurrent('with the settings that are to be pasted', () => {
  const durationMs = 3_000
  const bootstrap = (listener: string) => ({ 'bootstrap.servers': broker.bootstrap[listener] ?? '' })
  const java = (listener: string, block: string, jvm: readonly string[]) => ({
    version: '4.3' as const,
    configuration: `bootstrap.servers=${broker.bootstrap[listener] ?? ''}\n${substituted(block)}`,
    jvm: jvm.map(substituted),
  })
  const optionsOf = (block: string) => /"(.*)"/.exec(block)?.[1]?.split(' ') ?? []

  it('orders produces and consumes by librdkafka', async ({ expect }) => {
    const secret = readFileSync(join(folder, 'orders.secret'), 'utf8')
    const block = example.block('ini', 'client.id=orders-app').replace('<what is in orders.secret>', secret)
    const load = { topic: 'orders-example', durationMs, cwd: folder }
    const client = { ...settings(substituted(block)), ...bootstrap('CLIENT') }
    await using run = startPythonClient(inject('e2e'), load, client)
    expectComplete(await run.exchange())
    expect(broker.log.principals('WRITE', load.topic)).toEqual(['User:orders'])
  })

  it('fraud by Java 4.3', async ({ expect }) => {
    const options = optionsOf(example.block('sh', 'KAFKA_OPTS'))
    const load = { topic: 'fraud-example', durationMs, cwd: folder }
    const client = java('CLIENT', example.block('properties', 'assertion.file'), options)
    await using run = startJavaClient(inject('e2e'), load, client)
    expectComplete(await run.exchange())
    expect(broker.log.principals('WRITE', load.topic)).toEqual(['User:fraud'])
  })

  it('reports by Java 4.3', async ({ expect }) => {
    const [allowedUrls = ''] = optionsOf(example.block('sh', 'KAFKA_OPTS'))
    const load = { topic: 'reports-example', durationMs, cwd: folder }
    const client = java('KEYCLOAK', example.block('properties', 'ssl.keystore.location'), [allowedUrls])
    await using run = startJavaClient(inject('e2e'), load, client)
    expectComplete(await run.exchange())
    expect(broker.log.principals('WRITE', load.topic)).toEqual(['User:reports'])
  })
})
