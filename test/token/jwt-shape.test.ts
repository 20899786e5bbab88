import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/platform/secret.ts'
import { checked } from '../../src/token/checked.ts'
import { readJwtShape, requireKafkaUsable } from '../../src/token/jwt-shape.ts'
import { fakePlatform } from '../fakes/platform.ts'
import { fakeSource } from '../fakes/source.ts'

const now = Date.UTC(2026, 0, 1)
const exp = now / 1000 + 3_600
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (claims: unknown, header: unknown = { alg: 'ES256' }) => `${part(header)}.${part(claims)}.signature`

describe('a JWT-shaped token', () => {
  it('is read without being trusted', () => {
    expect(readJwtShape(jwt({ sub: 'app' }))).toEqual({ header: { alg: 'ES256' }, claims: { sub: 'app' } })
  })

  it.each([
    ['an opaque token', 'ya29.opaque'],
    ['two parts', `${part({})}.${part({})}`],
    ['four parts', `${jwt({})}.x`],
    ['an empty signature, as of alg none', `${part({ alg: 'none' })}.${part({})}.`],
    ['a header that is not JSON', `e30x.${part({})}.x`],
    ['claims that are a list', `${part({})}.${part([])}.x`],
    ['nothing', ''],
  ])('is not %s', (_what, token) => {
    expect(readJwtShape(token)).toBeUndefined()
  })
})

describe('what Kafka clients take', () => {
  it.each([
    ['exp and sub', { exp, sub: 'app' }],
    ['a fraction of a second', { exp: exp + 0.5, sub: 'app' }],
    ['scope as text', { exp, sub: 'app', scope: 'a b' }],
    ['scope as list', { exp, sub: 'app', scope: ['a', 'b'] }],
    ['iat', { exp, iat: now / 1000, sub: 'app' }],
  ])('is %s', (_what, claims) => {
    expect(requireKafkaUsable(jwt(claims), now)).toEqual(claims)
  })

  it.each([
    ['exp as text', { exp: String(exp), sub: 'app' }, 'ERR_TOKEN_CLAIMS'],
    ['no exp', { sub: 'app' }, 'ERR_TOKEN_CLAIMS'],
    ['sub as number', { exp, sub: 7 }, 'ERR_TOKEN_CLAIMS'],
    ['blank sub', { exp, sub: ' ' }, 'ERR_TOKEN_CLAIMS'],
    ['iat as text', { exp, iat: '1', sub: 'app' }, 'ERR_TOKEN_CLAIMS'],
    ['empty scope', { exp, sub: 'app', scope: '' }, 'ERR_TOKEN_CLAIMS'],
    ['a scope twice', { exp, sub: 'app', scope: ['a', 'a'] }, 'ERR_TOKEN_CLAIMS'],
    ['an end in the past', { exp: now / 1000, sub: 'app' }, 'ERR_TOKEN_EXPIRED'],
    ['more than 500 KB', { exp, sub: 'app', groups: 'g'.repeat(400_000) }, 'ERR_TOKEN_TOO_LARGE'],
  ])('is not %s', (_what, claims, code) => {
    expect(() => requireKafkaUsable(jwt(claims), now)).toThrow(expect.objectContaining({ code }) as Error)
  })

  it('is not a token with characters that SASL cannot carry', () => {
    expect(() => requireKafkaUsable(`${jwt({ exp, sub: 'app' })}\u0001`, now)).toThrow(
      expect.objectContaining({ code: 'ERR_TOKEN_NOT_JWT' }) as Error,
    )
  })
})

describe('a checked source', () => {
  it('takes end and principal from the claims, as Kafka does', async () => {
    const platform = fakePlatform({ now })
    const source = fakeSource(platform)
    source.answer({ value: new Secret(jwt({ exp: exp - 60, sub: 'alice' })), subject: 'bob', expiresAt: exp * 1000 })
    const token = await checked(source, { platform, emit: () => undefined }).getToken(
      { profile: 'default' },
      new AbortController().signal,
    )
    expect(token).toMatchObject({ subject: 'alice', expiresAt: (exp - 60) * 1000 })
  })

  it('says why it refuses, without the token', async () => {
    const platform = fakePlatform({ now })
    const source = fakeSource(platform)
    source.answer({ value: new Secret('ya29.opaque-secret') })
    const refusal = checked(source, { platform, emit: () => undefined }).getToken(
      { profile: 'default' },
      new AbortController().signal,
    )
    await expect(refusal).rejects.toMatchObject({ code: 'ERR_TOKEN_NOT_JWT' })
    await expect(refusal).rejects.not.toMatchObject({ message: expect.stringContaining('ya29') as string })
  })
})
