import { describe, expect, it } from 'vitest'
import { refusal, tokenAnswers } from '../../src/http/token-answer.ts'
import { Secret } from '../../src/platform/secret.ts'
import { errorTable } from '../../src/token/error-table.ts'
import { TokenError, type ErrorCode } from '../../src/token/error.ts'
import { expectRefusal, wire } from './wire.ts'

const now = Date.UTC(2026, 0, 1)
const librdkafka = { headers: { host: 'localhost' } }

describe('an answer with a token (RFC 6749 §5.1)', () => {
  const token = { value: new Secret('a.b.c'), expiresAt: now + 3_600_000 }

  it('has what the RFC asks for, and is kept by no cache', () => {
    const { status, headers, body } = tokenAnswers()(token, now)
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual({ access_token: 'a.b.c', token_type: 'Bearer', expires_in: 3_600 })
    expect(headers).toMatchObject({
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      Pragma: 'no-cache',
      'Content-Length': String(Buffer.byteLength(body)),
    })
  })

  it('names the scope where one was granted', () => {
    expect(JSON.parse(tokenAnswers()({ ...token, scope: 'kafka read' }, now).body)).toMatchObject({
      scope: 'kafka read',
    })
  })

  it.each([
    [0, 3_600],
    [1, 3_599],
    [999, 3_599],
    [1_000, 3_599],
    [1_001, 3_598],
    [3_599_999, 0],
    [3_600_000, 0],
    [9_999_999, 0],
    [0.5, 3_599],
  ])('counts expires_in in whole seconds at the moment of the answer: %d ms later %d', (passed, expected) => {
    const answers = tokenAnswers()
    answers(token, now)
    expect(JSON.parse(answers(token, now + passed).body)).toMatchObject({ expires_in: expected })
  })

  it('never mixes up two tokens', () => {
    const answers = tokenAnswers()
    answers(token, now)
    expect(answers({ ...token, value: new Secret('d.e.f') }, now).body).toContain('d.e.f')
    expect(answers(token, now).body).toContain('a.b.c')
  })
})

describe('a refusal (RFC 6749 §5.2)', () => {
  const codes = Object.keys(errorTable) as ErrorCode[]

  it.each(codes)('tells %s to a client that can take it, in one ASCII line', (code) => {
    const error = new TokenError(code, 'it is "quoted" with a \\ and a\nnewline, ümlaut – dash\u0000\u007f')
    const answer = refusal(error, wire())
    expectRefusal(answer, error.status, code)
    expect(answer.headers).toMatchObject({ 'Cache-Control': 'no-store', Pragma: 'no-cache' })
    expect(answer.headers['Content-Length']).toBe(String(Buffer.byteLength(answer.body)))
  })

  it.each(codes)('gives librdkafka no body with %s where it would try again', (code) => {
    const error = new TokenError(code, 'message')
    const answer = refusal(error, librdkafka)
    const tries = [408, 425, 429].includes(error.status) || error.status >= 500
    expect(answer.status).toBe(error.status)
    expect(answer.body === '').toBe(tries)
    expect(answer.headers['Content-Length']).toBe(String(answer.body.length))
  })

  it.each([
    [undefined, '1'],
    [0, '1'],
    [1, '1'],
    [1_000, '1'],
    [1_001, '2'],
    [30_000, '30'],
  ])('says with a 503 when to come back: %j ms is %s s', (retryAfterMs, expected) => {
    const error = new TokenError('ERR_GCP_UNAVAILABLE', 'down', retryAfterMs === undefined ? {} : { retryAfterMs })
    expect(refusal(error, wire()).headers['Retry-After']).toBe(expected)
    expect(refusal(error, librdkafka)).toMatchObject({ status: 503, body: '', headers: { 'Retry-After': expected } })
  })

  it('asks for other credentials with a 401 only where some were sent', () => {
    const error = new TokenError('ERR_GCP_REFUSED', 'no', { oauth: 'invalid_client' })
    expect(refusal(error, wire({ headers: { authorization: 'Basic eDp5' } }))).toMatchObject({
      status: 401,
      headers: { 'WWW-Authenticate': expect.stringMatching(/^Basic /) as string },
    })
    expect(refusal(error, wire()).headers).not.toHaveProperty('WWW-Authenticate')
  })

  it.each([[new Error('boom')], ['boom'], [undefined], [null], [{ message: 'boom' }]])(
    'calls what is no TokenError a defect: %j',
    (thrown) => {
      expectRefusal(refusal(thrown, wire()), 500, 'ERR_TOKEN_INTERNAL')
    },
  )

  it('keeps a long message from a provider short', () => {
    expect(refusal(new TokenError('ERR_GCP_ANSWER', 'x'.repeat(100_000)), wire()).body.length).toBeLessThan(1_200)
  })
})
