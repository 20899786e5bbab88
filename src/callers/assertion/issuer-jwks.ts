import { createPublicKey, type JsonWebKeyInput, type KeyObject } from 'node:crypto'
import { parseJsonObject } from '../../platform/json-object.ts'
import { once } from '../../platform/once.ts'
import { keyTypeOf, type Assertion } from './claims.ts'

/** A public key of an issuer. */
export interface IssuerKey {
  readonly kid: string | undefined
  /** The one algorithm that it is for, where it says so. */
  readonly algorithm: string | undefined
  /** As in `RSA` or `P-256`. */
  readonly type: string
  /** Made when it is first needed; in words, where it cannot be used. */
  readonly key: () => KeyObject | string
}

const leastRsaBits = 2048
/** Without `kid` each key is tried, but not hundreds. */
const mostTried = 16

/**
 * The keys of a JWK Set (RFC 7517 §5) that verify signatures; undefined when it is none. Symmetric keys are no public keys, and
 * in a SPIFFE bundle those of `use: x509-svid` are for certificates (SPIFFE Trust Domain and Bundle §4.2).
 */
export function readJwks(json: Readonly<Record<string, unknown>> | undefined): readonly IssuerKey[] | undefined {
  const keys = json?.['keys']
  if (!Array.isArray(keys)) return undefined
  return keys.map(readKey).filter((key) => key !== undefined)
}

/**
 * As `readJwks`, of a file: it may also be what `spiffe-helper` writes (`jwt_bundle_file_name`), the sets of all trust domains
 * by their names, in base64.
 */
export function readJwksFile(text: string, issuer: string): readonly IssuerKey[] | undefined {
  const json = parseJsonObject(text)
  const trustDomain = /^spiffe:\/\/([^/]+)$/.exec(issuer)?.[1]
  const isBundle = json !== undefined && trustDomain !== undefined && Object.hasOwn(json, trustDomain)
  return readJwks(isBundle ? parseJsonObject(Buffer.from(String(json[trustDomain]), 'base64').toString()) : json)
}

/** Keys that may have signed an assertion. */
export function signersOf({ algorithm, kid }: Assertion, keys: readonly IssuerKey[]): readonly IssuerKey[] {
  return keys
    .filter(
      (key) =>
        key.type === keyTypeOf[algorithm] &&
        (key.algorithm === undefined || key.algorithm === algorithm) &&
        (kid === undefined || key.kid === kid),
    )
    .slice(0, mostTried)
}

function readKey(jwk: unknown): IssuerKey | undefined {
  if (typeof jwk !== 'object' || jwk === null) return undefined
  const { kty, crv, use, key_ops: operations, kid, alg } = jwk as Record<string, unknown>
  const type = kty === 'RSA' ? kty : kty === 'EC' || kty === 'OKP' ? crv : undefined
  if (typeof type !== 'string') return undefined
  if (use !== undefined && use !== 'sig' && use !== 'jwt-svid') return undefined
  if (Array.isArray(operations) && !operations.includes('verify')) return undefined
  return {
    kid: typeof kid === 'string' ? kid : undefined,
    algorithm: typeof alg === 'string' ? alg : undefined,
    type,
    key: once(() => publicKey(jwk)),
  }
}

function publicKey(jwk: object): KeyObject | string {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' } as JsonWebKeyInput)
    const bits = key.asymmetricKeyDetails?.modulusLength
    return bits !== undefined && bits < leastRsaBits ? `it has ${bits} bits, at least ${leastRsaBits} are needed` : key
  } catch {
    return 'it is broken'
  }
}
