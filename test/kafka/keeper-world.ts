import { expect, vi } from 'vitest'
import type { KafkaClient } from '../../src/kafka/access.ts'
import { cluster } from '../../src/kafka/cluster.ts'
import type { DelegationToken } from '../../src/kafka/delegation-token.ts'
import { keeper, type Keeper } from '../../src/kafka/keeper/keeper.ts'
import type { KeeperPlan } from '../../src/kafka/keeper/plan.ts'
import { turns } from '../../src/kafka/keeper/turns.ts'
import { outwardConnect } from '../../src/platform/outward-socket.ts'
import type { Platform } from '../../src/platform/platform.ts'
import { Secret } from '../../src/platform/secret.ts'
import type { DelegationTokenChanged, DelegationTokenFailed, SidecarEvent } from '../../src/token/event.ts'
import { startKafka, type FakeKafka, type FakeKafkaOptions } from '../fakes/kafka/cluster.ts'
import { hmacOf } from '../fakes/kafka/token-store.ts'
import { fakePlatform, settled, type FakePlatform } from '../fakes/platform.ts'

// Both ends derive keys in the same way, and at once: a thousand logins would take their milliseconds, in threads that no turn
// of the event loop waits for.
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  const pbkdf2Sync = (password: string, salt: Buffer, _rounds: number, _size: number, hash: string): Buffer =>
    crypto.createHmac(hash, password).update(salt).digest()
  const pbkdf2 = (...[password, salt, rounds, size, hash, done]: [...Parameters<typeof pbkdf2Sync>, Derived]): void => {
    done(null, pbkdf2Sync(password, salt, rounds, size, hash))
  }
  return { ...crypto, pbkdf2, pbkdf2Sync }
})
type Derived = (error: Error | null, key: Buffer) => void

/** Both ends of each connection are in this process: what is under way goes on within so many turns of the event loop. */
const quietTurns = 12

/** One keeper, and what it says. */
export interface Kept extends Keeper {
  /** Each token, and each change of it, that it published. */
  readonly published: readonly DelegationToken[]
}

export interface KeeperWorld extends AsyncDisposable {
  readonly kafka: FakeKafka
  readonly platform: FakePlatform
  /** Also of the network, for keepers and clusters. */
  readonly outward: Platform
  readonly client: Required<KafkaClient>
  readonly events: SidecarEvent[]
  /** By the clock of the cluster, which does not notice when ours steps. */
  readonly now: () => number
  /** What happened to tokens, as in `created`, `usable`. */
  readonly actions: () => readonly string[]
  readonly changes: () => readonly DelegationTokenChanged[]
  readonly failures: () => readonly DelegationTokenFailed[]
  /** Each token, and each change of it, that a keeper published. */
  readonly published: DelegationToken[]
  readonly keep: (plan?: Partial<KeeperPlan>) => Kept
  /** Lets time pass, and all that falls due come to its end; `watch` is called whenever nothing more happens at an instant. */
  readonly pass: (ms: number, watch?: () => void) => Promise<void>
  /** Our machine sleeps: for the cluster time goes on. */
  readonly suspend: (ms: number) => void
}

export interface KeeperWorldOptions extends FakeKafkaOptions {
  /** Of the numbers that are drawn; without it each is 0.5. */
  readonly seed?: number
}

