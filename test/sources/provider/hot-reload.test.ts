import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../fakes/eventually.ts'
import { nodePlatform, type Platform } from '../../../src/platform/platform.ts'
import { cached, type CachedSource } from '../../../src/token/cache.ts'
import type { SidecarEvent } from '../../../src/token/event.ts'
import { certificateAuthority } from '../../fakes/certificate-authority.ts'
import { mountedVolume, type MountedVolume } from '../../fakes/mounted-volume.ts'
import { fakePlatform } from '../../fakes/platform.ts'
import { scriptedServer, type Answer, type Call, type ScriptedServer } from '../../fakes/scripted-server.ts'
import { pkcs8 } from '../../keys/key-forms.ts'
import { failureOf, getToken } from '../outcome.ts'
import { make, type KindName, type Made } from './make.ts'

const keys = [0, 1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
const key = (generation: number): KeyObject => keys[generation] as KeyObject
const encrypted = (generation: number): string =>
  key(generation).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: words(generation),
  }) as string
const words = (generation: number): string => `passphrase ${generation}`

const jwt = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwiZXhwIjo0MDAwMDAwMDAwfQ.c2ln'
const good: Answer = { body: { access_token: jwt, token_type: 'Bearer', expires_in: 3600 } }
const refused: Answer = { status: 401, body: { error: 'invalid_client', error_description: 'unknown key' } }

const form = (call: Call | undefined): URLSearchParams => new URLSearchParams(call?.body)
const secretOf = (call: Call | undefined): string => form(call).get('client_secret') ?? ''

/** Which of the keys an assertion is signed with. */
async function signerOf(assertion: string): Promise<number> {
  for (const generation of keys.keys()) {
    const found = await jwtVerify(assertion, createPublicKey(key(generation))).catch(() => undefined)
    if (found) return generation
  }
  return -1
}

const assertionOf = (call: Call | undefined): string => form(call).get('client_assertion') ?? ''

let idp: ScriptedServer
let answer: (call: Call) => Answer
let volume: MountedVolume | undefined
let made: Made[]
beforeEach(async () => {
  answer = () => good
  made = []
  idp = await scriptedServer((call) => answer(call))
})
afterEach(async () => {
  for (const { source } of made) source.close?.()
  volume?.remove()
  volume = undefined
  await idp.close()
})

function client(
  kind: KindName,
  options: Readonly<Record<string, unknown>>,
  platform?: Platform,
  changed?: () => void,
): Made {
  const own = { tokenEndpoint: `${idp.origin}/token`, ...options }
  const one = make(kind, own, { ...(platform && { platform }), ...(changed && { changed }) })
  made.push(one)
  return one
}

/** A ready-made token of somebody else. */
const readyMade = (generation: number): Promise<string> =>
  new SignJWT({ generation }).setProtectedHeader({ alg: 'ES256' }).setExpirationTime('1h').sign(key(generation))

interface Reloadable {
  readonly name: string
  readonly kind?: KindName
  readonly files: (generation: number) => Promise<Record<string, string>>
  readonly options: (file: (name: string) => string) => Record<string, unknown>
  /** What the provider sees of it: the generation. */
  readonly seen: (call: Call | undefined) => Promise<number>
  /** What the log says; a file that changes all the time is not worth a word. */
  readonly told?: string
}

