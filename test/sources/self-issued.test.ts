import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  decodeProtectedHeader,
  jwtVerify,
  type JWK,
  type JWTVerifyOptions,
} from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { generatePrivateKey } from '../../src/keys/kept-key.ts'
import { replaceFile } from '../../src/keys/replaced-file.ts'
import { rotated } from '../../src/keys/rotation.ts'
import { selfIssued, type IssuingSource } from '../../src/sources/self-issued.ts'
import type { SidecarEvent } from '../../src/token/event.ts'
import { requireKafkaUsable } from '../../src/token/jwt-shape.ts'
import type { TokenRequest } from '../../src/token/token.ts'
import { eventually } from '../fakes/eventually.ts'
import { mountedVolume } from '../fakes/mounted-volume.ts'
import { fakePlatform, type FakePlatform } from '../fakes/platform.ts'
import { pkcs8 } from '../keys/key-forms.ts'

const never = new AbortController().signal
const now = Date.UTC(2026, 0, 1)
const [minute, hour] = [60_000, 3_600_000]
/** An hour of being published, and the five minutes in which every replica has the file. */
const lead = hour + 5 * minute

interface Around {
  readonly platform?: FakePlatform
  readonly emit?: (event: SidecarEvent) => void
}

function create(
  options: Record<string, unknown> = {},
  { platform = fakePlatform({ now }), emit = () => undefined }: Around = {},
): IssuingSource {
  const settings = selfIssued.options.parse(options)
  return selfIssued.create(settings, {
    platform,
    profile: 'default',
    emit,
    fetchTimeoutMs: 10_000,
    source: () => ({ kind: 'none', getToken: () => Promise.reject(new Error('no other profile')) }),
    changed: () => undefined,
    defaultIssuer: 'http://localhost:14293',
    lasting: (_what, make) => make(),
  }) as IssuingSource
}

async function verified(source: IssuingSource, request: Partial<TokenRequest> = {}) {
  const given = await source.getToken({ profile: 'default', ...request }, never)
  const token = given.value.reveal()
  const keys = createLocalJWKSet({ keys: (await source.signer.publicJwks()) as JWK[] })
  const expected: JWTVerifyOptions = { currentDate: new Date(now), typ: 'at+jwt' }
  return { token, scope: given.scope, ...(await jwtVerify(token, keys, expected)) }
}

describe('a self-issued token', () => {
  it.each(['ES256', 'RS256'])(
    'is signed with %s by a key of the JWK Set, whose kid is its thumbprint',
    async (algorithm) => {
      const source = create({ algorithm })
      const { protectedHeader } = await verified(source)
      const [jwk] = (await source.signer.publicJwks()) as [JWK]
      expect(protectedHeader).toEqual({ alg: algorithm, typ: 'at+jwt', kid: await calculateJwkThumbprint(jwk) })
      expect(jwk).not.toHaveProperty('d')
    },
  )

  it('has the claims of RFC 9068, and those that Kafka clients check', async () => {
    const { token, payload } = await verified(create())
    expect(payload).toEqual({
      iss: 'http://localhost:14293',
      sub: 'kafka-client',
      aud: 'kafka',
      client_id: 'kafka-client',
      iat: now / 1000,
      exp: now / 1000 + 3_600,
      jti: 'uuid-1',
    })
    expect(requireKafkaUsable(token, now)).toBeDefined()
  })

  it('carries what is configured', async () => {
    const options = {
      issuer: 'https://tokens.example',
      audience: ['a', 'b'],
      subject: 'alice',
      scope: 'read write',
      lifetime: '90s',
      claims: { team: 'orders' },
    }
    const { payload } = await verified(create(options))
    expect(payload).toMatchObject({
      iss: 'https://tokens.example',
      aud: ['a', 'b'],
      sub: 'alice',
      scope: 'read write',
      team: 'orders',
    })
    expect(Number(payload.exp) - Number(payload.iat)).toBe(90)
  })

  it('is another at each call', async () => {
    const source = create()
    expect((await verified(source)).payload.jti).not.toBe((await verified(source)).payload.jti)
  })

  it.each<[string, Partial<TokenRequest>, object]>([
    ['as configured where nothing is asked', {}, { scope: 'read write', aud: ['a', 'b'] }],
    ['for the scope that is asked', { scope: 'read' }, { scope: 'read', aud: ['a', 'b'] }],
    ['for the audience that is asked', { audience: 'c' }, { scope: 'read write', aud: 'c' }],
    ['for both', { scope: 'x', audience: 'c' }, { scope: 'x', aud: 'c' }],
  ])('is %s', async (_for, request, claims) => {
    const { payload, scope } = await verified(create({ scope: 'read write', audience: ['a', 'b'] }), request)
    expect(payload).toMatchObject(claims)
    expect(scope).toBe(payload['scope'])
  })

  it('is not begun for a caller who has gone', async () => {
    const gone = AbortSignal.abort(new Error('gone'))
    await expect(create().getToken({ profile: 'default' }, gone)).rejects.toThrow('gone')
  })
})

