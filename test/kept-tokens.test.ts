import { describe, expect, it, vi } from 'vitest'
// First, for it stands in for what others import.
import { keeperWorld, type KeeperWorld } from './kafka/keeper-world.ts'
import { delegationTokenOptions, type DelegationTokenConfig } from '../src/config/delegation-token-options.ts'
import { keptTokens, type KeptTokens } from '../src/kept-tokens.ts'
import type { KeptToken } from '../src/kafka/token-settings.ts'
import { Secret } from '../src/platform/secret.ts'
import { jwtFor } from './fakes/kafka/bearer.ts'

vi.setConfig({ testTimeout: 60_000 })

const minute = 60_000
const hour = 60 * minute

function settingsOf(world: KeeperWorld, settings: object = {}): DelegationTokenConfig {
  return delegationTokenOptions().parse({
    bootstrapServers: [...world.kafka.bootstrap],
    login: { profile: 'admin' },
    securityProtocol: 'SASL_PLAINTEXT',
    owner: 'User:spark',
    ...settings,
  })
}

interface Kept extends KeptTokens, AsyncDisposable {}

function keeping(world: KeeperWorld, settings: Record<string, DelegationTokenConfig>): Kept {
  const kept = keptTokens(settings, {
    platform: world.outward,
    emit: (event) => world.events.push(event),
    getToken: (profile) => {
      const expiresAt = world.now() + hour
      return Promise.resolve({
        value: new Secret(jwtFor(profile, expiresAt)),
        expiresAt,
        subject: profile,
        obtainedAt: world.now(),
        grantedScope: undefined,
      })
    },
  })
  return {
    ...kept,
    async [Symbol.asyncDispose]() {
      const stopped = kept.stop()
      await world.pass(0)
      await stopped
      await world.pass(0)
      expect(world.kafka.connections).toBe(0)
      expect(world.platform.pendingTimers).toBe(0)
    },
  }
}

const longLived = { maxLifetimeMs: 24 * hour, expiryTimeMs: hour }
const creates = ({ kafka }: KeeperWorld): number => kafka.callsTo('CreateDelegationToken').length

