import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import type { SigningAlgorithm } from './algorithm.ts'

/** A public key as it is published: with `kid`, `use` and `alg`. */
export type PublicJwk = JWK & { readonly kid: string }

/** What makes up a public key, by type, in the order that its thumbprint takes (RFC 7638 §3.2, RFC 8037 §2). */
const members: Readonly<Record<string, readonly ('crv' | 'e' | 'kty' | 'n' | 'x' | 'y')[]>> = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
}

/** JWK Thumbprint with SHA-256 (RFC 7638), in base64url. */
export function thumbprint(jwk: JWK): string {
  return createHash('sha256')
    .update(JSON.stringify(publicMembers(jwk)))
    .digest('base64url')
}

/** Public half of a private or public key, to be published; `kid` is its thumbprint by default. */
export function publicJwk(key: KeyObject, algorithm: SigningAlgorithm, kid?: string): PublicJwk {
  const jwk = publicMembers((key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' }))
  return { ...jwk, kid: kid ?? thumbprint(jwk), use: 'sig', alg: algorithm }
}

function publicMembers(jwk: Readonly<Record<string, unknown>>): JWK {
  return Object.fromEntries((members[String(jwk['kty'])] ?? []).map((name) => [name, jwk[name]]))
}
