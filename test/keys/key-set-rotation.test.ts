import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { statSync, symlinkSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { thumbprint } from '../../src/keys/jwk.ts'
import { parseKeySet } from '../../src/keys/key-set.ts'
import { replaceFile } from '../../src/keys/replaced-file.ts'
import { rotated, type Rotation, type RotationOptions } from '../../src/keys/rotation.ts'
import { keyOf, passphrase, pkcs8, spki } from './key-forms.ts'

const [hour, day] = [3_600_000, 86_400_000]
/** An hour of being published, and the five minutes in which every replica has the file. */
const lead = hour + 300_000
const now = Date.UTC(2026, 0, 1)
const from = '/keys/set.json'

function rotate(text: string | undefined, options: Partial<RotationOptions> = {}): Rotation {
  return rotated(text, { from, now, keepMs: 7 * day, publishAheadMs: hour, ...options })
}

const ec = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const kidOf = (key: KeyObject): string => thumbprint(key.export({ format: 'jwk' }))
const membersOf = (text: string): Record<string, unknown>[] => (JSON.parse(text) as { keys: [] }).keys
const kidsIn = (text: string): unknown[] => membersOf(text).map(({ kid }) => kid)

/** A set whose keys were added so many milliseconds ago; null: they have been there always. */
function setOf(ages: Readonly<Record<string, number | null>>): string {
  const keys = Object.entries(ages).map(([kid, age]) => {
    const iat = age === null ? {} : { iat: (now - age) / 1000 }
    return { ...ec().export({ format: 'jwk' }), kid, alg: 'ES256', ...iat }
  })
  return JSON.stringify({ keys })
}

describe('a rotation', () => {
  it('makes the first key of a set, which signs at once', () => {
    const { text, published, added, signsAt, dropped } = rotate(undefined)
    expect([published, signsAt, dropped]).toEqual([[added], undefined, []])
    expect(added).toMatchObject({ kty: 'EC', crv: 'P-256', use: 'sig', alg: 'ES256', kid: thumbprint(added) })
    expect(added).not.toHaveProperty('d')
    const { d, ...more } = membersOf(text)[0] as { d: string }
    expect(d).toBeTypeOf('string')
    expect(more).toEqual({ ...added, iat: now / 1000 })
  })

  it('adds a key that signs an hour and five minutes later, of the algorithm of the newest', () => {
    const set = rotate(undefined, { algorithm: 'RS256' }).text
    const { text, added, signsAt, published } = rotate(set, { now: now + day })
    expect([added.alg, signsAt, published.length]).toEqual(['RS256', now + day + lead, 2])
    expect(membersOf(text)[0]).toEqual(membersOf(set)[0])
    expect(rotate(text, { algorithm: 'ES256' }).added.alg).toBe('ES256')
  })

  it.each(['ES256', 'RS256'] as const)('takes one %s key as the first of a set, there always', (algorithm) => {
    const key = keyOf[algorithm]
    for (const text of [pkcs8(key), JSON.stringify(key.export({ format: 'jwk' }))]) {
      const { text: set, added, signsAt } = rotate(text)
      const { own } = parseKeySet(set, { algorithm, from })
      expect(own.map(({ jwk, addedAt }) => [jwk.kid, addedAt])).toEqual([
        [kidOf(key), -Infinity],
        [added.kid, now],
      ])
      expect([added.alg, signsAt]).toEqual([algorithm, now + lead])
    }
  })

  it.each<[string, Readonly<Record<string, number | null>>, string[]]>([
    ['keeps the only key, however old', { a: 1000 * day }, []],
    ['keeps what another took over from not long ago', { a: null, b: 7 * day + lead }, []],
    ['takes out what another took over from long ago', { a: null, b: 7 * day + lead + 1_000 }, ['a']],
    ['takes out all but the one in use', { a: null, b: 30 * day, c: 20 * day, d: 10 * day }, ['a', 'b', 'c']],
    ['keeps what is in use while the next one waits', { a: 30 * day, b: hour / 2 }, []],
    ['keeps keys that are all new', { a: 3_000, b: 2_000 }, []],
    ['keeps those of which no one knows which is older', { a: null, b: null }, []],
  ])('%s', (_what, ages, dropped) => {
    const rotation = rotate(setOf(ages))
    expect(rotation.dropped).toEqual(dropped)
    const stay = Object.keys(ages).filter((kid) => !dropped.includes(kid))
    expect(kidsIn(rotation.text)).toEqual([...stay, rotation.added.kid])
  })

  it('keeps keys for as long as is said', () => {
    const ages = { a: 30 * day, b: lead + hour }
    expect(rotate(setOf(ages), { keepMs: hour }).dropped).toEqual([])
    expect(rotate(setOf(ages), { keepMs: hour - 1_000 }).dropped).toEqual(['a'])
  })

  it('lets no key take over from one of another algorithm', () => {
    const set = rotate(rotate(undefined, { algorithm: 'RS256' }).text, { algorithm: 'ES256' }).text
    expect(rotate(set, { now: now + 100 * day }).dropped).toEqual([])
  })

  it('leaves what it does not know where it is', () => {
    const [jwk, secret] = [ec().export({ format: 'jwk' }), { kty: 'oct', k: 'AA', kid: 'secret' }]
    const { d: _d, ...open } = ec().export({ format: 'jwk' })
    const set = JSON.stringify({ comment: 'mine', keys: [secret, open, { ...jwk, note: 1 }] })
    const written = JSON.parse(rotate(set).text) as { keys: object[]; comment: string }
    expect([written.comment, ...written.keys.slice(0, 3)]).toEqual(['mine', secret, open, { ...jwk, note: 1 }])
  })

  it('makes the newest key, also twice in a second and where the clock was ahead', () => {
    const first = rotate(undefined, { now: now + 30_000 })
    const second = rotate(first.text)
    const third = rotate(second.text, { now: now + 1 })
    const times = membersOf(third.text).map(({ iat }) => Number(iat) - now / 1000)
    expect(times).toEqual([30, 31, 32])
    expect(third.signsAt).toBe(now + 32_000 + lead)
  })

  it.each([
    ['nothing', '', 'nothing: the file is empty'],
    ['half a set', setOf({ a: 0 }).slice(0, 60), 'cut off'],
    ['a public key', spki(createPublicKey(keyOf.ES256)), 'a public key, not a private one'],
    ['a key that is encrypted', encrypted(), 'holds an encrypted key'],
    ['a time that is none', setOf({ a: 0 }).replace(/"iat":\d+/, '"iat":"now"'), 'is no time'],
  ])('is not made of %s', (_what, text, problem) => {
    expect(() => rotate(text)).toThrow(problem)
  })

  it('after rotation leaves at every moment the key in use', () => {
    const ages = fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(ages, fc.integer({ min: 0, max: 60 }), (gaps, keepHours) => {
        let at = now - 400 * day
        let text: string | undefined
        for (const gap of gaps) {
          const before: string | undefined = text
          text = rotate(text, { now: at, keepMs: keepHours * hour }).text
          const inUse = before === undefined ? undefined : inUseOf(before, at)
          if (inUse !== undefined) expect(kidsIn(text)).toContain(inUse)
          at += gap * hour
        }
      }),
      { numRuns: 50 },
    )
  })
})

