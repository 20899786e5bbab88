import type { Assertions } from './assertion.ts'
import type { CallPart } from './token-call.ts'

/** What every grant may ask for. */
export interface GrantWishes {
  readonly scope?: string | undefined
  /** RFC 8693 §2.1; Auth0 has it for every grant. */
  readonly audience?: string | undefined
  /** RFC 8707 §2. */
  readonly resource?: readonly string[] | undefined
  /** Whatever else a provider wants. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
}

/** A token that is handed on; both may change from call to call. */
export interface PassedToken {
  read(signal: AbortSignal): Promise<string>
  /** RFC 8693 §3. */
  readonly type: string
}

/** RFC 6749 §4.4. */
export function clientCredentialsGrant(wishes: GrantWishes): CallPart {
  return {
    apply({ params, wishes: own }) {
      params.set('grant_type', 'client_credentials')
      wish(params, { ...wishes, ...own })
    },
  }
}

/** RFC 7523 §2.1, KIP-1139. */
export function jwtBearerGrant(assertions: Assertions, wishes: GrantWishes): CallPart {
  return {
    rotation: assertions,
    async apply(call) {
      call.params.set('grant_type', 'urn:ietf:params:oauth:grant-type:jwt-bearer')
      call.params.set('assertion', await assertions.make(call))
      wish(call.params, { ...wishes, ...call.wishes })
    },
  }
}

export interface TokenExchange {
  readonly subject: PassedToken
  readonly actor?: PassedToken | undefined
  readonly requestedTokenType?: string | undefined
}

/** RFC 8693 §2.1. */
export function tokenExchangeGrant(
  { subject, actor, requestedTokenType }: TokenExchange,
  wishes: GrantWishes,
): CallPart {
  return {
    async apply({ params, signal, wishes: own }) {
      params.set('grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange')
      params.set('subject_token', await subject.read(signal))
      params.set('subject_token_type', subject.type)
      if (actor) {
        params.set('actor_token', await actor.read(signal))
        params.set('actor_token_type', actor.type)
      }
      if (requestedTokenType !== undefined) params.set('requested_token_type', requestedTokenType)
      wish(params, { ...wishes, ...own })
    },
  }
}

function wish(params: URLSearchParams, { scope, audience, resource = [], parameters = {} }: GrantWishes): void {
  if (scope !== undefined) params.set('scope', scope)
  if (audience !== undefined) params.set('audience', audience)
  for (const uri of resource) params.append('resource', uri)
  for (const [name, value] of Object.entries(parameters)) params.set(name, value)
}