describe('a self-issued token with its key in a file', () => {
  let folder: string
  let keyFile: string
  let platform: FakePlatform
  let events: SidecarEvent[]
  let sources: IssuingSource[]
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kts-issuer-'))
    keyFile = join(folder, 'issuer')
    platform = fakePlatform({ now })
    events = []
    sources = []
  })
  afterEach(() => {
    for (const source of sources) source.close?.()
    rmSync(folder, { recursive: true })
  })

  function start(options: Record<string, unknown> = {}): IssuingSource {
    const source = create({ keyFile, ...options }, { platform, emit: (event) => void events.push(event) })
    sources.push(source)
    return source
  }

  /** `kid` of the key that signs, and then of the others that are published. */
  async function viewOf(source: IssuingSource): Promise<readonly (string | undefined)[]> {
    const token = (await source.getToken({ profile: 'default' }, never)).value.reveal()
    const jwks = await source.signer.publicJwks()
    await jwtVerify(token, createLocalJWKSet({ keys: jwks as JWK[] }), { currentDate: new Date(platform.now()) })
    const [first, ...others] = jwks.map(({ kid }) => kid)
    expect(first).toBe(decodeProtectedHeader(token).kid)
    return [first, ...others.sort()]
  }

  /** Adds a key to the file as `keys rotate` does, at this moment of the test. Returns its `kid`. */
  function rotate(keepMs = 7 * 24 * hour): string {
    const about = { from: keyFile, now: platform.now(), keepMs, publishAheadMs: hour }
    return replaceFile(keyFile, (text) => rotated(text, about)).change.added.kid
  }

  const kidIn = async (source: IssuingSource): Promise<string> => (await source.signer.publicJwks())[0]?.kid ?? ''
  const told = (): readonly string[] =>
    events.map((event) => ('message' in event ? `${event.type}: ${String(event.message)}` : event.type))

  it('is verified by the same key after a restart', async () => {
    const before = await start().signer.publicJwks()
    expect(await start().signer.publicJwks()).toEqual(before)
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
  })

  it('is signed by a new key once that has been published for an hour, by every replica alike', async () => {
    const a = rotate()
    const replicas = [start(), start()]
    await platform.pass(3 * hour)
    const b = rotate()
    const expectAll = async (...kids: readonly string[]): Promise<void> => {
      // One more replica at each moment: it has nothing but the file.
      for (const replica of [...replicas, start()]) expect(await viewOf(replica)).toEqual(kids)
    }
    await expectAll(a, b)
    await platform.pass(lead - 1)
    await expectAll(a, b)
    await platform.pass(1)
    await expectAll(b, a)
    await platform.pass(100 * hour)
    await expectAll(b, a)
  })

  it('is signed as before when the sidecar starts again in the middle of the hour', async () => {
    const a = rotate()
    await platform.pass(3 * hour)
    start()
    const b = rotate()
    await platform.pass(30 * minute)
    const again = start()
    expect(await viewOf(again)).toEqual([a, b])
    await platform.pass(35 * minute)
    expect(await viewOf(again)).toEqual([b, a])
  })

  it('is signed as before when a PEM key becomes the first of a set', async () => {
    const source = start()
    const a = await kidIn(source)
    const b = rotate()
    expect(await viewOf(source)).toEqual([a, b])
    expect(await viewOf(start())).toEqual([a, b])
    await platform.pass(lead)
    expect(await viewOf(source)).toEqual([b, a])
    expect(await viewOf(start())).toEqual([b, a])
  })

  it('is signed by another PEM key an hour and five minutes after that took the place of the first', async () => {
    const source = start({ lifetime: '10m' })
    const a = await kidIn(source)
    writeFileSync(keyFile, pkcs8(generatePrivateKey('ES256')))
    const b = await kidIn(start())
    expect(await viewOf(source)).toEqual([a, b])
    expect(told()).toEqual(['files-reloaded'])
    await platform.pass(lead - 1)
    expect(await viewOf(source)).toEqual([a, b])
    await platform.pass(1)
    expect(await viewOf(source)).toEqual([b, a])
    // The lifetime of what a has signed, five minutes for clocks of brokers, and five for replicas that have b later.
    await platform.pass(20 * minute - 1)
    expect(await viewOf(source)).toEqual([b, a])
    await platform.pass(1)
    expect(await viewOf(source)).toEqual([b])
  })

  it('is signed by a key that was published for as long as is configured, and a tenth of that longer', async () => {
    const source = start({ publishAhead: '10m' })
    const a = await kidIn(source)
    const b = rotate()
    expect(await viewOf(source)).toEqual([a, b])
    await platform.pass(11 * minute - 1)
    expect(await viewOf(source)).toEqual([a, b])
    await platform.pass(1)
    expect(await viewOf(source)).toEqual([b, a])
  })

  it('counts the hour from when the file changed, although nobody asks meanwhile', async () => {
    const source = start()
    const a = await kidIn(source)
    writeFileSync(keyFile, pkcs8(generatePrivateKey('ES256')))
    await platform.pass(5_000)
    await eventually(told).toEqual(['files-reloaded'])
    await platform.pass(lead)
    expect((await viewOf(source))[1]).toBe(a)
  })

  it('is verified while it is valid, also when its key was superseded and is taken out of the file', async () => {
    const [a, source] = [rotate(), start()]
    await platform.pass(3 * hour)
    const b = rotate()
    expect(await viewOf(source)).toEqual([a, b])
    await platform.pass(lead - 1)
    const token = (await source.getToken({ profile: 'default' }, never)).value.reveal()
    await platform.pass(1)
    expect(await viewOf(source)).toEqual([b, a])
    const { keys } = JSON.parse(readFileSync(keyFile, 'utf8')) as { keys: JWK[] }
    writeFileSync(keyFile, JSON.stringify({ keys: keys.filter(({ kid }) => kid === b) }))
    await platform.pass(hour - 2_000)
    expect(await viewOf(source)).toEqual([b, a])
    const jwks = createLocalJWKSet({ keys: (await source.signer.publicJwks()) as JWK[] })
    await jwtVerify(token, jwks, { currentDate: new Date(platform.now()) })
    await platform.pass(3 * hour)
    expect(await viewOf(source)).toEqual([b])
  })

  it('is signed while keys change and many ask', async () => {
    const source = start({ publishAhead: '0s' })
    const tokens: string[] = []
    for (let round = 0; round < 10; round++) {
      const asked = Array.from({ length: 20 }, () => source.getToken({ profile: 'default' }, never))
      if (round % 2 === 0) rotate()
      for (const token of await Promise.all(asked)) tokens.push(token.value.reveal())
      await platform.pass(2_000)
    }
    const keys = createLocalJWKSet({ keys: (await source.signer.publicJwks()) as JWK[] })
    for (const token of tokens) await jwtVerify(token, keys, { currentDate: new Date(now) })
    expect(new Set(tokens.map((token) => decodeProtectedHeader(token).kid)).size).toBeGreaterThan(4)
  })

  it('is signed by the former keys while the file is half written, and that is told only when it lasts', async () => {
    rotate()
    const source = start()
    const before = await viewOf(source)
    const whole = readFileSync(keyFile, 'utf8')
    writeFileSync(keyFile, whole.slice(0, whole.length / 2))
    expect(await viewOf(source)).toEqual(before)
    expect(told()).toEqual([])
    await platform.pass(1_000)
    expect(await viewOf(source)).toEqual(before)
    expect(told()).toEqual([expect.stringContaining(`reload-failed: ${keyFile} holds JSON that is cut off`)])
    writeFileSync(keyFile, whole)
    expect(await viewOf(source)).toEqual(before)
    expect(told().slice(1)).toEqual(['files-reloaded'])
  })

  it.each<[string, () => void]>([
    [
      'is deleted',
      () => {
        unlinkSync(keyFile)
      },
    ],
    [
      'is empty',
      () => {
        writeFileSync(keyFile, '')
      },
    ],
    [
      'may be written by everybody',
      () => {
        chmodSync(keyFile, 0o666)
      },
    ],
    [
      'holds a key for another algorithm',
      () => {
        writeFileSync(keyFile, pkcs8(generatePrivateKey('RS256')))
      },
    ],
    [
      'holds two keys of one name',
      () => {
        writeFileSync(keyFile, JSON.stringify({ keys: twins() }))
      },
    ],
  ])('is signed by the former key when the file %s', async (_what, spoil) => {
    const source = start()
    const before = await viewOf(source)
    spoil()
    expect(await viewOf(source)).toEqual(before)
    await platform.pass(1_000)
    expect(await viewOf(source)).toEqual(before)
    expect(events.map(({ type }) => type)).toEqual(['reload-failed'])
    expect(JSON.stringify(events)).not.toMatch(/BEGIN|"d"/)
  })

  const twins = (): object[] =>
    [1, 2].map(() => ({ ...generatePrivateKey('ES256').export({ format: 'jwk' }), kid: 'twin' }))

  it('cannot be had from a file that is unusable at the start', () => {
    writeFileSync(keyFile, JSON.stringify({ keys: twins() }))
    expect(() => start()).toThrow(`${keyFile} holds two keys with the kid twin`)
    writeFileSync(keyFile, pkcs8(generatePrivateKey('ES256')))
    chmodSync(keyFile, 0o666)
    expect(() => start()).toThrow('everybody may write')
  })

  it('follows a volume of Kubernetes that is swapped', async () => {
    const texts = [undefined, 'text'].reduce<string[]>((made) => {
      const about = { from: 'set', now: now + made.length, keepMs: hour, publishAheadMs: hour }
      return [...made, rotated(made.at(-1), about).text]
    }, [])
    const volume = mountedVolume({ 'keys.json': texts[0] ?? '' })
    try {
      const source = start({ keyFile: volume.file('keys.json') })
      const [a] = await viewOf(source)
      await platform.pass(minute)
      volume.swap({ 'keys.json': texts[1] ?? '' })
      const [first, second] = await viewOf(source)
      expect([first, typeof second]).toEqual([a, 'string'])
      await platform.pass(lead)
      expect(await viewOf(source)).toEqual([second, a])
    } finally {
      volume.remove()
    }
  })

  it('leaves no timer behind when the source is closed, nor before it is used', async () => {
    const source = start()
    expect(platform.pendingTimers).toBe(0)
    await viewOf(source)
    expect(platform.pendingTimers).toBe(1)
    source.close?.()
    expect(platform.pendingTimers).toBe(0)
  })
})

describe('options of self-issued', () => {
  it.each([
    ['a lifetime without a unit that exists', { lifetime: '1 fortnight' }],
    ['a lifetime of nothing', { lifetime: 0 }],
    ['an issuer that is no URL', { issuer: 'me' }],
    ['an empty subject', { subject: '' }],
    ['HS256', { algorithm: 'HS256' }],
    ['more than a week of publishing ahead', { publishAhead: '8d' }],
    ['claims that have options of their own', { claims: { sub: 'bob' } }],
  ])('refuse %s', (_what, options) => {
    expect(selfIssued.options.safeParse(options).success).toBe(false)
  })

  it('publish keys an hour ahead by default, and not at all if so wanted', () => {
    expect(selfIssued.options.parse({}).publishAhead).toBe(hour)
    expect(selfIssued.options.parse({ publishAhead: '0s' }).publishAhead).toBe(0)
  })

  it.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    [45, 45_000],
    ['45', 45_000],
  ])('take the lifetime %s', (lifetime, ms) => {
    expect(selfIssued.options.parse({ lifetime }).lifetime).toBe(ms)
  })
})
