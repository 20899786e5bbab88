import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JWK } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { thumbprint } from '../../src/keys/jwk.ts'
import type { Signer } from '../../src/keys/signer.ts'
import { vaultSigner, type VaultSignerOptions } from '../../src/keys/vault-signer.ts'
import { nodePlatform, type Platform } from '../../src/platform/platform.ts'
import { Secret } from '../../src/platform/secret.ts'
import { TokenError } from '../../src/token/error.ts'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { scriptedServer, type Fault, type ScriptedServer } from '../fakes/scripted-server.ts'
import { fakeVault, refused, type FakeVault, type FakeVaultOptions } from '../fakes/vault.ts'

const claims = { iss: 'orders', sub: 'orders', aud: 'https://idp.example', iat: 1_760_000_000, exp: 4_000_000_000 }
const toClose: ScriptedServer[] = []

afterEach(async () => {
  await Promise.all(toClose.splice(0).map((server) => server.close()))
})

type Options = Omit<VaultSignerOptions, 'platform' | 'address' | 'key'>

/** The real world, but for a clock that is moved by hand. */
function platformWithClock(): Platform & { pass(ms: number): void } {
  let passed = 0
  const platform = nodePlatform({})
  return { ...platform, monotonicNow: () => platform.monotonicNow() + passed, pass: (ms) => void (passed += ms) }
}

async function vaultWith(fake: FakeVaultOptions, options: Options) {
  const vault = await fakeVault(fake)
  toClose.push(vault)
  const platform = platformWithClock()
  const signer = vaultSigner({
    platform,
    address: vault.origin,
    key: 'orders',
    token: () => new Secret('hvs.token'),
    ...options,
  })
  return { vault, platform, signer }
}

async function verified(signer: Signer, token: string): Promise<Awaited<ReturnType<typeof jwtVerify>>> {
  return jwtVerify(token, createLocalJWKSet({ keys: (await signer.publicJwks()) as JWK[] }))
}

async function refusalOf(promise: Promise<unknown>): Promise<TokenError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(TokenError)
  return error as TokenError
}

const bodiesOf = (vault: FakeVault): unknown[] => vault.callsTo('/sign/').map(({ body }) => JSON.parse(body) as unknown)

describe('a signer in Vault', () => {
  it.each([
    ['RS256', 'rsa-2048', { hash_algorithm: 'sha2-256', signature_algorithm: 'pkcs1v15' }],
    ['PS256', 'rsa-2048', { hash_algorithm: 'sha2-256', signature_algorithm: 'pss', salt_length: 'hash' }],
    ['ES256', 'ecdsa-p256', { hash_algorithm: 'sha2-256' }],
    ['ES384', 'ecdsa-p384', { hash_algorithm: 'sha2-384' }],
    ['EdDSA', 'ed25519', {}],
  ] as const)('makes tokens of %s with a key of type %s', async (algorithm, type, parameters) => {
    const { vault, signer } = await vaultWith({ type }, { algorithm })
    const token = await signer.sign(claims, { header: { typ: 'JWT', alg: 'none' } })
    const { payload, protectedHeader } = await verified(signer, token)
    expect(payload).toEqual(claims)
    const [jwk] = await signer.publicJwks()
    expect(protectedHeader).toEqual({ typ: 'JWT', alg: algorithm, kid: thumbprint(jwk as JWK) })
    expect(jwk).toMatchObject({ use: 'sig', alg: algorithm })
    const input = Buffer.from(token.slice(0, token.lastIndexOf('.'))).toString('base64')
    expect(bodiesOf(vault)).toEqual([{ input, key_version: 1, marshaling_algorithm: 'jws', ...parameters }])
  })

  it('sends its token, its namespace and what agents ask for, to the engine that is named', async () => {
    const fake = { type: 'ecdsa-p256', mount: 'team/keys' } as const
    const { vault, signer } = await vaultWith(fake, { algorithm: 'ES256', mount: '/team/keys/', namespace: 'payments' })
    await signer.sign(claims)
    expect(vault.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/team/keys/keys/orders',
      'POST /v1/team/keys/sign/orders',
    ])
    for (const { headers } of vault.calls) {
      expect(headers).toMatchObject({
        'x-vault-token': 'hvs.token',
        'x-vault-namespace': 'payments',
        'x-vault-request': 'true',
      })
    }
  })

  it('asks for the token at each call, and does without where an agent adds it', async () => {
    let token = 'hvs.old'
    const { vault, signer } = await vaultWith(
      { type: 'ecdsa-p256' },
      { algorithm: 'ES256', token: () => Promise.resolve(new Secret(`${token}\n`)) },
    )
    expect((await refusalOf(signer.sign(claims))).message).toContain('403')
    token = 'hvs.token'
    await signer.sign(claims)
    expect(vault.calls.map(({ headers }) => headers['x-vault-token'])).toContain('hvs.token')
    const agent = await scriptedServer(() => ({ status: 403, body: { errors: [] } }))
    toClose.push(agent)
    const without = vaultSigner({
      platform: nodePlatform({}),
      address: `${agent.origin}/vault/`,
      key: 'k',
      algorithm: 'ES256',
    })
    await refusalOf(without.sign(claims))
    expect(agent.calls[0]).toMatchObject({ path: '/vault/v1/transit/keys/k' })
    expect(agent.calls[0]?.headers).not.toHaveProperty('x-vault-token')
  })

  it.each([
    [undefined, undefined, (own: string) => own],
    ['mine', undefined, () => 'mine'],
    ['orders:v{version}', undefined, () => 'orders:v1'],
    [null, undefined, () => undefined],
    ['mine', 'template', () => 'template'],
  ])('has the kid %s, and of the caller %s', async (kid, ofCaller, expected) => {
    const { signer } = await vaultWith({ type: 'ecdsa-p256' }, { algorithm: 'ES256', kid })
    const token = await signer.sign(claims, { ...(ofCaller !== undefined && { header: { kid: ofCaller } }) })
    const own = thumbprint((await signer.publicJwks())[0] as JWK)
    expect(decodeProtectedHeader(token).kid).toBe(expected(own))
  })

  it('asks Vault for the keys once in a minute, and once for all who wait', async () => {
    const { vault, platform, signer } = await vaultWith({ type: 'ecdsa-p256' }, { algorithm: 'ES256' })
    await Promise.all([signer.publicJwks(), signer.sign(claims), signer.sign(claims), signer.publicJwks()])
    await signer.sign(claims)
    expect(vault.callsTo('/keys/')).toHaveLength(1)
    platform.pass(60_000)
    await signer.sign(claims)
    expect(vault.callsTo('/keys/')).toHaveLength(2)
  })
})

