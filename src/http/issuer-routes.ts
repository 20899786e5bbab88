import { TokenError } from '../token/error.ts'
import { defaultProfile } from '../token/profiles.ts'
import { grantTypes } from './grant-request.ts'
import { keysUnavailable, publicJson } from './public-json.ts'
import type { Route } from './route.ts'
import type { WireResponse } from './wire-message.ts'
import { tokenPaths } from './token-route.ts'

/** A profile that issues its own tokens. */
export interface Issuer {
  readonly issuer: string
  readonly algorithm: string
  publicJwks(): Promise<readonly object[]>
}

/** Brokers ask once an hour; a proxy in between may answer for a few minutes. */
const cacheSeconds = 300

/**
 * Public keys (RFC 7517) and metadata (RFC 8414, OpenID Connect Discovery) of the issuers. Keys of different profiles
 * never mix: a broker that trusts one must not trust the others.
 */
export function issuerRoutes(
  issuerOf: (profile: string) => Issuer | undefined,
  authMethods: () => readonly string[],
): Route[] {
  function require(profile: string): Issuer {
    const issuer = found(profile)
    if (issuer) return issuer
    throw new TokenError('ERR_REQUEST_NO_ISSUER', `profile ${profile.slice(0, 64)} does not issue tokens itself`)
  }

  function found(profile: string): Issuer | undefined {
    try {
      return issuerOf(profile)
    } catch (cause) {
      throw keysUnavailable('ERR_REQUEST_NO_ISSUER', profile, cause)
    }
  }

  async function keys(_request: unknown, parameter: string): Promise<WireResponse> {
    const profile = parameter || defaultProfile
    const published = await require(profile)
      .publicJwks()
      .catch((cause: unknown) => {
        throw keysUnavailable('ERR_REQUEST_NO_ISSUER', profile, cause)
      })
    return publicJson({ keys: published }, cacheSeconds)
  }

  function metadata(_request: unknown, parameter: string): WireResponse {
    const profile = parameter || defaultProfile
    const { issuer, algorithm } = require(profile)
    const suffix = profile === defaultProfile ? '' : `/${profile}`
    const base = withoutEnd(withoutEnd(issuer, '/'), suffix)
    const about = {
      issuer,
      token_endpoint: base + tokenPaths[1] + suffix,
      jwks_uri: `${base}/jwks${suffix}`,
      grant_types_supported: grantTypes,
      response_types_supported: [],
      token_endpoint_auth_methods_supported: authMethods(),
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [algorithm],
    }
    return publicJson(about, cacheSeconds)
  }

  const get = (path: string, handle: Route['handle']): Route => ({ method: 'GET', path, isPublic: true, handle })
  return [
    get('/jwks', keys),
    get('/jwks/:profile', keys),
    // An issuer with a path has its metadata behind the well-known part (RFC 8414 §3.1) or before it (OIDC Discovery §4).
    get('/.well-known/oauth-authorization-server', metadata),
    get('/.well-known/oauth-authorization-server/:profile', metadata),
    get('/.well-known/openid-configuration', metadata),
    get('/:profile/.well-known/openid-configuration', metadata),
  ]
}

function withoutEnd(text: string, end: string): string {
  return text.endsWith(end) ? text.slice(0, text.length - end.length) : text
}
