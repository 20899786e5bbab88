import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'

export type Algorithm = 'RS256' | 'ES256'

/** A key pair of a client, made for this run. */
export interface ClientKey {
  readonly kid: string
  /** PKCS#8. */
  readonly pem: string
  readonly privateKey: KeyObject
  /** With its `kid`. */
  readonly privateJwk: JWK
  readonly publicJwk: JWK
}

export async function clientKey(algorithm: Algorithm): Promise<ClientKey> {
  const { privateKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const bare = createPublicKey(privateKey).export({ format: 'jwk' }) as JWK
  const named = { kid: await calculateJwkThumbprint(bare), alg: algorithm, use: 'sig' }
  return {
    kid: named.kid,
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    privateKey,
    privateJwk: { ...(privateKey.export({ format: 'jwk' }) as JWK), ...named },
    publicJwk: { ...bare, ...named },
  }
}

/** How Keycloak is told of a client's keys: here they are. */
export const keysInline = (algorithm: Algorithm, keys: readonly ClientKey[]) => ({
  clientAuthenticatorType: 'client-jwt',
  attributes: {
    'token.endpoint.auth.signing.alg': algorithm,
    'use.jwks.string': 'true',
    'jwks.string': JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) }),
  },
})

/** How Keycloak is told of a client's keys: look there. */
export const keysAt = (algorithm: Algorithm, url: string) => ({
  clientAuthenticatorType: 'client-jwt',
  attributes: { 'token.endpoint.auth.signing.alg': algorithm, 'use.jwks.url': 'true', 'jwks.url': url },
})
