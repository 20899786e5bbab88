import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  assertionFixture,
  clientAssertionType,
  issuerConfig,
  jwtBearer,
  twoCallers,
  type AssertionFixture,
} from './assertions.ts'
import { confused, ed25519, jwt, otherRsa, p256, p384, p521, part, publicJwk, rsa } from './jwt.ts'

let of: AssertionFixture
beforeEach(async () => {
  of = await assertionFixture()
})
afterEach(() => of.close())

const fraud = { caller: 'fraud', by: 'assertion' }
const orders = { caller: 'orders', by: 'assertion' }
const seconds = (offset: number): number => Math.floor(of.platform.now() / 1000) + offset

describe('an assertion that is good', () => {
  it.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'])('is accepted with %s', async (alg) => {
    of.keys = [publicJwk(rsa, { kid: 'one' })]
    expect(await of.present(of.good({}, { alg }))).toEqual(fraud)
  })

  it.each([
    ['ES256', p256],
    ['ES384', p384],
    ['ES512', p521],
    ['EdDSA', ed25519],
  ])('is accepted with %s', async (alg, key) => {
    of.keys = [publicJwk(rsa, { kid: 'one' }), publicJwk(key, { kid: 'one', alg })]
    expect(await of.present(of.good({}, { alg, key }))).toEqual(fraud)
  })

  it('is accepted without kid, whichever of the keys made it', async () => {
    of.keys = [publicJwk(otherRsa, { kid: 'other' }), publicJwk(p256), publicJwk(rsa, { kid: 'one' })]
    expect(await of.present(of.good({}, { kid: '' }))).toEqual(fraud)
  })

  it('is accepted as the assertion of the grant jwt-bearer', async () => {
    const form = new Map([
      ['grant_type', jwtBearer],
      ['assertion', of.good()],
    ])
    expect(await of.check.check({ headers: {} }, form)).toEqual(fraud)
  })

  it('is the one of the client where the grant has another one', async () => {
    const token = of.good({ sub: 'system:serviceaccount:orders:x' })
    expect(await of.present(token, { grant_type: jwtBearer, assertion: of.good() })).toEqual(orders)
  })

  it.each([
    ['a text', 'kafka-tokens'],
    ['a list', ['else', 'kafka-tokens', 'more']],
  ])('is accepted with %s as audience', async (_name, aud) => {
    expect(await of.present(of.good({ aud }))).toEqual(fraud)
  })

  it.each([
    ['just expired, by the clock of somebody else', { exp: -29 }],
    ['not yet valid, by the clock of somebody else', { nbf: 29, iat: 29 }],
    ['with no beginning', { nbf: undefined, iat: undefined }],
  ])('is accepted %s', async (_name, times) => {
    const claims = Object.entries(times).map(([name, value]) => [name, value === undefined ? value : seconds(value)])
    expect(await of.present(of.good(Object.fromEntries(claims) as object))).toEqual(fraud)
  })

  it('counts by its last claim where one stands twice (RFC 7519 section 4)', async () => {
    const text = JSON.stringify(of.claims()).replace('{', '{"sub":"system:serviceaccount:orders:x",')
    expect(await of.present(jwt(text))).toEqual(fraud)
  })

  it.each([
    ['is nobody that we know, as the unused of Java', 'unused'],
    ['is the caller', 'fraud'],
    ['is a name that objects have', 'constructor'],
  ])('is accepted beside a client_id that %s', async (_name, client_id) => {
    expect(await of.present(of.good(), { client_id })).toEqual(fraud)
  })

  it.each(['orders', 'secretive'])('is not accepted beside the client_id %s of another caller', async (client_id) => {
    const token = of.good()
    const error = await of.refusal(token, { client_id })
    expect(error.message).toBe(`the client_id is ${client_id}, but the assertion is that of fraud`)
    expect(() => of.present(token, { client_id })).toThrow(error.message)
    expect(of.present(token)).toEqual(fraud)
  })
})

