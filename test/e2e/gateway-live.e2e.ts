import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, inject, it } from 'vitest'
import { type Broker, startBroker } from './broker.ts'
import { freePorts } from './child-process.ts'
import { type ClientSecret, java39BySecret, java43BySecret, startJavaClient } from './client.ts'
import { expectComplete } from './expectations.ts'
import {
  basic,
  type Gateway,
  type GatewayConfiguration,
  type GatewayWorld,
  gatewayWorld,
  type PublicKeys,
} from './gateway.ts'
import { pressure } from './pressure.ts'

// Brokers read the keys every hour, and keys are published an hour ahead; a test has no hours.
const jwksRefreshMs = 4_000
const publishAhead = '8s'
const issuer = { issuer: 'https://gateway.example', audience: 'kafka' }
const lifetime = '20s'

let files: GatewayWorld
let broker: Broker
/** Brokers read its keys. */
let rotating: Gateway
/** Those who ask with it notice nothing of what a test does. */
let orders: Awaited<ReturnType<GatewayWorld['secret']>>
let steadyProfile: object

beforeAll(async () => {
  const e2e = inject('e2e')
  files = gatewayWorld(e2e, 'gateway-live')
  orders = await files.secret('orders-app')
  steadyProfile = { source: 'self-issued', ...issuer, subject: 'orders', keyFile: files.path('issuer.pem') }
  rotating = await files.start('gateway-rotating', {
    profiles: {
      steady: steadyProfile,
      rotating: {
        source: 'self-issued',
        ...issuer,
        subject: 'orders',
        lifetime,
        keyFile: files.path('rotating.json'),
        publishAhead,
      },
    },
    callers: { 'orders-app': { secretHashes: [orders.hash], profiles: ['rotating', 'steady'] } },
  })
  const listener = (profile: string) => ({
    validation: { jwksUrl: `${rotating.origin}/jwks/${profile}`, caFile: files.caFile, jwksRefreshMs, ...issuer },
    connectionsMaxReauthMs: 8_000,
  })
  broker = await startBroker({
    classpath: e2e.tools.broker,
    folder: join(e2e.folder, 'broker-of-gateway-live'),
    superUsers: ['orders', 'fraud', 'fraud-2'],
    listeners: { STEADY: listener('steady'), ROTATING: listener('rotating') },
  })
})

afterAll(async () => {
  await broker.stop()
  await rotating.stop()
})

/** One team and one profile, which every test has beside what it changes. */
const oneTeam = (lifetime: string, callers: object = {}): GatewayConfiguration => ({
  profiles: { orders: { ...steadyProfile, lifetime } },
  callers: { 'orders-app': { secretHashes: [orders.hash], profiles: ['orders'] }, ...callers },
})

const access = ({ origin }: { readonly origin: string }, listener: 'STEADY' | 'ROTATING' = 'STEADY') => ({
  bootstrap: broker.bootstrap[listener] ?? '',
  tokenEndpoint: `${origin}/token`,
  caFile: files.caFile,
})

/** A hundred requests a second on ten connections that are kept open. */
const pressed = ({ origin }: { readonly origin: string }, client: ClientSecret = orders) =>
  pressure(`${origin}/token`, { caFile: files.caFile, authorization: basic(client), connections: 10 })

