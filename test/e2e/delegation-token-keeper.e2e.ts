import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { expectComplete } from './expectations.ts'
import { type KafkaCluster, startCluster } from './kafka-cluster.ts'
import { delegationToken, passwordLogin, startTokenFileClient } from './kafka-cluster-clients.ts'
import {
  type KeeperProcess,
  type Published,
  publications,
  startKeeper,
  startServingKeeper,
} from './kafka-cluster-keeper.ts'

// So a token is renewed at 16 s, 32 s and 48 s, and replaced after some 60 s, 15 s before its end.
const expiryTimeMs = 20_000
const maxLifetimeMs = 75_000
const expiryCheckIntervalMs = 2_000

let cluster: KafkaCluster
let folder: string
let login: string
let first: KeeperProcess
let second: KeeperProcess
let published: ReturnType<typeof publications>
let publishedBySecond: ReturnType<typeof publications>

const servers = () => (cluster.bootstrap['SCRAM'] ?? '').split(',')
const keeping = (owner: string, file: string, bootstrapServers = servers()) => ({
  delegationTokens: {
    [owner]: {
      bootstrapServers,
      scramBootstrapServers: servers(),
      login: { propertiesFile: login },
      owner: `User:${owner}`,
      checkEvery: '2s',
    },
  },
  outlets: [{ from: { delegationToken: owner }, to: { file } }],
})

