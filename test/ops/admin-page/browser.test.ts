import { describe, expect, it } from 'vitest'
import { continued, noHistory } from '../../../src/ops/admin-page/browser/history.ts'
import { spanOf } from '../../../src/ops/admin-page/browser/sight.ts'
import { ago, duration, left, milliseconds, plural } from '../../../src/ops/admin-page/browser/words.ts'
import type { PageMoment, PageState } from '../../../src/ops/admin-page/page-state.ts'
import { pageStateOf } from '../../../src/ops/admin-page/page-state-of.ts'
import { busySidecar, nothingObserved } from './observed-world.ts'

const now = Date.UTC(2026, 10, 21, 12)
const minute = 60_000

describe('words', () => {
  it.each([
    [-5, '0 s'],
    [59_999, '59 s'],
    [90_000, '1 min 30 s'],
    [600_000, '10 min'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [90_000_000, '1 d 1 h'],
  ])('tell %i ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })

  it('tell what is left, what is over, and how many', () => {
    expect(left(now + minute, now)).toBe('1 min left')
    expect(left(now - minute, now)).toBe('ended 1 min ago')
    expect(ago(now + 5, now)).toBe('just now')
    expect([plural(1, 'time'), plural(1_200, 'time')]).toEqual(['1 time', '1,200 times'])
    expect([0.0812, 1.24, 340.4, 1_000].map(milliseconds)).toEqual(['0.081 ms', '1.2 ms', '340 ms', '1 s'])
  })
})

describe('a span of time', () => {
  it('shows more of the past the longer the sidecar runs, and where a moment is in it', () => {
    expect(spanOf(undefined, now, now - minute)).toMatchObject({ from: now - 15 * minute, to: now + 3 * minute })
    expect(spanOf(undefined, now, now - 30 * minute).from).toBe(now - 60 * minute)
    expect(spanOf(undefined, now, now - 600 * minute).from).toBe(now - 360 * minute)
    const { at } = spanOf(minute, now)
    expect([at(now - minute), at(now), at(now + minute), at(0)]).toEqual([0, 83.33, 100, 0])
  })
})

describe('what happened', () => {
  const state = (since: number, at: number, moments: readonly PageMoment[]): PageState => ({
    ...pageStateOf(nothingObserved, { now: at, version: '', isOpen: true, since }),
    moments,
  })
  const given = (at: number, count: number): PageMoment => ({ at, about: 'profile a', what: 'handed out', count })

  it('is put together from answers that tell the latest part only', () => {
    const first = continued(noHistory, state(0, now, [given(now - 30 * minute, 7), given(now, 1)]))
    expect(first.since).toBeLessThanOrEqual(now - 10 * minute)
    const second = continued(first, state(first.since, now + 1_000, [given(now, 3)]))
    expect(second.moments.map(({ count }) => count)).toEqual([7, 3])
  })

  it('is the same whether it is told at once or piece by piece', () => {
    const busy = busySidecar(now)
    const about = { version: '', isOpen: true }
    const atOnce = continued(noHistory, pageStateOf(busy, { ...about, now, since: 0 }))
    const again = continued(atOnce, pageStateOf(busy, { ...about, now, since: atOnce.since }))
    expect(again).toEqual(atOnce)
  })

  it('does not grow for ever', () => {
    const old = continued(noHistory, state(0, now, [given(now - minute, 1)]))
    const later = now + 24 * 60 * minute
    expect(continued(old, state(old.since, later, [])).moments).toEqual([])
  })
})
