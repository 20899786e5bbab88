import { describe, expect, it } from 'vitest'
import { auditLine } from '../../src/ops/audit-line.ts'
import type { RequestAnswered } from '../../src/token/event.ts'

const now = Date.UTC(2026, 0, 1, 12)
const time = '2026-01-01T12:00:00.000Z'

const answered: RequestAnswered = {
  type: 'request-answered',
  profile: 'orders',
  outcome: 'token',
  status: 200,
  code: undefined,
  client: 'java',
  tookMs: 1,
  message: undefined,
}
const token = { subject: 'orders', id: () => 'sha256:0123456789ab', expiresAt: now + 3_599_900 }
const proved = { caller: 'orders-app', provedBy: 'secret', from: '10.0.0.7' } as const

describe('a line of the audit stream', () => {
  it.each<[string, Partial<RequestAnswered>, string]>([
    [
      'a token given to a caller',
      { ...proved, token },
      `{"time":"${time}","event":"token-given","caller":"orders-app","provedBy":"secret","from":"10.0.0.7","client":"java","profile":"orders","subject":"orders","tokenId":"sha256:0123456789ab","remainingSeconds":3599,"status":200}`,
    ],
    [
      'a token given to whoever asked, of a principal unknown',
      { token: { ...token, subject: undefined } },
      `{"time":"${time}","event":"token-given","client":"java","profile":"orders","tokenId":"sha256:0123456789ab","remainingSeconds":3599,"status":200}`,
    ],
    [
      'a token whose end is over',
      { token: { ...token, expiresAt: now - 1 } },
      `{"time":"${time}","event":"token-given","client":"java","profile":"orders","subject":"orders","tokenId":"sha256:0123456789ab","remainingSeconds":-1,"status":200}`,
    ],
    [
      'a wrong secret, with what the client is not told',
      {
        outcome: 'refused',
        status: 401,
        code: 'ERR_CALLER_UNKNOWN',
        profile: undefined,
        client: 'librdkafka',
        from: '10.0.0.8',
        message: 'the client id is not known here, or its secret is another one. [ERR_CALLER_UNKNOWN]',
        reason: 'wrong secret of orders-app',
      },
      `{"time":"${time}","event":"refused","from":"10.0.0.8","client":"librdkafka","code":"ERR_CALLER_UNKNOWN","status":401,"message":"the client id is not known here, or its secret is another one. [ERR_CALLER_UNKNOWN]","reason":"wrong secret of orders-app"}`,
    ],
    [
      'a profile that is not for this caller',
      { ...proved, outcome: 'refused', status: 403, code: 'ERR_CALLER_PROFILE', profile: 'fraud', message: 'no' },
      `{"time":"${time}","event":"refused","caller":"orders-app","provedBy":"secret","from":"10.0.0.7","client":"java","profile":"fraud","code":"ERR_CALLER_PROFILE","status":403,"message":"no"}`,
    ],
    [
      'a provider that does not answer',
      { ...proved, outcome: 'failed', status: 503, code: 'ERR_PROVIDER_UNAVAILABLE', message: 'no answer' },
      `{"time":"${time}","event":"failed","caller":"orders-app","provedBy":"secret","from":"10.0.0.7","client":"java","profile":"orders","code":"ERR_PROVIDER_UNAVAILABLE","status":503,"message":"no answer"}`,
    ],
  ])('tells %s', (_name, event, wanted) => {
    expect(JSON.stringify(auditLine({ ...answered, ...event }, now))).toBe(wanted)
  })

  it.each([
    ['a JWT', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln'],
    ['an access token of Google', 'ya29.a0Af_xyz'],
    ['a long secret', 'q7'.repeat(30)],
    ['a key', '-----BEGIN PRIVATE KEY-----\nMIIE'],
    ['another line', 'x\n{"stream":"audit"}'],
  ])('holds no %s in message and reason', (_name, words) => {
    const line = JSON.stringify(auditLine({ ...answered, outcome: 'refused', message: words, reason: words }, now))
    expect(line).not.toContain(JSON.stringify(words).slice(1, -1))
  })
})
