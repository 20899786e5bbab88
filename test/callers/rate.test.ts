import { describe, expect, it } from 'vitest'
import { rateLimit } from '../../src/callers/rate.ts'
import { fakePlatform } from '../fakes/platform.ts'

describe('rateLimit', () => {
  it('gives a burst at once, then as many as come back', async () => {
    const platform = fakePlatform()
    const { take } = rateLimit({ perMinute: 20, burst: 3, platform })
    expect([take('a'), take('a'), take('a')]).toEqual([0, 0, 0])
    expect(take('a')).toBe(3_000)
    await platform.pass(2_000)
    expect(take('a')).toBe(1_000)
    await platform.pass(1_000)
    expect([take('a'), take('a')]).toEqual([0, 3_000])
    await platform.pass(60_000)
    expect([take('a'), take('a'), take('a'), take('a')]).toEqual([0, 0, 0, 3_000])
  })

  it('keeps a bucket for each key', () => {
    const { take } = rateLimit({ perMinute: 60, burst: 1, platform: fakePlatform() })
    expect([take('a'), take('b'), take('a'), take('b')]).toEqual([0, 0, 1_000, 1_000])
  })

  it('says how long to wait without taking', () => {
    const { take, wait } = rateLimit({ perMinute: 60, burst: 1, platform: fakePlatform() })
    expect([wait('a'), wait('a'), take('a'), wait('a'), take('a')]).toEqual([0, 0, 0, 1_000, 1_000])
  })

  it.each([7, 6_000, 1_000_000])('gives %j a minute, whatever the fractions', async (perMinute) => {
    const platform = fakePlatform()
    const { take } = rateLimit({ perMinute, burst: 1, platform })
    let taken = 0
    for (let ms = 0; ms < 60_000; ms += 100) {
      if (take('a') === 0) taken++
      await platform.pass(take('a') > 0 ? 100 : 0)
    }
    expect(taken).toBeLessThanOrEqual(Math.min(perMinute, 601))
    expect(taken).toBeGreaterThanOrEqual(Math.min(perMinute, 600) - 2)
  })

  it('waits no longer than it says', async () => {
    const platform = fakePlatform()
    const { take } = rateLimit({ perMinute: 7, burst: 2, platform })
    for (let round = 0; round < 100; round++) {
      while (take('a') === 0);
      await platform.pass(take('a'))
      expect(take('a')).toBe(0)
    }
  })

  it('is not moved by the wall clock', () => {
    const platform = fakePlatform()
    const { take } = rateLimit({ perMinute: 60, burst: 1, platform })
    take('a')
    platform.stepWallClock(3_600_000)
    expect(take('a')).toBe(1_000)
  })

  it('forgets the key that came first, where there are too many', () => {
    const { take, wait } = rateLimit({ perMinute: 60, burst: 2, platform: fakePlatform(), mostKeys: 2 })
    for (const key of ['a', 'b', 'a', 'b', 'b', 'c']) take(key)
    expect(wait('b')).toBe(1_000)
    expect(take('a')).toBe(0)
    expect(take('a')).toBe(0)
    expect(take('a')).toBe(1_000)
  })
})
