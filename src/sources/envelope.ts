/** An opaque token and what a broker has to know of it. */
export interface Envelope {
  readonly token: string
  /** `alg` of the header: tells the broker what the third part is. */
  readonly algorithm: string
  readonly issuer?: string
  /** The principal. */
  readonly subject: string
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/**
 * An opaque token in the shape of a JWT, so that Kafka clients take it. Nothing is signed: the third part is the token
 * itself, and the broker asks whoever made it.
 */
export function envelope({ token, algorithm, issuer, subject, issuedAt, expiresAt }: Envelope): string {
  const header = { typ: 'JWT', alg: algorithm }
  const claims = {
    exp: Math.floor(expiresAt / 1000),
    iat: Math.floor(issuedAt / 1000),
    ...(issuer !== undefined && { iss: issuer }),
    sub: subject,
  }
  return `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}.${base64url(token)}`
}

function base64url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url')
}
