import { scryptSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CallersConfig, IssuersConfig, PeerCertificate, Proof } from '../../src/callers/caller.ts'
import { callersGate, type CallersGate } from '../../src/callers/index.ts'
import { TokenError } from '../../src/token/error.ts'
import { fakePlatform, type FakePlatform } from '../fakes/platform.ts'
import { clientAssertionType, issuerConfig, jwtBearer } from './assertion/assertions.ts'
import { jwt, publicJwk, rsa } from './assertion/jwt.ts'

const folder = mkdtempSync(join(tmpdir(), 'kts-callers-'))
const jwksFile = join(folder, 'jwks.json')
writeFileSync(jwksFile, JSON.stringify({ keys: [publicJwk(rsa, { kid: 'one', alg: 'RS256' })] }))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const issuer = 'https://idp.example'
const issuers: IssuersConfig = { [issuer]: issuerConfig({ jwksFile }) }

/** A real hash that costs next to nothing. */
function hashOf(secret: string): string {
  const salt = Buffer.alloc(16)
  const text = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')
  return `scrypt$ln=1,r=1,p=1$${text(salt)}$${text(scryptSync(secret, salt, 32, { N: 2, r: 1, p: 1 }))}`
}

const assertionOf = (subject: string) => ({ issuer, audience: ['kafka-tokens'], subject: [subject] })
const callers: CallersConfig = {
  'orders-app': { profiles: ['orders', 'shared'], secretHashes: [hashOf('s3cret')], requestsPerMinute: 3 },
  'fraud-app': { profiles: ['fraud'], assertion: assertionOf('fraud') },
  batch: { profiles: ['orders'], certificate: { sanDns: 'batch.example' } },
  both: { profiles: ['fraud'], secretHashes: [hashOf('both')], certificate: { sanDns: 'both.example' } },
}

let platform: FakePlatform
let gate: CallersGate
beforeEach(() => {
  platform = fakePlatform()
  gate = callersGate(settings(), { platform, emit: () => undefined })
})
afterEach(() => {
  gate.close()
})

function settings(changes: CallersConfig = callers) {
  return { callers: changes, issuers, limits: { callerRequestsPerMinute: 5 } }
}

function assertion(sub = 'fraud', claims: object = {}): string {
  const now = Math.floor(platform.now() / 1000)
  return jwt(
    { iss: issuer, sub, aud: 'kafka-tokens', exp: now + 3600, iat: now, ...claims },
    { key: rsa, header: { alg: 'RS256', kid: 'one' } },
  )
}

interface Shown {
  readonly basic?: string
  readonly authorization?: string
  readonly form?: Readonly<Record<string, string>>
  readonly certificate?: Partial<PeerCertificate>
}

const certificateOf = (changes: Partial<PeerCertificate>): PeerCertificate => ({
  subjectDn: '',
  sanDns: [],
  sanUris: [],
  ...changes,
})

function request({ basic, authorization, certificate }: Shown) {
  const header = basic === undefined ? authorization : `Basic ${Buffer.from(basic).toString('base64')}`
  const peer = certificate && certificateOf(certificate)
  return { headers: { authorization: header }, remoteAddress: '127.0.0.1', peerCertificate: () => peer }
}

const formOf = (form: Shown['form'] = {}) => new Map(Object.entries({ grant_type: 'client_credentials', ...form }))

/** What comes of it, however long it takes: time passes until then. */
async function identified(shown: Shown): Promise<Proof | TokenError> {
  let result: Proof | TokenError | undefined
  void (async () => gate.identify(request(shown), formOf(shown.form)))().then(
    (proof) => (result = proof),
    (thrown: unknown) => (result = thrown as TokenError),
  )
  for (let waited = 0; result === undefined && waited < 4_000; waited++) {
    await platform.pass(10)
    // Hashing is done by threads, which may be busy with other tests.
    await new Promise((done) => setTimeout(done, 1))
  }
  return result ?? new TokenError('ERR_TOKEN_INTERNAL', 'nothing came of it')
}

