import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

const kid = 'google-key-1'
let key: KeyObject | undefined

/** One per process: RSA keys take their time. */
function privateKey(): KeyObject {
  return (key ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
}

/** What verifies the tokens and signatures below, as at https://www.googleapis.com/service_accounts/v1/jwk/<account>. */
export function googleJwks() {
  return { keys: [{ ...createPublicKey(privateKey()).export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] }
}

/** The audience that ID tokens of users have: the program they logged in with. */
export const userIdTokenAudience = 'gcloud.apps.googleusercontent.com'

/** `:signJwt` of IAM credentials: the payload as it is, under a header of Google's own. */
export function googleSignature(payload: string): string {
  const part = (text: string): string => Buffer.from(text).toString('base64url')
  const data = `${part(JSON.stringify({ alg: 'RS256', kid, typ: 'JWT' }))}.${part(payload)}`
  return `${data}.${sign('sha256', Buffer.from(data), privateKey()).toString('base64url')}`
}

/** An ID token as Google signs it for a service account. */
export function googleIdToken(of: { audience: string; email?: string | undefined; expiresIn: number }): string {
  const iat = Math.floor(Date.now() / 1000)
  const claims = {
    aud: of.audience,
    azp: '104029292',
    ...(of.email && { email: of.email, email_verified: true }),
    exp: iat + of.expiresIn,
    iat,
    iss: 'https://accounts.google.com',
    sub: '104029292',
  }
  return googleSignature(JSON.stringify(claims))
}
