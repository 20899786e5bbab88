import { describe, expect, it } from 'vitest'
import { logLine } from '../../src/ops/log-line.ts'
import type { DelegationTokenChanged, RequestAnswered, SidecarEvent } from '../../src/token/event.ts'

const answered: RequestAnswered = {
  type: 'request-answered',
  profile: 'orders',
  outcome: 'token',
  status: 200,
  code: undefined,
  client: 'java',
  tookMs: 1.4,
  message: undefined,
}

describe('a line of the log', () => {
  it('says nothing of the token that was given, and does not even ask for it', () => {
    const id = (): string => {
      throw new Error('asked')
    }
    const { fields } = logLine({ ...answered, token: { subject: 'orders', id, expiresAt: 0 } })
    expect(fields).toEqual({ profile: 'orders', outcome: 'token', status: 200, client: 'java', tookMs: 1 })
  })

  it('says who asked, from where and what the client is not told, where that is known', () => {
    const about = { from: '10.0.0.7', caller: 'orders-app', provedBy: 'secret', reason: 'wrong secret' } as const
    const { fields } = logLine({ ...answered, outcome: 'refused', status: 401, message: 'no', ...about })
    expect(fields).toEqual({
      profile: 'orders',
      outcome: 'refused',
      status: 401,
      client: 'java',
      tookMs: 1,
      ...about,
    })
  })

  it('has nothing like a token in what the client is not told', () => {
    const { fields } = logLine({ ...answered, outcome: 'refused', reason: 'no caller eyJhbGciOiJub25lIn0.e30.c2ln' })
    expect(fields['reason']).toBe('no caller [...]')
  })

  const told = { name: 'spark', tokenId: 'J3xQ', owner: 'User:spark', renewers: ['User:ops'] }
  const spark = { ...told, expiresAt: 0, maxLifetimeAt: 86_400_000 }
  const fields = { ...told, expiresAt: '1970-01-01T00:00:00.000Z', maxLifetimeAt: '1970-01-02T00:00:00.000Z' }

  it.each<[DelegationTokenChanged['action'], string, string]>([
    ['created', 'info', 'delegation token spark made'],
    ['adopted', 'info', 'delegation token spark found at the cluster'],
    ['renewed', 'debug', 'delegation token spark renewed'],
    ['usable', 'info', 'delegation token spark is taken by every broker, and given from now on'],
    [
      'rekeyed',
      'info',
      'delegation token spark has another HMAC, as the secret key of the brokers changed, and is given with it from now on',
    ],
    ['lapsing', 'info', 'the former delegation token spark is left to lapse: its successor is given'],
    ['expired', 'info', 'delegation token spark expired by us'],
  ])('of a delegation token that is %s', (action, level, message) => {
    expect(logLine({ type: 'delegation-token-changed', action, tookMs: 5.4, ...spark })).toEqual({
      level,
      message,
      fields: { action, tookMs: 5, ...fields },
    })
  })

  it('says where a delegation token could not be tried', () => {
    const unreachable = ['b2:9093']
    const { message, fields } = logLine({
      type: 'delegation-token-changed',
      action: 'usable',
      tookMs: 5,
      ...spark,
      unreachable,
    })
    expect(message).toContain('every broker that could be asked, and')
    expect(fields).toMatchObject({ unreachable })
  })

  it.each([
    [undefined, false, 'error', 'delegation token spark: no broker'],
    [0, false, 'warn', 'delegation token spark: no broker; the one that is published stays so meanwhile'],
    [undefined, true, 'debug', 'delegation token spark: no broker'],
    [0, true, 'debug', 'delegation token spark: no broker; the one that is published stays so meanwhile'],
  ])(
    'of a delegation token that failed, with one published until %j (repeated: %j)',
    (expiresAt, isRepeated, ...said) => {
      const line = logLine({
        type: 'delegation-token-failed',
        name: 'spark',
        code: 'ERR_KAFKA_UNREACHABLE',
        message: 'no broker',
        hint: 'Look.',
        ...(expiresAt !== undefined && { expiresAt }),
        nextAttemptMs: 250.4,
        isRepeated,
      })
      expect([line.level, line.message]).toEqual(said)
      expect(line.fields).toMatchObject({ name: 'spark', hint: 'Look.', nextAttemptMs: 250 })
    },
  )

  it('has what may be told of a delegation token that was given or written', () => {
    expect(logLine({ ...answered, profile: undefined, delegationToken: spark })).toMatchObject({
      level: 'debug',
      message: 'delegation token given',
      fields,
    })
    expect(logLine({ type: 'outlet-written', target: '/run/spark', delegationToken: spark, isFirst: true })).toEqual({
      level: 'info',
      message: '/run/spark written',
      fields: { target: '/run/spark', ...fields },
    })
  })

  it('has a date for what lives longer than there are dates', () => {
    const changed = { type: 'delegation-token-changed', action: 'created', tookMs: 5, ...spark } as const
    expect(logLine({ ...changed, maxLifetimeAt: 2 ** 63 }).fields).toMatchObject({
      maxLifetimeAt: '+275760-09-13T00:00:00.000Z',
    })
  })

  it.each<[SidecarEvent, string, object]>([
    [
      { type: 'files-reloaded', what: 'the TLS certificate' },
      'the TLS certificate changed and counts from now on',
      { level: 'info', fields: {} },
    ],
    [
      { type: 'files-reloaded', profile: 'orders', what: 'private key' },
      'private key changed and counts from now on',
      { level: 'info', fields: { profile: 'orders' } },
    ],
    [
      {
        type: 'reload-failed',
        what: 'the configuration file',
        code: 'ERR_KEY_FILE',
        message: 'no such file',
        hint: 'Look.',
      },
      'the configuration file changed and cannot be used, the former one is: no such file',
      { level: 'error', fields: { what: 'the configuration file', code: 'ERR_KEY_FILE', hint: 'Look.' } },
    ],
    [
      { type: 'token-obtained', profile: 'a', source: 'gcp', tookMs: 5.2, expiresAt: 0, reason: 'first' },
      'first token obtained',
      { fields: { profile: 'a', source: 'gcp', tookMs: 5, expiresAt: '1970-01-01T00:00:00.000Z' } },
    ],
  ])('of %j', (event, message, about) => {
    expect(logLine(event)).toMatchObject({ message, ...about })
  })
})
