import { describe, expect, it } from 'vitest'
import { signAssertion, type AssertionClaims, type AssertionMaking } from '../../src/oauth/assertion.ts'
import { fakePlatform } from '../fakes/platform.ts'

const platform = fakePlatform({ now: 1_760_000_000_999 })
const iat = 1_760_000_000
const endpoint = { url: new URL('https://idp.example/realms/k/token'), issuer: 'https://idp.example/realms/k' }
const dates = { iat, exp: iat + 300, nbf: iat - 60 }

const kafka: AssertionClaims = {
  aud: undefined,
  defaultAudience: 'issuer',
  iss: 'orders',
  sub: 'orders',
  expSeconds: 300,
  nbfSeconds: 60,
  jtiInclude: false,
}

/** What is given to the signer. */
async function made(
  claims: Partial<AssertionClaims> = {},
  making: Partial<AssertionMaking> = {},
  at: { url: URL; issuer?: string } = endpoint,
): Promise<{ claims: unknown; header: unknown }> {
  let seen: { claims: unknown; header: unknown } | undefined
  const signer = {
    publicJwks: () => Promise.resolve([]),
    sign: (signed: object, options: { header?: object } = {}) => {
      seen = { claims: signed, header: options.header }
      return Promise.resolve('a.b.c')
    },
  }
  const wanted = { endpoint: at, former: false, signal: new AbortController().signal }
  await signAssertion({ signer, header: {}, ...making }, { ...kafka, ...claims }, wanted, platform)
  return seen as NonNullable<typeof seen>
}

describe('the claims of an assertion (KIP-1258)', () => {
  it.each<[string, Partial<AssertionClaims>, object | undefined, object]>([
    ['are those of Kafka by default', {}, undefined, { iss: 'orders', sub: 'orders', aud: endpoint.issuer, ...dates }],
    [
      'have the lifetimes that are configured',
      { expSeconds: 10, nbfSeconds: 0 },
      undefined,
      { exp: iat + 10, nbf: iat },
    ],
    ['have an audience that is configured', { aud: 'https://a' }, undefined, { aud: 'https://a' }],
    ['have a list of audiences where it is configured', { aud: ['https://a'] }, undefined, { aud: ['https://a'] }],
    [
      'have the token endpoint as audience where the provider wants it',
      { defaultAudience: 'token-endpoint' },
      undefined,
      { aud: endpoint.url.href },
    ],
    [
      'take iss, sub, aud from a template',
      {},
      { iss: 'i', sub: 's', aud: ['a', 'b'] },
      { iss: 'i', sub: 's', aud: ['a', 'b'] },
    ],
    ['take others from a template as they are', {}, { tenant: { id: [1] }, x: null }, { tenant: { id: [1] }, x: null }],
    ['take no iat, exp or nbf from a template', {}, { iat: 1, exp: 2, nbf: 3 }, dates],
    [
      'take no jti from a template where there is one of ours',
      { jtiInclude: true },
      { jti: 'static' },
      { jti: expect.stringMatching(/^uuid-/) as string },
    ],
    ['take a jti from a template where we make none', {}, { jti: 'theirs' }, { jti: 'theirs' }],
  ])('%s', async (_name, claims, payload, expected) => {
    const making = payload ? { template: { header: {}, payload: payload as Record<string, unknown> } } : {}
    expect((await made(claims, making)).claims).toMatchObject(expected)
  })

  it('are left out where they are false, unless the template has them', async () => {
    expect((await made({ aud: false, iss: false, sub: false })).claims).toEqual(dates)
    const template = { header: {}, payload: { sub: 'of the template' } }
    expect((await made({ aud: false, iss: false, sub: false }, { template })).claims).toEqual({
      ...dates,
      sub: 'of the template',
    })
  })

  it('have a new jti each time', async () => {
    const ids = await Promise.all(
      [1, 2, 3].map(async () => (await made({ jtiInclude: true })).claims as { jti: string }),
    )
    expect(new Set(ids.map(({ jti }) => jti)).size).toBe(3)
  })

  it('have the token endpoint as audience where nobody knows the issuer', async () => {
    expect((await made({}, {}, { url: endpoint.url })).claims).toMatchObject({ aud: endpoint.url.href })
  })

  it('cannot be made to have a prototype of their own', async () => {
    const payload = JSON.parse('{"__proto__":{"polluted":true},"constructor":"c"}') as Record<string, unknown>
    const { claims } = await made({}, { template: { header: {}, payload } })
    expect((claims as { polluted?: boolean }).polluted).toBeUndefined()
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('the header of an assertion', () => {
  it.each<[string, Record<string, unknown>, Record<string, string>, object]>([
    ['has typ and what the signer adds', {}, {}, { typ: 'JWT' }],
    ['takes fields from the template', { kid: 't', cty: 'x' }, {}, { typ: 'JWT', kid: 't', cty: 'x' }],
    ['takes neither alg nor typ from it', { alg: 'none', typ: 'evil' }, {}, { typ: 'JWT' }],
    [
      'puts the options over it',
      { kid: 't', 'x5t#S256': 't' },
      { kid: 'o', 'x5t#S256': 'o' },
      { typ: 'JWT', kid: 'o', 'x5t#S256': 'o' },
    ],
  ])('%s', async (_name, header, options, expected) => {
    expect((await made({}, { template: { header, payload: {} }, header: options })).header).toEqual(expected)
  })
})