describe('a request', () => {
  it.each<[string, Record<string, string>]>([
    ['without any', { grant_type: 'client_credentials' }],
    ['with an assertion of another grant', { grant_type: 'client_credentials', assertion: 'x.y.z' }],
    ['with a secret', { client_id: 'orders', client_secret: 'x' }],
  ])('%s does not try it', (_name, form) => {
    expect(of.check.check({ headers: {} }, new Map(Object.entries(form)))).toBeUndefined()
  })

  it.each<[string, Record<string, string>, string]>([
    [
      'of SAML',
      { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer', client_assertion: 'x' },
      'the client_assertion_type is not the one of a JWT',
    ],
    ['of no type', { client_assertion: 'x' }, 'the client_assertion_type is not the one of a JWT'],
    [
      'that is not there',
      { client_assertion_type: clientAssertionType },
      'there is a client_assertion_type, but no client_assertion',
    ],
  ])('with a client assertion %s is refused', (_name, form, message) => {
    expect(() => of.check.check({ headers: {} }, new Map(Object.entries(form)))).toThrow(message)
  })
})

const noJwt = 'the assertion is not a signed JWT of the form header.claims.signature'

describe('what is no assertion', () => {
  it.each<[string, () => string, string]>([
    ['nothing', () => '', noJwt],
    ['a word', () => 'password', noJwt],
    ['two parts', () => of.good().split('.').slice(0, 2).join('.'), noJwt],
    ['four parts', () => `${of.good()}.x`, noJwt],
    ['no signature', () => of.good().replace(/[^.]*$/, ''), noJwt],
    ['an encrypted one', () => 'a.b.c.d.e', noJwt],
    ['padding', () => `${of.good()}==`, noJwt],
    ['a line break at its end', () => `${of.good()}\n`, noJwt],
    ['standard base64', () => of.good().replace(/.$/, '+'), noJwt],
    ['claims that are not JSON', () => jwt('nonsense'), noJwt],
    ['claims that are a list', () => jwt('[1]'), noJwt],
    ['a header that is not JSON', () => jwt({}, { header: 'x' }), noJwt],
    ['16 KB', () => of.good({ more: 'x'.repeat(16_384) }), 'the assertion has 22 KB, the limit is 16 KB'],
    ['1 MB', () => 'x'.repeat(1_048_576), 'the assertion has 1024 KB, the limit is 16 KB'],
  ])('because it is %s is refused at once', (_name, make, message) => {
    const token = make()
    expect(() => of.present(token)).toThrow(message)
    expect(of.server.calls).toHaveLength(0)
  })
})

describe('an assertion with wrong claims', () => {
  it.each<[string, () => object, string]>([
    ['that expired', () => ({ exp: seconds(-320) }), 'the assertion expired 320 s ago'],
    ['that expired one skew ago', () => ({ exp: seconds(-30) }), 'the assertion expired 30 s ago'],
    ['that expired in 1970', () => ({ exp: 0 }), `the assertion expired ${Date.UTC(2026, 0, 1) / 1000} s ago`],
    ['that begins later', () => ({ nbf: seconds(90) }), 'the assertion is not valid for another 90 s'],
    ['that comes from the future', () => ({ iat: seconds(90) }), 'the assertion was issued 90 s from now'],
    ['without an end', () => ({ exp: undefined }), 'the assertion has no exp, so it would never end'],
    [
      'with an end as text',
      () => ({ exp: String(seconds(60)) }),
      'the claim exp of the assertion is not a number of seconds',
    ],
    ['with no end', () => ({ exp: null }), 'the claim exp of the assertion is not a number of seconds'],
    ['with a beginning as text', () => ({ nbf: '0' }), 'the claim nbf of the assertion is not a number of seconds'],
    ['with its time as text', () => ({ iat: 'now' }), 'the claim iat of the assertion is not a number of seconds'],
    [
      'for somebody else',
      () => ({ aud: ['a', 'b'] }),
      'the audience of the assertion is a, b instead of kafka-tokens or orders',
    ],
    ['for nobody', () => ({ aud: undefined }), 'the assertion has no audience, it should be kafka-tokens or orders'],
    ['for no one', () => ({ aud: [] }), 'the assertion has no audience, it should be kafka-tokens or orders'],
    ['for a number', () => ({ aud: 7 }), 'the claim aud of the assertion is not text or a list of it'],
    [
      'for a list of numbers',
      () => ({ aud: ['kafka-tokens', 7] }),
      'the claim aud of the assertion is not text or a list of it',
    ],
    [
      'of another issuer',
      () => ({ iss: 'https://evil.example' }),
      'the issuer https://evil.example is not trusted here',
    ],
    ['of an issuer with one more slash', () => ({ iss: `${of.issuer}/` }), '/ is not trusted here'],
    ['of an issuer in capitals', () => ({ iss: of.issuer.toUpperCase() }), 'is not trusted here'],
    ['of an issuer that objects have', () => ({ iss: '__proto__' }), 'the issuer __proto__ is not trusted here'],
    ['of no issuer', () => ({ iss: undefined }), 'the assertion has no iss, so nobody can be asked about it'],
    ['of a list of issuers', () => ({ iss: [of.issuer] }), 'the claim iss of the assertion is not text'],
    [
      'of a trust domain that nobody named',
      () => ({ iss: undefined, sub: 'spiffe://evil.example/x' }),
      'the issuer spiffe://evil.example is not trusted here',
    ],
    [
      'of a workload of another trust domain',
      () => ({ iss: 'spiffe://a.example', sub: 'spiffe://b.example/x' }),
      'the subject spiffe://b.example/x is not of the trust domain spiffe://a.example',
    ],
    ['about nobody', () => ({ sub: undefined }), 'the claim sub of the assertion is not a name'],
    ['about a blank', () => ({ sub: ' ' }), 'the claim sub of the assertion is not a name'],
    ['about a number', () => ({ sub: 7 }), 'the claim sub of the assertion is not a name'],
    ['with a jti that is a number', () => ({ jti: 7 }), 'jti of the assertion is not text'],
  ])('%s is refused before anybody is asked', (_name, claims, message) => {
    const token = of.good(claims())
    expect(() => of.present(token)).toThrow(message)
    expect(of.server.calls).toHaveLength(0)
  })

  it('that never ends, as far as JavaScript counts, is refused', () => {
    const text = JSON.stringify(of.claims()).replace(/"exp":\d+/, '"exp":1e999')
    expect(() => of.present(jwt(text))).toThrow('the claim exp of the assertion is not a number of seconds')
  })

  it('is refused in one line that has no control characters, no token and little text', async () => {
    const token = of.good()
    const iss = `\u001b[2J\r\nhttps://${'x'.repeat(5_000)} ${token}`
    const { message } = await of.refusal(of.good({ iss }))
    expect(message).toMatch(/^[\x20-\x7e]+$/)
    expect(message.length).toBeLessThan(200)
    expect(message).not.toContain(token.slice(0, 20))
  })

  it('says what to do', () => {
    const hints: [object, string][] = [
      [{ exp: seconds(-320) }, 'read the file anew'],
      [{ aud: 'https://kubernetes.default.svc' }, 'serviceAccountToken'],
      [{ iss: 'https://evil.example' }, 'kubectl get --raw /.well-known/openid-configuration'],
    ]
    for (const [claims, hint] of hints) {
      expect(() => of.present(of.good(claims))).toThrow(
        expect.objectContaining({
          code: 'ERR_CALLER_ASSERTION',
          status: 401,
          hint: expect.stringContaining(hint) as string,
        }),
      )
    }
  })

  it('for the audience of other callers of its issuer is told by the audience of its own', async () => {
    expect((await of.refusal(of.good({ aud: 'orders' }))).message).toBe(
      'the audience of the assertion is orders instead of kafka-tokens',
    )
  })

  it('is told no audiences where callers have many', async () => {
    const many = await assertionFixture({
      callers: (issuer) =>
        Object.fromEntries(
          Array.from({ length: 9 }, (_, n) => [
            `c${n}`,
            { profiles: ['p'], assertion: { issuer, audience: [`a${n}`], subject: ['x'] } },
          ]),
        ),
    })
    expect((await many.refusal(many.good({ aud: 'else' }))).message).toBe(
      'the audience of the assertion is else instead of one that a caller has here',
    )
    await many.close()
  })

  it('about somebody unknown is told who that is, and nobody else', async () => {
    const error = await of.refusal(of.good({ sub: 'system:serviceaccount:fraud:other' }))
    expect(error.message).toBe(`${of.issuer} vouches for system:serviceaccount:fraud:other, which is no caller here`)
    expect(error.description).not.toContain('fraud:app')
  })
})

describe('an assertion with a wrong signature', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
  const unknown = (): string => `the assertion is signed by a key that ${of.issuer} does not publish (kid one)`
  const wrong = (): string =>
    `the signature of the assertion is not one of the key of ${of.issuer} that it names (kid one)`

  it.each<[string, () => string, () => string]>([
    ['by another key under the same kid', () => of.good({}, { key: otherRsa }), wrong],
    [
      'by another key that the header brings along',
      () =>
        of.good(
          {},
          {
            key: otherRsa,
            header: {
              jwk: publicJwk(otherRsa),
              jku: `${of.server.origin}/evil`,
              x5u: `${of.server.origin}/evil`,
              x5c: ['MII'],
            },
          },
        ),
      wrong,
    ],
    ['by a key that is not published', () => of.good({}, { kid: 'two' }), () => unknown().replace('one', 'two')],
    [
      'by a key without kid that is not published',
      () => of.good({}, { key: otherRsa, kid: '' }),
      () => `the assertion is signed by a key that ${of.issuer} does not publish`,
    ],
    [
      'under the kid of another kind of key',
      () => of.good({}, { key: p256, alg: 'ES256' }),
      () => `the key of ${of.issuer} that the assertion names (kid one) is not one for ES256`,
    ],
    [
      'with an algorithm that the key is not for',
      () => of.good({}, { alg: 'PS256' }),
      () => `the key of ${of.issuer} that the assertion names (kid one) is not one for PS256`,
    ],
    [
      'of RS256 over a key of EC',
      () => of.good({}, { kid: 'ec', header: { alg: 'RS256' }, key: p256, alg: 'ES256' }),
      () => `the key of ${of.issuer} that the assertion names (kid ec) is not one for RS256`,
    ],
    [
      'by a key that is too short',
      () => of.good({}, { key: small, kid: 'small' }),
      () =>
        `the assertion is signed by a key of ${of.issuer} that cannot be used (kid small): it has 1024 bits, at least 2048 are needed`,
    ],
    [
      'by a key that is broken',
      () => of.good({}, { kid: 'broken' }),
      () => `the assertion is signed by a key of ${of.issuer} that cannot be used (kid broken): it is broken`,
    ],
    ['by a key for encryption', () => of.good({}, { kid: 'enc' }), () => unknown().replace('one', 'enc')],
    [
      'with other claims',
      () => of.good().replace(/\.[^.]+\./, `.${part(of.claims({ sub: 'system:serviceaccount:orders:x' }))}.`),
      wrong,
    ],
    ['with another header', () => of.good().replace(/^[^.]+/, part({ alg: 'RS256', kid: 'one', typ: 'x' })), wrong],
    ['that is short', () => of.good().replace(/[^.]+$/, 'AAAA'), wrong],
  ])('%s is refused', async (_name, make, message) => {
    of.keys = [
      publicJwk(rsa, { kid: 'one', alg: 'RS256', use: 'sig' }),
      publicJwk(p256, { kid: 'ec', use: 'sig' }),
      publicJwk(small, { kid: 'small' }),
      { kty: 'RSA', kid: 'broken', e: 'AQAB' },
      publicJwk(rsa, { kid: 'enc', use: 'enc' }),
    ]
    const error = await of.refusal(make())
    expect(error).toMatchObject({ code: 'ERR_CALLER_ASSERTION', status: 401, message: message() })
    expect(of.server.callsTo('evil')).toHaveLength(0)
  })

  it.each<[string, () => string, string]>([
    ['with none', () => `${part({ alg: 'none' })}.${part(of.claims())}.AAAA`, 'alg none'],
    ['with None', () => `${part({ alg: 'None' })}.${part(of.claims())}.AAAA`, 'alg None'],
    ['with HS256 and the public key as PEM', () => confused(of.claims(), rsa, 'pem'), 'alg HS256'],
    ['with HS256 and the public key as DER', () => confused(of.claims(), rsa, 'der'), 'alg HS256'],
    ['with what objects have', () => of.good({}, { header: { alg: 'toString' } }), 'alg toString'],
    ['with a list', () => of.good({}, { header: { alg: ['RS256'] } }), 'alg missing'],
    ['with nothing', () => of.good({}, { header: '{}' }), 'alg missing'],
  ])('%s is refused at once', (_name, make, alg) => {
    of.keys = [{ kty: 'oct', kid: 'one', k: 'c2VjcmV0' }]
    expect(() => of.present(make())).toThrow(`the assertion is not signed in a way that is accepted here (${alg})`)
  })

  it.each([[['b64']], [['exp']], ['b64'], [[]]])('with the critical header %j is refused', (crit) => {
    expect(() => of.present(of.good({}, { header: { crit, b64: false } }))).toThrow('critical header (crit)')
  })

  it('never verifies by a symmetric key of the issuer', async () => {
    of.keys = [{ kty: 'oct', kid: 'one', k: 'c2VjcmV0', alg: 'RS256' }]
    expect((await of.refusal(of.good())).message).toBe(unknown())
  })

  it('that has other bits at its end which decode to the same is refused', async () => {
    const token = of.good()
    await of.present(token)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet[alphabet.indexOf(token.at(-1) ?? '') ^ 1] ?? ''
    expect(() => of.present(token.slice(0, -1) + last)).toThrow(noJwt)
  })
})

