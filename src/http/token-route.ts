import type { Gate } from '../callers/gate.ts'
import type { Platform } from '../platform/platform.ts'
import { holdForToken } from '../token/hold.ts'
import { requireProfile, type Profiles } from '../token/profiles.ts'
import type { AccessToken } from '../token/token.ts'
import { asking, type Asked, type AskingOptions } from './asked.ts'
import type { Form } from './form.ts'
import { readGrant } from './grant-request.ts'
import type { Route } from './route.ts'
import { tokenAnswers } from './token-answer.ts'
import type { WireResponse } from './wire-message.ts'

export interface TokenRouteOptions extends AskingOptions {
  readonly platform: Pick<Platform, 'now' | 'monotonicNow' | 'setTimer'>
  readonly gate: Gate
  readonly profiles: Profiles
  /** How long a request waits for a token, in milliseconds; default 5 s. Java gives up after 10 s, librdkafka after 20 s. */
  readonly holdTimeoutMs?: number
}

/** Where the default profile answers; tools differ in what they append to an address. */
export const tokenPaths = ['/', '/token', '/oauth/token', '/oauth2/token'] as const

/** The token endpoint: RFC 6749 §3.2, with §5.1 and §5.2 as answers. */
export function tokenRoutes(options: TokenRouteOptions): Route[] {
  const { platform, profiles, gate, places, holdTimeoutMs = 5_000 } = options
  const answerWith = tokenAnswers()
  const { handle, given } = asking(options, { read: readGrant, answer })

  function answer(asked: Asked, form: Form, parameter: string): WireResponse | Promise<WireResponse> {
    const { request, proof } = asked
    const inPath = parameter === '' ? undefined : parameter
    const name = gate.profileFor(proof, request, form, inPath)
    if (profiles.has(name)) asked.profile = name
    const { source, requestFor } = requireProfile(profiles, name)
    const wanted = requestFor({ scope: form.get('scope'), audience: form.get('audience') })
    const token = source.peek(wanted)
    if (token) return give(token, asked, true)
    const leave = places.take(proof?.caller)
    return holdForToken(source, wanted, platform, holdTimeoutMs)
      .finally(leave)
      .then((late) => give(late, asked, false))
  }

  function give(token: AccessToken, asked: Asked, fromCache: boolean): WireResponse {
    const answer = answerWith(token, platform.now())
    given(asked, answer.status, { token, fromCache })
    return answer
  }

  const post = (path: string): Route => ({ method: 'POST', path, handle })
  return [...tokenPaths, '/token/:profile'].map(post)
}
