import { createPublicKey, type KeyObject } from 'node:crypto'
import { TokenError } from '../token/error.ts'
import { algorithmsOf, describeKey, keyFor, type SigningAlgorithm } from './algorithm.ts'
import { publicJwk, type PublicJwk } from './jwk.ts'

/** Which key of a transit engine signs, and how. */
export interface VaultKey {
  /** Name of the key. Its latest version signs. */
  readonly key: string
  readonly algorithm: SigningAlgorithm
  /**
   * `kid` of the header: by default the thumbprint of the version that signs; `orders:v{version}` names the version; null
   * for none.
   */
  readonly kid?: string | null | undefined
}

export interface KeyVersion {
  readonly version: number
  readonly key: KeyObject
  readonly jwk: PublicJwk
}

/** The versions of a key, the latest first. */
export type KeyRing = readonly [KeyVersion, ...KeyVersion[]]

/** Reads `data` of the answer to GET keys/<name>. Throws ERR_KEY_TYPE for a key that does not fit the algorithm. */
export function keyRingOf(data: Readonly<Record<string, unknown>>, { key: name, algorithm, kid }: VaultKey): KeyRing {
  const keys = Object.entries((data['keys'] ?? {}) as Record<string, unknown>)
  const versions = keys
    .map(([version, entry]) => ({ version: Number(version), key: publicKeyOf(entry) }))
    .sort((a, b) => b.version - a.version)
    .map(({ version, key }, place): KeyVersion => {
      if (!key || !algorithmsOf(key).includes(algorithm)) throw wrongType(name, key, data['type'], algorithm)
      const named = kid?.includes('{version}') ? kid.replaceAll('{version}', String(version)) : undefined
      // A fixed kid can only be that of one key: the one that signs.
      return { version, key, jwk: publicJwk(key, algorithm, named ?? (place === 0 ? (kid ?? undefined) : undefined)) }
    })
  const [latest, ...former] = versions
  if (!latest) throw wrongType(name, undefined, data['type'], algorithm)
  return [latest, ...former]
}

/** PEM, or for Ed25519 the 32 bytes in base64 (RFC 8037 §2); symmetric keys have a time instead. */
function publicKeyOf(entry: unknown): KeyObject | undefined {
  const text = typeof entry === 'object' && entry !== null && 'public_key' in entry ? entry.public_key : undefined
  if (typeof text !== 'string' || text === '') return undefined
  try {
    if (text.includes('-----BEGIN')) return createPublicKey(text)
    const x = Buffer.from(text, 'base64').toString('base64url')
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  } catch {
    return undefined
  }
}

function wrongType(name: string, key: KeyObject | undefined, type: unknown, algorithm: SigningAlgorithm): TokenError {
  const is = key ? describeKey(key) : `of type ${typeof type === 'string' ? type : 'unknown'} and shows no public key`
  return new TokenError('ERR_KEY_TYPE', `the key ${name} of Vault is ${is}; ${algorithm} needs ${keyFor[algorithm]}`, {
    hint: `Set the algorithm to one of that key, or make a key: vault write transit/keys/NAME type=${vaultTypes[algorithm]}`,
  })
}

const vaultTypes: Readonly<Record<SigningAlgorithm, string>> = {
  RS256: 'rsa-2048',
  PS256: 'rsa-2048',
  ES256: 'ecdsa-p256',
  ES384: 'ecdsa-p384',
  EdDSA: 'ed25519',
}
