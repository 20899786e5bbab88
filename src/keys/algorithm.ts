import { constants, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { TokenError } from '../token/error.ts'

/** JWS algorithms that assertions and tokens are signed with; `alg` of RFC 7518 §3.1 and RFC 8037 §3.1. */
export const signingAlgorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const

/** One of them. Kafka itself knows RS256 and ES256 (KIP-1258). */
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

/** RFC 7518 §3.3 and §3.5. */
export const smallestRsaBits = 2048

const rsaKey = `an RSA key of at least ${smallestRsaBits} bits`

/** What kind of key each algorithm signs with, in words. */
export const keyFor: Readonly<Record<SigningAlgorithm, string>> = {
  RS256: rsaKey,
  PS256: rsaKey,
  ES256: 'an EC key on P-256',
  ES384: 'an EC key on P-384',
  EdDSA: 'an Ed25519 key',
}

const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }

/** Private or public key → what it is: `an RSA key of 2048 bits`. */
export function describeKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails ?? {}
  switch (asymmetricKeyType) {
    case 'rsa':
      return `an RSA key of ${modulusLength} bits`
    case 'rsa-pss':
      return `an RSA key of ${modulusLength} bits that is marked as for RSA-PSS alone`
    case 'ec':
      return `an EC key on ${curves[namedCurve] ?? namedCurve}`
    case 'ed25519':
      return 'an Ed25519 key'
    case 'ed448':
      return 'an Ed448 key'
    default:
      return `a key of type ${asymmetricKeyType ?? 'unknown'}`
  }
}

/** The algorithms that a key can sign with, the usual one first. */
export function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly SigningAlgorithm[] {
  const { modulusLength = 0, namedCurve = '' } = asymmetricKeyDetails ?? {}
  if (asymmetricKeyType === 'rsa') return modulusLength >= smallestRsaBits ? ['RS256', 'PS256'] : []
  if (asymmetricKeyType === 'ed25519') return ['EdDSA']
  if (asymmetricKeyType !== 'ec') return []
  return namedCurve === 'prime256v1' ? ['ES256'] : namedCurve === 'secp384r1' ? ['ES384'] : []
}

/** Throws ERR_KEY_TYPE, saying what `from` holds, when the key is not one for the algorithm. */
export function requireKeyFor(algorithm: SigningAlgorithm, key: KeyObject, from: string): void {
  if (algorithmsOf(key).includes(algorithm)) return
  const wanted = `${algorithm} was asked for, which needs ${keyFor[algorithm]}`
  throw new TokenError('ERR_KEY_TYPE', `${from} holds ${describeKey(key)}; ${wanted}`, {
    hint: hintFor(algorithm, key),
  })
}

function hintFor(algorithm: SigningAlgorithm, key: KeyObject): string {
  const [other] = algorithmsOf(key)
  const make = `make one with: kafka-token-sidecar keys generate --algorithm ${algorithm} --out key.pem`
  return other ? `Set the algorithm to ${other}, or ${make}` : `${make.charAt(0).toUpperCase()}${make.slice(1)}`
}

interface Primitive {
  readonly hash: string | null
  readonly options: {
    readonly padding?: number
    readonly saltLength?: number
    readonly dsaEncoding?: 'ieee-p1363'
  }
}

const primitives: Readonly<Record<SigningAlgorithm, Primitive>> = {
  RS256: { hash: 'sha256', options: { padding: constants.RSA_PKCS1_PADDING } },
  PS256: {
    hash: 'sha256',
    options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  },
  ES256: { hash: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  ES384: { hash: 'sha384', options: { dsaEncoding: 'ieee-p1363' } },
  EdDSA: { hash: null, options: {} },
}

/** Whether `signature` is one of RFC 7518 §3 or RFC 8037 §3.1 over `input`. */
export function verifies(algorithm: SigningAlgorithm, key: KeyObject, input: Buffer, signature: Buffer): boolean {
  const { hash, options } = primitives[algorithm]
  return verify(hash, input, { key, ...options }, signature)
}

/** Whether the halves of a private key belong together: those of a JWK are written down side by side, and need not. */
export function isWhole(key: KeyObject, algorithm: SigningAlgorithm): boolean {
  const { hash, options } = primitives[algorithm]
  const probe = Buffer.from('probe')
  try {
    return verifies(algorithm, createPublicKey(key), probe, sign(hash, probe, { key, ...options }))
  } catch {
    return false
  }
}
