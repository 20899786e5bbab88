import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SidecarEvent } from '../../src/token/event.ts'

const logModule = join(import.meta.dirname, '../../src/ops/log.ts')
const about = { profile: 'default', source: 'gcp' } as const
const failed = {
  type: 'token-failed',
  ...about,
  tookMs: 9,
  code: 'ERR_GCP_UNAVAILABLE',
  message: 'no answer',
  hint: 'Wait.',
  nextAttemptMs: 250,
  isRepeated: false,
} as const

const answered = {
  type: 'request-answered',
  profile: 'default',
  code: undefined,
  message: undefined,
  client: 'java',
  tookMs: 1,
} as const

/** What a process prints that logs these events. */
function logged(level: string, ...events: SidecarEvent[]): Record<string, unknown>[] {
  const script = `
    import { log } from ${JSON.stringify(logModule)}
    import { nodePlatform } from ${JSON.stringify(logModule.replace('ops/log.ts', 'platform/platform.ts'))}
    const emit = log({ level: ${JSON.stringify(level)}, platform: nodePlatform() })
    for (const event of ${JSON.stringify(events)}) emit(event)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout.split('\n').flatMap((line) => (line ? [JSON.parse(line) as Record<string, unknown>] : []))
}

describe('the log', () => {
  it('tells at info what an operator wants to know, and no more', () => {
    const lines = logged(
      'info',
      { type: 'started', version: '1.0.0', urls: ['http://127.0.0.1:1'], profiles: 1, source: 'gcp' },
      { type: 'token-obtained', ...about, tookMs: 5, expiresAt: 0, subject: 'app', reason: 'first' },
      { type: 'token-obtained', ...about, tookMs: 5, expiresAt: 0, subject: 'app', reason: 'renewal' },
      { ...failed, servingForMs: 60_000 },
      { ...failed, servingForMs: 0 },
      { type: 'token-obtained', ...about, tookMs: 5, expiresAt: 0, subject: 'app', reason: 'recovery' },
      { type: 'token-unchanged', ...about, nextAttemptMs: 1 },
      { type: 'token-dropped', ...about, code: 'ERR_GCP_REFUSED' },
      { ...answered, outcome: 'token', status: 200 },
      { ...answered, outcome: 'refused', status: 400, code: 'ERR_REQUEST_BODY', message: 'no' },
      { ...answered, outcome: 'failed', status: 503, code: 'ERR_GCP_UNAVAILABLE', message: 'down' },
      { type: 'warning', message: 'careful' },
      { type: 'stopping', signal: 'SIGTERM' },
      { type: 'stopped', tookMs: 3 },
    )
    expect(lines.map(({ level, msg }) => `${String(level)} ${String(msg)}`)).toEqual([
      'info listening on http://127.0.0.1:1',
      'info first token obtained',
      'warn no answer; the former token is served meanwhile',
      'error no answer',
      'info token obtained again after failures',
      'error the provider refuses this identity; the former token is no longer given',
      'warn no',
      'error down',
      'warn careful',
      'info stopping',
      'info stopped',
    ])
    expect(lines[3]).toMatchObject({ profile: 'default', source: 'gcp', code: 'ERR_GCP_UNAVAILABLE', hint: 'Wait.' })
  })

  it('tells each answer at debug', () => {
    const lines = logged('debug', { ...answered, outcome: 'token', status: 200 })
    expect(lines).toEqual([expect.objectContaining({ level: 'debug', msg: 'token given', client: 'java' })])
  })

  it('says nothing when silent', () => {
    expect(logged('silent', { type: 'warning', message: 'careful' })).toEqual([])
  })
})
