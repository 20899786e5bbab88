import type { OutwardFetch } from './outward-fetch.ts'
import type { Platform } from './platform.ts'

export interface CallLimits {
  /** Calls at the same time, of all together. */
  readonly total: number
  /** Calls at the same time of one name. */
  readonly each: number
}

/** Outward calls of several names, none of which can take all the places, and no host either. */
export interface FairFetch {
  /** `fetch` for one name: waits for its turn, and leaves when its signal aborts. A call ends with the head of its answer. */
  for(name: string): OutwardFetch
  /** Other limits from now on. */
  limit(limits: CallLimits): void
}

/** Of all places, for calls to one origin: one that does not answer leaves the others theirs. */
const shareOfOrigin = 0.5

interface Waiter {
  readonly origin: string
  readonly enter: () => void
}

/** Names that wait are served in turns, however many calls each of them has. */
export function fairFetch(fetch: OutwardFetch, first: CallLimits): FairFetch {
  let limits = first
  let running = 0
  const runningOf = new Map<string, number>()
  const runningTo = new Map<string, number>()
  const waiting = new Map<string, Set<Waiter>>()

  function isFree(name: string, origin: string): boolean {
    const mostToOrigin = Math.ceil(shareOfOrigin * limits.total)
    return (
      running < limits.total && (runningOf.get(name) ?? 0) < limits.each && (runningTo.get(origin) ?? 0) < mostToOrigin
    )
  }

  function begin(name: string, origin: string): void {
    running += 1
    add(runningOf, name, 1)
    add(runningTo, origin, 1)
  }

  function end(name: string, origin: string): void {
    running -= 1
    add(runningOf, name, -1)
    add(runningTo, origin, -1)
    callUp()
  }

  function callUp(): void {
    for (let next = nextInLine(); next !== undefined; next = nextInLine()) {
      const { name, waiter } = next
      leave(name, waiter)
      toTheEnd(name)
      begin(name, waiter.origin)
      waiter.enter()
    }
  }

  function nextInLine(): { readonly name: string; readonly waiter: Waiter } | undefined {
    if (running >= limits.total) return undefined
    for (const [name, [waiter]] of waiting) if (waiter && isFree(name, waiter.origin)) return { name, waiter }
    return undefined
  }

  function leave(name: string, waiter: Waiter): void {
    const line = waiting.get(name)
    line?.delete(waiter)
    if (line?.size === 0) waiting.delete(name)
  }

  /** Whoever has had a turn is the last one of the next round; whoever gave up has had none. */
  function toTheEnd(name: string): void {
    const line = waiting.get(name)
    waiting.delete(name)
    if (line) waiting.set(name, line)
  }

  function turn(name: string, origin: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    const enter = (): void => {
      signal.removeEventListener('abort', giveUp)
      resolve(undefined)
    }
    const waiter = { origin, enter }
    const giveUp = (): void => {
      leave(name, waiter)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    const line = waiting.get(name) ?? new Set()
    line.add(waiter)
    waiting.set(name, line)
    return promise
  }

  return {
    for: (name) => async (url, init) => {
      init.signal.throwIfAborted()
      const { origin } = new URL(url)
      if (isFree(name, origin)) begin(name, origin)
      else await turn(name, origin, init.signal)
      try {
        return await fetch(url, init)
      } finally {
        end(name, origin)
      }
    },
    limit(changed) {
      limits = changed
      callUp()
    },
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}

/** The platform with another way out. Its clock and environment are asked of it as before. */
export function withFetch(platform: Platform, fetch: OutwardFetch): Platform {
  return Object.create(platform, { fetch: { value: fetch } }) as Platform
}