const es256 = { algorithm: 'ES256' }
const signing = 'the private key, its certificate or the template'
const reloadables: readonly Reloadable[] = [
  {
    name: 'a client secret',
    files: (generation) => Promise.resolve({ secret: `secret-${generation}\n` }),
    options: (file) => ({ clientId: 'orders', clientAuth: 'client_secret_post', clientSecretFile: file('secret') }),
    seen: (call) => Promise.resolve(Number(secretOf(call).replace('secret-', ''))),
    told: 'the client secret',
  },
  {
    name: 'a private key',
    files: (generation) => Promise.resolve({ key: pkcs8(key(generation)) }),
    options: (file) => ({ clientId: 'orders', assertion: { ...es256, privateKeyFile: file('key') } }),
    seen: (call) => signerOf(assertionOf(call)),
    told: signing,
  },
  {
    name: 'an encrypted private key and its passphrase',
    files: (generation) => Promise.resolve({ key: encrypted(generation), words: `${words(generation)}\n` }),
    options: (file) => ({
      clientId: 'orders',
      assertion: { ...es256, privateKeyFile: file('key'), privateKeyPassphraseFile: file('words') },
    }),
    seen: (call) => signerOf(assertionOf(call)),
    told: signing,
  },
  {
    name: 'a template',
    files: (generation) =>
      Promise.resolve({ key: pkcs8(key(0)), template: JSON.stringify({ payload: { generation } }) }),
    options: (file) => ({
      clientId: 'orders',
      assertion: { ...es256, privateKeyFile: file('key'), templateFile: file('template') },
    }),
    seen: (call) => Promise.resolve(Number(decodeJwt(assertionOf(call))['generation'])),
    told: signing,
  },
  {
    name: 'an assertion file',
    files: async (generation) => ({ assertion: await readyMade(generation) }),
    options: (file) => ({ assertion: { file: file('assertion') } }),
    seen: (call) => signerOf(assertionOf(call)),
  },
  {
    name: 'the assertion of a grant',
    kind: 'jwt-bearer',
    files: (generation) => Promise.resolve({ key: pkcs8(key(generation)) }),
    options: (file) => ({ assertion: { ...es256, privateKeyFile: file('key'), claim: { iss: 'batch' } } }),
    seen: (call) => signerOf(form(call).get('assertion') ?? ''),
    told: signing,
  },
  {
    name: 'a subject token',
    kind: 'token-exchange',
    files: (generation) => Promise.resolve({ subject: `opaque-${generation}` }),
    options: (file) => ({ subjectToken: { file: file('subject') }, clientAuth: 'none' }),
    seen: (call) => Promise.resolve(Number(form(call).get('subject_token')?.replace('opaque-', ''))),
  },
  {
    name: 'an actor token',
    kind: 'token-exchange',
    files: (generation) => Promise.resolve({ subject: 'opaque', actor: `opaque-${generation}` }),
    options: (file) => ({
      subjectToken: { file: file('subject') },
      actorToken: { file: file('actor') },
      clientAuth: 'none',
    }),
    seen: (call) => Promise.resolve(Number(form(call).get('actor_token')?.replace('opaque-', ''))),
  },
]

describe.each(reloadables)('$name', ({ kind = 'client-credentials', files, options, seen, told }) => {
  it('is picked up when ..data is swapped', async () => {
    volume = mountedVolume(await files(0))
    const { source, events } = client(kind, options(volume.file))
    await getToken(source)
    for (const generation of [1, 2]) {
      volume.swap(await files(generation))
      await getToken(source)
      expect(await seen(idp.calls.at(-1))).toBe(generation)
    }
    const event = { type: 'files-reloaded', profile: 'orders', what: told }
    expect(events).toEqual(told === undefined ? [] : [event, event])
  })

  it('is picked up when its file is overwritten, and the former is used while that is half done', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kts-files-'))
    const put = (contents: Readonly<Record<string, string>>): void => {
      for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, name), content)
    }
    put(await files(0))
    const { source, events } = client(
      kind,
      options((name) => join(folder, name)),
    )
    await getToken(source)
    const next = await files(1)
    put(Object.fromEntries(Object.keys(next).map((name) => [name, ''])))
    await getToken(source)
    expect(await seen(idp.calls.at(-1))).toBe(0)
    put(next)
    await getToken(source)
    expect(await seen(idp.calls.at(-1))).toBe(1)
    expect(events).toEqual(told === undefined ? [] : [{ type: 'files-reloaded', profile: 'orders', what: told }])
    rmSync(folder, { recursive: true })
  })

  it('fails no request while it is swapped again and again, under load', async () => {
    volume = mountedVolume(await files(0))
    const generations = await Promise.all([0, 1, 2].map(files))
    const { source, events } = client(kind, options(volume.file))
    for (let round = 0; round < 12; round++) {
      const asking = Array.from({ length: 8 }, () => getToken(source))
      volume.swap(generations[round % 3] as Record<string, string>)
      await Promise.all(asking)
    }
    expect(events.filter(({ type }) => type !== 'files-reloaded')).toEqual([])
    const all = await Promise.all(idp.calls.map(seen))
    expect(new Set(all)).toEqual(new Set([0, 1, 2]))
  })

  it('leaves no timer behind when the profile is closed', async () => {
    volume = mountedVolume(await files(0))
    const platform = fakePlatform({ now: Date.now() })
    const { source } = client(kind, options(volume.file), { ...platform, fetch: nodePlatform({}).fetch })
    await getToken(source)
    source.close?.()
    expect(platform.pendingTimers).toBe(0)
  })
})