describe('who a subject is', () => {
  const rule = (subject: string[], audience = ['kafka-tokens']) => ({
    profiles: ['p'],
    assertion: { issuer: of.issuer, audience, subject },
  })

  it('is decided by an exact one first, then by the longest pattern', async () => {
    of.replace({
      batch: rule(['system:serviceaccount:fraud:batch-*']),
      all: rule(['system:serviceaccount:*:*']),
      team: rule(['system:serviceaccount:fraud:*']),
      app: rule(['other', 'system:serviceaccount:fraud:app']),
    })
    const callerOf = async (sub: string) => (await of.present(of.good({ sub }))).caller
    expect(await callerOf('system:serviceaccount:fraud:app')).toBe('app')
    expect(await callerOf('system:serviceaccount:fraud:batch-1')).toBe('batch')
    expect(await callerOf('system:serviceaccount:fraud:other')).toBe('team')
    expect(await callerOf('system:serviceaccount:orders:app')).toBe('all')
    expect(await callerOf('other')).toBe('app')
  })

  it('is not decided anew by a wider pattern where the audience is wrong', async () => {
    of.replace({ wide: rule(['a:*']), narrow: rule(['a:b'], ['narrow']) })
    expect((await of.refusal(of.good({ sub: 'a:b' }))).message).toBe(
      'the audience of the assertion is kafka-tokens instead of narrow',
    )
  })

  it('is decided by the audience where callers share a subject', async () => {
    of.replace({ one: rule(['a:b'], ['one']), two: rule(['a:b'], ['two']) })
    expect((await of.present(of.good({ sub: 'a:b', aud: 'two' }))).caller).toBe('two')
    expect((await of.present(of.good({ sub: 'a:b', aud: ['two', 'one'] }))).caller).toBe('one')
  })

  it('is decided quickly among 10,000', async () => {
    of.replace(
      Object.fromEntries(
        Array.from({ length: 10_000 }, (_, n) => [`c${n}`, rule([`system:serviceaccount:team-${n}:*`, `exact-${n}`])]),
      ),
    )
    expect((await of.present(of.good({ sub: 'system:serviceaccount:team-9999:x' }))).caller).toBe('c9999')
    expect((await of.present(of.good({ sub: 'exact-5000' }))).caller).toBe('c5000')
  })
})

