import { withDeadline } from '../../platform/deadline.ts'
import type { Platform, Timer } from '../../platform/platform.ts'
import { asTokenError, TokenError } from '../../token/error.ts'

export interface RepeatedOptions {
  readonly platform: Pick<Platform, 'setTimer' | 'random' | 'now' | 'monotonicNow'>
  /** Resolves to the time until it is due again, in milliseconds. */
  readonly work: (signal: AbortSignal) => Promise<number>
  readonly inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>
  readonly onFailure: (error: TokenError, isRepeated: boolean, nextAttemptMs: number) => void
  /** Upper limit of the time between two attempts, in milliseconds, however often they failed; 1 s and up. */
  readonly longestRetryMs: () => number
}

/** Work that is done again and again until it is stopped. */
export interface Repeated {
  /** Resolves when nothing of it goes on any more. */
  stop(): Promise<void>
}

const firstRetryMs = 1_000
const longestRetryMs = 60_000
const shortestWaitMs = 200
/** Timers stand still while the machine is suspended: so often the wall clock is asked whether it was. */
const longestSleepMs = 60_000
const deadlineMs = 60_000

/** Begins at once. After a failure it is tried again, with growing pauses. */
export function repeated({ platform, work, inTurn, onFailure, ...options }: RepeatedOptions): Repeated {
  const closing = new AbortController()
  let failures = 0
  let told: string | undefined
  let timer: Timer | undefined
  let working: Promise<void> = Promise.resolve()

  async function workOnce(): Promise<void> {
    const late = (): Error => new TokenError('ERR_KAFKA_TIMEOUT', `nothing came of it within ${deadlineMs / 1_000} s`)
    try {
      const dueInMs = await inTurn(() => withDeadline(platform, deadlineMs, late, closing.signal, work))
      failures = 0
      told = undefined
      next(Math.max(dueInMs, shortestWaitMs))
    } catch (thrown) {
      if (!closing.signal.aborted) fail(asTokenError(thrown))
    }
  }

  function fail(error: TokenError): void {
    const limitMs = Math.max(Math.min(options.longestRetryMs(), longestRetryMs), firstRetryMs)
    const waitMs = Math.min(firstRetryMs * 2 ** failures++, limitMs) * (1 - 0.2 * platform.random())
    const telling = withoutBroker(error.message)
    onFailure(error, told === telling, waitMs)
    told = telling
    next(waitMs)
  }

  /** By the clock that is faster: what falls due while the machine sleeps is late, and a clock that is set back delays nothing. */
  function next(delayMs: number): void {
    const dueAt = platform.now() + delayMs
    const dueAtLatest = platform.monotonicNow() + delayMs
    sleep()

    function sleep(): void {
      const leftMs = Math.min(dueAt - platform.now(), dueAtLatest - platform.monotonicNow())
      if (closing.signal.aborted) return
      if (leftMs <= 0) start()
      else timer = platform.setTimer(sleep, Math.min(leftMs, longestSleepMs))
    }
  }

  function start(): void {
    working = workOnce()
  }

  start()
  return {
    async stop() {
      timer?.cancel()
      closing.abort(new TokenError('ERR_TOKEN_CLOSED', 'the sidecar is stopping'))
      await working
    },
  }
}

/** The same failure may come from one broker now and from another one later. */
function withoutBroker(message: string): string {
  return message.replace(/^\S+:\d+ /, '')
}