describe('a rotation in Vault', () => {
  it('is noticed within a minute, and former versions stay published', async () => {
    const { vault, platform, signer } = await vaultWith(
      { type: 'ecdsa-p256' },
      { algorithm: 'ES256', kid: 'orders:v{version}' },
    )
    const before = await signer.sign(claims)
    vault.rotate()
    expect(decodeProtectedHeader(await signer.sign(claims)).kid).toBe('orders:v1')
    platform.pass(60_000)
    const after = await signer.sign(claims)
    expect(decodeProtectedHeader(after).kid).toBe('orders:v2')
    expect((await signer.publicJwks()).map(({ kid }) => kid)).toEqual(['orders:v2', 'orders:v1'])
    for (const token of [before, after]) await verified(signer, token)
  })

  it('that forbids the former version at once fails no signature', async () => {
    const { vault, signer } = await vaultWith({ type: 'ecdsa-p256' }, { algorithm: 'ES256' })
    const before = decodeProtectedHeader(await signer.sign(claims)).kid
    vault.rotate()
    vault.minEncryptionVersion = 2
    const token = await signer.sign(claims)
    expect(decodeProtectedHeader(token).kid).not.toBe(before)
    await verified(signer, token)
    expect(bodiesOf(vault)).toMatchObject([{ key_version: 1 }, { key_version: 1 }, { key_version: 2 }])
  })

  it('gives a fixed kid to the version that signs, and thumbprints to the others', async () => {
    const { vault, signer } = await vaultWith({ type: 'ecdsa-p256' }, { algorithm: 'ES256', kid: 'mine' })
    vault.rotate()
    const [latest, former] = await signer.publicJwks()
    expect([latest?.kid, former?.kid]).toEqual(['mine', thumbprint(former as JWK)])
  })
})