describe('an assertion that was accepted', () => {
  it('is remembered for 60 s, and then answered at once', async () => {
    const token = of.good()
    await of.present(token)
    of.server.fail('/', 'hang')
    await of.platform.pass(59_999)
    expect(of.present(token)).toEqual(fraud)
    await of.platform.pass(1)
    const again = of.present(token)
    expect(again).toBeInstanceOf(Promise)
    expect(await again).toEqual(fraud)
  })

  it('is not remembered beyond its end', async () => {
    const token = of.good({ exp: seconds(10) })
    await of.present(token)
    await of.platform.pass(39_999)
    expect(of.present(token)).toEqual(fraud)
    await of.platform.pass(1)
    expect(() => of.present(token)).toThrow('the assertion expired 30 s ago')
  })

  it('is forgotten when the clock says that it has ended', async () => {
    const token = of.good()
    await of.present(token)
    of.platform.stepWallClock(3_600_000 + 30_000)
    expect(() => of.present(token)).toThrow('the assertion expired 30 s ago')
  })

  it('is looked at once when many send it at the same time', async () => {
    const token = of.good()
    expect(await Promise.all(Array.from({ length: 500 }, async () => of.present(token)))).toEqual(
      Array(500).fill(fraud),
    )
    expect(of.server.callsTo('/jwks')).toHaveLength(1)
  })

  it('holds on when something else of the configuration changes', async () => {
    const token = of.good()
    await of.present(token)
    of.replace({ ...twoCallers(of.issuer), more: { profiles: ['p'] } })
    expect(of.present(token)).toEqual(fraud)
  })

  it('is that of another caller when the subject is', async () => {
    const token = of.good()
    await of.present(token)
    const { fraud: before } = twoCallers(of.issuer)
    of.replace({ renamed: before as NonNullable<typeof before> })
    expect(of.present(token)).toEqual({ caller: 'renamed', by: 'assertion' })
  })

  it.each<[string, (issuer: string) => Parameters<AssertionFixture['replace']>, string]>([
    ['its caller is gone', () => [{}], 'is not trusted here'],
    ['its subject is', (issuer) => [{ orders: twoCallers(issuer)['orders'] as object }], 'which is no caller here'],
    [
      'the audience of the assertion is another one',
      (issuer) => [
        {
          fraud: {
            profiles: ['p'],
            assertion: { issuer, audience: ['new'], subject: ['system:serviceaccount:fraud:app'] },
          },
        },
      ],
      'instead of new',
    ],
    [
      'its issuer has other keys',
      (issuer) => [undefined, { [issuer]: issuerConfig({ jwksUri: `${issuer}/nothing` }) }],
      'cannot be had',
    ],
  ])('is forgotten when %s', async (_name, next, message) => {
    const token = of.good()
    await of.present(token)
    of.replace(...next(of.issuer))
    expect((await of.refusal(token)).message).toContain(message)
  })
})

