import { describe, expect, it } from 'vitest'
import { TokenError } from '../../src/token/error.ts'
import type { SidecarEvent } from '../../src/token/event.ts'
import { keepToken, type KeepOptions } from '../../src/token/kept-token.ts'
import { fakePlatform, settled } from '../fakes/platform.ts'
import { fakeSource, type Answer } from '../fakes/source.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

const outage = new TokenError('ERR_GCP_UNAVAILABLE', 'no answer')
const refused = new TokenError('ERR_GCP_REFUSED', 'account disabled')
const opaque = new TokenError('ERR_TOKEN_NOT_JWT', 'opaque')

function setUp({ answers = ['token'] as Answer[], ...options }: Partial<KeepOptions> & { answers?: Answer[] } = {}) {
  const platform = fakePlatform()
  const source = fakeSource(platform, { lifetimeMs: hour })
  source.answer(...answers)
  const events: SidecarEvent[] = []
  const kept = keepToken(source, { profile: 'default' }, { platform, emit: (event) => events.push(event), ...options })
  const get = (signal = new AbortController().signal) => kept.get(signal).then(({ value }) => value.reveal())
  const peek = () => kept.peek()?.value.reveal()
  const types = () => events.map(({ type }) => type)
  return { platform, source, events, kept, get, peek, types }
}

describe('a kept token', () => {
  it('is obtained once, however many ask at the same time', async () => {
    const { source, get } = setUp()
    const tokens = await Promise.all(Array.from({ length: 1_000 }, () => get()))
    expect(new Set(tokens)).toEqual(new Set(['token-1']))
    expect(source.calls).toHaveLength(1)
  })

  it('is served from memory until its renewal is due', async () => {
    const { platform, source, get, peek } = setUp()
    await get()
    await platform.pass(47 * minute)
    expect(peek()).toBe('token-1')
    expect(source.calls).toHaveLength(1)
  })

  it('is renewed ahead of need, without anybody asking at that moment', async () => {
    const { platform, source, get, peek } = setUp()
    await get()
    await platform.pass(48 * minute + second)
    expect(source.calls).toHaveLength(2)
    expect(peek()).toBe('token-2')
  })

  it('is renewed by one call, and nobody waits for it', async () => {
    const { platform, source, get, peek } = setUp()
    await get()
    source.answer('hang')
    await platform.pass(48 * minute + second)
    const tokens = Array.from({ length: 100 }, peek)
    expect(new Set(tokens)).toEqual(new Set(['token-1']))
    expect(source.calls).toHaveLength(2)
  })

  it('is served while renewal fails, until shortly before its end, with few calls upstream', async () => {
    const { platform, source, get, peek, events } = setUp()
    await get()
    source.answer(outage)
    await platform.pass(59 * minute)
    expect(peek()).toBe('token-1')
    await platform.pass(29 * second)
    expect(peek()).toBe('token-1')
    await platform.pass(2 * second)
    expect(peek()).toBeUndefined()
    expect(source.calls.length).toBeLessThan(12 * 4)
    expect(events.filter(({ type }) => type === 'token-failed')[0]).toMatchObject({ code: 'ERR_GCP_UNAVAILABLE' })
  })

  it('is served while the source hangs, and the call is given up at its deadline', async () => {
    const { platform, source, get, peek, events } = setUp({ fetchTimeoutMs: 2_000 })
    await get()
    source.answer('hang', 'token')
    await platform.pass(48 * minute + second)
    expect(peek()).toBe('token-1')
    await platform.pass(3 * second)
    expect(peek()).toBe('token-3')
    expect(events).toContainEqual(expect.objectContaining({ type: 'token-failed', code: 'ERR_TOKEN_TIMEOUT' }))
  })

  it('tells a failure that lasts once a minute', async () => {
    const { platform, source, get, events } = setUp()
    await get()
    source.answer(outage)
    await platform.pass(51 * minute + second)
    const failures = events.filter((event) => event.type === 'token-failed')
    expect(failures.length).toBeGreaterThan(8)
    expect(failures.filter(({ isRepeated }) => !isRepeated).length).toBeLessThanOrEqual(4)
  })

  it('is tried again while a caller is held, and given once it is there', async () => {
    const { platform, source, get } = setUp()
    source.answer(outage, outage, 'token')
    const waiting = get()
    await platform.pass(second)
    expect(await waiting).toBe('token-3')
  })

  it('tells a caller who lost patience the last failure', async () => {
    const { platform, source, get } = setUp()
    source.answer(outage)
    const patience = new AbortController()
    const waiting = get(patience.signal)
    await platform.pass(5 * second)
    patience.abort(new TokenError('ERR_TOKEN_TIMEOUT', 'held long enough'))
    await expect(waiting).rejects.toBe(outage)
    expect(source.calls.length).toBeLessThanOrEqual(6)
  })

  it('tells a caller who lost patience before anything failed why it left', async () => {
    const { source, get } = setUp()
    source.answer('hang')
    const patience = new AbortController()
    const waiting = get(patience.signal)
    const reason = new TokenError('ERR_TOKEN_TIMEOUT', 'held long enough')
    patience.abort(reason)
    await expect(waiting).rejects.toBe(reason)
  })

  it('lets one caller leave without disturbing the others', async () => {
    const { platform, source, get } = setUp()
    source.answer(outage, 'token')
    const patience = new AbortController()
    const leaving = get(patience.signal)
    const staying = get()
    await settled()
    patience.abort()
    await expect(leaving).rejects.toBe(outage)
    await platform.pass(second)
    expect(await staying).toBe('token-2')
  })

  it('refuses at once, and for a while from memory, what no waiting mends', async () => {
    const { platform, source, get } = setUp()
    source.answer(opaque)
    await expect(get()).rejects.toBe(opaque)
    await expect(get()).rejects.toBe(opaque)
    expect(source.calls).toHaveLength(1)
    await platform.pass(3 * second)
    source.answer('token')
    expect(await get()).toBe('token-2')
  })

  it('tries again when told by the provider, not earlier', async () => {
    const { platform, source, get } = setUp({
      keepWarm: true,
      answers: [new TokenError('ERR_GCP_UNAVAILABLE', 'slow down', { retryAfterMs: 20_000 }), 'token'],
    })
    await platform.pass(19 * second)
    const waiting = get()
    await settled()
    expect(source.calls).toHaveLength(1)
    await platform.pass(2 * second)
    expect(await waiting).toBe('token-2')
  })

  it('recovers by itself when it is kept warm and nobody asks', async () => {
    const { platform, source, peek, events } = setUp({ keepWarm: true, answers: [outage] })
    await platform.pass(10 * minute)
    source.answer('token')
    await platform.pass(31 * second)
    expect(peek()).toBeDefined()
    expect(events.at(-1)).toMatchObject({ type: 'token-obtained', reason: 'recovery' })
  })
})

