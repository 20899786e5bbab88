import { parseJsonObject } from '../platform/json-object.ts'
import { TokenError } from './error.ts'

/** Header and claims of a JWT-shaped token, read without trusting it. */
export interface JwtShape {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** Characters that a SASL/OAUTHBEARER message can carry (RFC 6750 §2.1, and Kafka's own check). */
const bearerToken = /^[-_~+/.a-zA-Z0-9]+=*$/

// Brokers take SASL messages of 524,288 bytes (sasl.server.max.receive.size); some room is for extensions.
const largestTokenBytes = 500 * 1024

/** Undefined when it has not three parts of which the first two are base64url JSON objects. */
export function readJwtShape(token: string): JwtShape | undefined {
  const parts = token.split('.')
  const [header, claims] = parts
  if (parts.length !== 3 || !header || !claims || !parts[2]) return undefined
  const shape = { header: jsonObject(header), claims: jsonObject(claims) }
  return shape.header && shape.claims ? { header: shape.header, claims: shape.claims } : undefined
}

/** When a JWT ends by its `exp`, in milliseconds since the epoch; undefined where it does not say. */
export function endOf(token: string): number | undefined {
  const exp = readJwtShape(token)?.claims['exp']
  return typeof exp === 'number' ? exp * 1000 : undefined
}

/**
 * Refuses what the validator of a Kafka client would refuse (`ClientJwtValidator` of Kafka 4.3, `rd_kafka_oidc` of
 * librdkafka), so that the reason is told here and not as a parse error there. Returns the claims.
 */
export function requireKafkaUsable(token: string, nowMs: number, principalClaim = 'sub'): JwtShape['claims'] {
  if (token.length > largestTokenBytes) {
    throw new TokenError('ERR_TOKEN_TOO_LARGE', `the token has ${Math.round(token.length / 1024)} KB`)
  }
  const shape = readJwtShape(token)
  if (!shape || !bearerToken.test(token)) {
    throw new TokenError(
      'ERR_TOKEN_NOT_JWT',
      'the token is not of the form header.claims.signature that Kafka clients need',
    )
  }
  const { exp, iat, [principalClaim]: principal, scope } = shape.claims
  if (typeof exp !== 'number' || !(exp >= 0)) refuseClaim('exp', exp, 'a number of seconds')
  if (typeof principal !== 'string' || principal.trim() === '') {
    refuseClaim(principalClaim, principal, 'a non-empty string')
  }
  if (iat !== undefined && typeof iat !== 'number') refuseClaim('iat', iat, 'a number of seconds')
  if (scope !== undefined && !isScope(scope)) {
    refuseClaim('scope', scope, 'a non-empty string or a list of different non-empty strings')
  }
  if (exp * 1000 <= nowMs) throw new TokenError('ERR_TOKEN_EXPIRED', 'the source handed out an expired token')
  return shape.claims
}

function refuseClaim(name: string, value: unknown, wanted: string): never {
  const found = value === undefined ? 'missing' : Array.isArray(value) ? 'a list' : `a ${typeof value}`
  throw new TokenError('ERR_TOKEN_CLAIMS', `the claim ${name} of the token is ${found}, Kafka clients need ${wanted}`)
}

function isScope(scope: unknown): boolean {
  if (!Array.isArray(scope)) return typeof scope === 'string' && scope.trim() !== ''
  return (
    new Set(scope).size === scope.length && scope.every((entry) => typeof entry === 'string' && entry.trim() !== '')
  )
}

function jsonObject(part: string): Record<string, unknown> | undefined {
  return parseJsonObject(Buffer.from(part, 'base64url').toString('utf8'))
}
