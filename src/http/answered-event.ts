import { createHash } from 'node:crypto'
import type { Proof } from '../callers/caller.ts'
import { currentTrace } from '../platform/tracing.ts'
import type { TokenError } from '../token/error.ts'
import type { GivenToken, RequestAnswered, ToldDelegationToken } from '../token/event.ts'
import { readJwtShape } from '../token/jwt-shape.ts'
import type { AccessToken } from '../token/token.ts'
import { clientOf } from './client-library.ts'
import type { WireRequest } from './wire-message.ts'

/** What was given. */
export interface Given {
  readonly token?: AccessToken
  readonly delegationToken?: ToldDelegationToken
  /** The token was at hand: nobody had to be asked for it. */
  readonly fromCache?: boolean | undefined
}

export interface Answered extends Given {
  readonly outcome: RequestAnswered['outcome']
  readonly status: number
  readonly tookMs: number
  readonly profile?: string | undefined
  readonly proof?: Proof | undefined
  readonly error?: TokenError
}

/** What happened to a request, for log and audit; undefined where it never became one. */
export function answeredEvent(
  request: WireRequest | undefined,
  { outcome, status, tookMs, profile, proof, token, delegationToken, fromCache, error }: Answered,
): RequestAnswered {
  return {
    type: 'request-answered',
    profile,
    outcome,
    status,
    code: error?.code,
    message: error?.description,
    client: request ? clientOf(request) : 'other',
    tookMs,
    fromCache,
    from: request?.remoteAddress,
    traceId: currentTrace()?.traceId,
    caller: proof?.caller,
    provedBy: proof?.by,
    reason: error && reasonOf(error),
    token: token && givenToken(token),
    delegationToken,
  }
}

/** What the client is not told of who it might be. */
function reasonOf({ code, cause }: TokenError): string | undefined {
  return code.startsWith('ERR_CALLER') && cause instanceof Error ? cause.message : undefined
}

const known = new WeakMap<AccessToken, GivenToken>()

/** Once per token, however often it is given. */
function givenToken(token: AccessToken): GivenToken {
  const given = known.get(token) ?? newlyGiven(token)
  known.set(token, given)
  return given
}

function newlyGiven({ value, subject, expiresAt }: AccessToken): GivenToken {
  let id: string | undefined
  return { subject, expiresAt, id: () => (id ??= idOf(value.reveal())) }
}

/** The `jti` that the issuer gave it, which brokers may log too; else the first digits of its SHA-256. */
function idOf(token: string): string {
  const jti = readJwtShape(token)?.claims['jti']
  if (typeof jti === 'string' && /^[\w.:-]{1,100}$/.test(jti)) return jti
  return `sha256:${createHash('sha256').update(token).digest('hex').slice(0, 16)}`
}
