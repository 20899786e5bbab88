import { describe, expect, it } from 'vitest'
import { keeperWorld, type KeeperWorld } from './keeper-world.ts'
import { tryToken } from '../../src/kafka/acceptance.ts'
import { cluster, type Cluster } from '../../src/kafka/cluster.ts'
import { createDelegationToken, describeDelegationTokens } from '../../src/kafka/delegation-tokens.ts'
import { visibleEverywhere } from '../../src/kafka/visibility.ts'
import { metadata } from '../../src/kafka/wire/metadata.ts'
import { TokenError } from '../../src/token/error.ts'

const { signal } = new AbortController()
const hour = 3_600_000

function clusterOf(world: KeeperWorld, servers = world.kafka.bootstrap): Cluster & Disposable {
  const made = cluster({ ...world.client, bootstrapServers: servers }, world.outward)
  return {
    ...made,
    [Symbol.dispose]: () => {
      made.close()
    },
  }
}

/** What it comes to when time passes. */
async function within<Value>(world: KeeperWorld, ms: number, promise: Promise<Value>): Promise<Value | TokenError> {
  const settled = promise.catch((error: unknown) => error as TokenError)
  await world.pass(ms)
  return Promise.race([settled, Promise.reject(new Error('it is not over'))])
}

describe('a cluster', () => {
  it('asks over one connection however many ask, and closes it when nobody does', async () => {
    await using world = await keeperWorld({ brokers: 3 })
    using shared = clusterOf(world)
    const asked = Array.from({ length: 50 }, () => shared.call(metadata, { topics: [] }, signal))
    await within(world, 0, Promise.all(asked))
    expect(world.kafka.peakConnections).toBe(1)
    await world.pass(29_000)
    expect(world.kafka.connections).toBe(1)
    await world.pass(2_000)
    expect(world.kafka.connections).toBe(0)
  })

  it('closes a connection that was made for who has left meanwhile', async () => {
    await using world = await keeperWorld()
    using shared = clusterOf(world)
    const leaving = new AbortController()
    const asked = shared.call(metadata, { topics: [] }, leaving.signal).catch((error: unknown) => error)
    leaving.abort(new Error('has left'))
    expect(await asked).toMatchObject({ message: 'has left' })
    await world.pass(31_000)
    expect(world.kafka.connections).toBe(0)
    expect(world.platform.pendingTimers).toBe(0)
  })

  it('leaves a session before the broker ends it, and lets those finish who still ask there', async () => {
    await using world = await keeperWorld()
    world.kafka.maxReauthMs = 10_000
    using shared = clusterOf(world)
    await within(world, 0, shared.call(metadata, { topics: [] }, signal))
    await world.pass(7_900)
    world.kafka.broker(1).delayMs = 1_000
    const early = shared.call(metadata, { topics: [] }, signal)
    await world.pass(200)
    const late = shared.call(metadata, { topics: [] }, signal)
    await world.pass(500)
    expect(world.kafka.connections).toBe(2)
    await within(world, 6_000, Promise.all([early, late]))
    expect(world.kafka.connections).toBe(1)
  })

  it.each(['silent', 'dead', 'cutting'])('loses at most a second at a bootstrap server that is %s', async (how) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      await using world = await keeperWorld({ brokers: 3, seed })
      for (const nodeId of [1, 2]) {
        if (how === 'dead') await world.kafka.broker(nodeId).stop()
        else world.kafka.broker(nodeId).fail('any', how === 'silent' ? 'silence' : 'cut')
      }
      using shared = clusterOf(world)
      expect(await within(world, 2_100, shared.brokers(signal))).toHaveLength(3)
      await world.pass(11_000)
      expect(world.kafka.connections).toBe(1)
    }
  })

  it('asks once more, elsewhere if need be, what may be asked twice', async () => {
    await using world = await keeperWorld({ brokers: 2 })
    using shared = clusterOf(world)
    await within(world, 0, shared.brokers(signal))
    world.kafka.fail('Metadata', 'cut', { times: 1 })
    expect(await within(world, 100, shared.brokers(signal))).toHaveLength(2)
    world.kafka.fail('CreateDelegationToken', 'cut', { times: 1 })
    const created = createDelegationToken(shared, {}, signal)
    expect(await within(world, 100, created)).toMatchObject({ code: 'ERR_KAFKA_UNREACHABLE' })
    expect(world.kafka.tokens.all.size).toBe(0)
  })

  it('finds the brokers that it has met when the bootstrap servers are gone', async () => {
    await using world = await keeperWorld({ brokers: 3 })
    using shared = clusterOf(world, world.kafka.bootstrap.slice(0, 1))
    await within(world, 0, shared.brokers(signal))
    await world.kafka.broker(1).stop()
    expect(await within(world, 3_000, shared.brokers(signal))).toHaveLength(3)
  })

  it('tells who waits that it is closed', async () => {
    await using world = await keeperWorld()
    const shared = clusterOf(world)
    world.kafka.fail('Metadata', 'silence')
    const asked = shared.call(metadata, { topics: [] }, signal)
    await world.pass(0)
    shared.close()
    expect(await within(world, 0, asked)).toMatchObject({ message: expect.stringContaining('closed') as string })
    expect(world.kafka.connections).toBe(0)
    expect(world.platform.pendingTimers).toBe(0)
  })

  it('tells of the refused login where the other bootstrap servers are dead', async () => {
    await using world = await keeperWorld({ brokers: 3 })
    for (const nodeId of [1, 2]) await world.kafka.broker(nodeId).stop()
    world.kafka.users.set('admin', 'another')
    using shared = clusterOf(world)
    expect(await within(world, 3_000, shared.brokers(signal))).toMatchObject({ code: 'ERR_KAFKA_LOGIN' })
  })
})