describe('a Vault that does not sign', () => {
  const policy =
    'Give the token of Vault a policy with update on transit/sign/orders and read on transit/keys/orders, and see that it has not expired.'
  const missing = `${policy} If there is no such key at transit, correct key, mount or namespace of assertion.vault.`
  const patience = 'It is tried again by itself. If this lasts, check assertion.vault.address and the way to it.'
  const long = 'x'.repeat(300)

  it.each<[string, string, Fault, boolean, string]>([
    [
      'a token that may not read the key',
      '/keys/',
      refused(403, 'permission denied'),
      false,
      `Vault refuses to show the key orders (403: permission denied). ${missing}`,
    ],
    [
      'a token that may not sign',
      '/sign/',
      { status: 403, body: { errors: ['2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n'] } },
      false,
      `Vault refuses to sign with orders (403: permission denied, invalid token). ${policy}`,
    ],
    [
      'a key that is not there',
      '/keys/',
      { status: 404, body: { errors: [] } },
      false,
      `Vault refuses to show the key orders (404). ${missing}`,
    ],
    [
      'an engine that is not there',
      '/keys/',
      { status: 404, body: { errors: ['no handler for route "transit/keys/orders". route entry not found.'] } },
      false,
      `Vault refuses to show the key orders (404: no handler for route 'transit/keys/orders'. route entry not found.). ${missing}`,
    ],
    [
      'long words',
      '/sign/',
      refused(400, long),
      false,
      `Vault refuses to sign with orders (400: ${long.slice(0, 200)}...). ${policy}`,
    ],
    [
      'a Vault that is sealed',
      '/',
      { status: 503, body: { errors: ['Vault is sealed'] } },
      true,
      'Vault at HOST is sealed. It signs again as soon as it is unsealed.',
    ],
    [
      'an inner error',
      '/sign/',
      { status: 500, body: { errors: ['internal error'] } },
      true,
      `Vault at HOST cannot sign with orders now (500: internal error). ${patience}`,
    ],
    [
      'a standby that lags behind',
      '/sign/',
      refused(412, 'required index state not present'),
      true,
      `Vault at HOST cannot sign with orders now (412: required index state not present). ${patience}`,
    ],
    [
      'a quota',
      '/sign/',
      {
        ...refused(429, 'request path "transit/sign/orders": rate limit quota exceeded'),
        headers: { 'Retry-After': '7' },
      },
      true,
      `Vault at HOST cannot sign with orders now (429: request path 'transit/sign/orders': rate limit quota exceeded). ${patience}`,
    ],
    [
      'a standby that redirects',
      '/sign/',
      { status: 307, headers: { Location: 'https://active.example:8200/v1/transit/sign/orders?x=1' } },
      false,
      'Vault at HOST redirects to https://active.example:8200. Set assertion.vault.address to the active node, or to what stands in front of all of them.',
    ],
    [
      'a login page',
      '/keys/',
      { body: '<html>Sign in</html>' },
      true,
      `Vault at HOST answered with something that is not of Vault. ${patience}`,
    ],
    [
      'a broken connection',
      '/sign/',
      'reset',
      true,
      `Vault at HOST did not answer: it closed the connection. ${patience}`,
    ],
    [
      'too much',
      '/sign/',
      { body: 'x'.repeat(5_000_000) },
      true,
      `Vault at HOST did not answer: the answer is larger than 1 MB. ${patience}`,
    ],
  ])('is told in one line: %s', async (_what, path, fault, transient, line) => {
    const { vault, signer } = await vaultWith({ type: 'ecdsa-p256' }, { algorithm: 'ES256' })
    vault.fail(path, fault)
    const error = await refusalOf(signer.sign(claims))
    expect(error.description.replace(vault.host, 'HOST')).toBe(`${line} [ERR_KEY_SIGNER]`)
    expect(error.transient).toBe(transient)
    if (line.includes('429')) expect(error.retryAfterMs).toBe(7_000)
    vault.heal()
    await verified(signer, await signer.sign(claims))
  })

  it('is told when nothing listens there', async () => {
    const { vault, signer } = await vaultWith({ type: 'ecdsa-p256' }, { algorithm: 'ES256' })
    await vault.close()
    const error = await refusalOf(signer.sign(claims))
    expect(error.message).toBe(`Vault at ${vault.host} did not answer: it refused the connection`)
    expect(error.transient).toBe(true)
    await vault.reopen()
  })

  it('is told when its certificate is not trusted, and is reached when it is', async () => {
    const authority = certificateAuthority()
    const tls = await scriptedServer(() => refused(403, 'permission denied'), { tls: authority.issue('127.0.0.1') })
    toClose.push(tls)
    const options = { platform: nodePlatform({}), address: tls.origin, key: 'orders', algorithm: 'ES256' } as const
    const error = await refusalOf(vaultSigner(options).sign(claims))
    expect(error.message).toContain('its certificate comes from a CA that is not trusted here')
    const trusting = vaultSigner({ ...options, tls: { ca: authority.cert } })
    expect((await refusalOf(trusting.sign(claims))).message).toContain('permission denied')
  })

  it('is waited for no longer than ten seconds, nor than the caller wants', async () => {
    const { vault, platform } = await vaultWith({ type: 'ecdsa-p256' }, { algorithm: 'ES256' })
    vault.fail('/', 'hang')
    // As if each timer fired as soon as the call hangs.
    const delays: number[] = []
    const hasty: Platform = {
      ...platform,
      setTimer: (callback, delayMs) => platform.setTimer(callback, (delays.push(delayMs), 50)),
    }
    const address = vault.origin
    const signer = vaultSigner({ platform: hasty, address, key: 'orders', algorithm: 'ES256' })
    const error = await refusalOf(signer.sign(claims))
    expect(error.message).toBe(`Vault at ${vault.host} did not answer within 10 s`)
    expect(error.transient).toBe(true)
    expect(delays).toEqual([10_000, 10_000])
    const patient = vaultSigner({ platform, address, key: 'orders', algorithm: 'ES256' })
    const caller = new AbortController()
    const signing = patient.sign(claims, { signal: caller.signal })
    caller.abort(new Error('gone'))
    await expect(signing).rejects.toThrow('gone')
  })

  it('keeps publishing what is known', async () => {
    const { vault, platform, signer } = await vaultWith({ type: 'ecdsa-p256' }, { algorithm: 'ES256' })
    const before = await signer.publicJwks()
    vault.fail('/', { status: 503, body: { errors: ['Vault is sealed'] } })
    platform.pass(3_600_000)
    expect(await signer.publicJwks()).toEqual(before)
    expect((await refusalOf(signer.sign(claims))).message).toContain('is sealed')
    vault.heal()
    vault.fail('/', refused(403, 'permission denied'))
    await refusalOf(signer.sign(claims))
    expect(await signer.publicJwks()).toEqual(before)
  })
})

