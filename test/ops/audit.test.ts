import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { audit, type Audit } from '../../src/ops/audit.ts'
import type { RequestAnswered, SidecarEvent } from '../../src/token/event.ts'
import { eventually } from '../fakes/eventually.ts'
import { fakePlatform, type FakePlatform } from '../fakes/platform.ts'

const about = { profile: 'orders', source: 'gcp' } as const
const obtained: SidecarEvent = { type: 'token-obtained', ...about, tookMs: 5, expiresAt: 0, reason: 'renewal' }
const unchanged: SidecarEvent = { type: 'token-unchanged', ...about, nextAttemptMs: 1 }
const failed: SidecarEvent = {
  type: 'token-failed',
  ...about,
  tookMs: 9,
  code: 'ERR_GCP_UNAVAILABLE',
  message: 'no answer',
  hint: 'Wait.',
  servingForMs: 0,
  nextAttemptMs: 250,
  isRepeated: true,
}
const given: RequestAnswered = {
  type: 'request-answered',
  profile: 'orders',
  outcome: 'token',
  status: 200,
  code: undefined,
  client: 'java',
  tookMs: 1,
  message: undefined,
  from: '10.0.0.7',
  caller: 'orders-app',
  provedBy: 'secret',
  token: { subject: 'orders', id: () => 'jti-1', expiresAt: Date.UTC(2026, 0, 1, 1) },
}
const refused: RequestAnswered = {
  type: 'request-answered',
  profile: undefined,
  outcome: 'refused',
  status: 401,
  code: 'ERR_CALLER_UNKNOWN',
  client: 'librdkafka',
  tookMs: 500,
  message: 'not known here',
  from: '10.0.0.8',
  reason: 'wrong secret of orders-app',
}

let folder: string
let file: string
let platform: FakePlatform
let warnings: string[]
let running: Audit | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kts-audit-'))
  file = join(folder, 'audit.jsonl')
  platform = fakePlatform()
  warnings = []
})

afterEach(async () => {
  await running?.close()
  running = undefined
  rmSync(folder, { recursive: true, force: true })
})

function start(to = file): Audit {
  return (running = audit({
    to,
    platform,
    emit: (event) => void warnings.push(event.type === 'warning' ? event.message : event.type),
  }))
}

/** As sent by one process at once. */
function emitAll({ emit }: Audit, ...events: readonly SidecarEvent[]): void {
  for (const event of events) emit(event)
}

/** Lets the first line through, for which the logger is loaded, and which then waits for others. */
async function firstHandedOver(): Promise<void> {
  await platform.pass(25)
  await eventually(() => platform.pendingTimers).toBe(2)
  await platform.pass(100)
}

const lines = (): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1)

