import { describe, expect, it, vi } from 'vitest'
import { Secret } from '../../src/platform/secret.ts'
import { faultOf, keeperWorld, type KeeperWorld } from './keeper-world.ts'

vi.setConfig({ testTimeout: 20_000 })

const minute = 60_000
const hour = 60 * minute
const longLived = { maxLifetimeMs: 24 * hour, expiryTimeMs: hour }

const warnings = ({ events }: KeeperWorld): readonly string[] =>
  events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))

const asPlain = (world: KeeperWorld, username: string, principal?: string) => ({
  ...world.client,
  access: () => Promise.resolve({ login: { mechanism: 'PLAIN', username, password: new Secret('secret') } as const }),
  principal: () => Promise.resolve(principal),
})

/** What an operator reads when it goes wrong in this way, and how many tokens that costs. */
async function toldWhere(breaks: (world: KeeperWorld) => Parameters<KeeperWorld['keep']>[0]) {
  await using world = await keeperWorld({ brokers: 2, ...longLived, seed: 3 })
  world.keep(breaks(world))
  const before = world.kafka.calls.length
  await world.pass(10 * minute)
  expect(world.published).toEqual([])
  expect(world.failures().filter(({ isRepeated }) => !isRepeated).length).toBeLessThanOrEqual(2)
  return {
    ...(world.failures().at(-1) as NonNullable<ReturnType<KeeperWorld['failures']>[0]>),
    tokens: world.kafka.tokens.all.size,
    perMinute: (world.kafka.calls.length - before) / 10,
  }
}

describe('what a keeper says', () => {
  it.each<readonly [string, Parameters<typeof toldWhere>[0], object]>([
    [
      'no SCRAM at the listener',
      ({ kafka, client }) => {
        for (const broker of kafka.brokers)
          for (const name of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) broker.listener('CLIENT').mechanisms.delete(name)
        return { client: asPlain({ client } as KeeperWorld, 'admin', 'User:admin') }
      },
      { code: 'ERR_KAFKA_MECHANISM', tokens: 1 },
    ],
    [
      'tokens that are switched off',
      ({ kafka }) => {
        kafka.useSecretKey(null)
        return {}
      },
      { code: 'ERR_KAFKA_TOKEN_DISABLED', tokens: 0 },
    ],
    [
      'an owner that is not allowed',
      ({ kafka }) => {
        kafka.acls.clear()
      },
      { code: 'ERR_KAFKA_TOKEN_AUTHORIZATION', tokens: 0 },
    ],
    [
      'brokers without owners',
      ({ kafka }) => {
        for (const { versions } of kafka.brokers)
          for (const api of ['CreateDelegationToken', 'DescribeDelegationToken'] as const) versions.set(api, [1, 2])
      },
      { code: 'ERR_KAFKA_VERSION', tokens: 0 },
    ],
    [
      'a service without delegation tokens',
      ({ kafka }) => {
        for (const { versions } of kafka.brokers) versions.delete('CreateDelegationToken')
      },
      { code: 'ERR_KAFKA_VERSION', tokens: 0 },
    ],
    [
      'a wrong password',
      (world) => {
        world.kafka.users.set('admin', 'other')
      },
      { code: 'ERR_KAFKA_LOGIN', tokens: 0 },
    ],
    [
      'a SCRAM listener of nobody',
      () => ({ scramServers: ['127.0.0.1:1'] }),
      { code: 'ERR_KAFKA_UNREACHABLE', tokens: 1 },
    ],
  ])('is what mends it: %s', async (_, breaks, expected) => {
    const told = await toldWhere(breaks)
    expect(told).toMatchObject(expected)
    expect(told.hint.length).toBeGreaterThan(20)
    expect(told.message).not.toContain('undefined')
    expect(told.perMinute).toBeLessThan(60)
  })

  it('names another cluster at the SCRAM listener', async () => {
    await using other = await keeperWorld()
    const told = await toldWhere(() => ({ scramServers: other.kafka.bootstrap }))
    expect(told).toMatchObject({ code: 'ERR_KAFKA_TOKEN_REFUSED', tokens: 1 })
    expect(told.perMinute).toBeLessThan(60)
  })

  it('goes on with one token after the other where the controller has another key and none can be renewed', async () => {
    await using world = await keeperWorld({ brokers: 2, ...longLived, seed: 3 })
    world.kafka.tokens.secretKey = 'another'
    const kept = world.keep()
    await world.pass(30_000)
    await world.pass(8 * hour, () => {
      const token = kept.published.at(-1)
      expect(token ? faultOf(world, token) : 'none').toBeUndefined()
    })
    expect(world.kafka.callsTo('CreateDelegationToken').length).toBeLessThan(12)
    expect(world.failures().at(-1)?.hint).toContain('delegation.token.secret.key')
  })

  it('names the listener where the login is none', async () => {
    await using world = await keeperWorld({ ...longLived, listeners: { OPEN: { mechanisms: [] } } })
    const open = {
      ...world.client,
      access: () => Promise.resolve({}),
      principal: () => Promise.resolve('User:ANONYMOUS'),
    }
    world.keep({ client: open })
    await world.pass(minute)
    expect(world.failures()[0]).toMatchObject({ code: 'ERR_KAFKA_TOKEN_NOT_ALLOWED' })
  })

  it.each([undefined, 'User:admin', 'User:CN=admin'])('keeps a token of our own, known as %s', async (principal) => {
    await using world = await keeperWorld({ ...longLived, brokers: 2 })
    const plan = { owner: undefined, client: asPlain(world, 'admin', principal) }
    const first = world.keep(plan)
    await world.pass(3 * hour)
    expect(world.published.at(-1)).toMatchObject({ owner: 'User:admin' })
    expect(world.failures()).toEqual([])
    expect(world.kafka.tokens.all.size).toBeLessThanOrEqual(1)
    await first.stop({ mayExpire: true })
    world.keep(plan)
    await world.pass(minute)
    expect(warnings(world).some((message) => message.includes('principal to User:admin'))).toBe(
      principal !== 'User:admin',
    )
    expect(world.kafka.tokens.all.size).toBe(principal === 'User:admin' ? 1 : 2)
  })

  it.each([undefined, 'User:CN=admin'])('keeps a token of somebody else, known as %s', async (principal) => {
    await using world = await keeperWorld({ ...longLived, brokers: 2 })
    world.keep({ client: asPlain(world, 'admin', principal) })
    await world.pass(3 * hour)
    expect(world.failures()).toEqual([])
    expect(world.published.at(-1)).toMatchObject({ owner: 'User:spark', renewers: ['User:admin'] })
    expect(world.actions()).toContain('renewed')
    expect(world.kafka.tokens.all.size).toBeLessThanOrEqual(2)
  })

  it('says who may renew a token that its requester is not a renewer of', async () => {
    await using world = await keeperWorld(longLived)
    world.keep()
    await world.pass(1_000)
    const [token] = world.kafka.tokens.all.values()
    if (token) world.kafka.tokens.put({ ...token, renewers: [] })
    await world.pass(2 * hour)
    // It is nobody's to keep any more: another one takes its place.
    expect(world.kafka.tokens.all.size).toBeLessThanOrEqual(2)
    expect(world.published.at(-1)?.tokenId).not.toBe(token?.tokenId)
    expect(world.failures()).toEqual([])
  })
})