describe('a definitive refusal', () => {
  it('lets the former token be given for the grace only', async () => {
    const { platform, source, get, peek, types } = setUp({ refusalGraceMs: minute })
    await get()
    source.answer(refused)
    await platform.pass(48 * minute + second)
    expect(peek()).toBe('token-1')
    await platform.pass(minute)
    expect(peek()).toBeUndefined()
    await expect(get()).rejects.toBe(refused)
    expect(types().filter((type) => type === 'token-dropped')).toHaveLength(1)
  })

  it('counts its grace from the first refusal, also when an outage comes between', async () => {
    const { platform, source, get, peek } = setUp({ refusalGraceMs: minute })
    await get()
    source.answer(refused, outage)
    await platform.pass(48 * minute + 62 * second)
    expect(peek()).toBeUndefined()
  })

  it('is told by its own code when the grace is over', async () => {
    const { platform, source, get, events } = setUp({ refusalGraceMs: minute })
    await get()
    source.answer(refused, outage)
    await platform.pass(50 * minute)
    expect(events).toContainEqual(expect.objectContaining({ type: 'token-dropped', code: 'ERR_GCP_REFUSED' }))
  })

  it('makes the next token count, even one that ends earlier', async () => {
    const { platform, source, get, peek } = setUp({ refusalGraceMs: hour })
    await get()
    source.answer(refused, { expiresAt: platform.now() + 55 * minute })
    await platform.pass(49 * minute)
    expect(peek()).toBe('token-3')
  })

  it('is forgotten when the provider changes its mind', async () => {
    const { platform, source, get, peek } = setUp({ refusalGraceMs: minute })
    await get()
    source.answer(refused, 'token')
    await platform.pass(50 * minute)
    expect(peek()).toBe('token-3')
  })
})

