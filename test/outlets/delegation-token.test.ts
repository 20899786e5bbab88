import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TokenFormat } from '../../src/kafka/token-settings.ts'
import { startOutlets, type Outlets } from '../../src/outlets/index.ts'
import { parseJaas } from '../../src/platform/jaas.ts'
import { parseJavaProperties } from '../../src/platform/java-properties.ts'
import type { SidecarEvent } from '../../src/token/event.ts'
import { eventually } from '../fakes/eventually.ts'
import { fakePlatform, type FakePlatform } from '../fakes/platform.ts'
import { fakeKeeper, hmacOf, keptToken, type FakeKeeper } from './kept-token.ts'

const disk = vi.hoisted(() => ({ isFull: false }))
// A full disk needs a mount of its own, which tests may not make: its error comes from where the system would give it,
// after half of the content was written.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  return {
    ...real,
    async writeFile(path: string, data: string, options: object) {
      if (!disk.isFull) return real.writeFile(path, data, options)
      await real.writeFile(path, data.slice(0, data.length / 2), options)
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    },
  }
})

let folder: string
let file: string
let platform: FakePlatform
let events: SidecarEvent[]
let keeper: FakeKeeper
let outlets: Outlets
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kts-token-outlet-'))
  file = join(folder, 'spark.properties')
  platform = fakePlatform()
  events = []
  keeper = fakeKeeper(keptToken('a'))
  disk.isFull = false
})
afterEach(() => {
  outlets.close()
  expect([platform.pendingTimers, keeper.followers]).toEqual([0, 0])
  expect(JSON.stringify(events)).not.toMatch(/[abc]{20}/)
  rmSync(folder, { recursive: true })
})

function start(format?: TokenFormat, to: object = {}): void {
  const none = () => Promise.reject(new Error('not asked for in this test'))
  outlets = startOutlets([{ from: { delegationToken: 'spark' }, to: { file, ...to }, format }], {
    platform,
    emit: (event) => void events.push(event),
    getToken: none,
    getAssertion: none,
    followDelegationToken: keeper.follow,
  })
}

const types = (): string[] => events.map(({ type }) => type)
const content = (): string => readFileSync(file, 'utf8')
const password = (): string | undefined =>
  parseJaas(parseJavaProperties(content()).get('sasl.jaas.config') ?? '').options.get('password')
const isIdle = () => eventually(() => platform.pendingTimers).toBe(1)

describe('a delegation token in a file', () => {
  it('is there at once, for its owner alone, as the properties of a Java client', async () => {
    start()
    await eventually(types).toEqual(['outlet-written'])
    expect(password()).toBe(hmacOf('a'))
    expect(statSync(file).mode & 0o7777).toBe(0o600)
    expect(events).toEqual([
      {
        type: 'outlet-written',
        delegationToken: {
          name: 'spark',
          tokenId: 'a-id',
          owner: 'User:spark',
          renewers: ['User:admin'],
          expiresAt: Date.UTC(2026, 0, 2),
          maxLifetimeAt: Date.UTC(2026, 0, 8),
        },
        target: file,
        isFirst: true,
      },
    ])
  })

  it.each([
    ['json', `"tokenHmac": "${hmacOf('a')}"`],
    ['env', `KAFKA_TOKEN_HMAC=${hmacOf('a')}\n`],
    ['properties', 'sasl.mechanism=SCRAM-SHA-512\n'],
  ] as const)('has the form %s', async (format, expected) => {
    start(format, { mode: 0o640 })
    await eventually(types).toEqual(['outlet-written'])
    expect(content()).toContain(expected)
    expect(statSync(file).mode & 0o7777).toBe(0o640)
  })

  it('comes as soon as there is one, and is replaced without any time passing', async () => {
    keeper = fakeKeeper()
    start()
    await platform.pass(60_000)
    expect([events, existsSync(file), platform.pendingTimers]).toEqual([[], false, 0])
    for (const [index, id] of ['a', 'b', 'c'].entries()) {
      keeper.publish(keptToken(id))
      await eventually(() => events.length).toBe(index + 1)
      expect(password()).toBe(hmacOf(id))
      await isIdle()
    }
    expect(readdirSync(folder)).toEqual(['spark.properties'])
  })

  it('is the newest one, however fast they follow each other', async () => {
    start()
    for (const id of ['b', 'a', 'b', 'a', 'c']) keeper.publish(keptToken(id))
    await isIdle()
    expect(password()).toBe(hmacOf('c'))
  })

  it('is written again when only its expiry changes, and is left alone while nothing does', async () => {
    start()
    await isIdle()
    keeper.publish(keptToken('a', { expiresIn: 48 }))
    await eventually(types).toEqual(['outlet-written', 'outlet-written'])
    expect(content()).toContain('expires at 2026-01-03T00:00:00.000Z')
    const { ino } = statSync(file)
    for (let look = 0; look < 3; look++) {
      await isIdle()
      await platform.pass(5_000)
    }
    expect([types().length, statSync(file).ino]).toEqual([2, ino])
  })

  it('is there again within 5 s of being deleted, and of being changed, which is told once', async () => {
    start()
    await isIdle()
    rmSync(file)
    await platform.pass(5_000)
    await eventually(types).toEqual(['outlet-written', 'outlet-written'])
    await isIdle()
    for (let turn = 0; turn < 3; turn++) {
      writeFileSync(file, 'mine')
      await platform.pass(5_000)
      await eventually(() => types().filter((type) => type === 'outlet-written').length).toBe(3 + turn)
      await isIdle()
    }
    expect(password()).toBe(hmacOf('a'))
    expect(types().filter((type) => type === 'warning')).toHaveLength(1)
  })

  it('stays where it is when the outlet is closed, and a later token is not written any more', async () => {
    start()
    await isIdle()
    outlets.close()
    keeper.publish(keptToken('b'))
    await platform.pass(60_000)
    expect(password()).toBe(hmacOf('a'))
  })
})