describe('the certificate of a key', () => {
  it('is picked up together with its key, and never without', async () => {
    const authority = certificateAuthority()
    const pairs = [0, 1].map((n) => authority.issue(`orders-${n}.example`))
    const files = (n: number) => ({ key: pairs[n]?.key ?? '', cert: pairs[n]?.cert ?? '' })
    volume = mountedVolume(files(0))
    const assertion = { ...es256, privateKeyFile: volume.file('key'), certificateFile: volume.file('cert') }
    const { source } = client('client-credentials', { clientId: 'orders', assertion })
    const thumbprint = async (): Promise<unknown> => {
      await getToken(source)
      return decodeProtectedHeader(assertionOf(idp.calls.at(-1)))['x5t#S256']
    }
    const first = await thumbprint()
    volume.swap({ ...files(0), cert: files(1).cert })
    expect(await thumbprint()).toBe(first)
    volume.swap(files(1))
    expect(await thumbprint()).not.toBe(first)
  })
})

describe('trust and client certificate', () => {
  it('are picked up', async () => {
    const authority = certificateAuthority()
    const secure = await scriptedServer(() => good, {
      tls: { ...authority.issue('127.0.0.1'), ca: authority.cert, requestCert: true },
    })
    const files = (name: string) => {
      const { key: pem, cert } = authority.issue(name)
      return { key: pem, cert, ca: authority.cert }
    }
    volume = mountedVolume(files('first.example'))
    const tls = { caFile: volume.file('ca'), certFile: volume.file('cert'), keyFile: volume.file('key') }
    const { source, events } = client('client-credentials', {
      tokenEndpoint: `${secure.origin}/token`,
      clientId: 'orders',
      tls,
    })
    await getToken(source)
    volume.swap(files('second.example'))
    await getToken(source)
    expect(secure.calls.map((call) => call.client)).toEqual(['first.example', 'second.example'])
    expect(events).toEqual([{ type: 'files-reloaded', profile: 'orders', what: 'a TLS file' }])

    // A CA that does not fit: the former one is tried before anybody is refused.
    volume.swap({ ...files('third.example'), ca: certificateAuthority().cert })
    await getToken(source)
    expect(events.at(-1)).toMatchObject({ type: 'former-credential-used', code: 'ERR_PROVIDER_TLS' })
    await secure.close()
  })
})