describe.concurrent('while clients go on, and nothing is restarted,', () => {
  it('a team comes, changes and goes by an edit of the file', async ({ expect }) => {
    const before = oneTeam('1h')
    const gateway = await files.start('gateway-edited', before)
    await using _ = gateway
    const load = pressed(gateway)
    const topic = 'live-edited'
    const client = java43BySecret(access(gateway), orders)
    await using run = startJavaClient(inject('e2e'), { topic, durationMs: 15_000 }, client)
    await run.producing()
    const { access_token: kept } = await gateway.ask({ client: orders })
    const fraud = await files.secret('fraud-app')
    const tokenOfFraud = async () => {
      const { access_token: token, status } = await gateway.ask({ client: fraud })
      return token === undefined ? status : decodeJwt(token).sub
    }
    expect(await tokenOfFraud()).toBe(401)

    const withFraud = (subject: string): GatewayConfiguration => ({
      profiles: { ...(before['profiles'] as object), fraud: { ...steadyProfile, subject } },
      callers: {
        ...(before['callers'] as object),
        'fraud-app': { secretHashes: [fraud.hash], profiles: ['fraud'] },
      },
    })
    const soon = { timeout: 20_000, interval: 200 }
    gateway.edit(withFraud('fraud'))
    await expect.poll(tokenOfFraud, soon).toBe('fraud')
    gateway.edit(withFraud('fraud-2'))
    await expect.poll(tokenOfFraud, soon).toBe('fraud-2')
    gateway.edit({ ...withFraud('fraud-3'), unknown: 1 })
    await gateway.shows(/unknown/, 20_000)
    expect(await tokenOfFraud()).toBe('fraud-2')
    gateway.edit(before)
    await expect.poll(tokenOfFraud, soon).toBe(401)

    // What was not edited has kept its token.
    expect(await gateway.ask({ client: orders })).toMatchObject({ access_token: kept })
    expect((await load.stop()).failures).toEqual([])
    expectComplete(await run.exchange())
    await gateway.stop()
  })

  it('a secret is replaced', async ({ expect }) => {
    const [former, next] = await Promise.all([files.secret('batch'), files.secret('batch')])
    const hashes = (...all: readonly { readonly hash: string }[]) =>
      oneTeam(lifetime, { batch: { secretHashes: all.map(({ hash }) => hash), profiles: ['orders'] } })
    const gateway = await files.start('gateway-secrets', hashes(former))
    await using _ = gateway
    const status = async (client: ClientSecret) => (await gateway.ask({ client })).status
    const e2e = inject('e2e')
    const producer = java39BySecret(access(gateway), former)
    // It asks again with the former secret when both are valid.
    await using run = startJavaClient(e2e, { topic: 'live-secret-former', durationMs: 25_000 }, producer)
    await run.producing()
    expect(await status(next)).toBe(401)

    gateway.edit(hashes(former, next))
    await expect.poll(() => status(next), { timeout: 20_000, interval: 1_000 }).toBe(200)
    const load = pressed(gateway, next)
    const topic = 'live-secret-next'
    await using renewed = startJavaClient(e2e, { topic, durationMs: 2_000 }, java43BySecret(access(gateway), next))
    expectComplete(await renewed.exchange())
    expectComplete(await run.exchange())

    gateway.edit(hashes(next))
    await expect.poll(() => status(former), { timeout: 20_000, interval: 1_000 }).toBe(401)
    expect((await load.stop()).failures).toEqual([])
    await gateway.stop()
  })

  it('its certificate is replaced', async ({ expect }) => {
    const gateway = await files.start('gateway-certificate', oneTeam(lifetime))
    await using _ = gateway
    const load = pressed(gateway)
    const serial = async () => {
      const socket = connect({ port: gateway.port, servername: 'localhost', ca: readFileSync(files.caFile) })
      await once(socket, 'secureConnect')
      const { serialNumber } = new X509Certificate((socket.getPeerX509Certificate() as X509Certificate).raw)
      socket.destroy()
      return serialNumber
    }
    const before = await serial()
    files.certify()
    await expect.poll(serial, { timeout: 20_000, interval: 200 }).not.toBe(before)
    expect(await gateway.ask({ client: orders })).toMatchObject({ status: 200 })
    const { requests, failures } = await load.stop()
    expect(failures).toEqual([])
    expect(requests).toBeGreaterThan(50)
    await gateway.stop()
  })

  it('two replicas are replaced, one after the other', async ({ expect }) => {
    const [port] = (await freePorts(1)) as [number]
    const configuration = { ...oneTeam('1h'), listen: { reusePort: true, replicas: 2, drainDelay: '3s' } }
    const replica = async (name: string) => {
      const started = await files.start(`gateway-replica-${name}`, configuration, port)
      // The port answers before, by the others.
      await started.shows(/"msg":"(listening|started|ready)/, 10_000)
      return started
    }
    const former = [await replica('a'), await replica('b')] as const
    const e2e = inject('e2e')
    const client = java43BySecret(access(former[0]), orders)
    await using run = startJavaClient(e2e, { topic: 'live-replicas', durationMs: 15_000 }, client)
    await run.producing()
    const load = pressed(former[0])

    const next: Gateway[] = []
    for (const [index, old] of former.entries()) {
      next.push(await replica(`${index}`))
      await old.stop()
    }
    // A client that starts now finds them.
    await using starting = startJavaClient(e2e, { topic: 'live-replicas-new', durationMs: 1_000 }, client)
    expectComplete(await starting.exchange())
    const { requests, failures } = await load.stop()
    expect(failures).toEqual([])
    expect(requests).toBeGreaterThan(500)
    expectComplete(await run.exchange())
    for (const one of next) await one.stop()
    // The kernel spreads connections by chance, so one may have had none.
    const busy = [...former, ...next].filter((one) => one.audit().some(({ event }) => event === 'token-given'))
    expect(busy.length).toBeGreaterThanOrEqual(3)
  })

  it('the signing key is replaced, at brokers that read the keys now and then', async ({ expect }) => {
    const load = pressed(rotating)
    const topic = 'live-signing-key'
    const client = java43BySecret(access(rotating, 'ROTATING'), orders)
    await using run = startJavaClient(inject('e2e'), { topic, durationMs: 40_000 }, client)
    await run.producing()
    const signedBy = async () => {
      const { access_token: token } = await rotating.ask({ client: orders })
      return decodeProtectedHeader(token ?? '').kid
    }
    const first = await signedBy()
    const file = files.path('rotating.json')
    const rotated = JSON.parse(await files.command('keys', 'rotate', '--key', file)) as PublicKeys
    const [, next = ''] = rotated.keys.map(({ kid }) => kid)

    const published = async () => {
      const { keys } = await rotating.jwks('rotating')
      return keys.map(({ kid }) => kid)
    }
    await expect.poll(published, { timeout: 5_000, interval: 100 }).toEqual([first, next])
    expect(await signedBy()).toBe(first)
    await expect.poll(signedBy, { timeout: 40_000, interval: 500 }).toBe(next)
    const { keys } = JSON.parse(readFileSync(file, 'utf8')) as PublicKeys
    files.file('rotating.json', JSON.stringify({ keys: keys.filter(({ kid }) => kid === next) }))
    await rotating.shows(/rotating\.json.*changed[^]*rotating\.json.*changed/, 10_000)
    // What the former signed is still valid.
    expect(await published()).toEqual([next, first])

    expect((await load.stop()).failures).toEqual([])
    expectComplete(await run.exchange())
  })
})
