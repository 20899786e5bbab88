import { describe, expect, it } from 'vitest'
import { auditLine } from '../../src/ops/audit-line.ts'
import type {
  DelegationTokenChanged,
  RequestAnswered,
  SidecarEvent,
  ToldDelegationToken,
} from '../../src/token/event.ts'

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
const spark: ToldDelegationToken = {
  name: 'spark',
  tokenId: 'J3xQ',
  owner: 'User:spark',
  renewers: ['User:sidecar', 'User:ops'],
  expiresAt: now + 86_400_000,
  maxLifetimeAt: now + 7 * 86_400_000,
}
const sparkLine = '"name":"spark","tokenId":"J3xQ","owner":"User:spark","renewers":["User:sidecar","User:ops"]'
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
      'a delegation token given to a caller',
      { ...proved, profile: undefined, client: 'curl', delegationToken: spark },
      `{"time":"${time}","event":"delegation-token-given","caller":"orders-app","provedBy":"secret","from":"10.0.0.7","client":"curl",${sparkLine},"remainingSeconds":86400,"status":200}`,
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

  const changed: DelegationTokenChanged = { type: 'delegation-token-changed', action: 'created', tookMs: 5, ...spark }
  const ends = '"expiresAt":"2026-01-02T12:00:00.000Z","maxLifetimeAt":"2026-01-08T12:00:00.000Z"'

  it.each(['created', 'adopted', 'renewed', 'usable', 'rekeyed', 'lapsing', 'expired'] as const)(
    'tells of a delegation token that it is %s',
    (action) => {
      expect(JSON.stringify(auditLine({ ...changed, action }, now))).toBe(
        `{"time":"${time}","event":"delegation-token-${action}",${sparkLine},${ends}}`,
      )
    },
  )

  it.each<[string, SidecarEvent, string]>([
    [
      'a delegation token that was not tried everywhere',
      { ...changed, action: 'usable', unreachable: ['b2:9093'] },
      `{"time":"${time}","event":"delegation-token-usable",${sparkLine},${ends},"unreachable":["b2:9093"]}`,
    ],
    [
      'a delegation token that lives longer than there are dates',
      { ...changed, maxLifetimeAt: 2 ** 63 },
      `{"time":"${time}","event":"delegation-token-created",${sparkLine},"expiresAt":"2026-01-02T12:00:00.000Z","maxLifetimeAt":"+275760-09-13T00:00:00.000Z"}`,
    ],
    [
      'where a delegation token went',
      { type: 'outlet-written', delegationToken: spark, target: 'secret jobs/spark-kafka', isFirst: false },
      `{"time":"${time}","event":"delegation-token-published","target":"secret jobs/spark-kafka",${sparkLine},"remainingSeconds":86400}`,
    ],
  ])('tells %s', (_name, event, wanted) => {
    expect(JSON.stringify(auditLine(event, now))).toBe(wanted)
  })

  it('holds no HMAC, whatever an event brings along', () => {
    const stray = { ...spark, hmac: 'kJ8s', tokenHmac: 'kJ8s', forms: { json: 'kJ8s' } }
    const events: SidecarEvent[] = [
      { ...changed, ...stray },
      { ...answered, delegationToken: stray },
      { type: 'outlet-written', delegationToken: stray, target: '/run/spark.properties', isFirst: true },
    ]
    for (const event of events) expect(JSON.stringify(auditLine(event, now))).not.toContain('kJ8s')
  })

  it.each<SidecarEvent>([
    { type: 'outlet-written', profile: 'orders', target: '/run/token', isFirst: true },
    { type: 'warning', message: 'careful' },
    {
      type: 'delegation-token-failed',
      name: 'spark',
      code: 'ERR_KAFKA_UNREACHABLE',
      message: 'no broker',
      hint: 'Look.',
      nextAttemptMs: 1,
      isRepeated: false,
    },
  ])('there is none of %j', (event) => {
    expect(auditLine(event, now)).toBeUndefined()
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