function encrypted(): string {
  return keyOf.ES256.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }) as string
}

/** `kid` of the key that signs at this moment. */
function inUseOf(text: string, at: number): string | undefined {
  const ready = membersOf(text).filter(({ iat }) => Number(iat) * 1000 + lead <= at)
  return (ready.at(-1) ?? membersOf(text)[0])?.['kid'] as string
}

/** Rotates `times` times, each one until it succeeds; prints how often. As a process of its own. */
const rotatingProcess = (file: string, times: number): string => `
  const { replaceFile } = await import(${JSON.stringify(source('replaced-file.ts'))})
  const { rotated } = await import(${JSON.stringify(source('rotation.ts'))})
  const about = { from: 'set', now: ${now}, keepMs: ${day}, publishAheadMs: ${hour} }
  let done = 0
  while (done < ${times}) {
    try {
      replaceFile(${JSON.stringify(file)}, (text) => rotated(text, about))
      done++
    } catch (error) {
      if (error.code !== 'ERR_KEY_FILE') throw error
      await new Promise((resolve) => setTimeout(resolve, 2 + 5 * Math.random()))
    }
  }
  console.log(done)
`
const source = (name: string): string => join(import.meta.dirname, '../../src/keys', name)

describe('a file that is replaced', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kts-replaced-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })
  const at = (name: string): string => join(folder, name)
  const to = (text: string) => () => ({ text })
  const refusal = (message: string): Error => expect.objectContaining({ code: 'ERR_KEY_FILE', message }) as Error

  it('is made for its owner only where there was none', () => {
    const { isOwnerKept, change } = replaceFile(at('set'), (before) => ({ text: 'new', before }))
    expect([isOwnerKept, change.before]).toEqual([true, undefined])
    expect([readFileSync(at('set'), 'utf8'), statSync(at('set')).mode & 0o777]).toEqual(['new', 0o600])
    expect(readdirSync(folder)).toEqual(['set'])
  })

  it.each([0o600, 0o640, 0o644, 0o400])('keeps its mode %o and its owner', (mode) => {
    writeFileSync(at('set'), 'old')
    chmodSync(at('set'), mode)
    const { uid, gid } = statSync(at('set'))
    expect(replaceFile(at('set'), (before) => ({ text: `${before ?? ''} and new` })).isOwnerKept).toBe(true)
    expect(readFileSync(at('set'), 'utf8')).toBe('old and new')
    expect(statSync(at('set'))).toMatchObject({ uid, gid })
    expect(statSync(at('set')).mode & 0o777).toBe(mode)
  })

  it.runIf(process.getuid?.() === 0)('keeps the owner where another user changes it', async () => {
    const { chownSync } = await import('node:fs')
    writeFileSync(at('set'), 'old')
    chownSync(at('set'), 12_345, 23_456)
    replaceFile(at('set'), to('new'))
    expect(statSync(at('set'))).toMatchObject({ uid: 12_345, gid: 23_456 })
  })

  it('is where a link leads', () => {
    mkdirSync(at('data'))
    writeFileSync(at('data/set'), 'old')
    symlinkSync('data/set', at('set'))
    replaceFile(at('set'), to('new'))
    expect([readFileSync(at('data/set'), 'utf8'), lstatSync(at('set')).isSymbolicLink()]).toEqual(['new', true])
    expect(readdirSync(folder)).toEqual(['data', 'set'])
  })

  it('stays as it is when nothing can be made of it', () => {
    writeFileSync(at('set'), 'old')
    const broken = (): never => {
      throw new Error('not usable')
    }
    expect(() => replaceFile(at('set'), broken)).toThrow('not usable')
    expect(readFileSync(at('set'), 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['set'])
  })

  it('is left to whoever changes it already', () => {
    writeFileSync(at('set'), 'old')
    let inner: unknown
    replaceFile(at('set'), () => {
      try {
        replaceFile(at('set'), to('theirs'))
      } catch (error) {
        inner = error
      }
      return { text: 'ours' }
    })
    expect(inner).toEqual(refusal(`${at('set.new')} is there: somebody else is changing ${at('set')}, or was cut off`))
    expect(readFileSync(at('set'), 'utf8')).toBe('ours')
  })

  it.each(['old', undefined])(
    'is left as it is when somebody else writes it at the same moment (before: %s)',
    (old) => {
      if (old !== undefined) writeFileSync(at('set'), old)
      const interrupted = (): { text: string } => {
        writeFileSync(at('set'), 'theirs')
        return { text: 'ours' }
      }
      const message = `${at('set')} was changed by somebody else at the same moment`
      expect(() => replaceFile(at('set'), interrupted)).toThrow(refusal(message))
      expect(readFileSync(at('set'), 'utf8')).toBe('theirs')
      expect(existsSync(at('set.new'))).toBe(false)
    },
  )

  it('has to be in a folder that there is, and no link to nowhere', () => {
    expect(() => replaceFile(at('none/set'), to('new'))).toThrow(refusal(`cannot write ${at('none/set')} (ENOENT)`))
    symlinkSync('nowhere', at('set'))
    expect(() => replaceFile(at('set'), to('new'))).toThrow(refusal(`${at('set')} is a link that leads nowhere`))
    expect(() => replaceFile(folder, to('new'))).toThrow('EISDIR')
    expect(readdirSync(folder)).toEqual(['set'])
    expect(existsSync(`${folder}.new`)).toBe(false)
  })

  it('loses nothing when several processes rotate it, and is whole whenever it is read', async () => {
    const file = at('set')
    const processes = [1, 2, 3].map(() => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', rotatingProcess(file, 10)])
      let printed = ''
      child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
      return once(child, 'close').then(() => printed)
    })
    const state = { areDone: false }
    const done = Promise.all(processes).finally(() => (state.areDone = true))
    let seen = 0
    while (!state.areDone) {
      if (existsSync(file)) {
        const { length } = membersOf(readFileSync(file, 'utf8'))
        expect(length).toBeGreaterThanOrEqual(seen)
        seen = length
      }
      await setImmediate()
    }
    expect(await done).toEqual(['10\n', '10\n', '10\n'])
    const members = membersOf(readFileSync(file, 'utf8'))
    expect(new Set(members.map(({ kid }) => kid)).size).toBe(30)
    expect(members.map(({ iat }) => Number(iat) - now / 1000)).toEqual([...Array(30).keys()])
    expect(readdirSync(folder)).toEqual(['set'])
  }, 30_000)
})
