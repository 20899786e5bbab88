import { TokenError, type ErrorCode } from '../../token/error.ts'

/** For requests that were waiting for an issuer when the configuration of it was replaced: they may ask again at once. */
export function configurationChanges(code: ErrorCode): TokenError {
  return new TokenError(code, 'the configuration of the sidecar changes', { retryAfterMs: 1_000 })
}
