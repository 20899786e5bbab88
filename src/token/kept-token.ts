import { withDeadline } from '../platform/deadline.ts'
import type { Platform, Timer } from '../platform/platform.ts'
import { asTokenError, TokenError, type ErrorCode } from './error.ts'
import type { Emit } from './event.ts'
import { holdToken, momentOf, type HeldToken, type Moment } from './held-token.ts'
import { backOffMs, longestBackOffWhileAskedMs, unchangedDelayMs } from './lifetime.ts'
import type { AccessToken, TokenRequest, TokenSource } from './token.ts'
import { waitingLine } from './waiting-line.ts'

export interface KeepOptions {
  readonly platform: Platform
  readonly emit: Emit
  /** Deadline of one call of the source, in milliseconds; default 10 s. */
  readonly fetchTimeoutMs?: number
  /** How long the former token is still given after the provider refused the identity for good; default 60 s. */
  readonly refusalGraceMs?: number
  /** Renew for ever; otherwise only while somebody asks at least once in two lifetimes. Default false. */
  readonly keepWarm?: boolean
  /** Renew only when somebody asks; `keepWarm` comes before it. Default false. */
  readonly isLazy?: boolean
}

/** One credential: its token, renewed ahead of need by one call at a time. */
export interface KeptToken {
  /** The token, if one with life to spare is at hand. Starts the renewal when it is due; never waits. */
  peek(): AccessToken | undefined
  /** As `peek`, else waits for the one call that all share. Rejects with the failure, or once `signal` aborts. */
  get(signal: AbortSignal): Promise<AccessToken>
  /** What the source reads has changed: a failure is no reason to wait; with `fresh` the token is renewed at once. */
  changed(options?: { readonly fresh?: boolean }): void
  /** The token that is held, for those who look and do not ask. */
  held(): AccessToken | undefined
  /** The token is no longer given, and a failure no reason to wait: whoever asks next gets a new one. */
  flush(): void
  /** True when nobody has asked for long and nobody waits: it may be forgotten. */
  isIdle(): boolean
  /** True while somebody waits for it or a call is under way, and a minute after somebody asked. */
  isBusy(): boolean
  close(): void
}

// A look at the clocks at least this often notices that the machine was suspended or its clock set.
const longestSleepMs = 60_000

// A failure that lasts is told once a minute, not at each attempt.
const quietMs = 60_000

// Whoever asks for ever new tokens gets no more of them in this time than are kept.
const busyMs = 60_000

// Who was refused this long ago will come again.
const recentlyMs = 5 * 60_000

