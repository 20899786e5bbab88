import type { Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Platform, Timer } from '../platform/platform.ts'
import type { Listener } from './listener.ts'
import { parting } from './parting.ts'

/**
 * A client that has an answer may be about to ask on the same connection: it is told to go by the next answer, if that
 * comes within this time.
 */
const lastRequestMs = 250
const sweepMs = 50
/** How long connections that the system holds for us are waited for, where they never cease to come. */
const longestQueueMs = 5_000

/** How servers that listen are ended without losing a request. */
export function ending(
  servers: readonly (Server | SecureServer)[],
  platform: Pick<Platform, 'setTimer' | 'monotonicNow'>,
  onClosed: () => void,
): Pick<Listener, 'drain' | 'close'> {
  const connections = servers.map(parting)
  let partingSince: number | undefined
  let draining: { readonly done: Promise<undefined>; readonly end: () => void } | undefined

  function beginParting(): void {
    partingSince ??= platform.monotonicNow()
    for (const one of connections) one.begin()
  }

  function startDraining(delayMs: number): NonNullable<typeof draining> {
    const { promise: done, resolve } = Promise.withResolvers<undefined>()
    const timer = platform.setTimer(() => {
      resolve(undefined)
    }, delayMs)
    const end = (): void => {
      timer.cancel()
      resolve(undefined)
    }
    return { done, end }
  }

  /** Closing resets what the system has accepted for us, and Node takes one connection of it in each turn of its loop. */
  async function untilNobodyQueues(): Promise<void> {
    const arrived = (): number => connections.reduce((sum, one) => sum + one.arrived(), 0)
    const startedAt = platform.monotonicNow()
    let before: number
    do {
      before = arrived()
      await nextTurn()
      await nextTurn()
    } while (arrived() > before && platform.monotonicNow() - startedAt < longestQueueMs)
  }

  return {
    async drain(delayMs) {
      beginParting()
      if (draining || delayMs <= 0) draining?.end()
      else draining = startDraining(delayMs)
      await draining?.done
      await untilNobodyQueues()
    },
    async close(graceMs) {
      beginParting()
      draining?.end()
      const cut = platform.setTimer(() => {
        for (const one of connections) one.cut()
      }, graceMs)
      // A connection that falls idle only after close() would be kept alive.
      let sweeping: Timer
      const sweep = (): void => {
        for (const server of servers) server.closeIdleConnections()
        sweeping = platform.setTimer(sweep, sweepMs)
      }
      const since = platform.monotonicNow() - (partingSince ?? 0)
      sweeping = platform.setTimer(sweep, Math.max(lastRequestMs - since, 0))
      await Promise.all(servers.map(closed))
      cut.cancel()
      sweeping.cancel()
      onClosed()
    },
  }
}

function closed(server: Server | SecureServer): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const close = server.closeIdleConnections.bind(server)
  // Node's close() ends idle connections at once, together with the requests that are on their way there.
  server.closeIdleConnections = () => undefined
  server.close(() => {
    resolve(undefined)
  })
  server.closeIdleConnections = close
  return promise
}
