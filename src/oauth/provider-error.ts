import { TokenError } from '../token/error.ts'
import { hintFor } from './provider-hints.ts'
import { quoted } from './provider-words.ts'

/** An OAuth error as the provider sent it. */
export interface ProviderError {
  readonly error: string
  readonly description: string
}

/** RFC 6749 §5.2, Okta's `errorCode`, or the challenge of a 401 (RFC 6750 §3). Undefined where there is none of them. */
export function providerErrorOf(
  json: Readonly<Record<string, unknown>> | undefined,
  challenge: string | null,
): ProviderError | undefined {
  const error = json?.['error']
  if (typeof error === 'string' && error !== '') {
    return { error, description: text(json?.['error_description'] ?? json?.['message']) }
  }
  const code = json?.['errorCode']
  if (typeof code === 'string')
    return { error: 'invalid_request', description: `${code} ${text(json?.['errorSummary'])}` }
  const named = challenge && /\berror="([^"]{1,80})"/.exec(challenge)?.[1]
  if (!named) return undefined
  return { error: named, description: text(/\berror_description="([^"]*)"/.exec(challenge)?.[1]) }
}

const aboutTheClient = new Set(['invalid_client', 'unauthorized_client'])
const passing = new Set(['temporarily_unavailable', 'server_error', 'slow_down'])

export interface ProviderErrorOptions {
  readonly host: string
  /** HTTP status of the answer. */
  readonly status?: number
  /** By how much the clock of the provider is ahead of ours, in milliseconds, where its Date header tells. */
  readonly skewMs?: number
  readonly retryAfterMs?: number
  /** What was sent in confidence, and is not repeated. */
  readonly confidential?: readonly string[] | undefined
}

/** Code and words, as in `invalid_client: 'unknown client'`. */
export function wordsOf({ error, description }: ProviderError, confidential: readonly string[] = []): string {
  const words = quoted(description, confidential)
  return `${codeOf(error, confidential)}${words ? `: '${words}'` : ''}`
}

/** RFC 6749 §5.2; what is no code at all is told as `invalid_request`. */
function codeOf(error: string, confidential: readonly string[] | undefined): string {
  return /^[\x21\x23-\x5b\x5d-\x7e]{1,60}$/.test(error) && quoted(error, confidential) === error
    ? error
    : 'invalid_request'
}

/** The provider's code and words, shortened, and our hint for those that are known. */
export function providerRefusal(
  said: ProviderError,
  { host, status, skewMs, retryAfterMs, confidential }: ProviderErrorOptions,
): TokenError {
  const code = codeOf(said.error, confidential)
  const message = `${host} answers ${wordsOf(said, confidential)}`
  if (passing.has(code)) {
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
    return new TokenError('ERR_PROVIDER_UNAVAILABLE', message, wait)
  }
  const hint = hintFor(code, said.description, skewHint(skewMs))
  // Some have another word for it, as Auth0 has access_denied for a wrong secret; the status says what it is about.
  const isClient = status === 401 || aboutTheClient.has(code)
  return new TokenError(isClient ? 'ERR_PROVIDER_CLIENT' : 'ERR_PROVIDER_REFUSED', message, {
    oauth: code,
    ...(hint !== undefined && { hint }),
  })
}

// Providers allow some seconds, and the Date header has whole ones.
const largestSkewMs = 20_000

function skewHint(skewMs = 0): string | undefined {
  if (Math.abs(skewMs) < largestSkewMs) return undefined
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  return `The clock of this host is ${seconds} s ${skewMs > 0 ? 'behind' : 'ahead of'} that of the provider: correct it (NTP).`
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
