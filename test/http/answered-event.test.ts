import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { answeredEvent } from '../../src/http/answered-event.ts'
import { Secret } from '../../src/platform/secret.ts'
import { TokenError } from '../../src/token/error.ts'
import { wire } from './wire.ts'

const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')
const jwt = (claims: object): string => `${part({ alg: 'ES256' })}.${part(claims)}.c2lnbmF0dXJl`
const token = (value: string) => ({ value: new Secret(value), expiresAt: 1_800_000_000_000, subject: 'orders' })
const digest = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex').slice(0, 16)}`

describe('what is told of an answer', () => {
  it('is who asked for what, from where, and which token was given', () => {
    const value = jwt({ jti: 'id-1' })
    const event = answeredEvent(wire(), {
      outcome: 'token',
      status: 200,
      tookMs: 3,
      profile: 'orders',
      proof: { caller: 'orders-app', by: 'secret' },
      token: token(value),
    })
    expect(event).toMatchObject({
      type: 'request-answered',
      profile: 'orders',
      outcome: 'token',
      status: 200,
      tookMs: 3,
      client: 'java',
      from: '127.0.0.1',
      caller: 'orders-app',
      provedBy: 'secret',
      token: { subject: 'orders', expiresAt: 1_800_000_000_000 },
    })
    expect(event.token?.id()).toBe('id-1')
    expect([event.code, event.message, event.reason]).toEqual([undefined, undefined, undefined])
    expect(JSON.stringify(event)).not.toContain(value.split('.')[2])
  })

  it('is which delegation token was given', () => {
    const delegationToken = {
      name: 'spark',
      tokenId: 'id-1',
      owner: 'User:spark',
      renewers: [],
      expiresAt: 1,
      maxLifetimeAt: 2,
    }
    const event = answeredEvent(wire(), { outcome: 'token', status: 200, tookMs: 3, delegationToken })
    expect(event).toMatchObject({ outcome: 'token', delegationToken })
    expect([event.profile, event.token]).toEqual([undefined, undefined])
  })

  it('is what the client heard, and what it did not hear', () => {
    const cause = new Error('wrong secret of orders-app')
    const error = new TokenError('ERR_CALLER_UNKNOWN', 'the client id is not known here', { cause })
    const event = answeredEvent(wire(), { outcome: 'refused', status: 401, tookMs: 500, error })
    expect(event).toMatchObject({ code: 'ERR_CALLER_UNKNOWN', reason: 'wrong secret of orders-app' })
    expect(event.message).not.toContain('wrong secret')
    expect(event.caller).toBeUndefined()
  })

  it.each([
    ['of a provider', new TokenError('ERR_PROVIDER_CLIENT', 'refused', { cause: new Error('body with a token') })],
    ['of ours', new TokenError('ERR_TOKEN_INTERNAL', 'boom', { cause: new Error('deep inside') })],
    ['that is no error', new TokenError('ERR_CALLER_UNKNOWN', 'no', { cause: 'text' })],
    ['that is missing', new TokenError('ERR_CALLER_PROFILE', 'no')],
  ])('has no reason from a cause %s', (_case, error) => {
    expect(answeredEvent(wire(), { outcome: 'refused', status: 400, tookMs: 0, error }).reason).toBeUndefined()
  })

  it('is little of what never became a request', () => {
    const error = new TokenError('ERR_REQUEST_MALFORMED', 'not HTTP')
    const event = answeredEvent(undefined, { outcome: 'refused', status: 400, tookMs: 0, error })
    expect(event).toMatchObject({ client: 'other', code: 'ERR_REQUEST_MALFORMED' })
    expect(event.from).toBeUndefined()
  })
})

describe('the id of a token', () => {
  const idOf = (value: string): string | undefined =>
    answeredEvent(wire(), { outcome: 'token', status: 200, tookMs: 0, token: token(value) }).token?.id()

  it.each(['a', 'trrtcc:8f-1.2_3', 'b'.repeat(100)])('is its jti, which brokers see too: %s', (jti) => {
    expect(idOf(jwt({ jti }))).toBe(jti)
  })

  it.each([
    ['no jti', jwt({ sub: 'orders' })],
    ['a jti that is a number', jwt({ jti: 7 })],
    ['an empty jti', jwt({ jti: '' })],
    ['a jti of two lines', jwt({ jti: 'a\nb' })],
    ['a jti with quotes', jwt({ jti: '{"a":1}' })],
    ['a jti with spaces', jwt({ jti: 'a b' })],
    ['a huge jti', jwt({ jti: 'b'.repeat(101) })],
    ['nothing of a JWT', 'opaque-token'],
    ['two dots and no JSON', 'a.b.c'],
  ])('is the beginning of its digest where it has %s', (_case, value) => {
    expect(idOf(value)).toBe(digest(value))
  })

  it('is found once, however often the token is given', () => {
    let revealed = 0
    class Counting extends Secret {
      override reveal(): string {
        revealed += 1
        return super.reveal()
      }
    }
    const given = { ...token(''), value: new Counting(jwt({ jti: 'id-1' })) }
    for (let times = 0; times < 5; times++) {
      answeredEvent(wire(), { outcome: 'token', status: 200, tookMs: 0, token: given }).token?.id()
    }
    expect(revealed).toBe(1)
  })

  it('is not looked for unless somebody asks', () => {
    const value = new Secret('x')
    Object.assign(value, {
      reveal: () => {
        throw new Error('nobody asked')
      },
    })
    expect(() =>
      answeredEvent(wire(), { outcome: 'token', status: 200, tookMs: 0, token: { ...token(''), value } }),
    ).not.toThrow()
  })
})
