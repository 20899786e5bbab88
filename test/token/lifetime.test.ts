import { describe, expect, it } from 'vitest'
import { backOffMs, lifetimeOf, unchangedDelayMs } from '../../src/token/lifetime.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

describe('when a token is renewed and given', () => {
  it.each([
    // lifetime, renewed when this remains, given until this remains
    [20 * second, 10 * second, 1 * second],
    [30 * second, 15 * second, 1.5 * second],
    [5 * minute, 2.5 * minute, 15 * second],
    [10 * minute, 5 * minute, 30 * second],
    [12 * minute, 6 * minute, 30 * second],
    [30 * minute, 6 * minute, 30 * second],
    [1 * hour, 12 * minute, 30 * second],
    [24 * hour, 4.8 * hour, 30 * second],
  ])('with a lifetime of %i ms renews at %i ms and gives until %i ms', (lifetime, renewBelowMs, giveAboveMs) => {
    expect(lifetimeOf(lifetime, 0)).toEqual({ renewBelowMs, giveAboveMs })
  })

  it('starts a renewal up to a tenth of the window earlier, never later', () => {
    expect(lifetimeOf(hour, 0.999).renewBelowMs).toBeCloseTo(1.0999 * 12 * minute, 0)
    expect(lifetimeOf(hour, 0.5).renewBelowMs).toBeGreaterThan(lifetimeOf(hour, 0).renewBelowMs)
  })
})

describe('the wait after a renewal that brought the same token', () => {
  it.each([
    [12 * minute, 7 * minute],
    [5 * minute, 30 * second],
    [40 * second, 10 * second],
    [2 * second, 1 * second],
  ])('is, with %i ms left, %i ms', (remaining, delay) => {
    expect(unchangedDelayMs(remaining)).toBe(delay)
  })
})

describe('back-off', () => {
  it('doubles from 250 ms to 30 s where the failure may pass by itself', () => {
    const delays = [1, 2, 3, 7, 8, 50].map((failures) => backOffMs(failures, true, 0))
    expect(delays).toEqual([250, 500, 1_000, 16_000, 30_000, 30_000])
  })

  it('starts at 2 s where somebody has to mend something', () => {
    expect([1, 2, 9].map((failures) => backOffMs(failures, false, 0))).toEqual([2_000, 4_000, 30_000])
  })

  it('is shortened by up to half', () => {
    expect(backOffMs(3, true, 1)).toBe(500)
  })
})