beforeAll(async () => {
  const e2e = inject('e2e')
  folder = join(e2e.folder, 'delegation-token-keeper')
  mkdirSync(folder)
  login = join(folder, 'keeper.properties')
  writeFileSync(login, passwordLogin('keeper', 'keepers-password'), { mode: 0o600 })
  const creator = { user: 'keeper', may: 'CREATE_TOKENS', on: 'USER' } as const
  cluster = await startCluster({
    classpath: e2e.tools.broker,
    folder: join(folder, 'cluster'),
    brokers: 3,
    secretKey: 'the-first-one',
    maxLifetimeMs,
    expiryTimeMs,
    expiryCheckIntervalMs,
    listeners: { SCRAM: { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-512'] } },
    users: { keeper: 'keepers-password' },
    acls: [
      { ...creator, named: 'User:spark' },
      { ...creator, named: 'User:late' },
      { user: 'spark', may: 'ALL', on: 'TOPIC', named: 'of-spark-', isPrefix: true },
    ],
  })
  published = publications(e2e, join(folder, 'first.properties'))
  publishedBySecond = publications(e2e, join(folder, 'second.properties'))
})
afterAll(async () => {
  published[Symbol.dispose]()
  publishedBySecond[Symbol.dispose]()
  await Promise.all([first.stop(), second.stop()])
  await cluster.stop()
})

interface Described {
  readonly tokenId: string
  readonly owner: string
  readonly isExpired: boolean
}

const asKeeper = () => ['--bootstrap-server', servers().join(), '--command-config', login]

/** Those that work, and the ones of this owner alone. */
async function living(owner: string) {
  const { stdout } = await delegationToken(inject('e2e'), ['describe', ...asKeeper(), '--output', 'json'])
  const { tokens } = JSON.parse(stdout) as { tokens: readonly Described[] }
  return tokens.filter((token) => token.owner === `User:${owner}` && !token.isExpired).map(({ tokenId }) => tokenId)
}

/** What each broker does with the token that is in the file. */
async function tried(file: string) {
  const check = ['check', '--bootstrap-server', servers().join(), '--command-config', file, '--output', 'json']
  const { code, stdout } = await delegationToken(inject('e2e'), check)
  const { brokers } = JSON.parse(stdout) as { brokers: readonly { broker: string; outcome: string }[] }
  const outcomes = Object.fromEntries(brokers.map(({ broker, outcome }) => [broker, outcome]))
  return { code, outcomes }
}

const outcomes = (of: (server: string) => string) => Object.fromEntries(servers().map((each) => [each, of(each)]))
const takenByAll = () => ({ code: 0, outcomes: outcomes(() => 'takes') })

const within = (timeout: number) => ({ timeout, interval: 200 })

/** Resolves when the published token is not replaced for so long. */
async function lasting(ms: number): Promise<Published> {
  const left = () => (published.latest()?.maxLifetimeAt ?? 0) - maxLifetimeMs / 4 - Date.now()
  await expect.poll(left, within(maxLifetimeMs)).toBeGreaterThan(ms)
  return published.latest() as Published
}

describe('kept at three brokers, a delegation token', { timeout: 200_000 }, () => {
  it('is one, although two keepers begin at the same moment', async () => {
    const e2e = inject('e2e')
    second = startKeeper(e2e, 'keeper-second', keeping('spark', publishedBySecond.file, servers().slice(2)))
    first = await startServingKeeper(e2e, 'keeper-first', keeping('spark', published.file))
    await expect.poll(() => published.latest() && publishedBySecond.latest(), within(20_000)).toBeDefined()
    await expect.poll(() => publishedBySecond.latest()?.tokenId, within(10_000)).toBe(published.latest()?.tokenId)
    expect(await tried(published.file)).toEqual(takenByAll())
    expect(published.latest()?.hmac).toHaveLength(88)
  })

  it('carries jobs over renewals, replacements, the end of a controller and of a keeper, without a failed send', async () => {
    const e2e = inject('e2e')
    const load = { bootstrap: servers().join() }
    const renewals = published.renewals()
    await using following = startTokenFileClient(e2e, {
      ...{ ...load, file: published.file, topic: 'of-spark-following', mode: 'follow' },
    })
    await using holding = startTokenFileClient(e2e, {
      ...{ ...load, file: publishedBySecond.file, topic: 'of-spark-holding', mode: 'hold' },
    })
    await Promise.all([following.producing(), holding.producing()])
    // If each keeper had made one, the other was left to lapse.
    await expect.poll(() => living('spark'), within(expiryTimeMs + 5_000)).toEqual([published.latest()?.tokenId])

    const controller = await cluster.activeController()
    await controller.kill()
    await sleep(3_000)
    await controller.start()
    const other = cluster.nodes.find((node) => node !== controller)
    await other?.stop()
    await other?.start()

    const before = (await lasting(10_000)).tokenId
    await first.kill()
    first = await startServingKeeper(e2e, 'keeper-first-again', keeping('spark', published.file))
    await first.shows(/delegation token spark found at the cluster/, 10_000)
    await sleep(1_000)
    expect(published.latest()?.tokenId).toBe(before)
    expect(await living('spark')).toContain(before)

    let most = 0
    while (published.ids().length < 3 || published.renewals() - renewals < 3) {
      most = Math.max(most, (await living('spark')).length)
      await sleep(2_000)
    }
    await sleep(2_000)
    following.stop()
    const followed = await following.exchange()
    expectComplete(followed)
    expect(followed.tokens.length).toBeGreaterThanOrEqual(3)
    const held = await holding.exchange()
    expectComplete(held)
    expect(held.tokens).toHaveLength(1)
    // A token and its successor, or two of them for a moment, when both keepers made one.
    expect(most).toBeLessThanOrEqual(3)
    await expect.poll(() => publishedBySecond.latest()?.tokenId, within(10_000)).toBe(published.latest()?.tokenId)
  })

  it('gets another HMAC when the secret key of the brokers is rotated', async () => {
    const { tokenId, hmac } = await lasting(50_000)
    // The brokers differ for longer than an expiry while they are restarted, and what they differ on is not renewed.
    const lengthen = ['expire', ...asKeeper(), '--token-id', tokenId, '--expiry-time-period', '50s']
    expect(await delegationToken(inject('e2e'), lengthen)).toMatchObject({ code: 0 })
    for (const node of cluster.nodes) {
      await node.stop()
      await node.start({ secretKey: 'the-second-one' })
    }
    await expect.poll(() => published.latest()?.hmac, within(30_000)).not.toBe(hmac)
    expect(await tried(published.file)).toEqual(takenByAll())
    await expect.poll(() => publishedBySecond.latest()?.hmac, within(10_000)).toBe(published.latest()?.hmac)
    expect(published.latest()?.tokenId).toBe(tokenId)
    expect(first.audited('rekeyed')).toContainEqual(expect.objectContaining({ tokenId }))
  })

  it('is not published while one broker has another secret key, which log and check name', async () => {
    const odd = cluster.nodes.at(-1) as KafkaCluster['nodes'][number]
    await lasting(25_000)
    await first.kill()
    await odd.stop()
    await odd.start({ secretKey: 'the-odd-one' })
    const address = odd.addresses['SCRAM'] ?? ''
    const startedAt = Date.now()
    const named = new RegExp(`"differing":\\["${address}"\\]`)

    const file = join(folder, 'late.properties')
    await using late = startKeeper(inject('e2e'), 'keeper-late', keeping('late', file))
    await late.shows(named, 40_000)
    expect(existsSync(file)).toBe(false)
    // This one asks the odd broker what there is.
    await second.shows(named, 40_000)
    const takenByOthers = { code: 6, outcomes: outcomes((server) => (server === address ? 'refuses' : 'takes')) }
    expect(await tried(publishedBySecond.file)).toEqual(takenByOthers)
    await sleep(Math.max(0, startedAt + expiryTimeMs + 5_000 - Date.now()))
    expect(await tried(publishedBySecond.file)).toEqual(takenByOthers)

    await odd.stop()
    await odd.start({ secretKey: 'the-second-one' })
    await expect.poll(() => existsSync(file), within(70_000)).toBe(true)
    // While that broker starts, a token that the others take is published.
    await expect.poll(() => tried(file), within(30_000)).toEqual(takenByAll())
    await expect.poll(() => tried(publishedBySecond.file), within(30_000)).toEqual(takenByAll())
    await late.stop()
    first = await startServingKeeper(inject('e2e'), 'keeper-first-back', keeping('spark', published.file))
    // It may be time for a successor.
    const areSame = () => published.latest()?.tokenId === publishedBySecond.latest()?.tokenId
    await expect.poll(areSame, within(20_000)).toBe(true)
  })

  it('is found again after both keepers were killed', async () => {
    const { tokenId } = await lasting(15_000)
    const before = await living('spark')
    await Promise.all([first.kill(), second.kill()])
    first = await startServingKeeper(inject('e2e'), 'keeper-first-last', keeping('spark', published.file))
    second = startKeeper(inject('e2e'), 'keeper-second-last', keeping('spark', publishedBySecond.file))
    for (const keeper of [first, second]) await keeper.shows(/delegation token spark found at the cluster/, 10_000)
    expect(before).toContain(tokenId)
    expect(before).toEqual(expect.arrayContaining(await living('spark')))
    expect(published.latest()?.tokenId).toBe(tokenId)
  })

  it('was alive in the file at all times', () => {
    const all = publishedBySecond.all()
    const deadMs = all.slice(1).map(({ seenAt }, at) => Math.max(0, seenAt - (all[at]?.expiresAt ?? 0)))
    expect(deadMs.filter((ms) => ms > 0)).toEqual([])
    expect(all.length).toBeGreaterThan(10)
  })

  it('has its secret in no log', () => {
    const hmacs = [...published.all(), ...publishedBySecond.all()].map(({ hmac }) => hmac)
    expect(new Set(hmacs).size).toBeGreaterThanOrEqual(4)
    const logs = globSync(join(inject('e2e').folder, 'sidecar-keeper-*.{stdout,stderr}'))
    const outputs = logs.map((file) => readFileSync(file, 'utf8'))
    const text = outputs.join('')
    expect(text).toContain('"event":"delegation-token-adopted"')
    expect(hmacs.some((hmac) => text.includes(hmac.slice(0, 40)))).toBe(false)
    console.log(`ms from create to published and usable on three brokers: ${outputs.flatMap(creationTimes).join(', ')}`)
  })
})

/** From the call that makes a token to what a job can use, in milliseconds. */
function creationTimes(output: string): readonly number[] {
  const lines = output.split('\n').filter((line) => line.includes('"tokenId"'))
  const events = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
  const made = events.filter(({ action }) => action === 'created')
  return made.flatMap(({ tokenId, time, tookMs }) => {
    const ready = events.find(
      (event) => event['event'] === 'delegation-token-published' && event['tokenId'] === tokenId,
    )
    return ready ? [Date.parse(String(ready['time'])) - Date.parse(String(time)) + Number(tookMs)] : []
  })
}
