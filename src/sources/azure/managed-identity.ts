import { unreachable } from '../../oauth/provider-failure.ts'
import { readTokenAnswer } from '../../oauth/token-answer.ts'
import { failureOf, limitedText, retryAfterMs } from '../../platform/http-answer.ts'
import { parseJsonObject } from '../../platform/json-object.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Secret } from '../../platform/secret.ts'
import { TokenError } from '../../token/error.ts'
import { endOf } from '../../token/jwt-shape.ts'
import { absenceOf } from '../nobody-there.ts'
import type { ManagedIdentity } from './credential.ts'

/** There is no endpoint of Azure here, or it knows no such identity. */
export class NoIdentity extends Error {
  /** Azure's endpoint is there and says so itself. */
  readonly isAnswer: boolean

  constructor(
    message: string,
    { isAnswer = false, cause }: { readonly isAnswer?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, { cause })
    this.isAnswer = isAnswer
  }
}

export interface ManagedToken {
  readonly value: Secret
  readonly expiresAt: number
}

const serviceNames = { imds: 'IMDS', 'app-service': 'IDENTITY_ENDPOINT' }

/** One call of the endpoint. Rejects with NoIdentity or ERR_PROVIDER_*. */
export async function askManagedIdentity(
  { service, url, headers }: ManagedIdentity,
  platform: Pick<Platform, 'fetch' | 'now'>,
  signal: AbortSignal,
): Promise<ManagedToken> {
  let answer: Response
  let body: string
  try {
    answer = await platform.fetch(url, { headers: { ...headers, Accept: 'application/json' }, signal })
    body = await limitedText(answer)
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    const absence = service === 'imds' ? absenceOf(failureOf(thrown)) : undefined
    throw absence ? new NoIdentity(`IMDS ${url.host} (${absence})`, { cause: thrown }) : unreachable(thrown, url)
  }
  const json = parseJsonObject(body)
  refuseOthers(service, url, answer, json)
  if (passes(answer.status, service)) throw busy(service, url, answer, platform.now())
  const { accessToken } = readTokenAnswer({ url, answer, body }, platform.now())
  if (!accessToken) throw new TokenError('ERR_PROVIDER_ANSWER', `${url.host} answered with JSON without access_token`)
  return { value: accessToken, expiresAt: endOfAnswer(json, accessToken, platform.now(), url) }
}

function refuseOthers(
  service: ManagedIdentity['service'],
  { host }: URL,
  answer: Response,
  json: Readonly<Record<string, unknown>> | undefined,
): void {
  const { status } = answer
  if (service === 'imds' && isForeign(answer, json)) {
    throw new NoIdentity(`IMDS ${host} (answers ${status}, and is not Azure's)`)
  }
  if (status === 400 && knowsNoIdentity(json)) {
    const message = `${serviceNames[service]} ${host} (no such managed identity is assigned here)`
    throw new NoIdentity(message, { isAnswer: true })
  }
}

function busy(service: ManagedIdentity['service'], { host }: URL, answer: Response, nowMs: number): TokenError {
  const { status } = answer
  const isUpdated = status === 410 || (status === 404 && service === 'imds')
  const why = isUpdated ? ': it is being updated, which takes about a minute' : ''
  const wait = retryAfterMs(answer, nowMs)
  return new TokenError('ERR_PROVIDER_UNAVAILABLE', `${serviceNames[service]} ${host} answers ${status}${why}`, {
    ...(wait !== undefined && { retryAfterMs: wait }),
  })
}

/** As documented for IMDS; App Service has no time of updates. */
function passes(status: number, service: ManagedIdentity['service']): boolean {
  return status === 408 || status === 410 || status === 429 || status >= 500 || (status === 404 && service === 'imds')
}

/** Other clouds have metadata servers at the same address. */
function isForeign({ status, headers }: Response, json: object | undefined): boolean {
  if (headers.has('Metadata-Flavor') || headers.get('Server')?.startsWith('EC2ws')) return true
  return !json && (status === 401 || status === 403 || status === 405)
}

/** The words of IMDS, of App Service and of Container Apps, which have no code of their own for this. */
function knowsNoIdentity(json: Readonly<Record<string, unknown>> | undefined): boolean {
  const words = json?.['error_description'] ?? json?.['message']
  return (
    typeof words === 'string' && /identity not found|no .*managed identity found|proper managed identity/i.test(words)
  )
}

/** `expires_on` before `exp` before `expires_in`: a token from Azure's own cache may be told with its whole lifetime. */
function endOfAnswer(
  json: Readonly<Record<string, unknown>> | undefined,
  token: Secret,
  nowMs: number,
  url: URL,
): number {
  const on = numberOf(json?.['expires_on']) * 1000
  if (on > 0) return on
  const expiresAt = endOf(token.reveal()) ?? nowMs + numberOf(json?.['expires_in']) * 1000
  if (Number.isNaN(expiresAt)) {
    throw new TokenError('ERR_PROVIDER_ANSWER', `${url.host} answered with a token without lifetime`)
  }
  return expiresAt
}

/** A number, also as text; NaN for anything else, such as the dates of older App Service. */
function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN
}
