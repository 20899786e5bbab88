import { shortened } from '../../platform/shortened.ts'
import { TokenError } from '../../token/error.ts'
import { readJwtShape } from '../../token/jwt-shape.ts'

/** What a JWT says, before anybody has vouched for it. */
export interface Assertion {
  readonly token: string
  readonly algorithm: Algorithm
  readonly kid: string | undefined
  /** `iss`, or `spiffe://<trust domain>` of a JWT-SVID without one. */
  readonly issuer: string
  readonly subject: string
  readonly audience: readonly string[]
  /** Milliseconds since the epoch; `-Infinity` where a JWT says nothing of its beginning. */
  readonly expiresAt: number
  readonly notBefore: number
  readonly issuedAt: number
  readonly jti: string | undefined
}

/** Signatures that are verified with a public key (RFC 7518 §3.1, RFC 8037 §3.1), and the kind of key that makes them. */
export const keyTypeOf = {
  RS256: 'RSA',
  RS384: 'RSA',
  RS512: 'RSA',
  PS256: 'RSA',
  PS384: 'RSA',
  PS512: 'RSA',
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  EdDSA: 'Ed25519',
} as const

export type Algorithm = keyof typeof keyTypeOf

/** Clocks differ by this much (RFC 7519 §4.1.4), in milliseconds. */
export const skewMs = 30_000

const largestChars = 16 * 1024

/** Throws ERR_CALLER_ASSERTION. */
export function readAssertion(token: string): Assertion {
  const parts = token.split('.')
  const shape = parts.every(isCanonical) ? readJwtShape(token) : undefined
  if (!shape) throw refused('the assertion is not a signed JWT of the form header.claims.signature', { hint: jwtHint })
  const { header, claims } = shape
  const { issuer, subject } = whose(claims)
  return {
    token,
    algorithm: algorithmOf(header),
    kid: text(header['kid'], 'kid'),
    issuer,
    subject,
    audience: audienceOf(claims['aud']),
    expiresAt: time(claims, 'exp') ?? missing('exp', 'so it would never end'),
    notBefore: time(claims, 'nbf') ?? -Infinity,
    issuedAt: time(claims, 'iat') ?? -Infinity,
    jti: text(claims['jti'], 'jti'),
  }
}

/** Throws ERR_CALLER_ASSERTION for one that is longer than any that Kubernetes, SPIRE or an identity provider makes. */
export function requireSmall(token: string): void {
  if (token.length <= largestChars) return
  throw refused(`the assertion has ${Math.ceil(token.length / 1024)} KB, the limit is 16 KB`, { hint: jwtHint })
}

const jwtHint =
  'Send the file of a projected service account token, a JWT-SVID or another JWT: sasl.oauthbearer.assertion.file in Java.'
const clockHint =
  'Kubernetes and SPIRE renew their files ahead of time: read the file anew for each request. Or correct the clock of this host.'

/** Throws ERR_CALLER_ASSERTION where it has ended or not begun. */
export function requireTimely({ expiresAt, notBefore, issuedAt }: Assertion, nowMs: number): void {
  const seconds = (ms: number): string => `${Math.max(Math.round(ms / 1000), 1)} s`
  if (nowMs >= expiresAt + skewMs) {
    throw refused(`the assertion expired ${seconds(nowMs - expiresAt)} ago`, { hint: clockHint })
  }
  if (nowMs < notBefore - skewMs) {
    throw refused(`the assertion is not valid for another ${seconds(notBefore - nowMs)}`, { hint: clockHint })
  }
  if (nowMs < issuedAt - skewMs) {
    throw refused(`the assertion was issued ${seconds(issuedAt - nowMs)} from now`, { hint: clockHint })
  }
}

/** For an audience that is none of those `wanted`. */
export function wrongAudience(audience: readonly string[], wanted: Iterable<string>): TokenError {
  const all = [...wanted]
  const instead = all.length > 3 ? 'one that a caller has here' : all.join(' or ')
  return refused(
    audience.length === 0
      ? `the assertion has no audience, it should be ${instead}`
      : `the audience of the assertion is ${told(audience.slice(0, 5).join(', '))} instead of ${instead}`,
    {
      hint: 'Request the token for this audience: in serviceAccountToken of a projected volume, or from the Workload API of SPIFFE; or correct audience of the caller.',
    },
  )
}

/** The one error of an assertion that is not accepted. */
export function refused(
  message: string,
  options: { readonly hint?: string; readonly cause?: unknown } = {},
): TokenError {
  return new TokenError('ERR_CALLER_ASSERTION', message, options)
}

const longestTold = 120

/** What nobody has vouched for, in few words and without anything that could be a token. */
export function told(unverified: string): string {
  const line = shortened(unverified.slice(0, 2 * longestTold).replace(/\p{C}+/gu, ' '))
  return line.length > longestTold ? `${line.slice(0, longestTold)}...` : line
}

/** RFC 7515 §2: no padding, no line breaks. Two texts for the same bytes would make two assertions of one. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part
}

function algorithmOf(header: Readonly<Record<string, unknown>>): Algorithm {
  const { alg, crit } = header
  // RFC 7515 §4.1.11: what has to be understood and is not. No issuer of such tokens makes use of it.
  if (crit !== undefined) throw refused('the assertion has a critical header (crit) that is not understood here')
  if (typeof alg === 'string' && Object.hasOwn(keyTypeOf, alg)) return alg as Algorithm
  const found = typeof alg === 'string' ? told(alg) : 'missing'
  throw refused(`the assertion is not signed in a way that is accepted here (alg ${found})`, {
    hint: `Sign with one of ${Object.keys(keyTypeOf).join(', ')}.`,
  })
}

function whose(claims: Readonly<Record<string, unknown>>): { readonly issuer: string; readonly subject: string } {
  const { iss, sub } = claims
  if (typeof sub !== 'string' || sub.trim() === '') throw refused('the claim sub of the assertion is not a name')
  const trustDomain = /^spiffe:\/\/[^/]+(?=\/)/.exec(sub)?.[0]
  const issuer = iss ?? trustDomain
  if (issuer === undefined) return missing('iss', 'so nobody can be asked about it')
  if (typeof issuer !== 'string') throw refused('the claim iss of the assertion is not text')
  // A trust domain vouches for its own workloads only (SPIFFE JWT-SVID §5).
  if (issuer.startsWith('spiffe://') && issuer !== trustDomain) {
    throw refused(`the subject ${told(sub)} is not of the trust domain ${told(issuer)}`)
  }
  return { issuer, subject: sub }
}

function audienceOf(aud: unknown): readonly string[] {
  const all: unknown[] = Array.isArray(aud) ? aud : aud === undefined ? [] : [aud]
  if (!all.every((one) => typeof one === 'string'))
    throw refused('the claim aud of the assertion is not text or a list of it')
  return all
}

/** Seconds on the wire (RFC 7519 §2, NumericDate). */
function time(claims: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const seconds = claims[name]
  if (seconds === undefined) return undefined
  // JSON has numbers that are infinite here, such as 1e999.
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) {
    throw refused(`the claim ${name} of the assertion is not a number of seconds`)
  }
  return seconds * 1000
}

function text(value: unknown, name: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  throw refused(`${name} of the assertion is not text`)
}

function missing(name: string, consequence: string): never {
  throw refused(`the assertion has no ${name}, ${consequence}`)
}
