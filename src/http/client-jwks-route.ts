import { TokenError } from '../token/error.ts'
import { keysUnavailable, publicJson } from './public-json.ts'
import type { Route } from './route.ts'

/** A provider that has just met an unknown kid reads again: it has to see a key that was put there a moment ago. */
const cacheSeconds = 30

/**
 * Public keys of a profile's assertions: what `jwks_uri` of its client at the provider names (RFC 7591 §2). They verify who
 * the client is and never a token, so they are apart from the keys of an issuer.
 */
export function clientJwksRoute(
  publishedBy: (profile: string) => (() => Promise<readonly object[]>) | undefined,
): Route {
  async function publishedKeys(profile: string): Promise<readonly object[] | undefined> {
    try {
      return await publishedBy(profile)?.()
    } catch (cause) {
      throw keysUnavailable('ERR_REQUEST_NO_CLIENT_KEYS', profile, cause)
    }
  }

  return {
    method: 'GET',
    path: '/client-jwks/:profile',
    isPublic: true,
    async handle(_request, profile) {
      const keys = await publishedKeys(profile)
      if (keys) return publicJson({ keys }, cacheSeconds)
      const message = `profile ${profile.slice(0, 64)} publishes no keys of assertions`
      throw new TokenError('ERR_REQUEST_NO_CLIENT_KEYS', message)
    },
  }
}
