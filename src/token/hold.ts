import type { Platform } from '../platform/platform.ts'
import { TokenError } from './error.ts'
import type { AccessToken, TokenRequest } from './token.ts'
import type { CachedSource } from './cache.ts'

export interface PatienceOptions {
  /** Ends the wait, too. */
  readonly signal?: AbortSignal | undefined
  /** The process stays meanwhile. Default false. */
  readonly holdsProcess?: boolean
}

/**
 * Asks with a signal that aborts after `limitMs` milliseconds. Whoever waits for better times says then why it had to, which a
 * deadline would not let it: it rejects with that, with a TokenError, or with the reason of the signal.
 */
export async function patiently<Value>(
  platform: Pick<Platform, 'setTimer'>,
  limitMs: number,
  ask: (signal: AbortSignal) => Promise<Value>,
  { signal, holdsProcess = false }: PatienceOptions = {},
): Promise<Value> {
  const patience = new AbortController()
  const giveUp = (): void => {
    patience.abort(new TokenError('ERR_TOKEN_TIMEOUT', `no token was obtained within ${limitMs / 1000} s`))
  }
  const timer = platform.setTimer(giveUp, limitMs, { holdsProcess })
  try {
    return await ask(signal ? AbortSignal.any([signal, patience.signal]) : patience.signal)
  } finally {
    timer.cancel()
  }
}

/** Waits for a token as long as a caller is held, `holdTimeoutMs` milliseconds; the process stays meanwhile. */
export function holdForToken(
  source: CachedSource,
  request: TokenRequest,
  platform: Pick<Platform, 'setTimer'>,
  holdTimeoutMs: number,
  signal?: AbortSignal,
): Promise<AccessToken> {
  const ask = (until: AbortSignal): Promise<AccessToken> => source.getToken(request, until)
  return patiently(platform, holdTimeoutMs, ask, { signal, holdsProcess: true })
}
