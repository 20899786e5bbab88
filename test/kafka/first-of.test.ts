import { describe, expect, it } from 'vitest'
import { firstOf } from '../../src/kafka/first-of.ts'
import { fakePlatform } from '../fakes/platform.ts'

/** Addresses say what becomes of them: `a:300` is made after 300 ms, `b:300!` fails then, `c` never comes to an end. */
function opening() {
  const platform = fakePlatform()
  const closing = new AbortController()
  const opened: string[] = []
  const closed: string[] = []
  const aborted: string[] = []

  function open(address: string, signal: AbortSignal) {
    opened.push(address)
    const { promise, resolve, reject } = Promise.withResolvers<{ address: string; close(): void }>()
    signal.addEventListener('abort', () => aborted.push(address))
    const [, ms] = /:(\d+)/.exec(address) ?? []
    if (ms !== undefined) {
      platform.setTimer(() => {
        if (address.endsWith('!')) reject(new Error(address))
        else resolve({ address, close: () => closed.push(address) })
      }, Number(ms))
    }
    return promise
  }

  function first(...addresses: string[]) {
    const isTelling = (failure: unknown): boolean => String(failure).includes('telling')
    return firstOf(addresses, open, { platform, staggerMs: 1_000, isTelling, signal: closing.signal })
  }
  return { platform, closing, opened, closed, aborted, first }
}

describe('the first of several addresses', () => {
  it('is the one that works, and no other is tried where it does so at once', async () => {
    const { platform, opened, first } = opening()
    const made = first('a:10', 'b:10')
    await platform.pass(5_000)
    expect(await made).toMatchObject({ address: 'a:10' })
    expect(opened).toEqual(['a:10'])
    expect(platform.pendingTimers).toBe(0)
  })

  it('costs a second for each that says nothing, and nothing for each that fails', async () => {
    const { platform, opened, aborted, first } = opening()
    const made = first('silent', 'a:0!', 'silent-too', 'b:0')
    await platform.pass(1_000)
    expect(opened).toHaveLength(3)
    await platform.pass(1_000)
    expect(await made).toMatchObject({ address: 'b:0' })
    expect(aborted).toEqual(expect.arrayContaining(['silent', 'silent-too']))
    expect(platform.pendingTimers).toBe(0)
  })

  it('closes what comes too late', async () => {
    const { platform, closed, first } = opening()
    const made = first('slow:1500', 'quick:100')
    await platform.pass(2_000)
    expect(await made).toMatchObject({ address: 'quick:100' })
    expect(closed).toEqual(['slow:1500'])
  })

  it.each([
    [['a:0!', 'b:0!'], 'a:0!'],
    [['a:0!', 'telling:1200!', 'b:0!'], 'telling:1200!'],
    [['a:5000!'], 'a:5000!'],
  ])('is none where all of %j fail, and says why', async (addresses, failure) => {
    const { platform, first } = opening()
    const made = first(...addresses).catch((error: unknown) => (error as Error).message)
    await platform.pass(6_000)
    expect(await made).toBe(failure)
    expect(platform.pendingTimers).toBe(0)
  })

  it('is given up when it is no longer wanted', async () => {
    const { platform, closing, closed, opened, first } = opening()
    const made = first('a:300', 'b:0').catch((error: unknown) => (error as Error).message)
    await platform.pass(100)
    closing.abort(new Error('enough'))
    expect(await made).toBe('enough')
    await platform.pass(5_000)
    expect(closed).toEqual(['a:300'])
    expect(opened).toEqual(['a:300'])
  })
})
