import { describe, expect, it, vi } from 'vitest'
import { faultOf, keeperWorld, type Kept, type KeeperWorld } from './keeper-world.ts'

vi.setConfig({ testTimeout: 20_000 })

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Lets time pass, and finds out what is wrong with what is published at any instant of it. */
async function watched(world: KeeperWorld, { published }: Kept, ms: number): Promise<readonly string[]> {
  const faults = new Set<string>()
  await world.pass(ms, () => {
    const token = published.at(-1)
    const fault = token && faultOf(world, token)
    if (fault) faults.add(fault)
  })
  return [...faults]
}

/** Lets time pass by the minute, and gives the most requests that came in one. */
async function busiestMinute(world: KeeperWorld, ms: number): Promise<number> {
  let most = 0
  for (let past = 0; past < ms; past += minute) {
    const before = world.kafka.calls.length
    await world.pass(minute)
    most = Math.max(most, world.kafka.calls.length - before)
  }
  return most
}

const creates = ({ kafka }: KeeperWorld): number => kafka.callsTo('CreateDelegationToken').length

describe('the times of a kept token', () => {
  it('asks seldom while the token lasts longer than a renewal would make it', async () => {
    await using world = await keeperWorld({ expiryTimeMs: 10 * hour, maxLifetimeMs: 7 * day })
    const kept = world.keep({ renewPeriodMs: hour })
    expect(await watched(world, kept, 8 * hour)).toEqual([])
    expect(await busiestMinute(world, 30 * minute)).toBeLessThan(40)
    expect(await watched(world, kept, 3 * hour)).toEqual([])
    expect(world.actions()).toContain('renewed')
  })

  it('renews as often as the brokers make it, where they allow less than is wanted', async () => {
    await using world = await keeperWorld({ expiryTimeMs: 10 * minute, maxLifetimeMs: day })
    const kept = world.keep({ renewPeriodMs: 6 * hour })
    expect(await watched(world, kept, 3 * hour)).toEqual([])
    expect(await busiestMinute(world, 20 * minute)).toBeLessThan(40)
    expect(world.failures()).toEqual([])
    expect(creates(world)).toBe(1)
  })

  it('keeps the former one for the whole overlap where a renewal lasts for less than that', async () => {
    await using world = await keeperWorld({ expiryTimeMs: 10 * minute, maxLifetimeMs: 10 * hour })
    world.keep({ overlapMs: hour })
    await world.pass(9 * hour - 2 * minute)
    while (world.actions().filter((action) => action === 'usable').length < 2) await world.pass(10_000)
    const [former] = world.published
    const replacedAt = world.now()
    const faults = new Set<string>()
    await world.pass(58 * minute, () => {
      const fault = former && faultOf(world, former)
      if (fault) faults.add(fault)
    })
    expect([...faults]).toEqual([])
    expect(world.now() - replacedAt).toBeGreaterThan(57 * minute)
    expect(world.failures()).toEqual([])
  })

  it('says nothing and lets go where somebody expires the former one by hand', async () => {
    await using world = await keeperWorld({ expiryTimeMs: 10 * minute, maxLifetimeMs: 10 * hour })
    world.keep({ overlapMs: hour })
    await world.pass(9 * hour - 2 * minute)
    while (world.actions().filter((action) => action === 'usable').length < 2) await world.pass(10_000)
    world.kafka.tokens.remove(world.published[0]?.tokenId ?? '')
    expect(await busiestMinute(world, 40 * minute)).toBeLessThan(40)
    expect(world.failures()).toEqual([])
  })

  it.each([
    [
      'a maximum lifetime shorter than the overlap',
      { maxLifetimeMs: 10 * minute, expiryTimeMs: 5 * minute },
      { overlapMs: hour },
    ],
    ['an expiry beyond the maximum lifetime', { maxLifetimeMs: minute, expiryTimeMs: day }, {}],
    ['the shortest overlap', { maxLifetimeMs: 2 * minute, expiryTimeMs: day }, { overlapMs: 1_000 }],
    ['the shortest lifetime', { maxLifetimeMs: 10_000, expiryTimeMs: 5_000 }, { overlapMs: 1_000 }],
    ['a late renewal', { maxLifetimeMs: hour, expiryTimeMs: 20_000 }, { renewAt: 0.95 }],
    ['an early renewal', { maxLifetimeMs: hour, expiryTimeMs: minute }, { renewAt: 0.1 }],
  ])('never publishes what does not work with %s', async (_, cluster, plan) => {
    await using world = await keeperWorld({ brokers: 2, seed: 1, ...cluster })
    for (const broker of world.kafka.brokers) broker.lagMs = 150 * broker.nodeId
    const kept = world.keep(plan)
    const lives = Math.min(6, Math.ceil((20 * minute) / cluster.maxLifetimeMs))
    expect(await watched(world, kept, lives * cluster.maxLifetimeMs)).toEqual([])
    expect(world.failures()).toEqual([])
    expect(creates(world)).toBeLessThanOrEqual(2 * lives + 1)
    expect(world.kafka.tokens.all.size).toBeLessThanOrEqual(3)
  })

  it('has no successor late where brokers lag for seconds', async () => {
    await using world = await keeperWorld({ brokers: 3, maxLifetimeMs: 2 * minute, expiryTimeMs: minute })
    for (const broker of world.kafka.brokers) broker.lagMs = 1_500 * broker.nodeId
    const kept = world.keep({ overlapMs: 1_000 })
    expect(await watched(world, kept, 8 * minute)).toEqual([])
  })

  it.each([-hour, hour])('goes on when our clock steps by %i ms', async (step) => {
    await using world = await keeperWorld({ expiryTimeMs: 20 * minute, maxLifetimeMs: 2 * hour })
    const kept = world.keep({ overlapMs: 5 * minute })
    expect(await watched(world, kept, 10 * minute)).toEqual([])
    world.platform.stepWallClock(step)
    expect(await watched(world, kept, 4 * hour)).toEqual([])
    expect(world.failures()).toEqual([])
    expect(creates(world)).toBeLessThanOrEqual(5)
  })

  it.each([-hour, hour])('works with a clock that is %i ms off from the start', async (step) => {
    await using world = await keeperWorld({ expiryTimeMs: 20 * minute, maxLifetimeMs: 2 * hour })
    world.platform.stepWallClock(step)
    const kept = world.keep({ overlapMs: 5 * minute })
    expect(await watched(world, kept, 3 * hour)).toEqual([])
    expect(world.events.filter(({ type }) => type === 'warning')).toMatchObject([
      { message: expect.stringContaining(step < 0 ? 'ahead of ours' : 'behind ours') as string },
    ])
    expect(creates(world)).toBeLessThanOrEqual(3)
  })

  it('makes a new one at once when the machine slept through the life of the former', async () => {
    await using world = await keeperWorld({ expiryTimeMs: hour, maxLifetimeMs: day })
    const kept = world.keep({ checkEveryMs: hour })
    await world.pass(10 * minute)
    world.suspend(2 * hour)
    await world.pass(65_000)
    expect(await watched(world, kept, 3 * hour)).toEqual([])
    expect(creates(world)).toBe(2)
  })

  it.each([
    ['removed', undefined],
    ['shortened', 90_000],
    ['prolonged', 5 * hour],
  ])('copes with a token that is %s by hand', async (_, leftMs) => {
    await using world = await keeperWorld({ expiryTimeMs: hour, maxLifetimeMs: day })
    const kept = world.keep({ checkEveryMs: minute })
    await world.pass(10 * minute)
    const [token] = world.kafka.tokens.all.values()
    if (!token) throw new Error('there is no token')
    if (leftMs === undefined) world.kafka.tokens.remove(token.tokenId)
    else world.kafka.tokens.put({ ...token, expiresAt: world.now() + leftMs })
    await world.pass(minute)
    expect(await watched(world, kept, 3 * hour)).toEqual([])
    expect(world.failures()).toEqual([])
    expect(creates(world)).toBe(leftMs === undefined ? 2 : 1)
  })

  it('does not take what has expired and is not swept yet for its own', async () => {
    await using world = await keeperWorld({ expiryTimeMs: minute, maxLifetimeMs: hour, sweepEveryMs: day })
    const first = world.keep()
    await world.pass(10_000)
    await first.stop({ mayExpire: false })
    await world.pass(2 * minute)
    const kept = world.keep()
    await world.pass(2_000)
    expect(await watched(world, kept, 10 * minute)).toEqual([])
    expect(creates(world)).toBe(2)
    expect(world.failures()).toEqual([])
  })

  it('refuses a cluster that lets tokens live for moments only', async () => {
    await using world = await keeperWorld({ expiryTimeMs: 1_000, maxLifetimeMs: 2_000 })
    world.keep()
    expect(await busiestMinute(world, 5 * minute)).toBeLessThan(40)
    expect(world.failures()[0]).toMatchObject({ code: 'ERR_KAFKA_TOKEN_PERIOD' })
    expect(world.published).toEqual([])
  })
})
