import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../fakes/eventually.ts'
import { startOutlets, type OutletPlan, type Outlets, type OutletsOptions } from '../../src/outlets/index.ts'
import { replaceFile } from '../../src/outlets/file.ts'
import { Secret } from '../../src/platform/secret.ts'
import { TokenError } from '../../src/token/error.ts'
import type { SidecarEvent } from '../../src/token/event.ts'
import type { AccessToken } from '../../src/token/token.ts'
import { fakePlatform, type FakePlatform } from '../fakes/platform.ts'

let folder: string
let platform: FakePlatform
let events: SidecarEvent[]
let outlets: Outlets | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kts-outlet-'))
  platform = fakePlatform()
  events = []
  outlets = undefined
})
afterEach(() => {
  outlets?.close()
  expect(platform.pendingTimers).toBe(0)
  chmodSync(folder, 0o700)
  rmSync(folder, { recursive: true })
})

const at = (name: string): string => join(folder, name)
const text = (name: string): string => readFileSync(at(name), 'utf8')
const modeOf = (name: string): number => statSync(at(name)).mode & 0o7777
const types = (): string[] => events.map(({ type }) => type)

function start(plan: OutletPlan, options: Partial<OutletsOptions> = {}): void {
  const none = () => Promise.reject(new Error('not asked for in this test'))
  outlets = startOutlets([plan], {
    platform,
    emit: (event) => void events.push(event),
    getToken: none,
    getAssertion: none,
    followDelegationToken: () => () => undefined,
    ...options,
  })
}

/** What the outlet is given, one after the other; the last one for ever. */
function inTurn<T>(...values: readonly (T | Error)[]): () => Promise<T> {
  let turn = 0
  return () => {
    const value = values[Math.min(turn++, values.length - 1)] as T | Error
    return value instanceof Error ? Promise.reject(value) : Promise.resolve(value)
  }
}

const token = (value: string): AccessToken => ({ value: new Secret(value), expiresAt: 4_000_000_000_000 })
const assertions = (...values: (string | Error)[]) =>
  inTurn(...values.map((value) => (value instanceof Error ? value : new Secret(value))))
const toFile: OutletPlan = { from: { assertion: 'orders' }, to: { file: '' } }
const planFor = (to: Partial<OutletPlan['to']> = {}): OutletPlan => ({
  ...toFile,
  to: { file: at('assertion.jwt'), ...to },
})

describe('an outlet of assertions', () => {
  it('writes at once, and a new one every 30 s', async () => {
    start(planFor(), { getAssertion: assertions('a.1.x', 'a.2.x', 'a.3.x') })
    await eventually(types).toEqual(['outlet-written'])
    expect(text('assertion.jwt')).toBe('a.1.x')
    await platform.pass(29_999)
    expect(text('assertion.jwt')).toBe('a.1.x')
    await platform.pass(1)
    await eventually(() => text('assertion.jwt')).toBe('a.2.x')
    await eventually(() => platform.pendingTimers).toBe(1)
    await platform.pass(30_000)
    await eventually(() => text('assertion.jwt')).toBe('a.3.x')
    await expect
      .poll(() => events)
      .toEqual([
        { type: 'outlet-written', profile: 'orders', target: at('assertion.jwt'), isFirst: true },
        { type: 'outlet-written', profile: 'orders', target: at('assertion.jwt'), isFirst: false },
        { type: 'outlet-written', profile: 'orders', target: at('assertion.jwt'), isFirst: false },
      ])
    expect(readdirSync(folder)).toEqual(['assertion.jwt'])
  })

  it('writes as often as it is told', async () => {
    start(planFor({ refresh: 5_000 }), { getAssertion: assertions('a.1.x', 'a.2.x') })
    await eventually(() => platform.pendingTimers).toBe(1)
    await platform.pass(5_000)
    await eventually(() => text('assertion.jwt')).toBe('a.2.x')
  })
})

describe('an outlet of tokens', () => {
  const plan = (): OutletPlan => ({ from: { profile: 'orders' }, to: { file: at('token') } })

  it('writes a token once, and the next one within 5 s', async () => {
    const [first, second] = [token('t.1.x'), token('t.2.x')]
    let current = first
    start(plan(), { getToken: () => Promise.resolve(current) })
    await eventually(types).toEqual(['outlet-written'])
    const written = statSync(at('token')).ino
    for (let look = 0; look < 5; look++) {
      await eventually(() => platform.pendingTimers).toBe(1)
      await platform.pass(5_000)
    }
    expect([types(), statSync(at('token')).ino]).toEqual([['outlet-written'], written])
    await eventually(() => platform.pendingTimers).toBe(1)
    current = second
    await platform.pass(5_000)
    await eventually(() => text('token')).toBe('t.2.x')
  })
})

describe('a file that somebody deletes', () => {
  it('is there again within 5 s', async () => {
    const only = token('t.1.x')
    start({ from: { profile: 'orders' }, to: { file: at('token') } }, { getToken: () => Promise.resolve(only) })
    await eventually(() => platform.pendingTimers).toBe(1)
    rmSync(at('token'))
    await platform.pass(5_000)
    await eventually(types).toEqual(['outlet-written', 'outlet-written'])
    expect(text('token')).toBe('t.1.x')
  })
})