describe('a renewal', () => {
  it('for another principal is reported and not handed out, even after the former token has ended', async () => {
    const { platform, source, get, peek, events } = setUp()
    await get()
    source.answer({ subject: 'somebody-else' })
    await platform.pass(50 * minute)
    expect(peek()).toBe('token-1')
    await platform.pass(11 * minute)
    await expect(get()).rejects.toMatchObject({ code: 'ERR_TOKEN_PRINCIPAL_CHANGED' })
    expect(events).toContainEqual(
      expect.objectContaining({ message: 'the principal changed from app to somebody-else' }),
    )
  })

  it('that brings the same token back is understood and not hammered', async () => {
    const { platform, source, get, types } = setUp()
    await get()
    const expiresAt = platform.now() + hour
    source.answer({ expiresAt: expiresAt + 900 })
    await platform.pass(48 * minute + second)
    expect(types()).toEqual(['token-obtained', 'token-unchanged'])
    await platform.pass(6 * minute)
    expect(source.calls).toHaveLength(2)
    source.answer('token')
    await platform.pass(2 * minute)
    expect(source.calls).toHaveLength(3)
    expect(types().at(-1)).toBe('token-obtained')
  })

  it('that brings an expired token is a failure', async () => {
    const { platform, source, get, peek, events } = setUp()
    await get()
    source.answer({ expiresAt: platform.now() })
    await platform.pass(48 * minute + second)
    expect(peek()).toBe('token-1')
    expect(events.at(-1)).toMatchObject({ type: 'token-failed', code: 'ERR_TOKEN_EXPIRED' })
  })
})

describe('the clock', () => {
  it('stepping an hour forward makes a new token be fetched', async () => {
    const { platform, source, get, peek } = setUp()
    await get()
    platform.stepWallClock(hour)
    expect(peek()).toBeUndefined()
    expect(await get()).toBe('token-2')
    expect(source.calls).toHaveLength(2)
  })

  it('stepping an hour back makes the token be renewed, while it is served', async () => {
    const { platform, source, get, peek } = setUp()
    await get()
    platform.stepWallClock(-hour)
    expect(peek()).toBe('token-1')
    await settled()
    expect(peek()).toBe('token-2')
    expect(source.calls).toHaveLength(2)
  })

  it('stepping back never makes a token live longer than it does', async () => {
    const { platform, source, get, peek } = setUp()
    await get()
    source.answer(outage)
    platform.stepWallClock(-5 * hour)
    await platform.pass(hour)
    expect(peek()).toBeUndefined()
  })

  it('going on while the machine sleeps ends the token', async () => {
    const { platform, get, peek } = setUp()
    await get()
    platform.suspend(2 * hour)
    expect(peek()).toBeUndefined()
    expect(await get()).toBe('token-2')
  })

  it('going on in sleep is noticed within a minute of waking when nobody asks', async () => {
    const { platform, source, get } = setUp({ keepWarm: true })
    await get()
    platform.suspend(2 * hour)
    await platform.pass(minute)
    expect(source.calls).toHaveLength(2)
  })
})

describe('a machine that sleeps', () => {
  it('does not keep a token from renewal that was unchanged before', async () => {
    const { platform, source, get, peek } = setUp()
    await get()
    source.answer({ expiresAt: platform.now() + hour }, 'token')
    await platform.pass(48 * minute + second)
    platform.suspend(6 * minute)
    await platform.pass(2 * minute)
    expect(source.calls).toHaveLength(3)
    expect(peek()).toBe('token-3')
  })
})

