import { asTokenError, type TokenError } from '../token/error.ts'
import type { AccessToken } from '../token/token.ts'
import { asciiJson } from './ascii-json.ts'
import type { WireRequest, WireResponse } from './wire-message.ts'

// RFC 6749 §5.1: no cache may keep a token.
export const noStore = { 'Cache-Control': 'no-store', Pragma: 'no-cache' }
const json = { 'Content-Type': 'application/json', ...noStore }

/** Answers with tokens (RFC 6749 §5.1). What was written for the same token in the same second is not written again. */
export function tokenAnswers(): (token: AccessToken, nowMs: number) => WireResponse {
  const written = new WeakMap<AccessToken, { readonly seconds: number; readonly answer: WireResponse }>()
  return (token, nowMs) => {
    // Rounded down, so that no client believes in a second that is not there; Go takes whole numbers only.
    const seconds = Math.max(Math.floor((token.expiresAt - nowMs) / 1000), 0)
    const last = written.get(token)
    if (last?.seconds === seconds) return last.answer
    const body = asciiJson({
      access_token: token.value.reveal(),
      token_type: 'Bearer',
      expires_in: seconds,
      ...(token.scope !== undefined && { scope: token.scope }),
    })
    const answer = { status: 200, headers: { ...json, 'Content-Length': String(body.length) }, body }
    written.set(token, { seconds, answer })
    return answer
  }
}

/** Statuses that librdkafka tries again; it leaves the body of such an answer in its buffer and then fails on the next good one. */
const retriedByLibrdkafka = new Set([408, 425, 429, 500, 502, 503, 504])

/** The error answer (RFC 6749 §5.2) for whatever was thrown. Librdkafka, which sends no User-Agent, gets an empty body where it would choke on one. */
export function refusal(thrown: unknown, request?: Pick<WireRequest, 'headers'>): WireResponse {
  const error = asTokenError(thrown)
  const { status } = error
  const isForLibrdkafka = request !== undefined && request.headers['user-agent'] === undefined
  const body =
    isForLibrdkafka && retriedByLibrdkafka.has(status)
      ? ''
      : asciiJson({ error: error.oauth, error_description: error.description })
  return {
    status,
    headers: { ...json, 'Content-Length': String(body.length), ...furtherHeaders(error, request) },
    body,
  }
}

function furtherHeaders(error: TokenError, request: Pick<WireRequest, 'headers'> | undefined): Record<string, string> {
  if (error.status === 401 && request?.headers['authorization'] !== undefined) {
    return { 'WWW-Authenticate': 'Basic realm="kafka-token-sidecar", charset="UTF-8"' }
  }
  if (error.status !== 503 && error.status !== 429) return {}
  return { 'Retry-After': String(Math.max(Math.ceil((error.retryAfterMs ?? 1_000) / 1000), 1)) }
}