describe('the delegation tokens of a configuration', () => {
  it('gives each token as what is read, and nothing before there is one', async () => {
    await using world = await keeperWorld({ brokers: 2, ...longLived })
    await using kept = keeping(world, { spark: settingsOf(world) })
    expect(kept.current('spark')).toBeUndefined()
    await world.pass(1_000)
    expect(kept.current('spark')?.told).toMatchObject({ name: 'spark', owner: 'User:spark' })
    expect(kept.current('spark')?.forms.env.reveal()).toMatch(/^KAFKA_TOKEN_ID=/)
    expect(kept.current('flink')).toBeUndefined()
  })

  it('gives nothing that has expired', async () => {
    await using world = await keeperWorld(longLived)
    await using kept = keeping(world, { spark: settingsOf(world) })
    await world.pass(1_000)
    await world.kafka.broker(1).stop()
    await world.pass(2 * hour)
    expect(kept.current('spark')).toBeUndefined()
  })

  it.each([-2 * hour, 2 * hour])('goes by the clock of the controller where ours is %i ms off', async (step) => {
    await using world = await keeperWorld(longLived)
    world.platform.stepWallClock(step)
    await using kept = keeping(world, { spark: settingsOf(world) })
    await world.pass(1_000)
    expect(kept.current('spark')).toBeDefined()
    await world.kafka.broker(1).stop()
    await world.pass(2 * hour)
    expect(kept.current('spark')).toBeUndefined()
  })

  it('keeps on what is the same, and what is changed goes on without a gap', async () => {
    await using world = await keeperWorld({ brokers: 2, ...longLived })
    const settings = { spark: settingsOf(world), flink: settingsOf(world, { renewers: ['User:flink'] }) }
    await using kept = keeping(world, settings)
    await world.pass(1_000)
    expect(creates(world)).toBe(2)
    kept.replace({ spark: settingsOf(world), flink: settingsOf(world, { renewers: ['User:flink'], renewAt: 0.5 }) })
    expect(kept.current('flink')).toBeDefined()
    await world.pass(1_000)
    expect(kept.current('flink')).toBeDefined()
    expect(creates(world)).toBe(2)
    expect(world.actions()).toEqual(['created', 'created', 'usable', 'usable', 'adopted', 'usable'])
  })

  it('drops, adds, and expires what is to be expired, in whatever order it is asked to', async () => {
    await using world = await keeperWorld({ brokers: 2, ...longLived })
    const spark = settingsOf(world, { expireOnStop: true })
    await using kept = keeping(world, { spark })
    await world.pass(1_000)
    kept.replace({})
    kept.replace({ spark })
    kept.replace({})
    await world.pass(1_000)
    expect(kept.current('spark')).toBeUndefined()
    expect(world.kafka.tokens.all.size).toBe(0)
    kept.replace({ spark, flink: spark })
    await world.pass(1_000)
    expect(kept.current('spark')).toBeDefined()
    expect(kept.current('flink')).toBeDefined()
    expect(world.kafka.connections).toBe(1)
  })

  it('does not wait longer than some seconds for what cannot be expired', async () => {
    await using world = await keeperWorld({ ...longLived })
    const kept = keeping(world, { spark: settingsOf(world, { expireOnStop: true }) })
    await world.pass(1_000)
    world.kafka.fail('any', 'silence')
    let isStopped = false
    void kept.stop().then(() => (isStopped = true))
    await world.pass(5_500)
    expect(isStopped).toBe(true)
    expect(world.failures().at(-1)).toMatchObject({ code: 'ERR_KAFKA_TIMEOUT' })
    expect(world.platform.pendingTimers).toBe(0)
  })

  it('tells each follower of the token, now and at each change, though another one throws', async () => {
    await using world = await keeperWorld({ maxLifetimeMs: 10 * minute, expiryTimeMs: 2 * minute })
    await using kept = keeping(world, { spark: settingsOf(world) })
    const early: KeptToken[] = []
    kept.follow('spark', () => {
      throw new Error('no')
    })
    kept.follow('spark', (token) => early.push(token))
    await world.pass(1_000)
    const late: KeptToken[] = []
    const leave = kept.follow('spark', (token) => late.push(token))
    expect(late).toEqual(early)
    await world.pass(2 * minute)
    expect(late).toHaveLength(2)
    leave()
    await world.pass(20 * minute)
    expect(late).toHaveLength(2)
    expect(early.length).toBeGreaterThan(8)
    expect(world.failures()).toEqual([])
    expect(world.events.filter(({ type }) => type === 'warning')).not.toEqual([])
  })

  function keepingMany(world: KeeperWorld, count: number, settings: object) {
    const owners = Array.from({ length: count }, (_, index) => `User:job-${index}`)
    for (const owner of owners) world.kafka.acls.add(`User:admin CreateTokens ${owner}`)
    const each = owners.map((owner) => [owner.slice(5), settingsOf(world, { owner, ...settings })] as const)
    const kept = keeping(world, Object.fromEntries(each))
    return { kept, missing: () => each.filter(([name]) => !kept.current(name)).length }
  }

  it('keeps hundreds of tokens over few connections, and renews them one after another', async () => {
    await using world = await keeperWorld({ brokers: 3, seed: 1, ...longLived })
    const { kept, missing } = keepingMany(world, 300, { checkEvery: '1d' })
    await using _ = kept
    await world.pass(5_000)
    expect(missing()).toBe(0)
    expect(creates(world)).toBe(300)
    expect(world.kafka.peakConnections).toBeLessThanOrEqual(66)
    await world.pass(35_000)
    expect(world.kafka.connections).toBeLessThanOrEqual(2)
    await world.pass(50 * minute)
    const renewals = world.kafka.callsTo('RenewDelegationToken')
    const perSecond = Map.groupBy(renewals, ({ at }) => Math.floor(at / 1_000))
    expect(renewals.length).toBeGreaterThanOrEqual(300)
    expect(Math.max(...[...perSecond.values()].map(({ length }) => length))).toBeLessThan(10)
    expect(world.failures()).toEqual([])
  })

  it('is not held up for all of them by one broker that takes connections and says nothing', async () => {
    await using world = await keeperWorld({ brokers: 3, seed: 1, ...longLived })
    world.kafka.broker(2).fail('any', 'silence')
    const { kept, missing } = keepingMany(world, 100, {})
    await using _ = kept
    await world.pass(25_000)
    expect(missing()).toBe(0)
    world.kafka.broker(2).heal()
    const before = world.kafka.logins.length
    await world.pass(90_000)
    const tried = world.kafka.logins.slice(before).filter(({ broker, isByToken }) => broker === 2 && isByToken)
    expect(new Set(tried.map(({ principal }) => principal)).size).toBe(100)
  })

  it('gives nobody the token of the owner before, once another owner is configured', async () => {
    await using world = await keeperWorld({ brokers: 2, ...longLived })
    await using kept = keeping(world, { spark: settingsOf(world) })
    await world.pass(1_000)
    // Nobody allows us to make tokens for this one.
    kept.replace({ spark: settingsOf(world, { owner: 'User:intern' }) })
    await world.pass(1_000)
    const heard: string[] = []
    kept.follow('spark', ({ token }) => heard.push(token.owner))
    expect(heard).toEqual([])
    expect(kept.current('spark')).toBeUndefined()
  })

  it('expires nothing that goes on to be kept in another way', async () => {
    await using world = await keeperWorld({ brokers: 2, ...longLived })
    await using kept = keeping(world, { spark: settingsOf(world, { expireOnStop: true }) })
    await world.pass(1_000)
    const before = kept.current('spark')?.told.tokenId
    kept.replace({ spark: settingsOf(world, { expireOnStop: true, checkEvery: 60_000 }) })
    await world.pass(1_000)
    expect(kept.current('spark')?.told.tokenId).toBe(before)
    expect(world.actions()).not.toContain('expired')
  })
})
