import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { file, fileSource } from '../../src/sources/file.ts'
import { cached } from '../../src/token/cache.ts'
import type { SidecarEvent } from '../../src/token/event.ts'
import { temporaryFolder } from '../fakes/credential-files.ts'
import { fakePlatform, type FakePlatform } from '../fakes/platform.ts'
import { expectNoSecret, failureOf, getToken } from './outcome.ts'

let folder: ReturnType<typeof temporaryFolder>
let path: string
let platform: FakePlatform
let events: SidecarEvent[]
let changes: unknown[]

beforeEach(() => {
  folder = temporaryFolder()
  path = folder.file('token')
  platform = fakePlatform()
  events = []
  changes = []
})
afterEach(() => {
  folder.remove()
})

function source(onChange: (options?: { readonly fresh?: boolean }) => void = (options) => changes.push(options)) {
  const world = { platform, profile: 'default', emit: (event: SidecarEvent) => events.push(event), changed: onChange }
  return fileSource(file.options.parse({ file: path }).file, world)
}

/** A JWT that ends so many seconds from now. */
function jwt(lifetimeS: number, claims: object = {}, alg = 'RS256', signatureBytes = 256): string {
  const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')
  const exp = Math.floor(platform.now() / 1000) + lifetimeS
  const signature = Buffer.alloc(signatureBytes, 's').toString('base64url')
  return `${part({ alg })}.${part({ exp, sub: 'app', ...claims })}.${signature}`
}

describe('gives the token that stands in the file', () => {
  test('with its own end and subject, and without what surrounds it', async () => {
    const token = jwt(600)
    writeFileSync(path, `\n ${token}\r\n`)
    const given = await getToken(source())
    expect(given.value.reveal()).toBe(token)
    expect(given).toMatchObject({ expiresAt: platform.now() + 600_000, subject: 'app' })
  })

  test('now, each time it is asked', async () => {
    const tokens = source()
    writeFileSync(path, jwt(600))
    await getToken(tokens)
    const next = jwt(1200)
    writeFileSync(path, next)
    expect((await getToken(tokens)).value.reveal()).toBe(next)
  })

  test('after a swap of the volume, as Kubernetes makes it', async () => {
    const write = (version: string, token: string) => {
      mkdirSync(folder.file(version))
      writeFileSync(folder.file(`${version}/token`), token)
      symlinkSync(version, folder.file('..data_tmp'))
      renameSync(folder.file('..data_tmp'), folder.file('..data'))
    }
    symlinkSync('..data/token', path)
    write('v1', jwt(600))
    const tokens = source()
    await getToken(tokens)
    const next = jwt(900)
    write('v2', next)
    rmSync(folder.file('v1'), { recursive: true })
    expect((await getToken(tokens)).value.reveal()).toBe(next)
  })
})

describe('a new token in the file', () => {
  test('is noticed within 5 s although nobody asks, and told', async () => {
    writeFileSync(path, jwt(600))
    await getToken(source())
    writeFileSync(path, jwt(1200))
    await nextLook()
    expect(changes).toEqual([{ fresh: true }])
    expect(events).toEqual([{ type: 'files-reloaded', profile: 'default', what: `the token in ${path}` }])
  })

  test('is given from then on, although the former one lives', async () => {
    let changed: (options?: { readonly fresh?: boolean }) => void = () => undefined
    const kept = cached(
      source((options) => {
        changed(options)
      }),
      { platform, emit: () => undefined },
    )
    changed = (options) => {
      kept.changed(options)
    }
    writeFileSync(path, jwt(3600))
    await getToken(kept)
    const next = jwt(7200)
    writeFileSync(path, next)
    await nextLook()
    await vi.waitFor(() => {
      expect(kept.peek({ profile: 'default' })?.value.reveal()).toBe(next)
    })
    kept.close()
  })

  test('that is half written is passed over while the former one lives, and told when it stays so', async () => {
    const former = jwt(600)
    const tokens = source()
    writeFileSync(path, former)
    await getToken(tokens)
    for (const broken of ['', jwt(1200).slice(0, 60), jwt(-10)]) {
      writeFileSync(path, broken)
      expect((await getToken(tokens)).value.reveal()).toBe(former)
    }
    expect(events).toEqual([])
    await nextLook()
    await nextLook()
    expect(events).toMatchObject([{ type: 'reload-failed', code: 'ERR_KEY_ASSERTION' }])
    platform.stepWallClock(600_000)
    const failure = await failureOf(tokens)
    expect(failure).toMatchObject({ code: 'ERR_KEY_ASSERTION', status: 503 })
    expect(failure.message).toContain('expired')
  })
})