describe('the audit stream', () => {
  it('has a line for each token and each refusal, and a summary at the end', async () => {
    const stream = start()
    emitAll(stream, obtained, given, refused)
    await stream.close()
    expect(lines()).toEqual([
      '{"stream":"audit","time":"2026-01-01T00:00:00.000Z","event":"token-given","caller":"orders-app","provedBy":"secret","from":"10.0.0.7","client":"java","profile":"orders","subject":"orders","tokenId":"jti-1","remainingSeconds":3600,"status":200}',
      '{"stream":"audit","time":"2026-01-01T00:00:00.000Z","event":"refused","from":"10.0.0.8","client":"librdkafka","code":"ERR_CALLER_UNKNOWN","status":401,"message":"not known here","reason":"wrong secret of orders-app"}',
      '{"stream":"audit","time":"2026-01-01T00:00:00.000Z","event":"summary","tokensGiven":1,"refused":1,"failed":0,"upstreamCalls":1,"sinceAt":"2026-01-01T00:00:00.000Z"}',
    ])
  })

  it('has the time of the event, however late it is written', async () => {
    const stream = start()
    stream.emit(given)
    platform.stepWallClock(60_000)
    await stream.close()
    expect(lines()[0]).toContain('"time":"2026-01-01T00:00:00.000Z"')
  })

  it('writes lines together that come together', async () => {
    const stream = start()
    emitAll(stream, given, given)
    await firstHandedOver()
    await eventually(() => lines().length).toBe(2)
    stream.emit(given)
    await platform.pass(99)
    stream.emit(given)
    expect(lines()).toHaveLength(2)
    await platform.pass(1)
    await eventually(() => lines().length).toBe(4)
  })

  it('says every 15 minutes in which something happened how many tokens came of how many calls upstream', async () => {
    const stream = start()
    await platform.pass(60_000)
    emitAll(stream, obtained, unchanged, failed, given, given, { ...refused, outcome: 'failed', status: 503 })
    await platform.pass(15 * 60_000)
    await platform.pass(60 * 60_000)
    stream.emit(given)
    await platform.pass(15 * 60_000)
    await stream.close()
    expect(lines().filter((line) => line.includes('summary'))).toEqual([
      '{"stream":"audit","time":"2026-01-01T00:16:00.000Z","event":"summary","tokensGiven":2,"refused":0,"failed":1,"upstreamCalls":3,"sinceAt":"2026-01-01T00:00:00.000Z"}',
      '{"stream":"audit","time":"2026-01-01T01:31:00.000Z","event":"summary","tokensGiven":1,"refused":0,"failed":0,"upstreamCalls":0,"sinceAt":"2026-01-01T00:16:00.000Z"}',
    ])
  })

  it('tells what becomes of delegation tokens, and counts those that were given by themselves', async () => {
    const spark = {
      name: 'spark',
      tokenId: 'J3xQ',
      owner: 'User:spark',
      renewers: [],
      expiresAt: Date.UTC(2026, 0, 2),
      maxLifetimeAt: Date.UTC(2026, 0, 8),
    }
    const stream = start()
    emitAll(
      stream,
      { type: 'delegation-token-changed', action: 'created', tookMs: 5, ...spark },
      { type: 'outlet-written', target: '/run/spark', delegationToken: spark, isFirst: true },
      { type: 'outlet-written', target: '/run/token', profile: 'orders', isFirst: true },
      given,
      { ...given, profile: undefined, token: undefined, delegationToken: spark },
    )
    await stream.close()
    const events = lines().map((line) => JSON.parse(line) as { event: string })
    expect(events.map(({ event }) => event)).toEqual([
      'delegation-token-created',
      'delegation-token-published',
      'token-given',
      'delegation-token-given',
      'summary',
    ])
    expect(events.at(-1)).toMatchObject({ tokensGiven: 1, delegationTokensGiven: 1 })
  })

  it('writes no summary where delegation tokens changed and nobody asked', async () => {
    const stream = start()
    emitAll(stream, {
      type: 'delegation-token-changed',
      action: 'renewed',
      tookMs: 5,
      name: 'spark',
      tokenId: 'J3xQ',
      owner: 'User:spark',
      renewers: [],
      expiresAt: 0,
      maxLifetimeAt: 0,
    })
    await stream.close()
    expect(lines()).toHaveLength(1)
  })

  it('leaves other events to the log', async () => {
    const stream = start()
    emitAll(stream, { type: 'warning', message: 'careful' }, { type: 'stopping', signal: 'SIGTERM' })
    await stream.close()
    expect(lines()).toEqual([])
    expect(platform.pendingTimers).toBe(0)
  })

  it('holds no token and no secret, whatever an event brings along', async () => {
    const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJvcmRlcnMifQ.c2lnbmF0dXJl'
    const secret = 'kJ8s-_0'.repeat(6)
    const strays = { value: jwt, authorization: `Basic ${secret}`, access_token: jwt }
    const stream = start()
    emitAll(
      stream,
      { ...given, ...strays },
      { ...refused, ...strays, message: `no ${jwt}`, reason: `no caller ${secret}` },
      { ...refused, message: `-----BEGIN PRIVATE KEY-----\n${secret}`, reason: `it sent\n${jwt}` },
    )
    await stream.close()
    const written = readFileSync(file, 'utf8')
    expect(lines()).toHaveLength(4)
    expect(written).not.toMatch(/eyJ|kJ8s|BEGIN|Basic/)
  })

  it('warns once a minute while it cannot be written, and keeps the lines', async () => {
    symlinkSync('/dev/full', file)
    const stream = start()
    stream.emit(given)
    await firstHandedOver()
    const warning = `audit: cannot write to ${file} (ENOSPC); requests are answered all the same, and newer lines are dropped once 4 MB wait: make room, or name another file in audit.to`
    await eventually(() => warnings).toEqual([warning])
    for (let second = 0; second < 60; second++) {
      await platform.pass(1_000)
      await eventually(() => platform.pendingTimers).toBe(2)
    }
    await eventually(() => warnings).toEqual([warning, warning])
    unlinkSync(file)
    await platform.pass(1_000)
    await eventually(lines).toHaveLength(1)
  })

  it('counts the lines that it had to drop, and says so when it can be written again', async () => {
    symlinkSync('/dev/full', file)
    const stream = start()
    const long: RequestAnswered = { ...refused, from: 'x'.repeat(1024 ** 2) }
    stream.emit(long)
    await firstHandedOver()
    await eventually(() => warnings).toHaveLength(1)
    await platform.pass(10_000)
    for (const events of [[long, long, long], [given, given, given], [given]]) {
      emitAll(stream, ...events)
      await platform.pass(100)
    }
    await eventually(() => platform.pendingTimers).toBe(2)
    unlinkSync(file)
    await platform.pass(1_000)
    await eventually(() => lines().at(-1)).toMatch(
      /^{"stream":"audit","time":"2026-01-01T00:00:1[\d.]+Z","event":"lost","lines":4,"sinceAt":"2026-01-01T00:00:10.325Z"}$/,
    )
    expect(lines()).toHaveLength(5)
    stream.emit(given)
    await platform.pass(100)
    await eventually(() => lines().at(-1)).toContain('token-given')
  })
})

