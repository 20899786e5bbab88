import type { Platform } from '../../src/platform/platform.ts'

/** A platform whose clocks are moved by hand. */
export interface FakePlatform extends Platform {
  /** Lets time pass on both clocks and fires the timers that fall due, in order, letting promises settle in between. */
  pass(ms: number): Promise<void>
  /** Sets the wall clock forward or back; the monotonic clock and the timers do not notice. */
  stepWallClock(ms: number): void
  /** The machine sleeps: the wall clock goes on, the monotonic clock and the timers stand still. */
  suspend(ms: number): void
  readonly pendingTimers: number
  /** Until the next timer falls due; undefined where there is none. */
  readonly nextTimerInMs: number | undefined
}

interface Pending {
  readonly at: number
  readonly callback: () => void
}

export function fakePlatform({ now = Date.UTC(2026, 0, 1), random = 0, env = {} } = {}): FakePlatform {
  let wall = now
  let monotonic = 5_000
  let uuids = 0
  const timers = new Set<Pending>()

  function nextBy(limit: number): Pending | undefined {
    return [...timers].filter(({ at }) => at <= limit).sort((a, b) => a.at - b.at)[0]
  }

  return {
    now: () => wall,
    monotonicNow: () => monotonic,
    setTimer(callback, delayMs) {
      const timer = { at: monotonic + Math.max(delayMs, 0), callback }
      timers.add(timer)
      return { cancel: () => timers.delete(timer) }
    },
    random: () => random,
    randomUUID: () => `uuid-${++uuids}`,
    fetch: () => Promise.reject(new Error('no network in this test')),
    connect: () => Promise.reject(new Error('no network in this test')),
    lookup: () => Promise.reject(new Error('no network in this test')),
    inspectTls: () => Promise.reject(new Error('no network in this test')),
    env,
    async pass(ms) {
      const end = monotonic + ms
      await settled()
      for (let timer = nextBy(end); timer; timer = nextBy(end)) {
        timers.delete(timer)
        wall += Math.max(timer.at - monotonic, 0)
        monotonic = Math.max(timer.at, monotonic)
        timer.callback()
        await settled()
      }
      wall += end - monotonic
      monotonic = end
    },
    stepWallClock(ms) {
      wall += ms
    },
    suspend(ms) {
      wall += ms
    },
    get pendingTimers() {
      return timers.size
    },
    get nextTimerInMs() {
      const next = nextBy(Infinity)
      return next && Math.max(next.at - monotonic, 0)
    },
  }
}

/** Lets everything that waits for promises, however deep, go on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
