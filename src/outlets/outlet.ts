import { withDeadline } from '../platform/deadline.ts'
import type { Platform, Timer } from '../platform/platform.ts'
import { asTokenError, TokenError } from '../token/error.ts'
import type { Emit, OutletFailed, OutletWritten } from '../token/event.ts'

/** Where something is kept: a file, a Kubernetes Secret. */
export interface Destination<Content> {
  /** As events name it. */
  readonly target: string
  /**
   * Puts the content there. With `isLook` it was put there before, and is put there again only if it is there no more.
   * Never removes anything. Rejects with a TokenError, or with the reason of the signal.
   */
  put(content: Content, options: { readonly isLook: boolean; readonly signal: AbortSignal }): Promise<Put>
}

export interface Put {
  readonly isWritten: boolean
  /** What an operator should know, such as that somebody else writes there. */
  readonly warning?: string
}

export interface OutletOptions<Content> {
  readonly platform: Pick<Platform, 'setTimer' | 'random'>
  readonly emit: Emit
  readonly destination: Destination<Content>
  /** What shall be there now: the same object as before when there is nothing new, undefined when there is nothing yet. */
  readonly content: (signal: AbortSignal) => Promise<Content | undefined>
  /** Whose it is. */
  readonly failed: Pick<OutletFailed, 'profile' | 'name'>
  readonly written: (content: Content) => Pick<OutletWritten, 'profile' | 'delegationToken'>
  /** Between two looks, in milliseconds. */
  readonly refreshMs: number
  /** Default: as often as it is looked at. */
  readonly longestRetryMs?: number
  /** By how much looks and retries come earlier, at random, so that many do not come together. Default 0, at most 1. */
  readonly spread?: number
}

/** A place that is kept fresh until it is closed. */
export interface Outlet {
  /** There may be something new: looks at once, or as soon as the look that is under way is over. */
  look(): void
  close(): void
}

const deadlineMs = 15_000
const firstRetryMs = 1_000

/** Writes at once, and again whenever there is something new or it is gone. What is there stays while nothing newer can be had. */
export function keepFresh<Content>(options: OutletOptions<Content>): Outlet {
  const { platform, emit, destination, content, failed, written, refreshMs } = options
  const { longestRetryMs = refreshMs, spread = 0 } = options
  const { target } = destination
  const closing = new AbortController()
  const { signal } = closing
  let there: Content | undefined
  let failures = 0
  let told: string | undefined
  let warned: string | undefined
  let timer: Timer | undefined
  let isLooking = false
  let isWanted = false

  /** Resolves with the time to the next look; undefined where there is nothing to look after. */
  async function lookOnce(): Promise<number | undefined> {
    const late = (): Error => new TokenError('ERR_TOKEN_TIMEOUT', `nothing to write within ${deadlineMs / 1000} s`)
    try {
      const wanted = await withDeadline(platform, deadlineMs, late, signal, content)
      if (wanted === undefined) return undefined
      tell(wanted, await destination.put(wanted, { isLook: wanted === there, signal }))
      return soonerThan(refreshMs)
    } catch (thrown) {
      return signal.aborted ? undefined : fail(asTokenError(thrown))
    }
  }

  function tell(wanted: Content, { isWritten, warning }: Put): void {
    const isFirst = there === undefined || failures > 0
    there = wanted
    failures = 0
    told = undefined
    if (signal.aborted) return
    if (warning !== undefined && warning !== warned) emit({ type: 'warning', message: warning })
    warned = warning
    if (isWritten || isFirst) emit({ type: 'outlet-written', ...written(wanted), target, isFirst })
  }

  function fail({ code, message, hint, retryAfterMs = 0 }: TokenError): number {
    const retryMs = soonerThan(Math.min(firstRetryMs * 2 ** failures++, longestRetryMs))
    const nextAttemptMs = Math.max(retryMs, retryAfterMs)
    emit({ type: 'outlet-failed', ...failed, target, code, message, hint, nextAttemptMs, isRepeated: told === message })
    told = message
    return nextAttemptMs
  }

  const soonerThan = (ms: number): number => Math.round(ms * (1 - spread * platform.random()))

  async function look(): Promise<void> {
    isWanted = true
    if (isLooking) return
    isLooking = true
    timer?.cancel()
    let nextMs: number | undefined
    while (isWanted && !signal.aborted) {
      isWanted = false
      nextMs = await lookOnce()
    }
    isLooking = false
    if (nextMs !== undefined && !signal.aborted) timer = platform.setTimer(() => void look(), nextMs)
  }

  void look()
  return {
    look: () => void look(),
    close() {
      timer?.cancel()
      closing.abort(new TokenError('ERR_TOKEN_CLOSED', 'the sidecar is stopping'))
    },
  }
}
