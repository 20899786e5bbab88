import type { Platform } from '../platform/platform.ts'
import { TokenError } from './error.ts'
import type { AccessToken, TokenRequest } from './token.ts'
import type { CachedSource } from './cache.ts'

/**
 * Waits for a token as long as a caller is held, `holdTimeoutMs` milliseconds; rejects with a TokenError, or with the reason of
 * `signal`. The process stays meanwhile.
 */
export async function holdForToken(
  source: CachedSource,
  request: TokenRequest,
  platform: Pick<Platform, 'setTimer'>,
  holdTimeoutMs: number,
  signal?: AbortSignal,
): Promise<AccessToken> {
  const patience = new AbortController()
  const giveUp = (): void => {
    patience.abort(new TokenError('ERR_TOKEN_TIMEOUT', `no token was obtained within ${holdTimeoutMs / 1000} s`))
  }
  const timer = platform.setTimer(giveUp, holdTimeoutMs, { holdsProcess: true })
  try {
    return await source.getToken(request, signal ? AbortSignal.any([patience.signal, signal]) : patience.signal)
  } finally {
    timer.cancel()
  }
}
