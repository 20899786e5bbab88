import { describe, expect, it } from 'vitest'
import { logLine } from '../../src/ops/log-line.ts'
import type { RequestAnswered, SidecarEvent } from '../../src/token/event.ts'

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
