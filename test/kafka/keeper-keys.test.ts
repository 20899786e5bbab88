import { describe, expect, it, vi } from 'vitest'
import { faultOf, keeperWorld, type Kept, type KeeperWorld } from './keeper-world.ts'

vi.setConfig({ testTimeout: 20_000 })

const minute = 60_000
const hour = 60 * minute
const longLived = { brokers: 3, maxLifetimeMs: 24 * hour, expiryTimeMs: 20 * minute }

type Holder = 'controller' | 1 | 2 | 3

async function giveKey({ kafka }: KeeperWorld, holder: Holder, secretKey: string): Promise<void> {
  if (holder === 'controller') kafka.tokens.secretKey = secretKey
  else await kafka.broker(holder).restart({ secretKey })
}

const expired = ({ kafka, now }: KeeperWorld, { published }: Kept): boolean => {
  const stored = kafka.tokens.all.get(published.at(-1)?.tokenId ?? '')
  return !stored || stored.expiresAt <= now()
}

describe('a kept token while the secret key of the brokers is replaced', () => {
  it.each<readonly [Holder, Holder, Holder, Holder]>([
    [1, 2, 3, 'controller'],
    [3, 1, 2, 'controller'],
    ['controller', 1, 2, 3],
    [2, 'controller', 3, 1],
  ])('lives on and is given with its new HMAC in the end, in the order of %s, %s, %s, %s', async (...order) => {
    await using world = await keeperWorld({ ...longLived, seed: order.indexOf('controller') })
    const kept = world.keep({ checkEveryMs: minute })
    await world.pass(5_000)
    for (const holder of order) {
      await giveKey(world, holder, 'another')
      await world.pass(4 * minute, () => {
        expect(expired(world, kept)).toBe(false)
      })
    }
    await world.pass(3 * minute)
    const token = kept.published.at(-1)
    expect(token && faultOf(world, token)).toBeUndefined()
    await world.pass(2 * hour, () => {
      expect(expired(world, kept)).toBe(false)
    })
    expect(world.kafka.callsTo('CreateDelegationToken')).toHaveLength(1)
    expect(world.actions()).toContain('rekeyed')
    for (const { hint } of world.failures()) expect(hint).toContain('delegation.token.secret.key')
  })

  it('is renewed by the HMAC that the controller knows while all brokers tell another', async () => {
    await using world = await keeperWorld({ ...longLived, brokers: 2 })
    const kept = world.keep()
    await world.pass(5_000)
    for (const nodeId of [1, 2] as const) await giveKey(world, nodeId, 'another')
    await world.pass(40 * minute, () => {
      expect(expired(world, kept)).toBe(false)
    })
    expect(world.actions()).toContain('renewed')
  })

  it('says that the controller has another key when it knows no HMAC that brokers tell, and asks seldom', async () => {
    await using world = await keeperWorld({ ...longLived, brokers: 2 })
    world.keep()
    await world.pass(5_000)
    await giveKey(world, 'controller', 'another')
    let most = 0
    for (let past = 0; past < 30; past++) {
      const before = world.kafka.calls.length
      await world.pass(minute)
      most = Math.max(most, world.kafka.calls.length - before)
    }
    expect(world.failures()[0]).toMatchObject({
      code: 'ERR_KAFKA_TOKEN_NOT_FOUND',
      message: expect.stringContaining('the controller does not know') as string,
      hint: expect.stringContaining('delegation.token.secret.key') as string,
    })
    // The last seconds of a token are used as well as can be.
    expect(most).toBeLessThan(400)
    const before = world.kafka.calls.length
    await world.pass(minute)
    expect(world.kafka.calls.length - before).toBeLessThan(80)
  })

  it('is not published by the HMAC of the one broker that differs', async () => {
    await using world = await keeperWorld(longLived)
    await giveKey(world, 1, 'another')
    const kept = world.keep({ client: { ...world.client, bootstrapServers: [world.kafka.broker(1).address] } })
    await world.pass(5 * minute)
    expect(kept.published).toEqual([])
    expect(world.failures().at(-1)).toMatchObject({ differing: [world.kafka.broker(1).address] })
    expect(world.kafka.tokens.all.size).toBe(1)
  })

  it('tells the failure once, and again when another broker is at odds', async () => {
    await using world = await keeperWorld(longLived)
    world.keep({ checkEveryMs: minute })
    await world.pass(5_000)
    await giveKey(world, 2, 'another')
    await world.pass(5 * minute)
    await giveKey(world, 2, 'secret-key-of-the-brokers')
    await giveKey(world, 3, 'another')
    await world.pass(5 * minute)
    const told = world.failures().filter(({ isRepeated }) => !isRepeated)
    expect(told.map(({ differing }) => differing)).toEqual([
      [world.kafka.broker(2).address],
      [world.kafka.broker(3).address],
    ])
  })
})