describe('a provider that does not know the new one yet', () => {
  const secretFile = () => {
    volume ??= mountedVolume({ secret: 'old-secret' })
    return { clientId: 'orders', clientAuth: 'client_secret_post', clientSecretFile: volume.file('secret') }
  }
  const takes = (...secrets: string[]) => (answer = (call) => (secrets.includes(secretOf(call)) ? good : refused))
  const sent = (): string[] => idp.calls.map(secretOf)

  it('is given the former one for each token, and that is told once, until it takes the new one', async () => {
    takes('old-secret')
    const { source, events } = client('client-credentials', secretFile())
    await getToken(source)
    volume?.swap({ secret: 'new-secret' })
    await getToken(source)
    await getToken(source)
    expect(sent()).toEqual(['old-secret', 'new-secret', 'old-secret', 'new-secret', 'old-secret'])
    const used = { type: 'former-credential-used', profile: 'orders', code: 'ERR_PROVIDER_CLIENT' }
    expect(events.filter(({ type }) => type !== 'files-reloaded')).toEqual([
      { ...used, message: `${idp.host} answers invalid_client: 'unknown key'` },
    ])
    takes('new-secret')
    await getToken(source)
    expect(events.at(-1)).toEqual({ type: 'newest-credential-taken', profile: 'orders' })
    await getToken(source)
    expect(events.filter(({ type }) => type === 'newest-credential-taken')).toHaveLength(1)
    takes('old-secret')
    const before = idp.calls.length
    expect((await failureOf(source)).code).toBe('ERR_PROVIDER_CLIENT')
    expect(sent().slice(before)).toEqual(['new-secret'])
    expect(JSON.stringify(events)).not.toMatch(/old-secret|new-secret/)
  })

  it('and does not know the former one either is heard about the new one', async () => {
    takes('old-secret')
    const { source, events } = client('client-credentials', secretFile())
    await getToken(source)
    volume?.swap({ secret: 'new-secret' })
    answer = (call) =>
      secretOf(call) === 'new-secret'
        ? { status: 401, body: { error: 'invalid_client', error_description: 'about the new one' } }
        : { status: 500 }
    expect((await failureOf(source)).message).toBe(`${idp.host} answers invalid_client: 'about the new one'`)
    expect(events.map(({ type }) => type)).toEqual(['files-reloaded'])
  })

  it('is not asked twice where there was no change, or where something else is wrong', async () => {
    takes()
    const { source } = client('client-credentials', secretFile())
    await failureOf(source)
    expect(idp.calls).toHaveLength(1)
    volume?.swap({ secret: 'new-secret' })
    for (const wrong of [{ status: 503 }, { body: 'nonsense' }, { status: 400, body: { error: 'invalid_scope' } }]) {
      const before = idp.calls.length
      answer = () => wrong
      await failureOf(source)
      expect(idp.calls.length - before).toBe(1)
    }
  })

  it.each([
    ['client-credentials', { status: 400, body: { error: 'invalid_client' } }],
    ['client-credentials', { status: 401, body: { error: 'access_denied', error_description: 'Unauthorized' } }],
    ['client-credentials', { status: 400, body: { error: 'unauthorized_client' } }],
    ['jwt-bearer', { status: 400, body: { error: 'invalid_grant' } }],
  ] as const)('is given the former key (%s, %j)', async (kind, no) => {
    volume = mountedVolume({ key: pkcs8(key(0)) })
    const assertion = { ...es256, privateKeyFile: volume.file('key'), claim: { iss: 'x', jtiInclude: true } }
    const { source } = client(kind, { clientId: 'orders', assertion })
    await getToken(source)
    volume.swap({ key: pkcs8(key(1)) })
    answer = () => (idp.calls.length % 2 === 0 ? no : good)
    await getToken(source)
    const assertions = idp.calls.map(
      (call) => form(call).get(kind === 'jwt-bearer' ? 'assertion' : 'client_assertion') ?? '',
    )
    expect(await Promise.all(assertions.map(signerOf))).toEqual([0, 1, 0])
    expect(new Set(assertions.map((each) => decodeJwt(each).jti)).size).toBe(3)
  })

  it('may read both keys meanwhile where they are published', async () => {
    volume = mountedVolume({ key: pkcs8(key(0)), next: pkcs8(key(2)) })
    const assertion = {
      ...es256,
      privateKeyFile: volume.file('key'),
      publishKeys: true,
      nextKeyFile: volume.file('next'),
      previousKeyFile: volume.file('previous'),
    }
    const { source, events } = client('client-credentials', { clientId: 'orders', assertion })
    const published = async () => (await source.publishedJwks?.())?.map(({ x }) => x)
    const x = (...generations: number[]) => generations.map((n) => createPublicKey(key(n)).export({ format: 'jwk' }).x)
    expect(await published()).toEqual(x(0, 2))
    // The rotation: the next becomes the current one, and the current one the previous.
    volume.swap({ key: pkcs8(key(2)), next: pkcs8(key(1)), previous: pkcs8(key(0)) })
    expect(await published()).toEqual(x(2, 0, 1))
    await getToken(source)
    expect(await published()).toEqual(x(2, 1, 0))
    volume.swap({ key: pkcs8(key(2)) })
    expect(await published()).toEqual(x(2))
    expect(events.filter(({ type }) => type !== 'files-reloaded')).toEqual([])
  })
})

