import { describe, expect, it, vi } from 'vitest'
import { Secret } from '../../src/platform/secret.ts'
import { keeperWorld, type KeeperWorld } from './keeper-world.ts'

// Each second of a look takes some milliseconds.
vi.setConfig({ testTimeout: 20_000 })

const ids = ({ published }: KeeperWorld): readonly string[] => [...new Set(published.map(({ tokenId }) => tokenId))]

describe('a keeper', () => {
  it('makes a token for its owner, lists itself as renewer, and publishes it when every broker takes it', async () => {
    await using world = await keeperWorld({ brokers: 3 })
    for (const broker of world.kafka.brokers) broker.lagMs = 40 * broker.nodeId
    world.keep()
    await world.pass(2_000)
    expect(world.failures()).toEqual([])
    expect(world.actions()).toEqual(['created', 'usable'])
    const [token] = world.published
    expect(token).toMatchObject({ owner: 'User:spark', requester: 'User:admin', renewers: ['User:admin'] })
    const tried = world.kafka.logins.filter(({ isByToken, isAccepted }) => isByToken && isAccepted)
    expect(new Set(tried.map(({ broker }) => broker)).size).toBe(3)
  })

  it('renews ahead of the expiry, replaces ahead of the maximum lifetime, and keeps the former one alive for the overlap', async () => {
    await using world = await keeperWorld({ brokers: 2 })
    world.keep()
    const alive: number[] = []
    for (let second = 0; second < 200; second++) {
      await world.pass(1_000)
      const now = world.platform.now()
      const current = world.published.at(-1)
      expect(current && current.expiresAt - now).toBeGreaterThan(0)
      alive.push([...world.kafka.tokens.all.values()].filter(({ expiresAt }) => expiresAt > now).length)
    }
    expect(world.failures()).toEqual([])
    expect(ids(world).length).toBeGreaterThanOrEqual(4)
    expect(Math.max(...alive)).toBe(2)
    const changes = world.changes()
    for (const { tokenId } of changes.filter(({ action }) => action === 'lapsing')) {
      const index = changes.findIndex((change) => change.action === 'lapsing' && change.tokenId === tokenId)
      expect(changes[index + 1]).toMatchObject({ action: 'usable' })
    }
    const former = world.kafka.callsTo('RenewDelegationToken')
    expect(former.length).toBeGreaterThan(8)
  })

  it('finds its token again after a restart', async () => {
    await using world = await keeperWorld()
    const first = world.keep()
    await world.pass(5_000)
    await first.stop({ mayExpire: true })
    world.keep()
    await world.pass(5_000)
    expect(world.actions()).toEqual(['created', 'usable', 'adopted', 'usable'])
    expect(ids(world)).toHaveLength(1)
  })

  it('adopts what a call has made whose answer was lost', async () => {
    await using world = await keeperWorld()
    world.kafka.fail('CreateDelegationToken', 'cut', { times: 1, isDone: true })
    world.keep()
    await world.pass(5_000)
    expect(world.failures()).toHaveLength(1)
    expect(world.actions()).toEqual(['adopted', 'usable'])
    expect(world.kafka.tokens.all.size).toBe(1)
  })

  it('settles on one token with another keeper that begins at the same moment, and lets the other one lapse', async () => {
    await using world = await keeperWorld({ brokers: 3 })
    world.keep()
    world.keep()
    await world.pass(3_000)
    expect(ids(world).length).toBeLessThanOrEqual(2)
    expect(new Set(world.published.slice(-2).map(({ tokenId }) => tokenId)).size).toBe(1)
    expect(world.kafka.tokens.all.size).toBeLessThanOrEqual(2)
    await world.pass(30_000)
    expect(world.kafka.tokens.all.size).toBe(1)
    await world.pass(200_000)
    expect(world.failures()).toEqual([])
    expect(world.published.at(-1)?.tokenId).toBe(world.published.at(-2)?.tokenId)
    expect(world.kafka.tokens.all.size).toBeLessThanOrEqual(3)
  })

  it('publishes the new HMAC when the secret key of the brokers was replaced', async () => {
    await using world = await keeperWorld({ brokers: 3, maxLifetimeMs: 7_200_000, expiryTimeMs: 3_600_000 })
    world.keep({ checkEveryMs: 60_000 })
    await world.pass(1_000)
    const [before] = world.published
    for (const broker of world.kafka.brokers) await broker.restart({ secretKey: 'another' })
    world.kafka.tokens.secretKey = 'another'
    await world.pass(60_000)
    expect(world.actions()).toEqual(['created', 'usable', 'rekeyed'])
    const after = world.published.at(-1)
    expect(after?.tokenId).toBe(before?.tokenId)
    expect(after?.hmac.reveal()).not.toBe(before?.hmac.reveal())
  })

  it('keeps what is published, and names the brokers, while only some have the new secret key', async () => {
    await using world = await keeperWorld({ brokers: 3, maxLifetimeMs: 7_200_000, expiryTimeMs: 3_600_000 })
    world.keep({ checkEveryMs: 60_000 })
    await world.pass(1_000)
    await world.kafka.broker(2).restart({ secretKey: 'another' })
    await world.pass(120_000)
    expect(world.published).toHaveLength(1)
    expect(world.failures()[0]).toMatchObject({
      code: 'ERR_KAFKA_TOKEN_REFUSED',
      differing: [world.kafka.broker(2).address],
      isRepeated: false,
    })
    await world.kafka.broker(1).restart({ secretKey: 'another' })
    await world.kafka.broker(3).restart({ secretKey: 'another' })
    world.kafka.tokens.secretKey = 'another'
    await world.pass(61_000)
    expect(world.actions().at(-1)).toBe('rekeyed')
  })

  it('publishes nothing that a broker refuses, and makes no second one', async () => {
    await using world = await keeperWorld({ brokers: 3, maxLifetimeMs: 7_200_000, expiryTimeMs: 3_600_000 })
    await world.kafka.broker(3).restart({ secretKey: 'another' })
    world.keep()
    await world.pass(60_000)
    expect(world.published).toEqual([])
    expect(world.kafka.tokens.all.size).toBe(1)
    expect(world.failures()[0]?.message).toContain(world.kafka.broker(3).address)
    expect(world.failures().filter(({ isRepeated }) => !isRepeated)).toHaveLength(1)
    await world.kafka.broker(3).restart({ secretKey: 'secret-key-of-the-brokers' })
    await world.pass(61_000)
    expect(world.published).toHaveLength(1)
  })

  it('publishes what all brokers take that are there, and tells which are not', async () => {
    await using world = await keeperWorld({ brokers: 3, maxLifetimeMs: 7_200_000, expiryTimeMs: 3_600_000 })
    await world.kafka.broker(2).stop()
    world.keep()
    await world.pass(2_000)
    expect(world.changes().at(-1)).toMatchObject({ action: 'usable', unreachable: [world.kafka.broker(2).address] })
    expect(world.published).toHaveLength(1)
  })

  it('goes on when its brokers were away for a while', async () => {
    await using world = await keeperWorld({ brokers: 2, maxLifetimeMs: 7_200_000, expiryTimeMs: 600_000 })
    world.keep()
    await world.pass(1_000)
    for (const broker of world.kafka.brokers) await broker.stop()
    await world.pass(500_000)
    expect(world.failures()[0]).toMatchObject({ code: 'ERR_KAFKA_UNREACHABLE' })
    for (const broker of world.kafka.brokers) await broker.start()
    await world.pass(61_000)
    expect(world.actions()).toEqual(['created', 'usable', 'renewed'])
    expect(ids(world)).toHaveLength(1)
  })

  it('makes another one when somebody expires it by hand', async () => {
    await using world = await keeperWorld({ maxLifetimeMs: 7_200_000, expiryTimeMs: 3_600_000 })
    world.keep({ checkEveryMs: 60_000 })
    await world.pass(1_000)
    world.kafka.tokens.remove(world.published[0]?.tokenId ?? '')
    await world.pass(60_000)
    expect(ids(world)).toHaveLength(2)
  })

  it('never renews to a shorter time', async () => {
    await using world = await keeperWorld({ maxLifetimeMs: 7_200_000, expiryTimeMs: 600_000 })
    world.keep({ checkEveryMs: 600_000 })
    await world.pass(1_000)
    const [token] = world.kafka.tokens.all.values()
    if (!token) throw new Error('there is no token')
    const expiresAt = world.platform.now() + 5_000_000
    world.kafka.tokens.put({ ...token, expiresAt })
    await world.pass(4_200_000)
    expect(world.actions()).toContain('renewed')
    expect(world.kafka.tokens.all.get(token.tokenId)?.expiresAt).toBeGreaterThanOrEqual(expiresAt)
  })

  it('learns from the brokers who it is, and says how to say so', async () => {
    await using world = await keeperWorld({ maxLifetimeMs: 7_200_000, expiryTimeMs: 600_000 })
    const login = { mechanism: 'PLAIN', username: 'admin', password: new Secret('secret') } as const
    world.keep({
      client: {
        bootstrapServers: world.kafka.bootstrap,
        access: () => Promise.resolve({ login }),
        principal: () => Promise.resolve('User:CN=admin'),
      },
    })
    await world.pass(700_000)
    expect(world.events.filter(({ type }) => type === 'warning')).toMatchObject([
      { message: expect.stringContaining('delegationTokens.spark.principal to User:admin') as string },
    ])
    expect(world.failures()).toEqual([])
    expect(world.published[0]?.renewers).toContain('User:admin')
    expect(world.actions()).toContain('renewed')
  })

  it('expires its tokens on stop where that is asked for', async () => {
    await using world = await keeperWorld()
    const kept = world.keep({ expireOnStop: true })
    await world.pass(1_000)
    await kept.stop({ mayExpire: true })
    expect(world.actions()).toEqual(['created', 'usable', 'expired'])
    expect(world.kafka.tokens.all.size).toBe(0)
  })

  it('tries again when the controller has no leader', async () => {
    await using world = await keeperWorld({ maxLifetimeMs: 7_200_000, expiryTimeMs: 600_000 })
    world.kafka.fail('CreateDelegationToken', 41, { times: 2 })
    world.keep()
    await world.pass(5_000)
    expect(world.failures()).toMatchObject([{ code: 'ERR_KAFKA_BUSY' }, { isRepeated: true }])
    expect(world.actions()).toEqual(['created', 'usable'])
  })

  it('says what is missing where it may not make tokens for this owner', async () => {
    await using world = await keeperWorld()
    world.kafka.acls.clear()
    world.keep()
    await world.pass(1_000)
    expect(world.failures()[0]).toMatchObject({ code: 'ERR_KAFKA_TOKEN_AUTHORIZATION' })
  })

  it('is not kept from renewing by a broker that stops answering', async () => {
    await using world = await keeperWorld({ brokers: 2, maxLifetimeMs: 7_200_000, expiryTimeMs: 600_000 })
    world.keep()
    await world.pass(1_000)
    world.kafka.broker(1).fail('any', 'silence')
    await world.pass(600_000)
    const [token] = world.kafka.tokens.all.values()
    expect(token?.expiresAt).toBeGreaterThan(world.platform.now())
    expect(ids(world)).toHaveLength(1)
  })

  it('tells no HMAC in any event', async () => {
    await using world = await keeperWorld()
    world.keep()
    await world.pass(100_000)
    const said = JSON.stringify(world.events)
    for (const { hmac } of world.published) expect(said).not.toContain(hmac.reveal())
  })
})
