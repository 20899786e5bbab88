import type { AccessToken } from './token.ts'

/** Callers that wait for the one call they share. */
export interface WaitingLine {
  readonly size: number
  /** Waits until all are served or refused; leaves with `reasonToLeave()` once `signal` aborts. */
  join(signal: AbortSignal, reasonToLeave: () => unknown): Promise<AccessToken>
  serve(token: AccessToken): void
  refuse(reason: Error): void
}

interface Waiter {
  resolve(token: AccessToken): void
  reject(reason: unknown): void
}

export function waitingLine(): WaitingLine {
  const waiters = new Set<Waiter>()

  function callUp(tell: (waiter: Waiter) => void): void {
    const called = [...waiters]
    waiters.clear()
    called.forEach(tell)
  }

  return {
    get size() {
      return waiters.size
    },
    join(signal, reasonToLeave) {
      const { promise, resolve, reject } = Promise.withResolvers<AccessToken>()
      const waiter: Waiter = { resolve, reject }
      const leave = (): void => {
        waiters.delete(waiter)
        reject(reasonToLeave())
      }
      if (signal.aborted) leave()
      else {
        waiters.add(waiter)
        signal.addEventListener('abort', leave, { once: true })
      }
      return promise.finally(() => {
        signal.removeEventListener('abort', leave)
      })
    },
    serve(token) {
      callUp((waiter) => {
        waiter.resolve(token)
      })
    },
    refuse(reason) {
      callUp((waiter) => {
        waiter.reject(reason)
      })
    },
  }
}