const profileFor = (caller: string, inPath?: string): string =>
  gate.profileFor({ caller, by: 'secret' }, request({}), formOf(), inPath)

function refusal(act: () => unknown): TokenError {
  try {
    act()
  } catch (thrown) {
    return thrown as TokenError
  }
  throw new Error('was not refused')
}

const trusted = { sanDns: ['batch.example'] }
const strange = { sanDns: ['stranger.example'] }
const untrusted = { sanDns: ['batch.example'], problem: 'it was issued by somebody else' }

describe('who asks', () => {
  it.each<[string, Shown, Proof]>([
    ['Basic', { basic: 'orders-app:s3cret' }, { caller: 'orders-app', by: 'secret' }],
    [
      'id and secret in the form',
      { form: { client_id: 'orders-app', client_secret: 's3cret' } },
      { caller: 'orders-app', by: 'secret' },
    ],
    ['a certificate', { certificate: trusted }, { caller: 'batch', by: 'certificate' }],
    [
      'a certificate beside an id that Java 3.9 has to send',
      { certificate: trusted, basic: 'unused:unused' },
      { caller: 'batch', by: 'certificate' },
    ],
    [
      'a certificate beside the id of a caller that has no secret',
      { certificate: trusted, basic: 'fraud-app:unused' },
      { caller: 'batch', by: 'certificate' },
    ],
    [
      'a secret beside the certificate of another caller',
      { certificate: trusted, basic: 'orders-app:s3cret' },
      { caller: 'orders-app', by: 'secret' },
    ],
    [
      'a secret beside a certificate that nobody trusts',
      { certificate: untrusted, basic: 'orders-app:s3cret' },
      { caller: 'orders-app', by: 'secret' },
    ],
    [
      'a secret in the form beside a certificate that is nobody’s',
      { certificate: strange, form: { client_id: 'orders-app', client_secret: 's3cret' } },
      { caller: 'orders-app', by: 'secret' },
    ],
  ])('is proved by %s', async (_case, shown, proof) => {
    expect(await identified(shown)).toEqual(proof)
  })

  it('is proved by a JWT, with either grant, before anything else', async () => {
    const proof = { caller: 'fraud-app', by: 'assertion' }
    const presented = { client_assertion_type: clientAssertionType, client_assertion: assertion() }
    expect(await identified({ form: presented })).toEqual(proof)
    expect(await identified({ form: { grant_type: jwtBearer, assertion: assertion() } })).toEqual(proof)
    expect(await identified({ form: presented, certificate: trusted })).toEqual(proof)
  })

  it.each<[string, Shown]>([
    ['nothing', {}],
    ['an id alone', { form: { client_id: 'orders-app' } }],
    ['a token of ours', { authorization: 'Bearer abc' }],
    ['an empty header', { authorization: '' }],
    ['the id of a caller with a certificate', { form: { client_id: 'batch' } }],
  ])('is not known by %s', async (_case, shown) => {
    expect(await identified(shown)).toMatchObject({
      code: 'ERR_CALLER_MISSING',
      status: 401,
      oauth: 'invalid_client',
      message: 'the client does not say who it is',
    })
  })

  it('hears the same, whatever is wrong with id and secret', async () => {
    const wrong: [Shown, string][] = [
      [{ basic: 'orders-app:wrong' }, 'wrong secret of orders-app'],
      [{ basic: 'nobody:s3cret' }, 'no caller nobody'],
      [{ basic: 'fraud-app:s3cret' }, 'caller fraud-app has no secretHashes'],
      [{ basic: 's3cret:orders-app' }, 'id and secret are swapped'],
      [{ basic: '__proto__:x' }, 'no caller __proto__'],
      [{ basic: 'constructor:x' }, 'no caller constructor'],
      [{ basic: ':x' }, 'no client id'],
      [{ authorization: 'Basic %' }, 'id and secret cannot be read'],
    ]
    const heard = new Set<string>()
    for (const [shown, reason] of wrong) {
      const error = (await identified(shown)) as TokenError
      expect(error).toMatchObject({ code: 'ERR_CALLER_UNKNOWN', status: 401, oauth: 'invalid_client' })
      expect((error.cause as Error).message).toContain(reason.replace('__proto__', ''))
      heard.add(error.description)
    }
    expect([...heard]).toEqual([
      'the client id is not known here, or its secret is another one. Compare client id and secret with callers in the configuration of the sidecar; a new hash is made by: kafka-token-sidecar secret hash. [ERR_CALLER_UNKNOWN]',
    ])
  })

  it.each([
    ['nobody trusts', untrusted],
    ['names nobody', strange],
  ])('learns no id by a certificate that %s', async (_case, certificate) => {
    const [known, unknown] = [
      (await identified({ certificate, basic: 'orders-app:wrong' })) as TokenError,
      (await identified({ certificate, basic: 'nobody:wrong' })) as TokenError,
    ]
    expect([known.code, known.description, known.status]).toEqual([unknown.code, unknown.description, unknown.status])
    expect(known.code).toBe('ERR_CALLER_UNKNOWN')
    // The operator reads of both.
    expect((unknown.cause as Error).message).toMatch(/^no caller nobody; the client certificate /)
  })

  it('hears what is wrong with a certificate that is all it shows', async () => {
    expect(await identified({ certificate: untrusted })).toMatchObject({ code: 'ERR_CALLER_CERTIFICATE' })
    expect(await identified({ certificate: strange })).toMatchObject({ code: 'ERR_CALLER_CERTIFICATE' })
    expect(await identified({ certificate: strange, form: { client_id: 'nobody' } })).toMatchObject({
      code: 'ERR_CALLER_CERTIFICATE',
    })
  })

  it('proves it in one way where the grant is a proof itself', async () => {
    const form = { grant_type: jwtBearer, assertion: assertion() }
    for (const shown of [
      { form, basic: 'orders-app:s3cret' },
      { form: { ...form, client_secret: 's3cret', client_id: 'orders-app' } },
    ]) {
      expect(await identified(shown)).toMatchObject({ code: 'ERR_REQUEST_AUTHENTICATION_TWICE', status: 400 })
    }
  })

  it('is not looked for again in an assertion that was refused', async () => {
    const form = { client_assertion_type: clientAssertionType, client_assertion: assertion('stranger') }
    expect(await identified({ form, certificate: trusted })).toMatchObject({ code: 'ERR_CALLER_ASSERTION' })
  })
})

