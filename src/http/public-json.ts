import { TokenError, type ErrorCode } from '../token/error.ts'
import { asciiJson } from './ascii-json.ts'
import type { WireResponse } from './wire-message.ts'

/** Keys and metadata, which anyone may read and keep for `cacheSeconds`. */
export function publicJson(value: object, cacheSeconds: number): WireResponse {
  const body = asciiJson(value)
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': `public, max-age=${cacheSeconds}`,
      'Content-Length': String(body.length),
    },
    body,
  }
}

/** For keys that cannot be read at present. Anyone may ask: what is wrong with a key, and where it lies, is for the log. */
export function keysUnavailable(code: ErrorCode, profile: string, cause: unknown): TokenError {
  const message = `profile ${profile.slice(0, 64)} cannot publish its keys at present`
  const hint = 'Look at the log of the sidecar.'
  return new TokenError(code, message, { cause, hint, oauth: 'temporarily_unavailable' })
}
