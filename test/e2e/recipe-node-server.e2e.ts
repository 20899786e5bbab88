import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Broker, startBroker } from './broker.ts'
import { type Child, freePorts, startChild } from './child-process.ts'
import { type ClientSecret, java39, java43, librdkafka, startJavaClient, startPythonClient } from './client.ts'
import { expectComplete } from './expectations.ts'
import { gatewayWorld } from './gateway.ts'
import { repository, sectionOf } from './readme.ts'
import { installRecipes } from './recipe-toolchain.ts'

const page = 'docs/node-server.md'
const example = join(repository, 'examples', 'node-server')
const durationMs = 6_000

/** A server of the page, as a process of its own. */
interface Server {
  readonly origin: string
  readonly child: Child
}

const servers = new Map<string, Server>()
const listeners = { express: 'EXPRESS', http: 'HTTP', hono: 'HONO' } as const
let broker: Broker
let orders: ClientSecret

beforeAll(async () => {
  const e2e = inject('e2e')
  const { hono } = await installRecipes()
  const world = gatewayWorld(e2e, 'node-server')
  const { hash, ...client } = await world.secret('orders-app')
  orders = client
  const folder = world.path('app')
  cpSync(example, folder, { recursive: true })
  writeFileSync(join(folder, 'hono.ts'), sectionOf(page, 'Functions from Request to Response').block('ts', 'serve('))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  mkdirSync(join(folder, 'node_modules'))
  const modules = [
    ['kafka-token-sidecar', repository],
    ['express', join(repository, 'node_modules', 'express')],
    ...['hono', '@hono'].map((name) => [name, join(hono, 'node_modules', name)] as const),
  ] as const
  for (const [name, path] of modules) symlinkSync(path, join(folder, 'node_modules', name))

  const names = Object.keys(listeners)
  const ports = await freePorts(names.length)
  for (const [index, name] of names.entries()) {
    const origin = `http://localhost:${ports[index] ?? 0}`
    const env = {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      PORT: `${ports[index] ?? 0}`,
      ORDERS_SECRET_HASH: hash,
      TOKEN_KEY_FILE: join(folder, `${name}.pem`),
      TOKEN_ISSUER: `${origin}/kafka/orders`,
    }
    const log = join(e2e.folder, `sidecar-node-server-${name}`)
    const child = startChild({ command: process.execPath, args: [`${name}.ts`], cwd: folder, env, log })
    servers.set(name, { origin, child })
  }
  await Promise.all([...servers.values()].map(({ origin }) => answering(origin)))
  broker = await startBroker({
    classpath: e2e.tools.broker,
    folder: join(e2e.folder, 'broker-of-node-server'),
    superUsers: ['orders'],
    listeners: Object.fromEntries(
      Object.entries(listeners).map(([name, listener]) => {
        const { origin } = serverOf(name)
        const expected = { jwksUrl: `${origin}/kafka/jwks/orders`, issuer: `${origin}/kafka/orders`, audience: 'kafka' }
        return [listener, { validation: expected }]
      }),
    ),
  })
})

afterAll(async () => {
  await broker.stop()
  for (const { child } of servers.values()) await child[Symbol.asyncDispose]()
})

function serverOf(name: string): Server {
  const found = servers.get(name)
  if (!found) throw new Error(`there is no server ${name}`)
  return found
}

const access = (name: keyof typeof listeners) => ({
  bootstrap: broker.bootstrap[listeners[name]] ?? '',
  tokenEndpoint: `${serverOf(name).origin}/kafka/token`,
})

async function answering(origin: string) {
  for (const end = Date.now() + 20_000; ;) {
    const isUp = await fetch(origin).then(
      async (answer) => (await answer.text()) === 'orders',
      () => false,
    )
    if (isUp) return
    if (Date.now() > end) throw new Error(`${origin} does not answer`)
  }
}

describe('the page', () => {
  it.each(['sidecar', 'express', 'http'])('shows %s.ts as it is', (name) => {
    const file = readFileSync(join(example, `${name}.ts`), 'utf8')
    expect(readFileSync(join(repository, page), 'utf8')).toContain(`\`\`\`ts\n${file}\`\`\``)
  })
})

describe.concurrent('a mounted endpoint', () => {
  it('serves Java 4.3 from Express', async () => {
    const client = java43(access('express'))
    const configuration = client.configuration
      .replace('client.id=unused', `client.id=${orders.id}`)
      .replace('client.secret=unused', `client.secret=${orders.secret}`)
    const load = { topic: 'node-server-express', durationMs }
    await using run = startJavaClient(inject('e2e'), load, { ...client, configuration })
    expectComplete(await run.exchange())
  })

  it('serves librdkafka from node:http', async () => {
    const configuration = {
      ...librdkafka(access('http')),
      'sasl.oauthbearer.client.id': orders.id,
      'sasl.oauthbearer.client.secret': orders.secret,
    }
    await using run = startPythonClient(inject('e2e'), { topic: 'node-server-http', durationMs }, configuration)
    expectComplete(await run.exchange())
  })

  it('serves Java 3.9 from Hono', async () => {
    const client = java39(access('hono'))
    const configuration = client.configuration.replace(
      'clientId="unused" clientSecret="unused"',
      `clientId="${orders.id}" clientSecret="${orders.secret}"`,
    )
    const load = { topic: 'node-server-hono', durationMs }
    await using run = startJavaClient(inject('e2e'), load, { ...client, configuration })
    expectComplete(await run.exchange())
  })

  it('gives nothing without a secret, and tells it in events', async () => {
    const { origin, child } = serverOf('express')
    const body = new URLSearchParams({ grant_type: 'client_credentials' })
    const answer = await fetch(`${origin}/kafka/token`, { method: 'POST', body })
    expect(answer.status).toBe(401)
    await child.shows(/"ERR_CALLER_/, 5_000)
  })
})

describe('a server with a mounted endpoint', () => {
  it.each(['express', 'http'])('ends in order: %s', async (name) => {
    const { child } = serverOf(name)
    child.kill('SIGTERM')
    expect(await child.exited(15_000)).toBe(0)
  })
})