describe('the profile of a caller', () => {
  it.each([
    ['orders-app', undefined, 'orders'],
    ['orders-app', 'orders', 'orders'],
    ['orders-app', 'shared', 'shared'],
    ['fraud-app', undefined, 'fraud'],
  ])('of %s is by the path %s: %s', (caller, inPath, profile) => {
    expect(profileFor(caller, inPath)).toBe(profile)
  })

  it.each(['fraud', 'nope', 'default', 'ORDERS', '__proto__', 'orders%20'])(
    'is none but its own, whether there is another or not: %j',
    (inPath) => {
      const error = refusal(() => profileFor('orders-app', inPath))
      expect(error).toMatchObject({ code: 'ERR_CALLER_PROFILE', status: 403, oauth: 'unauthorized_client' })
      expect(error.description).toBe(
        `caller orders-app may not use a profile ${inPath}. It may use orders, shared: correct the last part of sasl.oauthbearer.token.endpoint.url, or add the profile to callers.orders-app.profiles. [ERR_CALLER_PROFILE]`,
      )
    },
  )

  it('is named shortly where the path is long', () => {
    expect(refusal(() => profileFor('orders-app', 'a'.repeat(10_000))).message.length).toBeLessThan(200)
  })

  it.each(['nobody', '__proto__', 'constructor'])('is none at all for a caller that is gone: %s', (caller) => {
    expect(refusal(() => profileFor(caller))).toMatchObject({ code: 'ERR_CALLER_PROFILE' })
    expect(refusal(() => profileFor(caller, 'orders'))).toMatchObject({ code: 'ERR_CALLER_PROFILE' })
  })
})