const modules = join(import.meta.dirname, '../../src')

/** A process that gives tokens before anybody reads what it prints, and one more after it was told to. */
function chatty(tokens: number) {
  const script = `
    import { once } from 'node:events'
    import { audit } from ${JSON.stringify(join(modules, 'ops/audit.ts'))}
    import { log } from ${JSON.stringify(join(modules, 'ops/log.ts'))}
    import { nodePlatform } from ${JSON.stringify(join(modules, 'platform/platform.ts'))}
    const platform = nodePlatform()
    const stream = audit({ to: 'stdout', platform, emit: () => undefined })
    const emit = log({ level: 'debug', platform })
    const given = { ...${JSON.stringify(given)}, token: { subject: 'orders', id: () => 'jti-1', expiresAt: 0 } }
    emit(given)
    for (let index = 0; index < ${tokens}; index++) {
      stream.emit(given)
      if (index % 10 === 0) emit(given)
      if (index % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    }
    process.stderr.write('done')
    await once(process.stdin, 'data')
    await stream.close()
    process.stdin.destroy()`
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'pipe' })
}

describe('the audit stream on standard output', () => {
  it('is beside the log, each line whole', async () => {
    const child = chatty(5_000)
    const printed = text(child.stdout)
    await once(child.stderr, 'data')
    child.stdin.write('go on')
    const found = (await printed).split('\n').slice(0, -1)
    const streams = found.map((line) => (JSON.parse(line) as { stream?: string }).stream ?? 'log')
    expect(streams.filter((name) => name === 'audit')).toHaveLength(5_001)
    expect(streams.filter((name) => name === 'log')).toHaveLength(501)
  })

  it('stops nobody when its reader stalls, and says how many lines that one missed', { timeout: 20_000 }, async () => {
    const tokens = 40_000
    const child = chatty(tokens)
    // Nobody reads standard output yet, and it comes to this all the same.
    await once(child.stderr, 'data')
    const printed = text(child.stdout)
    child.stdin.write('go on')
    const found = (await printed).split('\n').filter((line) => line.includes('"stream":"audit"'))
    const events = found.map((line) => JSON.parse(line) as { event: string; lines?: number })
    const lost = events.reduce((sum, { event, lines = 0 }) => (event === 'lost' ? sum + lines : sum), 0)
    expect(lost).toBeGreaterThan(1_000)
    // The summary is a line as well.
    expect(events.filter(({ event }) => event !== 'lost').length + lost).toBe(tokens + 1)
  })
})
