import type { Platform } from '../platform/platform.ts'
import { asTokenError, type TokenError } from '../token/error.ts'
import type { Emit, RequestAnswered } from '../token/event.ts'
import { holdForToken } from '../token/hold.ts'
import { defaultProfile, requireProfile, type Profiles } from '../token/profiles.ts'
import type { AccessToken, TokenRequest } from '../token/token.ts'
import { clientOf } from './client-library.ts'
import { readGrant } from './grant-request.ts'
import type { Route } from './route.ts'
import type { WireRequest, WireResponse } from './wire-message.ts'
import { refusal, tokenAnswers } from './token-answer.ts'

export interface TokenRouteOptions {
  readonly platform: Pick<Platform, 'now' | 'monotonicNow' | 'setTimer'>
  readonly profiles: Profiles
  readonly emit: Emit
  /** How long a request waits for a token, in milliseconds; default 5 s. Java gives up after 10 s, librdkafka after 20 s. */
  readonly holdTimeoutMs?: number
}

interface Asked {
  readonly request: WireRequest
  /** On the monotonic clock. */
  readonly startedAt: number
  /** Undefined while it is not known that there is such a profile. */
  readonly profile: string | undefined
}

type Outcome = RequestAnswered['outcome']

/** Where the default profile answers; tools differ in what they append to an address. */
export const tokenPaths = ['/', '/token', '/oauth/token', '/oauth2/token'] as const

/** The token endpoint: RFC 6749 §3.2, with §5.1 and §5.2 as answers. */
export function tokenRoutes({ platform, profiles, emit, holdTimeoutMs = 5_000 }: TokenRouteOptions): Route[] {
  const answerWith = tokenAnswers()

  function handle(request: WireRequest, parameter: string): WireResponse | Promise<WireResponse> {
    const startedAt = platform.monotonicNow()
    let profile: string | undefined
    try {
      readGrant(request)
      const { name, source } = requireProfile(profiles, parameter === '' ? defaultProfile : parameter)
      profile = name
      const wanted: TokenRequest = { profile: name }
      const token = source.peek(wanted)
      if (token) return give(token, { request, startedAt, profile })
      return holdForToken(source, wanted, platform, holdTimeoutMs).then(
        (late) => give(late, { request, startedAt, profile }),
        (thrown: unknown) => refuse(thrown, { request, startedAt, profile }),
      )
    } catch (thrown) {
      return refuse(thrown, { request, startedAt, profile })
    }
  }

  function give(token: AccessToken, asked: Asked): WireResponse {
    const answer = answerWith(token, platform.now())
    report(asked, 'token', answer.status)
    return answer
  }

  function refuse(thrown: unknown, asked: Asked): WireResponse {
    const error = asTokenError(thrown)
    const answer = refusal(error, asked.request)
    report(asked, error.transient ? 'failed' : 'refused', answer.status, error)
    return answer
  }

  function report({ request, startedAt, profile }: Asked, outcome: Outcome, status: number, error?: TokenError): void {
    emit({
      type: 'request-answered',
      profile,
      outcome,
      status,
      code: error?.code,
      message: error?.description,
      client: clientOf(request),
      tookMs: platform.monotonicNow() - startedAt,
    })
  }

  const post = (path: string): Route => ({ method: 'POST', path, handle })
  return [...tokenPaths, '/token/:profile'].map(post)
}