describe('the delegation tokens of a caller', () => {
  const changed: CallersConfig = {
    ...callers,
    job: { delegationTokens: ['spark', 'flink'], secretHashes: [hashOf('job')], requestsPerMinute: 3 },
  }
  const read = (caller: string, name: string): void => {
    gate.requireDelegationToken({ caller, by: 'secret' }, name)
  }
  beforeEach(() => {
    gate.replace(settings(changed))
  })

  it('are those that it is configured with', () => {
    expect(() => {
      read('job', 'spark')
      read('job', 'flink')
    }).not.toThrow()
  })

  it.each(['other', 'SPARK', '__proto__', 'constructor', 'spark%20'])(
    'are no others, whether there are any or not: %j',
    (name) => {
      const error = refusal(() => {
        read('job', name)
      })
      expect(error).toMatchObject({ code: 'ERR_CALLER_DELEGATION_TOKEN', status: 403, oauth: 'unauthorized_client' })
      expect(error.description).toBe(
        `caller job may not read a delegation token ${name}. It may read spark, flink. Correct the last part of the address, or add the name to callers.job.delegationTokens. [ERR_CALLER_DELEGATION_TOKEN]`,
      )
    },
  )

  it.each(['orders-app', 'nobody', '__proto__'])('are none where %s has none', (caller) => {
    const error = refusal(() => {
      read(caller, 'spark')
    })
    expect(error).toMatchObject({ code: 'ERR_CALLER_DELEGATION_TOKEN' })
    expect(error.hint).toBe(
      `Correct the last part of the address, or add the name to callers.${caller}.delegationTokens.`,
    )
  })

  it('are named shortly where the path is long', () => {
    const error = refusal(() => {
      read('job', 'a'.repeat(10_000))
    })
    expect(error.message.length).toBeLessThan(200)
  })

  it('count with its profiles, whatever is asked for', () => {
    expect(() => profileFor('job')).toThrow('caller job may not use any profile')
    read('job', 'spark')
    expect(() => {
      read('job', 'nope')
    }).toThrow('may not read')
    expect(() => {
      read('job', 'spark')
    }).toThrow('caller job asks more often than 3 times a minute')
    expect(() => profileFor('job')).toThrow('more often')
  })

  it('are others at once', () => {
    read('job', 'spark')
    gate.replace(settings({ ...changed, job: { ...changed['job'], delegationTokens: ['flink'] } }))
    expect(() => {
      read('job', 'spark')
    }).toThrow('may not read')
    gate.replace(settings({}))
    expect(() => {
      read('job', 'flink')
    }).toThrow('may not read')
  })
})

describe('how often a caller asks', () => {
  it('is limited for each by itself', () => {
    for (let index = 0; index < 3; index++) profileFor('orders-app')
    const error = refusal(() => profileFor('orders-app'))
    expect(error).toMatchObject({
      code: 'ERR_CALLER_LIMIT',
      status: 429,
      oauth: 'invalid_request',
      retryAfterMs: 20_000,
    })
    expect(error.message).toBe('caller orders-app asks more often than 3 times a minute')
    for (let index = 0; index < 5; index++) profileFor('fraud-app')
    expect(() => profileFor('fraud-app')).toThrow('more often than 5 times a minute')
    expect(profileFor('batch')).toBe('orders')
  })

  it('counts also where the profile is not its own, so that nobody tries all names', () => {
    for (let index = 0; index < 3; index++) expect(() => profileFor('orders-app', `p${index}`)).toThrow('may not use')
    expect(() => profileFor('orders-app')).toThrow('more often')
  })

  it('comes back with time', async () => {
    for (let index = 0; index < 3; index++) profileFor('orders-app')
    await platform.pass(19_999)
    expect(() => profileFor('orders-app')).toThrow('more often')
    await platform.pass(1)
    expect(profileFor('orders-app')).toBe('orders')
    expect(() => profileFor('orders-app')).toThrow('more often')
  })

  it('is not given anew by an edit of the file', () => {
    for (let index = 0; index < 3; index++) profileFor('orders-app')
    gate.replace(settings({ ...callers, more: { profiles: ['orders'], secretHashes: [hashOf('more')] } }))
    expect(() => profileFor('orders-app')).toThrow('more often')
  })

  it('follows a new limit at once', () => {
    for (let index = 0; index < 3; index++) profileFor('orders-app')
    gate.replace(settings({ ...callers, 'orders-app': { profiles: ['orders'], requestsPerMinute: 10 } }))
    for (let index = 0; index < 10; index++) profileFor('orders-app')
    expect(() => profileFor('orders-app')).toThrow('more often than 10 times')
  })
})