describe('a profile whose credential is broken', () => {
  let platform: ReturnType<typeof fakePlatform>
  let events: SidecarEvent[]
  let kept: CachedSource
  let folder: string
  beforeEach(() => {
    platform = fakePlatform({ now: Date.now() })
    events = []
    folder = mkdtempSync(join(tmpdir(), 'kts-broken-'))
  })
  afterEach(() => {
    kept.close()
    expect(platform.pendingTimers).toBe(0)
    rmSync(folder, { recursive: true })
  })

  function keep(kind: KindName, options: Readonly<Record<string, unknown>>): void {
    const one = client(kind, options, { ...platform, fetch: nodePlatform({}).fetch }, () => {
      kept.changed()
    })
    const emit = (event: SidecarEvent): void => void events.push(event)
    one.events.push = (...more) => events.push(...more)
    kept = cached(one.source, { platform, emit, fetchTimeoutMs: 10_000, keepWarm: true })
    kept.peek({ profile: 'orders' })
  }

  const told = (): string[] => events.map(({ type }) => type)
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }

  it('is refused until the file changes, and tries again at that moment', async () => {
    answer = (call) => (secretOf(call) === 'right' ? good : refused)
    keep('client-credentials', {
      clientId: 'orders',
      clientAuth: 'client_secret_post',
      clientSecretFile: file('secret', 'wrong'),
    })
    await eventually(told).toContain('token-failed')
    // Its back-off has grown to many seconds.
    for (let failed = 0; failed < 6; failed++) {
      await platform.pass(30_000)
      await eventually(() => told().filter((type) => type === 'token-failed').length).toBeGreaterThan(failed + 1)
    }
    const calls = idp.calls.length
    // Those of the next attempt and of the next look at the file: nothing is under way.
    await eventually(() => platform.pendingTimers).toBe(2)
    file('secret', 'right')
    await platform.pass(5_000)
    await eventually(told).toContain('token-obtained')
    expect(told()).toContain('files-reloaded')
    expect(idp.calls.length - calls).toBeLessThanOrEqual(2)
    expect(readdirSync(folder)).toEqual(['secret'])
  })

  it.each([
    ['an assertion', 'client-credentials', (path: string) => ({ assertion: { file: path } })],
    ['a subject token', 'token-exchange', (path: string) => ({ subjectToken: { file: path }, clientAuth: 'none' })],
  ] as const)('because %s is not there yet, has a token as soon as it is', async (_name, kind, options) => {
    keep(kind, options(join(folder, 'token')))
    await eventually(told).toContain('token-failed')
    expect(events[0]).toMatchObject({
      code: 'ERR_KEY_ASSERTION',
      message: `cannot read ${join(folder, 'token')} (ENOENT)`,
    })
    for (let failed = 0; failed < 4; failed++) await platform.pass(30_000)
    await eventually(() => platform.pendingTimers).toBe(2)
    file('token', await readyMade(0))
    await platform.pass(5_000)
    await eventually(told).toContain('token-obtained')
    expect(told()).not.toContain('files-reloaded')
  })

  it('goes on with the former assertion, says so once, and says when that is over', async () => {
    const path = file('token', await readyMade(0))
    keep('client-credentials', { assertion: { file: path } })
    await eventually(told).toEqual(['token-obtained'])
    file('token', 'half a tok')
    for (let look = 0; look < 4; look++) {
      await eventually(() => platform.pendingTimers).toBe(2)
      await platform.pass(5_000)
    }
    await eventually(() => platform.pendingTimers).toBe(2)
    expect(events.slice(1)).toEqual([
      {
        type: 'reload-failed',
        profile: 'orders',
        what: `the token in ${path}`,
        code: 'ERR_KEY_ASSERTION',
        message: `${path} holds no JWT`,
        hint: 'Check whatever keeps this file fresh, such as the projected volume or the SPIFFE helper.',
      },
    ])
    file('token', await readyMade(1))
    await platform.pass(5_000)
    await eventually(told).toEqual(['token-obtained', 'reload-failed', 'files-reloaded'])
  })
})