/** A fake cluster and keepers of it, in a time that is moved by hand. The admin may make tokens for `User:spark`. */
export async function keeperWorld({ seed, ...options }: KeeperWorldOptions = {}): Promise<KeeperWorld> {
  const clock = fakePlatform({ random: 0.5 })
  const offset = clock.now() - clock.monotonicNow()
  let sleptMs = 0
  const now = (): number => Math.floor(clock.monotonicNow() + offset + sleptMs)
  const kafka = await startKafka({
    users: { admin: 'secret' },
    now,
    setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
    expiryTimeMs: 20_000,
    maxLifetimeMs: 60_000,
    sweepEveryMs: 5_000,
    ...options,
  })
  kafka.acls.add('User:admin CreateTokens User:spark')
  const random = seed === undefined ? () => clock.random() : seededRandom(seed)
  const outward: Platform = { ...clock, random, connect: outwardConnect }
  const client = {
    bootstrapServers: kafka.bootstrap,
    access: () =>
      Promise.resolve({
        login: { mechanism: 'SCRAM-SHA-512', username: 'admin', password: new Secret('secret') } as const,
      }),
    principal: () => Promise.resolve('User:admin'),
  }
  const events: SidecarEvent[] = []
  const published: DelegationToken[] = []
  const closing: (() => Promise<void>)[] = []
  const inTurn = turns(16)

  async function quiet(): Promise<void> {
    const state = (): string =>
      [kafka.calls.length, kafka.logins.length, kafka.connections, clock.pendingTimers, events.length].join()
    let seen = state()
    for (let turn = 0; turn < quietTurns; turn++) {
      await settled()
      if (state() === seen) continue
      seen = state()
      turn = 0
    }
  }

  async function pass(ms: number, watch?: () => void): Promise<void> {
    const end = clock.monotonicNow() + ms
    await quiet()
    for (;;) {
      watch?.()
      const next = clock.nextTimerInMs
      if (next === undefined || clock.monotonicNow() + next > end) break
      await clock.pass(next)
      await quiet()
    }
    await clock.pass(Math.max(end - clock.monotonicNow(), 0))
    await quiet()
  }

  /** Lets time pass for as long as it takes. */
  async function over(promise: Promise<void>): Promise<void> {
    const progress = { isOver: false }
    void promise.finally(() => (progress.isOver = true))
    await quiet()
    while (!progress.isOver) await pass(clock.nextTimerInMs ?? 0)
  }

  return {
    kafka,
    platform: clock,
    outward,
    client,
    events,
    now,
    published,
    changes: () => events.filter((event) => event.type === 'delegation-token-changed'),
    actions: () => events.flatMap((event) => (event.type === 'delegation-token-changed' ? [event.action] : [])),
    failures: () => events.filter((event) => event.type === 'delegation-token-failed'),
    keep(plan = {}) {
      const shared = cluster(plan.client ?? client, outward)
      const own: DelegationToken[] = []
      const wanted: KeeperPlan = {
        name: 'spark',
        client,
        scramServers: kafka.bootstrap.slice(0, 1),
        owner: 'User:spark',
        renewers: [],
        renewAt: 0.8,
        overlapMs: 10_000,
        checkEveryMs: 300_000,
        mechanism: 'SCRAM-SHA-512',
        expireOnStop: false,
        ...plan,
      }
      const kept = keeper(wanted, {
        platform: outward,
        emit: (event) => events.push(event),
        cluster: shared,
        inTurn,
        publish(token) {
          own.push(token)
          published.push(token)
        },
      })
      closing.push(async () => {
        await over(kept.stop({ mayExpire: false }))
        shared.close()
      })
      return { stop: (how) => kept.stop(how), published: own }
    },
    pass,
    suspend(ms) {
      sleptMs += ms
      clock.suspend(ms)
    },
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close()
      await kafka.close()
      expect(kafka.malformed).toEqual([])
    },
  }
}

/** What is wrong with a token at this instant: it expired, or a broker that is there refuses it. Undefined: nothing. */
export function faultOf({ kafka, now }: KeeperWorld, token: DelegationToken): string | undefined {
  const stored = kafka.tokens.all.get(token.tokenId)
  if (!stored) return 'is gone'
  if (stored.expiresAt <= now()) return `expired ${now() - stored.expiresAt} ms ago`
  for (const { nodeId, knownTokens, secretKey } of kafka.brokers) {
    const known = knownTokens.get(token.tokenId)
    if (!known || known.expiresAt <= now()) return `is refused by broker ${nodeId}`
    const hmac = hmacOf(token.tokenId, secretKey ?? '').toString('base64')
    if (hmac !== token.hmac.reveal()) return `has another HMAC at broker ${nodeId}`
  }
  return undefined
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