describe('a file that another hand changes', () => {
  it.each([
    [
      'other content',
      () => {
        writeFileSync(at('token'), 'mine')
      },
    ],
    [
      'as much of other content',
      () => {
        writeFileSync(at('token'), 't.2.x')
      },
    ],
    [
      'nothing in it',
      () => {
        writeFileSync(at('token'), '')
      },
    ],
    [
      'a link in its place',
      () => {
        rmSync(at('token'))
        symlinkSync(at('elsewhere'), at('token'))
      },
    ],
    [
      'a pipe in its place',
      () => {
        rmSync(at('token'))
        spawnSync('mkfifo', [at('token')])
      },
    ],
  ])('is written again within 5 s, and that is told: %s', async (_how, change) => {
    const only = token('t.1.x')
    start({ from: { profile: 'orders' }, to: { file: at('token') } }, { getToken: () => Promise.resolve(only) })
    await eventually(() => platform.pendingTimers).toBe(1)
    change()
    await platform.pass(5_000)
    await eventually(types).toEqual(['outlet-written', 'warning', 'outlet-written'])
    expect([statSync(at('token')).isFile(), text('token')]).toEqual([true, 't.1.x'])
    expect(events[1]).toEqual({
      type: 'warning',
      message: `${at('token')} was changed by another hand, and is written again`,
    })
  })
})

describe('the file', () => {
  it('is for its owner alone unless it is told otherwise', async () => {
    start(planFor(), { getAssertion: assertions('a.1.x') })
    await eventually(types).toEqual(['outlet-written'])
    expect(modeOf('assertion.jwt')).toBe(0o600)
  })

  it.each([0o600, 0o640, 0o660, 0o440])('has the mode %o, whatever the umask and the former file', async (mode) => {
    writeFileSync(at('assertion.jwt'), 'former')
    chmodSync(at('assertion.jwt'), 0o666)
    const umask = process.umask(0o077)
    try {
      await replaceFile({ file: at('assertion.jwt'), mode }, new Secret('a.1.x'))
    } finally {
      process.umask(umask)
    }
    expect(modeOf('assertion.jwt')).toBe(mode)
    expect(text('assertion.jwt')).toBe('a.1.x')
  })

  it('has the group that is configured', async () => {
    const [group = 0] = process.getgroups?.().slice(-1) ?? []
    await replaceFile({ file: at('assertion.jwt'), mode: 0o640, group }, new Secret('a.1.x'))
    expect(statSync(at('assertion.jwt')).gid).toBe(group)
    expect(modeOf('assertion.jwt')).toBe(0o640)
  })

  it('is replaced where it is a link, and what the link led to is left alone', async () => {
    writeFileSync(at('elsewhere'), 'mine')
    symlinkSync(at('elsewhere'), at('assertion.jwt'))
    await replaceFile({ file: at('assertion.jwt') }, new Secret('a.1.x'))
    expect([text('elsewhere'), text('assertion.jwt')]).toEqual(['mine', 'a.1.x'])
  })

  it('is never seen half written, by whoever reads it all the time', async () => {
    const contents = ['a', 'b', 'c'].map((letter) => letter.repeat(200_000))
    await replaceFile({ file: at('token') }, new Secret(contents[0] ?? ''))
    let isDone = false
    const seen = new Set<string>()
    const read = async (): Promise<void> => {
      while (!isDone) seen.add(await readFile(at('token'), 'utf8'))
    }
    const readers = [read(), read(), read()]
    for (let round = 0; round < 60; round++) {
      await replaceFile({ file: at('token') }, new Secret(contents[round % 3] ?? ''))
    }
    isDone = true
    await Promise.all(readers)
    expect([...seen].filter((content) => !contents.includes(content))).toEqual([])
    expect(seen.size).toBeGreaterThan(1)
    expect(readdirSync(folder)).toEqual(['token'])
  })

  it('may be written by many at once', async () => {
    const all = Array.from({ length: 20 }, (_, n) => `content-${n}`)
    await Promise.all(all.map((content) => replaceFile({ file: at('token') }, new Secret(content))))
    expect(all).toContain(text('token'))
    expect(readdirSync(folder)).toEqual(['token'])
  })

  it('is written although a process that was killed has left its draft', async () => {
    // In a container each process has the same number.
    const drafts = Array.from({ length: 200 }, (_, n) => at(`.token.${process.pid}-${n}`))
    for (const draft of drafts) writeFileSync(draft, 'half', { mode: 0o600 })
    for (let turn = 0; turn < 3; turn++) await replaceFile({ file: at('token') }, new Secret(`a.${turn}.x`))
    expect(text('token')).toBe('a.2.x')
  })
})