describe('a delegation token that cannot be written', () => {
  it('leaves the former file whole while the disk is full, and is written when there is room', async () => {
    start()
    await isIdle()
    disk.isFull = true
    keeper.publish(keptToken('b'))
    await eventually(types).toEqual(['outlet-written', 'outlet-failed'])
    expect(events[1]).toMatchObject({
      name: 'spark',
      target: file,
      code: 'ERR_OUTLET_FILE',
      message: `cannot write ${file} (ENOSPC)`,
      nextAttemptMs: 1_000,
      isRepeated: false,
    })
    expect([password(), readdirSync(folder)]).toEqual([hmacOf('a'), ['spark.properties']])
    await isIdle()
    await platform.pass(1_000)
    await eventually(types).toEqual(['outlet-written', 'outlet-failed', 'outlet-failed'])
    expect(events[2]).toMatchObject({ nextAttemptMs: 2_000, isRepeated: true })
    disk.isFull = false
    await isIdle()
    await platform.pass(2_000)
    await eventually(() => events.at(-1)).toMatchObject({ type: 'outlet-written', isFirst: true })
    expect(password()).toBe(hmacOf('b'))
  })

  it('is not waited for longer than for the next token', async () => {
    disk.isFull = true
    start()
    await eventually(types).toEqual(['outlet-failed'])
    await isIdle()
    disk.isFull = false
    keeper.publish(keptToken('b'))
    await eventually(types).toEqual(['outlet-failed', 'outlet-written'])
    expect(password()).toBe(hmacOf('b'))
  })

  it('is written once a folder that was there by mistake is gone, with no more than 5 s between two attempts', async () => {
    mkdirSync(join(file, 'inner'), { recursive: true })
    start()
    const failures = () => events.flatMap((event) => (event.type === 'outlet-failed' ? [event.nextAttemptMs] : []))
    for (let failed = 1; failed <= 5; failed++) {
      await eventually(() => failures().length).toBe(failed)
      await isIdle()
      if (failed < 5) await platform.pass(failures().at(-1) ?? 0)
    }
    expect(failures()).toEqual([1_000, 2_000, 4_000, 5_000, 5_000])
    rmSync(file, { recursive: true })
    await platform.pass(5_000)
    await eventually(() => events.at(-1)?.type).toBe('outlet-written')
    chmodSync(file, 0o600)
    expect(password()).toBe(hmacOf('a'))
  })
})
