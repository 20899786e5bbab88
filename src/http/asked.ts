import type { CallerForm, Proof } from '../callers/caller.ts'
import type { Gate } from '../callers/gate.ts'
import type { Places } from '../callers/places.ts'
import type { Platform } from '../platform/platform.ts'
import { asTokenError, type TokenError } from '../token/error.ts'
import type { Emit } from '../token/event.ts'
import { answeredEvent, type Given } from './answered-event.ts'
import type { Route } from './route.ts'
import { refusal } from './token-answer.ts'
import type { WireRequest, WireResponse } from './wire-message.ts'

/** One request, and what is known of it so far. */
export interface Asked {
  readonly request: WireRequest
  /** On the monotonic clock. */
  readonly startedAt: number
  /** Undefined while it is not known that there is such a profile. */
  profile?: string
  /** Who asks; undefined where nobody has to say so. */
  proof?: Proof
}

export interface AskingOptions {
  readonly platform: Pick<Platform, 'monotonicNow'>
  readonly gate: Pick<Gate, 'identify'>
  /** Where requests wait that cannot be answered at once. */
  readonly places: Places
  readonly emit: Emit
  /** Called for each request before anything else; throws where too many come. */
  readonly admit?: (() => void) | undefined
}

/** What one route does in its own way. */
export interface Answering<Form extends CallerForm> {
  /** What a request says, of its sender too. Throws ERR_REQUEST_*. */
  readonly read: (request: WireRequest) => Form
  /** Called when it is known who asks. May throw and reject. */
  readonly answer: (asked: Asked, form: Form, parameter: string) => WireResponse | Promise<WireResponse>
  /** In other words for the clients of this route. Default: the error as it is. */
  readonly explained?: (error: TokenError) => TokenError
  readonly refusal?: (error: TokenError, request: WireRequest) => WireResponse
}

export interface Asking {
  readonly handle: Route['handle']
  /** Tells what was given. */
  readonly given: (asked: Asked, status: number, what: Given) => void
}

/**
 * The way of every request that takes something out of here: it is counted, read, and its sender recognized, before what it asks
 * for is looked at. To strangers all that might be asked for is alike.
 */
export function asking<Form extends CallerForm>(
  { platform, gate, places, emit, admit }: AskingOptions,
  { read, answer, explained = (error) => error, refusal: refusalOf = refusal }: Answering<Form>,
): Asking {
  function handle(request: WireRequest, parameter: string): WireResponse | Promise<WireResponse> {
    const asked: Asked = { request, startedAt: platform.monotonicNow() }
    try {
      admit?.()
      const form = read(request)
      const proof = gate.identify(request, form)
      const answered =
        proof instanceof Promise ? proved(proof, asked, form, parameter) : answerTo(proof, asked, form, parameter)
      return answered instanceof Promise ? answered.catch((thrown: unknown) => refuse(thrown, asked)) : answered
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
    // Where there is no place, nobody waits to hear what comes of it.
    proof.catch(() => undefined)
    const leave = places.take(undefined)
    const known = await proof.finally(leave)
    return answerTo(known, asked, form, parameter)
  }

  function answerTo(
    proof: Proof | undefined,
    asked: Asked,
    form: Form,
    parameter: string,
  ): WireResponse | Promise<WireResponse> {
    if (proof) asked.proof = proof
    return answer(asked, form, parameter)
  }

  function refuse(thrown: unknown, asked: Asked): WireResponse {
    const error = explained(asTokenError(thrown))
    const answer = refusalOf(error, asked.request)
    tell(asked, error.transient ? 'failed' : 'refused', answer.status, { error })
    return answer
  }

  function tell(
    { request, startedAt, profile, proof }: Asked,
    outcome: 'token' | 'refused' | 'failed',
    status: number,
    what: Given & { readonly error?: TokenError },
  ): void {
    const tookMs = platform.monotonicNow() - startedAt
    emit(answeredEvent(request, { outcome, status, profile, proof, tookMs, ...what }))
  }

  return {
    handle,
    given(asked, status, what) {
      tell(asked, 'token', status, what)
    },
  }
}