describe('a token that was made', () => {
  async function made(world: KeeperWorld, shared: Cluster) {
    const token = await within(world, 0, createDelegationToken(shared, { owner: 'User:spark' }, signal))
    if (token instanceof TokenError) throw token
    return token
  }

  it('is visible everywhere once each broker has heard of it, but for those that are away', async () => {
    await using world = await keeperWorld({ brokers: 3, maxLifetimeMs: hour, expiryTimeMs: hour })
    for (const broker of world.kafka.brokers) broker.lagMs = 300 * broker.nodeId
    await world.kafka.broker(2).stop()
    using shared = clusterOf(world)
    const token = await made(world, shared)
    const seen = visibleEverywhere(world.outward, shared, token, signal)
    expect(await within(world, 2_000, seen)).toEqual([world.kafka.broker(2).address])
    expect(world.kafka.broker(3).knownTokens.size).toBe(1)
    expect(await within(world, 0, describeDelegationTokens(shared, {}, signal))).toHaveLength(1)
  })

  it('is not, where a broker does not hear of it, which is named', async () => {
    await using world = await keeperWorld({ brokers: 3, maxLifetimeMs: hour, expiryTimeMs: hour })
    world.kafka.broker(3).lagMs = Infinity
    using shared = clusterOf(world)
    const token = await made(world, shared)
    expect(await within(world, 11_000, visibleEverywhere(world.outward, shared, token, signal))).toMatchObject({
      code: 'ERR_KAFKA_TOKEN_REFUSED',
      message: expect.stringContaining(world.kafka.broker(3).address) as string,
    })
  })

  it('is tried at every broker, each with what it says', async () => {
    await using world = await keeperWorld({ brokers: 4, maxLifetimeMs: hour, expiryTimeMs: hour, sweepEveryMs: hour })
    using shared = clusterOf(world)
    const token = await made(world, shared)
    await world.kafka.broker(2).restart({ secretKey: 'another' })
    await world.kafka.broker(3).stop()
    world.kafka.broker(4).fail('any', 'silence')
    const trial = { platform: world.outward, client: world.client, token, mechanism: 'SCRAM-SHA-256' } as const
    const verdicts = tryToken({ ...trial, servers: world.kafka.bootstrap.slice(0, 1) }, signal)
    expect(await within(world, 11_000, verdicts)).toMatchObject([
      { outcome: 'takes', lifetimeMs: hour },
      { outcome: 'refuses', error: { code: 'ERR_KAFKA_LOGIN' } },
      { outcome: 'unreachable', error: { code: 'ERR_KAFKA_UNREACHABLE' } },
      { outcome: 'unreachable', error: { code: 'ERR_KAFKA_TIMEOUT' } },
    ])
    world.kafka.tokens.put({ ...token, requester: 'User:admin', expiresAt: world.now() - 1 })
    const late = tryToken({ ...trial, servers: world.kafka.bootstrap.slice(0, 1) }, signal)
    expect(await within(world, 11_000, late)).toMatchObject([
      { outcome: 'cuts', error: { code: 'ERR_KAFKA_TOKEN_EXPIRED' } },
    ])
  })
})
