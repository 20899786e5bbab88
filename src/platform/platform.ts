import { randomUUID } from 'node:crypto'
import type { OutwardFetch } from './outward-fetch.ts'
import type { OutwardConnect } from './outward-socket.ts'
import type { OutwardLookup } from './outward-lookup.ts'
import type { TlsInspection } from './tls-inspection.ts'

/** A pending timer. */
export interface Timer {
  cancel(): void
}

/** The world, handed in: nothing outside `platform/` reads a clock, draws a number or opens an outward socket. */
export interface Platform {
  /** Wall clock, milliseconds since the epoch. May step either way. */
  now(): number
  /** Milliseconds that never run backwards; their zero means nothing. They may stand still while the machine is suspended. */
  monotonicNow(): number
  /** Keeps the process alive only if asked to, as while a caller waits. */
  setTimer(callback: () => void, delayMs: number, options?: { readonly holdsProcess?: boolean }): Timer
  /** From 0 inclusive to 1 exclusive; for jitter, never for secrets. */
  random(): number
  randomUUID(): string
  readonly fetch: OutwardFetch
  /** Loads what `fetch` needs, so that the first call does not wait for it (60 ms). */
  readonly prepareFetch?: () => void
  readonly connect: OutwardConnect
  readonly lookup: OutwardLookup
  /** What a server shows at TLS, trusted or not; nothing is sent to it. */
  readonly inspectTls: TlsInspection
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Longest delay that Node's timers take without firing at once. */
const maxTimerMs = 2 ** 31 - 1

export function nodePlatform(env: Readonly<Record<string, string | undefined>> = process.env): Platform {
  let loaded: Promise<OutwardFetch> | undefined
  // The HTTP client is only loaded by the sources that call out: the built-in issuer starts without it.
  const load = (): Promise<OutwardFetch> =>
    (loaded ??= import('./outward-fetch.ts').then((module) => module.outwardFetch(env)))
  return {
    now: () => Date.now(),
    monotonicNow: () => performance.now(),
    setTimer(callback, delayMs, { holdsProcess = false } = {}) {
      const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), maxTimerMs))
      if (!holdsProcess) timer.unref()
      return {
        cancel: () => {
          clearTimeout(timer)
        },
      }
    },
    random: () => Math.random(),
    randomUUID: () => randomUUID(),
    fetch: async (url, init) => (await load())(url, init),
    prepareFetch: () => void load(),
    connect: async (options) => (await import('./outward-socket.ts')).outwardConnect(options),
    lookup: async (host, signal) => (await import('./outward-lookup.ts')).outwardLookup(host, signal),
    inspectTls: async (options) => (await import('./tls-inspection.ts')).inspectTls(options),
    env,
  }
}
