import { parseJsonObject } from '../platform/json-object.ts'
import { retryAfterMs } from '../platform/http-answer.ts'
import { Secret } from '../platform/secret.ts'
import { TokenError } from '../token/error.ts'
import { endOf } from '../token/jwt-shape.ts'
import { badAnswer, describeBody, htmlPage, noJson, redirected } from './provider-failure.ts'
import { providerErrorOf, providerRefusal, wordsOf } from './provider-error.ts'

/** What a provider gave (RFC 6749 §5.1). */
export interface ProviderTokens {
  readonly accessToken?: Secret
  readonly idToken?: Secret
  /** When the access token ends, milliseconds since the epoch: by `expires_in`, else by its own `exp`. */
  readonly expiresAt?: number
  readonly scope?: string
}

/** An answer of a token endpoint whose body has been read. */
export interface TokenAnswer {
  readonly url: URL
  readonly answer: Response
  readonly body: string
  /** What was sent in confidence: it is not repeated in errors, whatever the answer says. */
  readonly confidential?: readonly string[] | undefined
}

/** Reads the answer leniently where Kafka clients do not care. Throws ERR_PROVIDER_* with what the provider said. */
export function readTokenAnswer({ url, answer, body, confidential }: TokenAnswer, nowMs: number): ProviderTokens {
  const { status, headers } = answer
  if (status >= 300 && status < 400) throw redirected(url, answer)
  const json = parseJsonObject(body)
  const error = providerErrorOf(json, headers.get('WWW-Authenticate'))
  const wait = retryAfterMs(answer, nowMs)
  if (status === 408 || status === 429 || status >= 500) {
    const words = error ? ` ${wordsOf(error, confidential)}` : ''
    throw new TokenError('ERR_PROVIDER_UNAVAILABLE', `${url.host} answers ${status}${words}`, {
      ...(wait !== undefined && { retryAfterMs: wait }),
    })
  }
  if (error) {
    const skewMs = skewOf(headers.get('Date'), nowMs)
    throw providerRefusal(error, {
      host: url.host,
      status,
      confidential,
      ...(skewMs !== undefined && { skewMs }),
      ...(wait !== undefined && { retryAfterMs: wait }),
    })
  }
  if (status !== 200 && status !== 201) throw refusedWithoutWords(url, status, body)
  if (!json) throw badAnswer(url, describeBody(body))
  return tokensIn(json, url, nowMs)
}

/** A status that is no success and tells nothing in OAuth's way. */
function refusedWithoutWords(url: URL, status: number, body: string): TokenError {
  if (status < 300) return badAnswer(url, `${status} instead of 200`)
  const seen = describeBody(body)
  const what = `${status} and ${seen.replace(noJson, 'no OAuth error')}`
  // A page that forbids is one of a proxy or firewall before the provider.
  if (status === 401 || (status === 403 && seen !== htmlPage)) {
    return new TokenError('ERR_PROVIDER_CLIENT', `${url.host} answers ${what}`, { oauth: 'invalid_client' })
  }
  const hint = `Check that ${url.origin}${url.pathname} is the token endpoint.`
  return status === 404 || status === 405 || status === 410
    ? new TokenError('ERR_PROVIDER_REFUSED', `${url.host} answers ${what}`, { oauth: 'invalid_request', hint })
    : badAnswer(url, what)
}

function tokensIn(json: Readonly<Record<string, unknown>>, url: URL, nowMs: number): ProviderTokens {
  const { scope, expires_in: expiresIn, token_type: type } = json
  const accessToken = tokenOf(json['access_token'], url)
  const idToken = accessToken && typeof json['id_token'] !== 'string' ? undefined : tokenOf(json['id_token'], url)
  if (!accessToken && !idToken) throw badAnswer(url, 'JSON without access_token')
  if (typeof type === 'string' && /^(dpop|pop|mac)$/i.test(type)) {
    throw badAnswer(
      url,
      `a token of type ${type}`,
      'Have the provider issue Bearer tokens: Kafka clients know no other.',
    )
  }
  const lifetimeMs = Math.min(secondsOf(expiresIn) * 1000, longestLifetimeMs)
  const expiresAt = lifetimeMs > 0 ? nowMs + lifetimeMs : accessToken && endOf(accessToken.reveal())
  return {
    ...(accessToken && { accessToken }),
    ...(idToken && { idToken }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(typeof scope === 'string' && scope !== '' && { scope }),
  }
}

function tokenOf(value: unknown, url: URL): Secret | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw badAnswer(url, 'a token that is no text')
  const text = value.trim()
  if (!/^[\x21-\x7e]+$/.test(text)) throw badAnswer(url, 'a token with characters that no token has')
  return new Secret(text)
}

/** What is longer ends here: far below what a date can be. */
const longestLifetimeMs = 10 * 366 * 86_400_000

/** A number, or a number as text as some providers send it; NaN for anything else. */
function secondsOf(value: unknown): number {
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : typeof value === 'number' ? value : NaN
}

/** How far the clock of the provider is ahead of ours. Its Date header has whole seconds. */
function skewOf(date: string | null, nowMs: number): number | undefined {
  const then = date === null ? NaN : Date.parse(date)
  return Number.isNaN(then) ? undefined : then - nowMs
}
