/** What Google's Managed Kafka reads from the token beside the token itself. */
export interface Envelope {
  /** Google's own access token. */
  readonly token: string
  /** The principal: an e-mail, or `principal://…` of a federated identity. */
  readonly subject: string
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

const header = base64url(JSON.stringify({ typ: 'JWT', alg: 'GOOG_OAUTH2_TOKEN' }))

/**
 * A Google access token in the shape of a JWT, as Google's Managed Kafka takes it; the specification with a test vector is
 * in `docs/google.md`. Nothing is signed: the third part is the access token, and the broker asks Google about it.
 */
export function envelope({ token, subject, issuedAt, expiresAt }: Envelope): string {
  const claims = {
    exp: Math.floor(expiresAt / 1000),
    iat: Math.floor(issuedAt / 1000),
    iss: 'Google',
    sub: subject,
  }
  return `${header}.${base64url(JSON.stringify(claims))}.${base64url(token)}`
}

function base64url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url')
}
