import { TokenError } from '../token/error.ts'

/** A token request is a few hundred bytes, with an assertion a few thousand. */
export const bodyLimitBytes = 64 * 1024

export function bodyTooLarge(): TokenError {
  return new TokenError('ERR_REQUEST_TOO_LARGE', `the body is larger than ${bodyLimitBytes / 1024} KB`)
}

export function bodyConsumed(): TokenError {
  return new TokenError('ERR_REQUEST_BODY_CONSUMED', 'the body was read before')
}
