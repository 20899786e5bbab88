import type { Platform } from './platform.ts'

/** Resolves after `delayMs` milliseconds; rejects with the reason of the signal once that aborts. */
export function pause(
  platform: Pick<Platform, 'setTimer'>,
  delayMs: number,
  signal: AbortSignal,
  options?: { readonly holdsProcess?: boolean },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const stop = (): void => {
    timer.cancel()
    reject(signal.reason as Error)
  }
  const timer = platform.setTimer(
    () => {
      signal.removeEventListener('abort', stop)
      resolve(undefined)
    },
    delayMs,
    options,
  )
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  return promise
}
