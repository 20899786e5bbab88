import { describe, expect, it, vi } from 'vitest'
import { faultOf, keeperWorld, type KeeperWorld } from './keeper-world.ts'

vi.setConfig({ testTimeout: 20_000 })

const minute = 60_000
const hour = 60 * minute
const longLived = { brokers: 3, maxLifetimeMs: 24 * hour, expiryTimeMs: hour }

const tokenNow = (world: KeeperWorld): string | undefined => {
  const token = world.published.at(-1)
  return token ? faultOf(world, token) : 'is not there'
}

/** Requests that came in each minute of that time. */
async function requestsPerMinute(world: KeeperWorld, minutes: number): Promise<readonly number[]> {
  const counts: number[] = []
  while (counts.length < minutes) {
    const before = world.kafka.calls.length
    await world.pass(minute)
    counts.push(world.kafka.calls.length - before)
  }
  return counts
}

describe('a keeper among brokers that fail', () => {
  it.each(['dead', 'silent', 'cutting', 'unlisted'])(
    'makes its token soon though one server of three is %s',
    async (how) => {
      for (const seed of [1, 2, 3, 4]) {
        await using world = await keeperWorld({ ...longLived, seed })
        const broken = world.kafka.broker(1)
        if (how === 'dead') await broken.stop()
        else if (how === 'unlisted') broken.isListed = false
        else broken.fail('any', how === 'silent' ? 'silence' : 'cut')
        world.keep({ scramServers: world.kafka.bootstrap })
        await world.pass(2_000)
        expect(world.kafka.tokens.all.size).toBe(1)
        await world.pass(20_000)
        expect(world.published).toHaveLength(1)
        expect(world.failures()).toEqual([])
      }
    },
  )

  it.each([41, 7, 89])('outlasts a storm of error %i in all that the controller is asked', async (code) => {
    await using world = await keeperWorld({ brokers: 2, maxLifetimeMs: 10 * minute, expiryTimeMs: 2 * minute })
    world.keep()
    await world.pass(1_000)
    for (const api of ['CreateDelegationToken', 'RenewDelegationToken'] as const) world.kafka.fail(api, code)
    await world.pass(100_000)
    world.kafka.heal()
    await world.pass(15_000)
    expect(tokenNow(world)).toBeUndefined()
    expect(world.failures()[0]).toMatchObject({ code: 'ERR_KAFKA_BUSY' })
    expect(world.kafka.callsTo('CreateDelegationToken')).toHaveLength(1)
  })

  it.each(['CreateDelegationToken', 'RenewDelegationToken', 'DescribeDelegationToken', 'any'] as const)(
    'asks seldom while %s fails for an hour, however it does, and comes back',
    async (api) => {
      for (const fault of ['cut', 'silence', 41, 65] as const) {
        if (api === 'any' && typeof fault === 'number') continue
        await using world = await keeperWorld({ brokers: 2, maxLifetimeMs: 20 * minute, expiryTimeMs: 5 * minute })
        world.keep()
        await world.pass(1_000)
        world.kafka.fail(api, fault)
        const counts = await requestsPerMinute(world, 40)
        world.kafka.heal()
        await world.pass(90_000)
        expect(tokenNow(world)).toBeUndefined()
        // The last seconds of a token are used as well as can be.
        expect(Math.max(...counts)).toBeLessThan(400)
        expect(counts.reduce((sum, count) => sum + count) / counts.length).toBeLessThan(100)
        expect(world.kafka.tokens.all.size).toBeLessThanOrEqual(2)
        expect(world.kafka.connections).toBeLessThanOrEqual(1)
      }
    },
  )

  it.each([
    ['cut', false],
    ['cut', true],
    ['silence', false],
    ['silence', true],
  ] as const)('leaves no token behind where each answer to create is lost (%s, done: %s)', async (fault, isDone) => {
    await using world = await keeperWorld({ brokers: 2 })
    world.kafka.fail('CreateDelegationToken', fault, { times: 3, isDone })
    world.keep()
    await world.pass(2 * minute)
    expect(tokenNow(world)).toBeUndefined()
    expect(world.kafka.tokens.all.size).toBeLessThanOrEqual(2)
    await world.pass(10 * minute)
    expect(world.kafka.tokens.all.size).toBeLessThanOrEqual(2)
  })

  it('leaves few tokens behind where brokers that list nothing lose every answer to create', async () => {
    await using world = await keeperWorld({ brokers: 2, maxLifetimeMs: 24 * hour, expiryTimeMs: 24 * hour })
    for (const broker of world.kafka.brokers) broker.lagMs = 4_000
    world.kafka.fail('CreateDelegationToken', 'cut', { isDone: true })
    world.keep()
    await world.pass(10 * minute)
    expect(world.kafka.tokens.all.size).toBeLessThanOrEqual(3)
    expect(tokenNow(world)).toBeUndefined()
  })

  it.each([
    [1, 2, 3],
    [3, 2, 1],
    [2, 1, 3],
  ])('replaces its token while brokers restart in the order %i, %i, %i', async (...order) => {
    await using world = await keeperWorld({ brokers: 3, seed: order[0] })
    world.keep({ scramServers: world.kafka.bootstrap })
    await world.pass(35_000)
    for (const nodeId of order) {
      const broker = world.kafka.broker(nodeId)
      await broker.stop()
      await world.pass(4_000)
      expect(tokenNow(world)).toBeUndefined()
      await broker.start()
      await world.pass(3_000)
      expect(tokenNow(world)).toBeUndefined()
    }
    await world.pass(60_000, () => {
      expect(tokenNow(world)).toBeUndefined()
    })
    expect(world.kafka.tokens.all.size).toBeLessThanOrEqual(2)
  })

  it('publishes what the bootstrap servers take where no advertised name can be resolved', async () => {
    await using world = await keeperWorld(longLived)
    for (const broker of world.kafka.brokers) {
      broker.listener('CLIENT').advertised = { host: 'broker.invalid', port: 9_000 + broker.nodeId }
    }
    world.keep()
    await vi.waitFor(async () => {
      await world.pass(100)
      expect(world.published).toHaveLength(1)
    })
    expect(world.changes().at(-1)?.unreachable).toEqual([
      'broker.invalid:9001',
      'broker.invalid:9002',
      'broker.invalid:9003',
    ])
    expect(world.failures()).toEqual([])
  })

  it('tries a broker again that was away when the token was made', async () => {
    await using world = await keeperWorld(longLived)
    await world.kafka.broker(3).stop()
    world.keep()
    await world.pass(2_000)
    await world.kafka.broker(3).restart({ secretKey: 'another' })
    await world.pass(minute)
    expect(world.failures()[0]).toMatchObject({ differing: [world.kafka.broker(3).address] })
  })

  it('keeps no connection when it has nothing to ask, and closes all when it stops', async () => {
    await using world = await keeperWorld(longLived)
    world.keep()
    await world.pass(2_000)
    expect(world.kafka.connections).toBe(1)
    await world.pass(40_000)
    expect(world.kafka.connections).toBe(0)
  })

  it('stops at once in the middle of a look', async () => {
    await using world = await keeperWorld(longLived)
    world.kafka.fail('CreateDelegationToken', 'silence')
    const kept = world.keep()
    await world.pass(1_000)
    let isStopped = false
    void kept.stop({ mayExpire: true }).then(() => (isStopped = true))
    await world.pass(0)
    expect(isStopped).toBe(true)
    expect(world.failures()).toEqual([])
  })
})
