import { createPublicKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, SignJWT, type JWK, type JWTPayload } from 'jose'
import type { SigningAlgorithm } from './private-key.ts'

/** A key that signs JWTs, here or elsewhere. */
export interface Signer {
  /** Public keys that verify what is signed (RFC 7517). */
  publicJwks(): Promise<readonly JWK[]>
  /** A signed JWT in compact form. `header` adds to `alg` and `kid`. */
  sign(claims: JWTPayload, header?: Readonly<Record<string, string>>): Promise<string>
}

/** Signs with a key in memory; `kid` is its RFC 7638 thumbprint. */
export function localSigner(key: KeyObject, algorithm: SigningAlgorithm): Signer {
  let published: Promise<JWK & { kid: string }> | undefined

  async function publish(): Promise<JWK & { kid: string }> {
    const jwk = await exportJWK(createPublicKey(key))
    return { ...jwk, kid: await calculateJwkThumbprint(jwk), use: 'sig', alg: algorithm }
  }

  const publicJwk = (): Promise<JWK & { kid: string }> => (published ??= publish())

  return {
    publicJwks: async () => [await publicJwk()],
    async sign(claims, header) {
      const { kid } = await publicJwk()
      return new SignJWT(claims).setProtectedHeader({ ...header, alg: algorithm, kid }).sign(key)
    },
  }
}
