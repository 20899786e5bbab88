import { createPublicKey } from 'node:crypto'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, decodeProtectedHeader, exportJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { thumbprint } from '../../../src/keys/jwk.ts'
import { nodePlatform } from '../../../src/platform/platform.ts'
import { Secret } from '../../../src/platform/secret.ts'
import { certificateAuthority } from '../../fakes/certificate-authority.ts'
import { jwk, keyOf, pkcs8 } from '../../keys/key-forms.ts'
import { refusalOf } from '../outcome.ts'
import { fixedSource, make, type Surroundings } from './make.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kts-assertion-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

let files = 0
function file(content: string | object): string {
  const path = join(folder, `file-${++files}`)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 })
  return path
}

const issuer = 'https://idp.example/realms/k'
const tokenEndpoint = `${issuer}/protocol/openid-connect/token`
const platform = {
  ...nodePlatform({}),
  fetch: () => Promise.resolve(Response.json({ issuer, token_endpoint: tokenEndpoint })),
}

const signal = (): AbortSignal => AbortSignal.timeout(5_000)

async function assertionOf(
  assertion: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>> = {},
  around: Surroundings = {},
): Promise<string> {
  const own = { privateKeyFile: file(pkcs8(keyOf.RS256)), ...assertion }
  const { source } = make(
    'client-credentials',
    { issuer, clientId: 'orders', assertion: own, ...options },
    { platform, ...around },
  )
  const made = (await source.makeAssertion(signal())).reveal()
  source.close?.()
  return made
}

describe('the default audience of an assertion', () => {
  it.each<[string, Record<string, unknown>, string, Record<string, unknown>?]>([
    ['the issuer of the metadata', {}, issuer],
    ['the token endpoint without an issuer', { issuer: undefined, tokenEndpoint }, tokenEndpoint],
    ['the issuer beside a token endpoint', { tokenEndpoint: 'https://other.example/token' }, issuer],
    ['the issuer for keycloak', { provider: 'keycloak' }, issuer],
    ['the issuer for auth0', { provider: 'auth0' }, issuer],
    ['the issuer for confluent', { provider: 'confluent' }, issuer],
    ['the token endpoint for okta', { provider: 'okta' }, tokenEndpoint],
    ['the token endpoint for entra', { provider: 'entra' }, tokenEndpoint],
    ['the token endpoint for ping', { provider: 'ping' }, tokenEndpoint],
    ['what is configured, whoever it is for', { provider: 'okta' }, 'mine', { claim: { aud: 'mine' } }],
  ])('is %s', async (_name, options, audience, assertion = {}) => {
    expect(decodeJwt(await assertionOf(assertion, options)).aud).toBe(audience)
  })

  it('is a list only where a list is configured, and none for false', async () => {
    expect(decodeJwt(await assertionOf({ claim: { aud: ['mine'] } })).aud).toEqual(['mine'])
    expect(decodeJwt(await assertionOf({ claim: { aud: false } }))).not.toHaveProperty('aud')
  })
})

describe('a provider preset', () => {
  it.each([
    [undefined, 300, false],
    ['keycloak', 60, true],
    ['auth0', 60, true],
    ['okta', 300, true],
    ['entra', 300, true],
    ['ping', 300, true],
    ['confluent', 300, false],
  ])('of %s makes assertions of %i s, with a jti: %s', async (provider, seconds, hasJti) => {
    const { exp = 0, iat = 0, jti, nbf } = decodeJwt(await assertionOf({}, { provider }))
    expect([exp - iat, jti !== undefined, nbf]).toEqual([seconds, hasJti, iat - 60])
    const claim = { expSeconds: 17, jtiInclude: !hasJti }
    const own = decodeJwt(await assertionOf({ claim }, { provider }))
    expect([(own.exp ?? 0) - (own.iat ?? 0), own.jti !== undefined]).toEqual([17, !hasJti])
  })
})

describe('iss and sub', () => {
  it('are the client id, or what is configured, or left out', async () => {
    expect(decodeJwt(await assertionOf({}))).toMatchObject({ iss: 'orders', sub: 'orders' })
    expect(decodeJwt(await assertionOf({ claim: { iss: 'i', sub: 's' } }))).toMatchObject({ iss: 'i', sub: 's' })
    const without = decodeJwt(await assertionOf({ claim: { iss: false, sub: false } }))
    expect(Object.keys(without).sort()).toEqual(['aud', 'exp', 'iat', 'nbf'])
  })

  it('may stand in the template alone', async () => {
    const templateFile = file({ payload: { iss: 'i', sub: 's' } })
    expect(decodeJwt(await assertionOf({ templateFile }, { clientId: undefined }))).toMatchObject({
      iss: 'i',
      sub: 's',
    })
  })
})