describe('a token that nobody asks for', () => {
  it('is let go after two lifetimes and leaves no timer', async () => {
    const { platform, source, get, kept } = setUp()
    await get()
    await platform.pass(4 * hour)
    expect(kept.isIdle()).toBe(true)
    expect(platform.pendingTimers).toBe(0)
    const calls = source.calls.length
    await platform.pass(24 * hour)
    expect(source.calls).toHaveLength(calls)
  })

  it('is renewed for ever when it is kept warm', async () => {
    const { platform, source } = setUp({ keepWarm: true })
    await platform.pass(24 * hour)
    expect(source.calls.length).toBeGreaterThan(24)
    expect(source.calls.length).toBeLessThan(33)
  })

  it('sends nobody upstream after a failure', async () => {
    const { platform, source, get } = setUp()
    source.answer(outage)
    const patience = new AbortController()
    const waiting = get(patience.signal)
    await settled()
    patience.abort()
    await expect(waiting).rejects.toBe(outage)
    await platform.pass(hour)
    expect(source.calls.length).toBeLessThanOrEqual(2)
  })
})

describe('closing', () => {
  it('refuses those who wait and leaves no timer', async () => {
    const { platform, source, get, kept } = setUp()
    source.answer('hang')
    const waiting = get()
    await settled()
    kept.close()
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_TOKEN_CLOSED' })
    await expect(get()).rejects.toMatchObject({ code: 'ERR_TOKEN_CLOSED' })
    await settled()
    expect(platform.pendingTimers).toBe(0)
  })
})

describe('a kept token whose source reads something that changed', () => {
  it('is tried again at once after a failure, long before the back-off is over', async () => {
    const { platform, source, get, kept, peek } = setUp({ answers: [opaque] })
    await expect(get()).rejects.toThrow('opaque')
    source.answer('token')
    kept.changed()
    await settled()
    expect(peek()).toBe('token-2')
    expect(platform.monotonicNow()).toBe(5_000)
  })

  it('is left alone while all is well', async () => {
    const { source, get, kept } = setUp()
    await get()
    kept.changed()
    await settled()
    expect(source.calls).toHaveLength(1)
  })

  it('is replaced at once where the change is the token itself', async () => {
    const { source, get, kept, peek, platform } = setUp()
    await get()
    await platform.pass(minute)
    kept.changed({ fresh: true })
    await settled()
    expect(source.calls).toHaveLength(2)
    expect(peek()).toBe('token-2')
  })

  it('is not fetched for nobody', async () => {
    const { source, kept } = setUp()
    kept.changed({ fresh: true })
    await settled()
    expect(source.calls).toHaveLength(0)
  })
})

describe('a flushed token', () => {
  it('is given no more: whoever asks next gets a new one', async () => {
    const { source, events, kept, get, peek } = setUp()
    await get()
    kept.flush()
    expect(peek()).toBeUndefined()
    expect(await get()).toBe('token-2')
    expect(source.calls).toHaveLength(2)
    expect(events).toMatchObject([{ reason: 'first' }, { reason: 'renewal' }])
  })

  it('is obtained at once, although a failure was a reason to wait', async () => {
    const { source, kept, get } = setUp({ answers: [refused, 'token'] })
    await expect(get()).rejects.toThrow(refused)
    await expect(get()).rejects.toThrow(refused)
    expect(source.calls).toHaveLength(1)
    kept.flush()
    expect(await get()).toBe('token-2')
  })

  it('keeps nobody waiting for ever who waits already', async () => {
    const { platform, source, kept, get } = setUp({ answers: ['hang'] })
    const waiting = get()
    await settled()
    kept.flush()
    source.answer('token')
    await platform.pass(minute)
    expect(await waiting).toMatch(/^token/)
  })

  it('does not bring another principal', async () => {
    const { source, kept, get } = setUp()
    await get()
    source.answer({ subject: 'mallory' })
    kept.flush()
    await expect(get()).rejects.toMatchObject({ code: 'ERR_TOKEN_PRINCIPAL_CHANGED' })
  })

  it('is renewed by itself where it is kept warm', async () => {
    const { platform, source, kept } = setUp({ keepWarm: true })
    await platform.pass(second)
    kept.flush()
    await platform.pass(second)
    expect(source.calls).toHaveLength(2)
    expect(kept.held()?.value.reveal()).toBe('token-2')
  })

  it('may be looked at without being asked for', async () => {
    const { platform, source, kept, get } = setUp()
    expect(kept.held()).toBeUndefined()
    await get()
    for (let turn = 0; turn < 10; turn++) {
      expect(kept.held()).toBeDefined()
      await platform.pass(hour)
    }
    // Two lifetimes after the last who asked.
    expect(source.calls.length).toBeLessThan(5)
  })
})
