import { bearerAsForm } from '../callers/assertion/bearer.ts'
import type { CallerForm } from '../callers/caller.ts'
import type { Gate } from '../callers/gate.ts'
import type { Secret } from '../platform/secret.ts'
import { TokenError, type ErrorCode } from '../token/error.ts'
import type { ToldDelegationToken } from '../token/event.ts'
import { escaped } from './ascii-json.ts'
import { asking, type Asked, type AskingOptions } from './asked.ts'
import { requireNoSecretsInQuery } from './grant-request.ts'
import type { Route } from './route.ts'
import { noStore, refusal } from './token-answer.ts'
import type { WireRequest, WireResponse } from './wire-message.ts'

const contentTypes = { json: 'application/json', properties: 'text/plain', env: 'text/plain' } as const

/** How a delegation token may be written. */
export type DelegationTokenForm = keyof typeof contentTypes

/** A delegation token as it is given, and what may be told of it. */
export interface GivenDelegationToken {
  readonly told: ToldDelegationToken
  readonly forms: Readonly<Record<DelegationTokenForm, Secret>>
}

export interface DelegationTokenRouteOptions extends AskingOptions {
  readonly gate: Gate
  readonly delegationTokens: {
    /** The one that is published; undefined while there is none, or it has expired by the clock of its controller. */
    readonly current: (name: string) => GivenDelegationToken | undefined
  }
}

/** A token is usable within a second or so after its brokers can be reached. */
const retryAfterMs = 2_000

/** Further words for clients that are no Kafka clients. */
const hints: Partial<Record<ErrorCode, string>> = {
  ERR_CALLER_MISSING:
    'Send the header Authorization: Bearer <JWT>, such as a service account token of Kubernetes, or Basic with client id and secret, or use a client certificate.',
  ERR_REQUEST_CREDENTIALS_IN_URL: 'Move it to the header Authorization, and replace it.',
}

/**
 * Delegation tokens of Kafka (KIP-48) for callers that may read them: `GET /delegation-tokens/<name>`, as JSON, or with `?format=`
 * as the properties of a Java client or as environment variables.
 */
export function delegationTokenRoute(options: DelegationTokenRouteOptions): Route {
  const { gate, delegationTokens } = options

  function answer(asked: Asked, _form: CallerForm, name: string): WireResponse {
    const { request, proof } = asked
    gate.requireDelegationToken(proof, name)
    const form = formIn(request.query)
    const { told, forms } = requireCurrent(name)
    // Every form of them takes this for the character that it stands for; mounts write ASCII.
    const body = escaped(forms[form].reveal())
    const headers = { 'Content-Type': contentTypes[form], ...noStore, 'Content-Length': String(body.length) }
    given(asked, 200, { delegationToken: told })
    return { status: 200, headers, body }
  }

  function requireCurrent(name: string): GivenDelegationToken {
    const current = delegationTokens.current(name)
    if (current) return current
    const message = `the delegation token ${name} was not made yet, or has expired and has no successor yet`
    throw new TokenError('ERR_KAFKA_TOKEN_NONE', message, { retryAfterMs })
  }

  const { handle, given } = asking(options, { read: shown, answer, explained, refusal: refusalHere })
  return { method: 'GET', path: '/delegation-tokens/:name', handle }
}

/** All that such a request says of its sender stands in its header. */
function shown(request: WireRequest): CallerForm {
  requireNoSecretsInQuery(request.query)
  return bearerAsForm(request)
}

function formIn(query: string): DelegationTokenForm {
  const [format = 'json', another] = new URLSearchParams(query).getAll('format')
  if (another !== undefined) {
    throw new TokenError('ERR_REQUEST_PARAMETER_REPEATED', 'the parameter format stands more than once')
  }
  if (isForm(format)) return format
  throw new TokenError('ERR_REQUEST_FORMAT', `there is no format ${format.slice(0, 50)}`)
}

function isForm(format: string): format is DelegationTokenForm {
  return Object.hasOwn(contentTypes, format)
}

function explained(error: TokenError): TokenError {
  const hint = hints[error.code]
  return hint === undefined ? error : new TokenError(error.code, error.message, { cause: error.cause, hint })
}

// RFC 9110 §11.6.1, RFC 6750 §3.
const challenge = {
  'WWW-Authenticate': 'Basic realm="kafka-token-sidecar", charset="UTF-8", Bearer realm="kafka-token-sidecar"',
}

/** With a body for whoever asks: librdkafka, which would choke on it, never comes here. */
function refusalHere(error: TokenError): WireResponse {
  const answer = refusal(error)
  return answer.status === 401 ? { ...answer, headers: { ...answer.headers, ...challenge } } : answer
}