describe('an assertion that is being looked at while the configuration changes', () => {
  beforeEach(async () => {
    await of.present(of.good())
  })

  it('is not accepted by keys that are no longer those of the issuer', async () => {
    const refusal = of.refusal(of.good())
    of.replace(undefined, { [of.issuer]: issuerConfig({ jwksUri: `${of.issuer}/nothing` }) })
    expect(await refusal).toMatchObject({
      code: 'ERR_CALLER_KEYS',
      message: 'the configuration of the sidecar changes',
    })
  })

  it('is that of the caller whom the new configuration says', async () => {
    const proof = of.present(of.good())
    const { fraud: before } = twoCallers(of.issuer)
    of.replace({ renamed: before as NonNullable<typeof before> })
    expect(await proof).toEqual({ caller: 'renamed', by: 'assertion' })
  })

  it('is not remembered as refused', async () => {
    const token = of.good({}, { key: otherRsa })
    const refusal = of.refusal(token)
    of.replace()
    await refusal
    const again = of.present(token)
    expect(again).toBeInstanceOf(Promise)
    await expect(again).rejects.toThrow()
  })
})

describe('an assertion that was refused', () => {
  it('is refused at once for 5 s, with the same words', async () => {
    const token = of.good({ sub: 'system:serviceaccount:new:app' })
    const { message } = await of.refusal(token)
    await of.platform.pass(4_999)
    expect(() => of.present(token)).toThrow(message)
    await of.platform.pass(1)
    const again = of.present(token)
    expect(again).toBeInstanceOf(Promise)
    await expect(again).rejects.toThrow(message)
  })

  it('is looked at again when the configuration changes', async () => {
    const token = of.good({ sub: 'system:serviceaccount:new:app' })
    await of.refusal(token)
    of.replace({
      next: {
        profiles: ['p'],
        assertion: { issuer: of.issuer, audience: ['kafka-tokens'], subject: ['system:serviceaccount:new:*'] },
      },
    })
    expect(await of.present(token)).toEqual({ caller: 'next', by: 'assertion' })
  })
})
