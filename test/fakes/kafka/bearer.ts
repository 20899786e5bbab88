import type { BearerDecision } from './sasl.ts'

/** A JWT without a signature for the subject; `expiresAt` in milliseconds since the epoch. */
export function jwtFor(subject: string, expiresAt: number): string {
  const parts = [{ alg: 'none' }, { sub: subject, exp: Math.floor(expiresAt / 1000) }]
  return `${parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.fake`
}

/** Takes every JWT that has `sub` and has not been expired for more than 30 s, which is Kafka's clock skew. */
export function anyJwt(now: () => number): BearerDecision {
  return (token) => {
    const claims = claimsOf(token)
    const { sub, exp } = claims
    if (typeof sub !== 'string' || typeof exp !== 'number' || exp * 1000 + 30_000 <= now()) return undefined
    return { principal: `User:${sub}`, expiresAt: exp * 1000 }
  }
}

function claimsOf(token: string): { sub?: unknown; exp?: unknown } {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object
  } catch {
    return {}
  }
}