describe('what is no token that can be given', () => {
  test.each([
    ['nothing', () => '', 503, 'is empty'],
    ['blanks', () => ' \n', 503, 'is empty'],
    ['half a JWT', () => jwt(600).slice(0, 60), 503, 'half a JWT'],
    ['a JWT cut off in its signature', () => jwt(600).slice(0, -9), 503, 'half a JWT'],
    ['another one, of ES256', () => jwt(600, {}, 'ES256', 60), 503, 'half a JWT'],
    ['the beginning of a JWT', () => 'eyJ', 503, 'half a JWT'],
    ['a token that has expired', () => jwt(-60), 503, 'expired 60 s ago'],
    ['an opaque token', () => 'ya29.opaque-token', 400, 'not a bare JWT'],
    ['JSON around it', () => `{"access_token":"${jwt(600)}"}`, 400, 'holds JSON'],
    ['a JWT without exp', () => jwt(600, { exp: undefined }), 400, 'has no exp'],
    ['a JWT whose exp is a text', () => jwt(600, { exp: '9999999999' }), 400, 'has no exp'],
  ])('%s is told as such, and healed by the next one', async (_name, content, status, words) => {
    writeFileSync(path, content())
    const tokens = source()
    const failure = await failureOf(tokens)
    expect(failure).toMatchObject({ code: 'ERR_KEY_ASSERTION', status })
    expect(failure.message).toContain(path)
    expect(failure.message).toContain(words)
    expectNoSecret(failure, 'eyJh', 'opaque-token')
    writeFileSync(path, jwt(600))
    expect((await getToken(tokens)).subject).toBe('app')
  })

  test('a file that is not there may come within 30 s, and is missing after', async () => {
    const tokens = source()
    expect(await failureOf(tokens)).toMatchObject({ code: 'ERR_KEY_ASSERTION', status: 503 })
    await platform.pass(30_000)
    const failure = await failureOf(tokens)
    expect(failure).toMatchObject({ status: 400, oauth: 'unauthorized_client' })
    expect(failure.message).toBe(`cannot read ${path} (ENOENT)`)
    writeFileSync(path, jwt(600))
    await getToken(tokens)
  })

  test('a folder, and a file of more than 1 MB, are not read', async () => {
    mkdirSync(path)
    expect((await failureOf(source())).message).toContain('not a regular file')
    rmSync(path, { recursive: true })
    writeFileSync(path, 'x'.repeat(1024 * 1024 + 1))
    expect((await failureOf(source())).message).toContain('larger than 1 MB')
  })

  // The superuser can read everything.
  test('a file of another user is told with the reason', async () => {
    writeFileSync(path, jwt(600), { mode: 0 })
    chmodSync(dirname(path), 0o755)
    if (process.getuid?.() === 0) process.seteuid?.(65_534)
    try {
      expect((await failureOf(source())).message).toContain('EACCES')
    } finally {
      if (process.getuid?.() === 0) process.seteuid?.(0)
    }
  })
})

test.each([
  ['ES384', 96],
  ['PS512', 512],
  ['EdDSA', 64],
  ['HS999', 7],
])('a token signed with %s is taken', async (alg, bytes) => {
  writeFileSync(path, jwt(600, {}, alg, bytes))
  expect((await getToken(source())).subject).toBe('app')
})

test('a caller who has gone before is let go with its own reason', async () => {
  const reason = new Error('gone')
  await expect(getToken(source(), AbortSignal.abort(reason))).rejects.toBe(reason)
})

test('a closed source looks no more', async () => {
  writeFileSync(path, jwt(600))
  const tokens = source()
  await getToken(tokens)
  expect(platform.pendingTimers).toBe(1)
  tokens.close?.()
  expect(platform.pendingTimers).toBe(0)
})

/** The clock is moved by hand, but reading a file takes its own time: the timer for the look after this one ends it. */
async function nextLook(): Promise<void> {
  const timers = platform.pendingTimers
  await platform.pass(5_000)
  await vi.waitFor(() => {
    expect(platform.pendingTimers).toBe(timers)
  })
}