describe('a failure', () => {
  const nothing = new TokenError('ERR_PROVIDER_UNAVAILABLE', 'idp.example answers 503')

  it('leaves the former content, is told once, tried again ever later, and its end is told', async () => {
    start(planFor(), { getAssertion: assertions('a.1.x', nothing, nothing, nothing, 'a.2.x') })
    await eventually(types).toEqual(['outlet-written'])
    for (const [passed, failures] of [
      [30_000, 1],
      [1_000, 2],
      [2_000, 3],
    ] as const) {
      await eventually(() => platform.pendingTimers).toBe(1)
      await platform.pass(passed)
      await eventually(() => types().filter((type) => type === 'outlet-failed').length).toBe(failures)
    }
    expect(text('assertion.jwt')).toBe('a.1.x')
    await platform.pass(4_000)
    await eventually(() => text('assertion.jwt')).toBe('a.2.x')
    await expect
      .poll(() => events.slice(1))
      .toEqual([
        {
          type: 'outlet-failed',
          profile: 'orders',
          target: at('assertion.jwt'),
          code: 'ERR_PROVIDER_UNAVAILABLE',
          message: 'idp.example answers 503',
          hint: nothing.hint,
          nextAttemptMs: 1_000,
          isRepeated: false,
        },
        expect.objectContaining({ type: 'outlet-failed', nextAttemptMs: 2_000, isRepeated: true }),
        expect.objectContaining({ type: 'outlet-failed', nextAttemptMs: 4_000, isRepeated: true }),
        expect.objectContaining({ type: 'outlet-written', isFirst: true }),
      ])
  })

  it('waits no longer than between two assertions, however often it came', async () => {
    const waits = () => events.map((event) => (event.type === 'outlet-failed' ? event.nextAttemptMs : -1))
    start(planFor(), { getAssertion: assertions(nothing) })
    for (let failed = 1; failed <= 12; failed++) {
      await eventually(() => events.length).toBe(failed)
      await eventually(() => platform.pendingTimers).toBe(1)
      await platform.pass(waits().at(-1) ?? 0)
    }
    expect(waits().slice(0, 7)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  })

  it('of a source that never answers is told after 15 s', async () => {
    start(planFor(), { getAssertion: () => new Promise(() => undefined) })
    await platform.pass(15_000)
    await expect
      .poll(() => events[0])
      .toMatchObject({ code: 'ERR_TOKEN_TIMEOUT', message: 'nothing to write within 15 s' })
  })

  it.each([
    ['the folder is missing', () => join(folder, 'missing', 'token'), 'ENOENT'],
    [
      'there is a folder at its place',
      () => (mkdirSync(at('token')), writeFileSync(at('token/x'), ''), at('token')),
      'EISDIR|ENOTEMPTY|EEXIST',
    ],
    ['the folder is a file', () => (writeFileSync(at('file'), ''), at('file/token')), 'ENOTDIR'],
  ])('to write because %s is told with the name, and leaves no draft', async (_name, make, code) => {
    const file = make()
    const failure = await replaceFile({ file }, new Secret('a.1.x')).then(
      () => undefined,
      (thrown: unknown) => thrown as TokenError,
    )
    expect(failure?.description).toMatch(
      new RegExp(
        `^cannot write ${file} \\((${code})\\)\\. Let the user of the sidecar write its folder, and give the file a group that this user is in\\. \\[ERR_OUTLET_FILE\\]$`,
      ),
    )
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('to write in a folder of others, and one to give a group of others', async () => {
    chmodSync(folder, 0o777)
    await asNobody(() =>
      expect(replaceFile({ file: at('token'), group: 12_345 }, new Secret('a.1.x'))).rejects.toThrow(
        `cannot write ${at('token')} (EPERM)`,
      ),
    )
    chmodSync(folder, 0o555)
    await asNobody(() =>
      expect(replaceFile({ file: at('token') }, new Secret('a.1.x'))).rejects.toThrow(
        `cannot write ${at('token')} (EACCES)`,
      ),
    )
    chmodSync(folder, 0o700)
  })

  it('to write is over as soon as the folder is there', async () => {
    const file = join(folder, 'late', 'token')
    start(planFor({ file }), { getAssertion: assertions('a.secret.x') })
    await eventually(types).toEqual(['outlet-failed'])
    mkdirSync(join(folder, 'late'))
    await platform.pass(1_000)
    await eventually(types).toEqual(['outlet-failed', 'outlet-written'])
    expect(readFileSync(file, 'utf8')).toBe('a.secret.x')
    expect(JSON.stringify(events)).not.toContain('secret')
  })
})

/** Root may do everything; whoever else runs this is nobody in particular already. */
async function asNobody(task: () => Promise<void>): Promise<void> {
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    await task()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

describe('closing', () => {
  it('ends a look that is under way, and nothing is written or told any more', async () => {
    const { promise, resolve } = Promise.withResolvers<Secret>()
    start(planFor(), { getAssertion: () => promise })
    outlets?.close()
    resolve(new Secret('a.1.x'))
    await platform.pass(60_000)
    expect(events).toEqual([])
    expect(existsSync(at('assertion.jwt'))).toBe(false)
  })
})