export function keepToken(source: TokenSource, request: TokenRequest, options: KeepOptions): KeptToken {
  const { platform, emit, fetchTimeoutMs = 10_000, refusalGraceMs = 60_000, keepWarm = false, isLazy = false } = options
  const { profile, scope, audience } = request
  const about = {
    profile,
    source: source.kind,
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
  }
  const line = waitingLine()
  const closing = new AbortController()
  let held: HeldToken | undefined
  let subject: string | undefined
  let calling = false
  let failures = 0
  let failure: TokenError | undefined
  let failedAt = -Infinity
  let told: { readonly message: string; readonly at: number } | undefined
  let refused: { readonly at: number; readonly code: ErrorCode } | undefined
  let notBefore = -Infinity
  let askedAt = platform.monotonicNow()
  let timer: Timer | undefined
  let wasFlushed = false

  function peek(): AccessToken | undefined {
    const at = momentOf(platform)
    askedAt = at.monotonic
    if (held?.isDue(at)) renew(at)
    return givable(at)
  }

  function givable(at: Moment): AccessToken | undefined {
    if (refused && at.monotonic - refused.at >= refusalGraceMs) drop(refused.code)
    return held?.isGivable(at) ? held.token : undefined
  }

  function drop(code: ErrorCode): void {
    if (held) emit({ type: 'token-dropped', ...about, code })
    held = undefined
  }

  function renew(at: Moment): void {
    // The monotonic clock stands still while the machine sleeps, and with it the wait after an unchanged token.
    if (held && !failure) notBefore = Math.min(notBefore, at.monotonic + unchangedDelayMs(held.remainingMs(at)))
    if (calling || closing.signal.aborted || at.monotonic < notBefore) return
    calling = true
    timer?.cancel()
    void call()
  }

  async function call(): Promise<void> {
    const startedAt = platform.monotonicNow()
    const late = (): Error =>
      new TokenError('ERR_TOKEN_TIMEOUT', `source ${source.kind} gave no answer within ${fetchTimeoutMs / 1000} s`)
    try {
      const token = await withDeadline(platform, fetchTimeoutMs, late, closing.signal, (signal) =>
        source.getToken(request, signal),
      )
      accept(token, platform.monotonicNow() - startedAt)
    } catch (thrown) {
      if (!closing.signal.aborted) fail(asTokenError(thrown), platform.monotonicNow() - startedAt)
    } finally {
      calling = false
      schedule()
    }
  }

  function accept(token: AccessToken, tookMs: number): void {
    const at = momentOf(platform)
    const fresh = holdToken(token, at, platform.random())
    if (!fresh.isGivable(at)) throw new TokenError('ERR_TOKEN_EXPIRED', 'the source handed out an expired token')
    if (subject !== undefined && token.subject !== undefined && token.subject !== subject) {
      throw new TokenError('ERR_TOKEN_PRINCIPAL_CHANGED', `the principal changed from ${subject} to ${token.subject}`)
    }
    const reason = failures > 0 ? 'recovery' : held || wasFlushed ? 'renewal' : 'first'
    wasFlushed = false
    failures = 0
    failure = undefined
    told = undefined
    const wasRefused = refused !== undefined
    refused = undefined
    notBefore = -Infinity
    if (held?.isGivable(at) && !wasRefused && held.isRepeatedBy(fresh, at)) {
      const nextAttemptMs = unchangedDelayMs(held.remainingMs(at))
      notBefore = at.monotonic + nextAttemptMs
      emit({ type: 'token-unchanged', ...about, tookMs, nextAttemptMs })
    } else {
      held = fresh
      subject = token.subject ?? subject
      const { expiresAt } = token
      emit({ type: 'token-obtained', ...about, tookMs, expiresAt, ...(subject !== undefined && { subject }), reason })
    }
    line.serve(held.token)
  }

  function fail(error: TokenError, tookMs: number): void {
    failures += 1
    failure = error
    const at = momentOf(platform)
    failedAt = at.monotonic
    const nextAttemptMs = error.retryAfterMs ?? backOffMs(failures, error.transient, platform.random())
    notBefore = failedAt + nextAttemptMs
    if (error.refusal) refused ??= { at: failedAt, code: error.code }
    const servingForMs = givable(at) && held ? held.givableForMs(at) : 0
    const { code, message, hint } = error
    const cause = error.cause instanceof Error ? { cause: error.cause.message } : {}
    const isRepeated = told?.message === message && at.monotonic - told.at < quietMs
    if (!isRepeated) told = { message, at: at.monotonic }
    const failed = { tookMs, code, message, hint, ...cause, servingForMs, nextAttemptMs, isRepeated }
    emit({ type: 'token-failed', ...about, ...failed })
    // What may pass by itself is tried again while the callers wait; each of them knows for how long.
    if (!error.transient) line.refuse(error)
  }

  /** Sleeps until the next renewal or attempt. */
  function schedule(): void {
    timer?.cancel()
    if (closing.signal.aborted || calling || !isWanted()) return
    const at = momentOf(platform)
    const delayMs = Math.max(held?.dueInMs(at) ?? 0, notBefore - at.monotonic, 0)
    timer = platform.setTimer(wake, Math.min(delayMs, longestSleepMs))
  }

  function wake(): void {
    const at = momentOf(platform)
    givable(at)
    if (!held || held.isDue(at)) renew(at)
    if (!calling) schedule()
  }

  function isWanted(): boolean {
    if (keepWarm || line.size > 0) return true
    return !isLazy && held !== undefined && platform.monotonicNow() - askedAt < 2 * held.lifetimeMs
  }

  if (keepWarm) renew(momentOf(platform))

  return {
    peek,
    async get(signal) {
      const token = peek()
      if (token) return token
      const at = momentOf(platform)
      // A long back-off is for when nobody asks; a provider's own Retry-After is always kept.
      if (failure?.retryAfterMs === undefined) notBefore = Math.min(notBefore, failedAt + longestBackOffWhileAskedMs)
      if (failure && !failure.transient && !calling && at.monotonic < notBefore) throw failure
      closing.signal.throwIfAborted()
      const waiting = line.join(signal, () => failure ?? (signal.reason as unknown))
      renew(at)
      if (!calling) schedule()
      return waiting
    },
    changed({ fresh = false } = {}) {
      if (!failure && !fresh) return
      notBefore = -Infinity
      const at = momentOf(platform)
      if (held !== undefined || isWanted() || (failure && at.monotonic - askedAt < recentlyMs)) renew(at)
    },
    held: () => held?.token,
    flush() {
      held = undefined
      notBefore = -Infinity
      failure = undefined
      wasFlushed = true
      if (keepWarm) renew(momentOf(platform))
    },
    isIdle: () => !calling && !isWanted(),
    isBusy: () => calling || line.size > 0 || platform.monotonicNow() - askedAt < busyMs,
    close() {
      const reason = new TokenError('ERR_TOKEN_CLOSED', 'the sidecar is stopping')
      timer?.cancel()
      closing.abort(reason)
      line.refuse(reason)
    },
  }
}
