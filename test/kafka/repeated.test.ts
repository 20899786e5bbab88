import { describe, expect, it } from 'vitest'
import { repeated } from '../../src/kafka/keeper/repeated.ts'
import { turns } from '../../src/kafka/keeper/turns.ts'
import { TokenError } from '../../src/token/error.ts'
import { fakePlatform, settled } from '../fakes/platform.ts'

const minute = 60_000

function repeating(work: (signal: AbortSignal) => Promise<number>, longestRetryMs = Infinity) {
  const platform = fakePlatform()
  const begun: number[] = []
  const failures: (readonly [string, boolean, number])[] = []
  const repeats = repeated({
    platform,
    work: (signal) => {
      begun.push(platform.monotonicNow() - 5_000)
      return work(signal)
    },
    inTurn: (inner) => inner(),
    onFailure: (...[{ message }, isRepeated, waitMs]) => failures.push([message, isRepeated, waitMs]),
    longestRetryMs: () => longestRetryMs,
  })
  return { platform, begun, failures, stop: () => repeats.stop() }
}

const failing = (message: string): Promise<never> => Promise.reject(new TokenError('ERR_KAFKA_BUSY', message))

describe('work that is repeated', () => {
  it('is done when it is due, and never all the time', async () => {
    const { platform, begun, stop } = repeating(() => Promise.resolve(-1))
    await platform.pass(2_000)
    expect(begun.length).toBeLessThanOrEqual(11)
    await stop()
    await platform.pass(minute)
    expect(begun.length).toBeLessThanOrEqual(11)
    expect(platform.pendingTimers).toBe(0)
  })

  it('is tried again with growing pauses, a minute at most, and sooner where there is no time', async () => {
    const patient = repeating(() => failing('no'))
    await patient.platform.pass(10 * minute)
    expect(patient.begun.slice(0, 5)).toEqual([0, 1_000, 3_000, 7_000, 15_000])
    expect(patient.begun.length).toBeLessThan(20)
    const hurried = repeating(() => failing('no'), 3_000)
    await hurried.platform.pass(30_000)
    expect(hurried.begun.slice(-1)).toEqual([30_000])
    await Promise.all([patient.stop(), hurried.stop()])
  })

  it('tells a failure once, whichever broker it comes from, and another one again', async () => {
    const told = ['b-1:9092 is busy', 'b-2:9092 is busy', 'b-2:9092 is gone', 'b-2:9092 is gone']
    const { platform, failures, stop } = repeating(() => failing(told.shift() ?? ''))
    await platform.pass(5_000)
    expect(failures.map(([, isRepeated]) => isRepeated)).toEqual([false, true, false])
    await stop()
  })

  it('fails after a minute where nothing comes of it, and stops at once meanwhile', async () => {
    const { platform, failures, stop } = repeating(() => new Promise(() => undefined))
    await platform.pass(minute)
    expect(failures).toMatchObject([['nothing came of it within 60 s', false, 1_000]])
    await platform.pass(2_000)
    await stop()
    expect(failures).toHaveLength(1)
    expect(platform.pendingTimers).toBe(0)
  })

  it('goes by the clock that is faster', async () => {
    const { platform, begun, stop } = repeating(() => Promise.resolve(60 * minute))
    await platform.pass(minute)
    platform.suspend(2 * 60 * minute)
    await platform.pass(minute)
    expect(begun).toHaveLength(2)
    platform.stepWallClock(-5 * 60 * minute)
    await platform.pass(60 * minute)
    expect(begun).toHaveLength(3)
    await stop()
  })
})

describe('turns', () => {
  it('let so many go on at once, in the order in which they came, whether they fail or not', async () => {
    const inTurn = turns(2)
    const going: PromiseWithResolvers<string>[] = []
    const begin = (): Promise<unknown> =>
      inTurn(() => {
        const one = Promise.withResolvers<string>()
        going.push(one)
        return one.promise
      }).catch((error: unknown) => error)
    const all = Array.from({ length: 5 }, begin)
    await settled()
    expect(going).toHaveLength(2)
    going[1]?.reject(new Error('no'))
    await settled()
    expect(going).toHaveLength(3)
    for (let next = 0; next < 5; next++) {
      going[next]?.resolve('done')
      await settled()
    }
    expect((await Promise.all(all)).filter((result) => result === 'done')).toHaveLength(4)
  })
})
