import { withDeadline } from '../platform/deadline.ts'
import type { Platform, Timer } from '../platform/platform.ts'
import type { Secret } from '../platform/secret.ts'
import { asTokenError, TokenError } from '../token/error.ts'
import type { Emit } from '../token/event.ts'
import { isThere, replaceFile, type FileTarget } from './file.ts'

export interface OutletOptions {
  readonly platform: Pick<Platform, 'setTimer'>
  readonly emit: Emit
  readonly profile: string
  readonly target: FileTarget
  /** What the file shall hold now; the same object as before when there is nothing new. */
  readonly content: (signal: AbortSignal) => Promise<Secret>
  /** Between two looks, in milliseconds. */
  readonly refreshMs: number
}

/** A place that is kept fresh until it is closed. */
export interface Outlet {
  close(): void
}

const deadlineMs = 15_000
const firstRetryMs = 1_000

/** Writes at once, and again whenever there is something new or the file is gone. What is there stays while nothing newer can be had. */
export function keepFileFresh({ platform, emit, profile, target, content, refreshMs }: OutletOptions): Outlet {
  const closing = new AbortController()
  const { file } = target
  let written: Secret | undefined
  let failures = 0
  let told: string | undefined
  let timer: Timer | undefined

  async function write(): Promise<void> {
    const late = (): Error => new TokenError('ERR_TOKEN_TIMEOUT', `nothing to write within ${deadlineMs / 1000} s`)
    try {
      const fresh = await withDeadline(platform, deadlineMs, late, closing.signal, content)
      if (fresh !== written || !(await isThere(target))) {
        await replaceFile(target, fresh)
        emit({ type: 'outlet-written', profile, file, isFirst: written === undefined || failures > 0 })
      }
      written = fresh
      failures = 0
      told = undefined
      again(refreshMs)
    } catch (thrown) {
      if (!closing.signal.aborted) fail(asTokenError(thrown))
    }
  }

  function fail({ code, message, hint }: TokenError): void {
    const nextAttemptMs = Math.min(firstRetryMs * 2 ** failures++, refreshMs)
    emit({ type: 'outlet-failed', profile, file, code, message, hint, nextAttemptMs, isRepeated: told === message })
    told = message
    again(nextAttemptMs)
  }

  function again(delayMs: number): void {
    if (!closing.signal.aborted) timer = platform.setTimer(() => void write(), delayMs)
  }

  void write()
  return {
    close() {
      timer?.cancel()
      closing.abort(new TokenError('ERR_TOKEN_CLOSED', 'the sidecar is stopping'))
    },
  }
}