describe('the kid of an assertion', () => {
  const own = async () => thumbprint(await exportJWK(createPublicKey(keyOf.RS256)))
  const inJwk = () => file({ ...jwk(keyOf.RS256), kid: 'of the JWK' })
  const inTemplate = () => file({ header: { kid: 'of the template' } })

  it.each([
    ['none for PEM', {}, undefined],
    ['that of the JWK', { privateKeyFile: inJwk }, 'of the JWK'],
    ['that of the template', { templateFile: inTemplate }, 'of the template'],
    [
      'that of the template before that of the JWK',
      { privateKeyFile: inJwk, templateFile: inTemplate },
      'of the template',
    ],
    ['that of the option before all', { privateKeyFile: inJwk, templateFile: inTemplate, keyId: 'mine' }, 'mine'],
    ['the thumbprint where the key is published', { publishKeys: true }, own],
    ['that of the JWK, also where it is published', { publishKeys: true, privateKeyFile: inJwk }, 'of the JWK'],
    [
      'that of the template, also where it is published',
      { publishKeys: true, templateFile: inTemplate },
      'of the template',
    ],
    ['that of the option, also where it is published', { publishKeys: true, keyId: 'mine' }, 'mine'],
  ])('is %s, and the published key has the same', async (_name, options, expected) => {
    const assertion = Object.fromEntries(
      Object.entries(options).map(([name, value]: [string, unknown]) => [
        name,
        typeof value === 'function' ? (value as () => string)() : value,
      ]),
    )
    const kid = typeof expected === 'function' ? await expected() : expected
    const { source } = make(
      'client-credentials',
      { issuer, clientId: 'orders', assertion: { privateKeyFile: file(pkcs8(keyOf.RS256)), ...assertion } },
      { platform },
    )
    const header = decodeProtectedHeader((await source.makeAssertion(signal())).reveal())
    expect(header).toEqual({ alg: 'RS256', typ: 'JWT', ...(kid !== undefined && { kid }) })
    if ('publishKeys' in options) expect((await source.publishedJwks?.())?.map((key) => key.kid)).toEqual([kid])
    else expect(source.publishedJwks).toBeUndefined()
    source.close?.()
  })
})

describe('the x5t#S256 of an assertion', () => {
  it('is that of the certificate of the key', async () => {
    const { key, cert } = certificateAuthority().issue('orders.example')
    const assertion = { algorithm: 'ES256', privateKeyFile: file(key), certificateFile: file(cert) }
    const expected = createHash('sha256').update(new X509Certificate(cert).raw).digest('base64url')
    expect(decodeProtectedHeader(await assertionOf(assertion))['x5t#S256']).toBe(expected)
    const templateFile = file({ header: { 'x5t#S256': 'of the template' } })
    expect(decodeProtectedHeader(await assertionOf({ ...assertion, templateFile }))['x5t#S256']).toBe(expected)
  })
})

describe('a ready-made assertion', () => {
  it('is handed on as it is, from a file or another profile', async () => {
    const assertion = await assertionOf({})
    expect(await assertionOf({ privateKeyFile: undefined, file: file(` ${assertion}\n`) })).toBe(assertion)
    const profiles = { google: fixedSource(() => assertion) }
    expect(await assertionOf({ privateKeyFile: undefined, profile: 'google' }, {}, { profiles })).toBe(assertion)
  })

  it('that has expired is not sent', async () => {
    const old = (exp: unknown) =>
      `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.c2ln`
    const path = file(old(Math.floor(Date.now() / 1000) - 100))
    const failure = await refusalOf(assertionOf({ privateKeyFile: undefined, file: path }))
    expect(failure.message).toMatch(new RegExp(`^the token in ${path} expired 10\\d s ago$`))
    expect(failure).toMatchObject({ code: 'ERR_KEY_ASSERTION', transient: true })
    for (const odd of ['soon', null, undefined, Date.now()]) {
      expect(await assertionOf({ privateKeyFile: undefined, file: file(old(odd)) })).toBe(old(odd))
    }
  })
})

describe('a passphrase', () => {
  const words = 'correct horse: 3 €'
  const encrypted = () =>
    file(keyOf.RS256.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: words }))

  it.each([
    ['a file', () => ({ privateKeyPassphraseFile: file(`\uFEFF${words}\r\n`) }), {}],
    ['the usual variable', () => ({}), { KTS_ASSERTION_PRIVATE_KEY_PASSPHRASE: words }],
    ['a variable of another name', () => ({ privateKeyPassphraseVariable: 'MINE' }), { MINE: words }],
    ['a program', () => ({ privateKeyPassphrase: new Secret(words) }), { KTS_ASSERTION_PRIVATE_KEY_PASSPHRASE: 'no' }],
    [
      'a file rather than the variable',
      () => ({ privateKeyPassphraseFile: file(words) }),
      { KTS_ASSERTION_PRIVATE_KEY_PASSPHRASE: 'no' },
    ],
  ])('may come from %s', async (_name, options, env) => {
    const assertion = { privateKeyFile: encrypted(), ...options() }
    await assertionOf(assertion, {}, { platform: { ...platform, env }, profile: 'default' })
  })
})
