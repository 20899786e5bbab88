import type { Proof } from '../callers/caller.ts'
import type { Gate } from '../callers/gate.ts'
import type { Places } from '../callers/places.ts'
import type { Platform } from '../platform/platform.ts'
import { asTokenError, type TokenError } from '../token/error.ts'
import type { Emit, RequestAnswered } from '../token/event.ts'
import { holdForToken } from '../token/hold.ts'
import { requireProfile, type Profiles } from '../token/profiles.ts'
import type { AccessToken } from '../token/token.ts'
import { answeredEvent } from './answered-event.ts'
import type { Form } from './form.ts'
import { readGrant } from './grant-request.ts'
import type { Route } from './route.ts'
import { refusal, tokenAnswers } from './token-answer.ts'
import type { WireRequest, WireResponse } from './wire-message.ts'

export interface TokenRouteOptions {
  readonly platform: Pick<Platform, 'now' | 'monotonicNow' | 'setTimer'>
  readonly profiles: Profiles
  readonly gate: Gate
  /** Where requests wait that cannot be answered at once. */
  readonly places: Places
  readonly emit: Emit
  /** Called for each request before anything else; throws where too many come. */
  readonly admit?: () => void
  /** How long a request waits for a token, in milliseconds; default 5 s. Java gives up after 10 s, librdkafka after 20 s. */
  readonly holdTimeoutMs?: number
}

/** One request, and what is known of it so far. */
interface Asked {
  readonly request: WireRequest
  /** On the monotonic clock. */
  readonly startedAt: number
  /** Undefined while it is not known that there is such a profile. */
  profile?: string
  proof?: Proof
}

/** Where the default profile answers; tools differ in what they append to an address. */
export const tokenPaths = ['/', '/token', '/oauth/token', '/oauth2/token'] as const

/** The token endpoint: RFC 6749 §3.2, with §5.1 and §5.2 as answers. */
export function tokenRoutes(options: TokenRouteOptions): Route[] {
  const { platform, profiles, gate, places, emit, admit, holdTimeoutMs = 5_000 } = options
  const answerWith = tokenAnswers()

  function handle(request: WireRequest, parameter: string): WireResponse | Promise<WireResponse> {
    const asked: Asked = { request, startedAt: platform.monotonicNow() }
    try {
      admit?.()
      const form = readGrant(request)
      const proof = gate.identify(request, form)
      return proof instanceof Promise ? proved(proof, asked, form, parameter) : answer(proof, asked, form, parameter)
    } catch (thrown) {
      return refuse(thrown, asked)
    }
  }

  async function proved(
    proof: Promise<Proof | undefined>,
    asked: Asked,
    form: Form,
    parameter: string,
  ): Promise<WireResponse> {
    try {
      // Where there is no place, nobody waits to hear what comes of it.
      proof.catch(() => undefined)
      const leave = places.take(undefined)
      const known = await proof.finally(leave)
      return await answer(known, asked, form, parameter)
    } catch (thrown) {
      return refuse(thrown, asked)
    }
  }

  /** Who asks comes before what is asked for: to strangers all profiles are alike. */
  function answer(
    proof: Proof | undefined,
    asked: Asked,
    form: Form,
    parameter: string,
  ): WireResponse | Promise<WireResponse> {
    if (proof) asked.proof = proof
    const inPath = parameter === '' ? undefined : parameter
    const name = gate.profileFor(proof, asked.request, form, inPath)
    if (profiles.has(name)) asked.profile = name
    const { source, requestFor } = requireProfile(profiles, name)
    const wanted = requestFor({ scope: form.get('scope'), audience: form.get('audience') })
    const token = source.peek(wanted)
    if (token) return give(token, asked)
    const leave = places.take(proof?.caller)
    return holdForToken(source, wanted, platform, holdTimeoutMs)
      .finally(leave)
      .then(
        (late) => give(late, asked),
        (thrown: unknown) => refuse(thrown, asked),
      )
  }

  function give(token: AccessToken, asked: Asked): WireResponse {
    const answer = answerWith(token, platform.now())
    report(asked, 'token', answer.status, { token })
    return answer
  }

  function refuse(thrown: unknown, asked: Asked): WireResponse {
    const error = asTokenError(thrown)
    const answer = refusal(error, asked.request)
    report(asked, error.transient ? 'failed' : 'refused', answer.status, { error })
    return answer
  }

  function report(
    { request, startedAt, profile, proof }: Asked,
    outcome: RequestAnswered['outcome'],
    status: number,
    what: { readonly token?: AccessToken; readonly error?: TokenError },
  ): void {
    const tookMs = platform.monotonicNow() - startedAt
    emit(answeredEvent(request, { outcome, status, profile, proof, tookMs, ...what }))
  }

  const post = (path: string): Route => ({ method: 'POST', path, handle })
  return [...tokenPaths, '/token/:profile'].map(post)
}
