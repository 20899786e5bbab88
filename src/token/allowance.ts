import { TokenError } from './error.ts'
import type { TokenRequest } from './token.ts'

/** What the clients of a profile may ask for beside its own scope and audience, which they always may. */
export interface Allowance {
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  /** What happens to everything else: tools that have to send some scope go on working when it is ignored. */
  readonly others: 'ignore' | 'refuse'
}

/** What a client asks for, as it stands in the form. */
export interface Wishes {
  /** Space separated (RFC 6749 §3.3). */
  readonly scope?: string | undefined
  /** RFC 8693 §2.1; Auth0 has it for every grant. */
  readonly audience?: string | undefined
}

/** What a profile asks for by itself. */
export interface OwnWishes {
  readonly scope?: string | undefined
  readonly audience?: string | readonly string[] | undefined
}

/** Turns wishes into a request for a token. Throws ERR_REQUEST_SCOPE or ERR_REQUEST_AUDIENCE where others are refused. */
export function requestsOf(profile: string, allow?: Allowance, own: OwnWishes = {}): (wishes: Wishes) => TokenRequest {
  // One and the same object for most requests: the cache finds it without a key.
  const plain: TokenRequest = { profile }
  if (!allow) return () => plain
  const ownScopes = words(own.scope)
  const ownAudiences = [own.audience ?? []].flat()
  const scopes = new Set([...allow.scopes, ...ownScopes])
  const audiences = new Set([...allow.audiences, ...ownAudiences])
  const isOwn = (granted: readonly string[]): boolean => granted.join(' ') === ownScopes.join(' ')

  return ({ scope, audience }) => {
    if (scope === undefined && audience === undefined) return plain
    const asked = words(scope)
    const stranger = asked.find((item) => !scopes.has(item))
    if (allow.others === 'refuse' && stranger !== undefined) throw refusedScope(profile, stranger, allow.scopes)
    const isStrange = audience !== undefined && !audiences.has(audience)
    if (allow.others === 'refuse' && isStrange) throw refusedAudience(profile, audience, allow.audiences)
    // In one order, so that it is one entry of the cache.
    const granted = asked.filter((item) => scopes.has(item))
    const isOtherScope = granted.length > 0 && !isOwn(granted)
    const isOtherAudience = audience !== undefined && !isStrange && ownAudiences.join('\n') !== audience
    if (!isOtherScope && !isOtherAudience) return plain
    return { profile, ...(isOtherScope && { scope: granted.join(' ') }), ...(isOtherAudience && { audience }) }
  }
}

/** Each once and in one order. */
function words(scope: string | undefined): readonly string[] {
  return [...new Set(scope?.split(/ +/).filter((item) => item !== '') ?? [])].sort()
}

function refusedScope(profile: string, scope: string, allowed: readonly string[]): TokenError {
  return new TokenError(
    'ERR_REQUEST_SCOPE',
    `the scope ${scope.slice(0, 100)} may not be asked of profile ${profile}`,
    {
      hint: `Ask for ${orNone(allowed, 'scope')}: the profile has its own.`,
    },
  )
}

function refusedAudience(profile: string, audience: string, allowed: readonly string[]): TokenError {
  const message = `the audience ${audience.slice(0, 100)} may not be asked of profile ${profile}`
  return new TokenError('ERR_REQUEST_AUDIENCE', message, {
    hint: `Ask for ${orNone(allowed, 'audience')}: the profile has its own.`,
  })
}

function orNone(allowed: readonly string[], what: string): string {
  return allowed.length === 0 ? `no ${what}` : `${allowed.join(', ')}, or for no ${what}`
}
