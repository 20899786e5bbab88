import { Secret } from '../../platform/secret.ts'
import { TokenError } from '../../token/error.ts'
import { readJwtShape } from '../../token/jwt-shape.ts'
import type { AccessToken } from '../../token/token.ts'
import type { Identity } from './ambient.ts'
import { badAnswer } from './google-errors.ts'

/** An ID token of the identity for `audience`; `sub` is the numeric id of the account, its e-mail is the claim `email`. */
export async function idTokenOf({ client, situation }: Identity, audience: string): Promise<AccessToken> {
  const token: unknown = await client.idToken(audience)
  const claims = typeof token === 'string' ? readJwtShape(token)?.claims : undefined
  const { exp, sub, aud } = claims ?? {}
  if (typeof token !== 'string' || typeof exp !== 'number' || !Number.isFinite(exp) || typeof sub !== 'string') {
    throw badAnswer('something that is not an ID token', situation())
  }
  // Google answers a user's request with a token for the program that the user logged in with, whatever was asked.
  if (aud !== audience) throw cannotGiveIdToken('Google made an ID token for another audience than the one asked for')
  return { value: new Secret(token), expiresAt: exp * 1000, subject: sub }
}

export function cannotGiveIdToken(why: string): TokenError {
  return new TokenError('ERR_GCP_ID_TOKEN', why)
}