describe('other callers', () => {
  it('count from the moment on that they are there', async () => {
    expect(await identified({ basic: 'new:n3w' })).toMatchObject({ code: 'ERR_CALLER_UNKNOWN' })
    gate.replace(settings({ ...callers, new: { profiles: ['orders'], secretHashes: [hashOf('n3w')] } }))
    expect(await identified({ basic: 'new:n3w' })).toEqual({ caller: 'new', by: 'secret' })
    gate.replace(settings({}))
    for (const shown of [
      { basic: 'new:n3w' },
      { basic: 'orders-app:s3cret' },
      { certificate: trusted },
      { form: { client_assertion_type: clientAssertionType, client_assertion: assertion() } },
    ]) {
      expect(await identified(shown)).toBeInstanceOf(TokenError)
    }
  })

  it('take a secret away that was recognized a moment ago', async () => {
    expect(await identified({ basic: 'orders-app:s3cret' })).toEqual({ caller: 'orders-app', by: 'secret' })
    gate.replace(settings({ ...callers, 'orders-app': { profiles: ['orders'], secretHashes: [hashOf('other')] } }))
    expect(await identified({ basic: 'orders-app:s3cret' })).toMatchObject({ code: 'ERR_CALLER_UNKNOWN' })
    expect(await identified({ basic: 'orders-app:other' })).toEqual({ caller: 'orders-app', by: 'secret' })
  })

  it('have two secrets while one replaces the other', async () => {
    const secretHashes = [hashOf('new'), hashOf('old')]
    gate.replace(settings({ app: { profiles: ['orders'], secretHashes } }))
    for (const secret of ['new', 'old', 'new']) {
      expect(await identified({ basic: `app:${secret}` })).toEqual({ caller: 'app', by: 'secret' })
    }
    gate.replace(settings({ app: { profiles: ['orders'], secretHashes: secretHashes.slice(0, 1) } }))
    expect(await identified({ basic: 'app:old' })).toMatchObject({ code: 'ERR_CALLER_UNKNOWN' })
  })

  it('have other profiles at once', () => {
    expect(profileFor('orders-app', 'shared')).toBe('shared')
    gate.replace(settings({ ...callers, 'orders-app': { ...callers['orders-app'], profiles: ['fraud'] } }))
    expect(() => profileFor('orders-app', 'shared')).toThrow('may not use')
    expect(profileFor('orders-app')).toBe('fraud')
  })

  it('may be ten thousand, and come and go', { timeout: 60_000 }, async () => {
    const secretHashes = [hashOf('s3cret')]
    const many = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, index) => [`app-${index}`, { profiles: ['orders'], secretHashes }]),
    )
    const startedAt = performance.now()
    for (let times = 0; times < 3; times++) gate.replace(settings(many))
    expect(await identified({ basic: 'app-9999:s3cret' })).toEqual({ caller: 'app-9999', by: 'secret' })
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(platform.pendingTimers).toBe(0)
  })
})