describe('a key of Vault', () => {
  it.each([
    ['RS256', 'ecdsa-p256', 'an EC key on P-256; RS256 needs an RSA key of at least 2048 bits', 'rsa-2048'],
    ['ES256', 'rsa-2048', 'an RSA key of 2048 bits; ES256 needs an EC key on P-256', 'ecdsa-p256'],
    ['EdDSA', 'aes256-gcm96', 'of type aes256-gcm96 and shows no public key; EdDSA needs an Ed25519 key', 'ed25519'],
  ] as const)('has to fit %s: not %s', async (algorithm, type, words, wanted) => {
    const { vault, signer } = await vaultWith({ type }, { algorithm })
    const { description } = await refusalOf(signer.sign(claims))
    expect(description).toBe(
      `the key orders of Vault is ${words}. Set the algorithm to one of that key, or make a key: vault write transit/keys/NAME type=${wanted} [ERR_KEY_TYPE]`,
    )
    expect(vault.callsTo('/sign/')).toEqual([])
  })

  it('of an old Vault cannot sign by PS256, which is found out before anybody else does', async () => {
    const { vault, signer } = await vaultWith({ type: 'rsa-2048' }, { algorithm: 'PS256' })
    vault.ignoresSaltLength = true
    expect((await refusalOf(signer.sign(claims))).description).toBe(
      'what Vault signed with orders is not a signature by PS256. PS256 needs Vault 1.12 or later, which knows salt_length. [ERR_KEY_SIGNER]',
    )
  })
})

describe('the token for Vault', () => {
  it('never goes over plain http beyond this host', () => {
    const options = { platform: nodePlatform({}), key: 'orders', algorithm: 'ES256' } as const
    expect(() => vaultSigner({ ...options, address: 'http://vault.example:8200' })).toThrow(
      expect.objectContaining({
        code: 'ERR_PROVIDER_PLAINTEXT',
        message: 'Vault at http://vault.example:8200 would be asked over plain http',
      }) as Error,
    )
    vaultSigner({ ...options, address: 'http://vault.example:8200', allowPlaintext: true })
    vaultSigner({ ...options, address: 'http://localhost:8200' })
  })

  it.each(['hvs.first\nhvs.second', 'hvs.§'])('is not quoted when it cannot be sent', async (text) => {
    const { vault, signer } = await vaultWith(
      { type: 'ecdsa-p256' },
      { algorithm: 'ES256', token: () => new Secret(text) },
    )
    const { description } = await refusalOf(signer.sign(claims))
    expect(description).toBe(
      'the token for Vault holds a line break or a character that no token has. Let its file hold the token alone. [ERR_KEY_SIGNER]',
    )
    expect(vault.calls).toEqual([])
  })
})
