import type { Platform } from './platform.ts'

/**
 * Runs `task` with a signal that aborts with `late()` after `timeoutMs` milliseconds or with the reason of `outer`, and
 * rejects at that moment even where a library underneath ignores the signal.
 */
export async function withDeadline<T>(
  platform: Pick<Platform, 'setTimer'>,
  timeoutMs: number,
  late: () => Error,
  outer: AbortSignal,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController()
  const given = Promise.withResolvers<never>()
  const stop = (reason: unknown): void => {
    given.reject(reason)
    inner.abort(reason)
  }
  const onOuter = (): void => {
    stop(outer.reason)
  }
  const limit = platform.setTimer(() => {
    stop(late())
  }, timeoutMs)
  outer.addEventListener('abort', onOuter)
  if (outer.aborted) onOuter()
  try {
    return await Promise.race([given.promise, task(inner.signal)])
  } finally {
    limit.cancel()
    outer.removeEventListener('abort', onOuter)
  }
}
