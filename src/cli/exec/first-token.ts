import type { Config } from '../../config/schema.ts'
import { withDeadline } from '../../platform/deadline.ts'
import { pause } from '../../platform/pause.ts'
import type { Platform } from '../../platform/platform.ts'
import { asTokenError, TokenError } from '../../token/error.ts'

export interface FirstTokenOptions {
  readonly platform: Platform
  readonly waitMs: number
  /** Rejects with a TokenError. */
  readonly ask: () => Promise<unknown>
}

const retryMs = 500

/** Asks until there is a token. Rejects with the last failure when the time is over, at once with one that does not pass. */
export async function firstToken({ platform, waitMs, ask }: FirstTokenOptions): Promise<void> {
  const end = platform.monotonicNow() + waitMs
  const none = new TokenError('ERR_TOKEN_TIMEOUT', `no token was obtained within ${waitMs / 1000} s`, {
    hint: 'The log says why. With --wait it may take longer; with --start-without-token the command starts all the same.',
  })
  const never = new AbortController().signal
  let last: TokenError = none
  for (;;) {
    const leftMs = end - platform.monotonicNow()
    if (leftMs <= 0) throw last
    try {
      await withDeadline(platform, leftMs, () => last, never, ask)
      return
    } catch (thrown) {
      const failure = asTokenError(thrown)
      if (!failure.transient) throw failure
      // That nothing came in the time that a client is held says nothing.
      if (failure.code !== 'ERR_TOKEN_TIMEOUT' || failure.cause !== undefined) last = failure
    }
    const leftNowMs = Math.max(end - platform.monotonicNow(), 0)
    await pause(platform, Math.min(retryMs, leftNowMs), never, { holdsProcess: true })
  }
}

/** Asks the instance that is reused; there is no secret in the request. */
export async function askEndpoint(platform: Platform, endpoint: string): Promise<void> {
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  const signal = AbortSignal.timeout(10_000)
  const answer = await platform.fetch(endpoint, { method: 'POST', body, signal }).catch((cause: unknown) => {
    throw new TokenError('ERR_TOKEN_TIMEOUT', `${endpoint} does not answer`, { cause })
  })
  const said = (await answer.json().catch(() => undefined)) as { readonly error_description?: unknown } | undefined
  if (answer.ok) return
  const words = typeof said?.error_description === 'string' ? said.error_description : `status ${answer.status}`
  throw new TokenError('ERR_TOKEN_TIMEOUT', `${endpoint} gives no token: ${words}`, {
    cause: new Error(`status ${answer.status}`),
    ...(answer.status >= 400 && answer.status < 500 && { oauth: 'invalid_request' }),
  })
}

/** Whoever has no secret of a caller cannot ask. */
export function mayAsk({ callers }: Config): boolean {
  return Object.keys(callers).length === 0
}
