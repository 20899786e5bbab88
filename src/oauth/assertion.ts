import type { Signer } from '../keys/signer.ts'
import type { Platform } from '../platform/platform.ts'
import type { Endpoint } from './provider.ts'
import type { Rotation } from './token-call.ts'

/** Assertions for one client or subject (RFC 7521): as a client authentication, or as a grant. */
export interface Assertions extends Rotation {
  /** A fresh one for each attempt; `former` asks for the key before the newest. */
  make(wanted: AssertionWanted): Promise<string>
}

export interface AssertionWanted {
  readonly endpoint: Endpoint
  readonly former: boolean
  readonly signal: AbortSignal
}

/** Kafka's `sasl.oauthbearer.assertion.claim.*`; `false` leaves a claim out. */
export interface AssertionClaims {
  /** Default: as `defaultAudience` says. */
  readonly aud: string | readonly string[] | false | undefined
  /** The issuer where it is known, else the token endpoint; or always the token endpoint. */
  readonly defaultAudience: 'issuer' | 'token-endpoint'
  readonly iss: string | false
  readonly sub: string | false
  readonly expSeconds: number
  /** How far in the past `nbf` is. */
  readonly nbfSeconds: number
  readonly jtiInclude: boolean
}

/** `{"header": {…}, "payload": {…}}` of Kafka's `assertion.template.file`. */
export interface AssertionTemplate {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
}

/** What a moment's files and options say an assertion is made with. */
export interface AssertionMaking {
  readonly signer: Signer
  readonly template?: AssertionTemplate
  /** Goes over the header of the template: `kid`, `x5t#S256`. */
  readonly header: Readonly<Record<string, string>>
}

/**
 * Claims and header in the layers of KIP-1258: configured values, over them the template, over that what is made for each
 * assertion. A template cannot replace alg, typ, iat, exp, nbf and jti.
 */
export async function signAssertion(
  { signer, template, header }: AssertionMaking,
  claims: AssertionClaims,
  { endpoint, signal }: AssertionWanted,
  platform: Pick<Platform, 'now' | 'randomUUID'>,
): Promise<string> {
  const iat = Math.floor(platform.now() / 1000)
  const { iss, sub } = claims
  const aud = claims.aud ?? defaultAudienceOf(claims, endpoint)
  const configured = { ...(aud !== false && { aud }), ...(iss !== false && { iss }), ...(sub !== false && { sub }) }
  const made = {
    iat,
    exp: iat + claims.expSeconds,
    nbf: iat - claims.nbfSeconds,
    ...(claims.jtiInclude && { jti: platform.randomUUID() }),
  }
  const payload: Record<string, unknown> = { ...configured, ...template?.payload, ...made }
  const { alg: _alg, ...ofTemplate } = template?.header ?? {}
  return signer.sign(payload, { header: { ...ofTemplate, ...header, typ: 'JWT' }, signal })
}

function defaultAudienceOf({ defaultAudience }: AssertionClaims, { issuer, url }: Endpoint): string {
  return defaultAudience === 'token-endpoint' ? url.href : (issuer ?? url.href)
}
