import type { KeyObject } from 'node:crypto'
import type { JWTPayload } from 'jose'
import type { SigningAlgorithm } from './algorithm.ts'
import { publicJwk, type PublicJwk } from './jwk.ts'

export interface SignOptions {
  /** Adds to the header; its `kid` comes before the signer's, its `alg` counts for nothing. */
  readonly header?: Readonly<Record<string, unknown>>
  /** Ends the wait; rejects with its reason. */
  readonly signal?: AbortSignal
}

/** A key that signs JWTs, here or elsewhere. */
export interface Signer {
  /** Public keys that verify what is signed (RFC 7517), the one in use first. Each has a `kid`. */
  publicJwks(): Promise<readonly PublicJwk[]>
  /** A signed JWT in compact form. No claim is added; the header has `alg` and, if the signer has one, `kid`. */
  sign(claims: JWTPayload, options?: SignOptions): Promise<string>
}

export interface LocalSignerOptions {
  /** `kid` of header and published key: by default the RFC 7638 thumbprint; null for a header without it. */
  readonly kid?: string | null | undefined
}

/** Signs with a key in memory, off the main thread. The key has been checked to fit the algorithm. */
export function localSigner(key: KeyObject, algorithm: SigningAlgorithm, { kid }: LocalSignerOptions = {}): Signer {
  // Its signing half alone, and only where something is signed: a plain start does without, and no token waits for it.
  const jose = import('jose/jwt/sign')
  let published: PublicJwk | undefined
  const publicKey = (): PublicJwk => (published ??= publicJwk(key, algorithm, kid ?? undefined))

  return {
    publicJwks: () => Promise.resolve([publicKey()]),
    async sign(claims, { header, signal } = {}) {
      signal?.throwIfAborted()
      const { SignJWT } = await jose
      return new SignJWT(claims).setProtectedHeader(jwtHeader(algorithm, publicKey().kid, kid, header)).sign(key)
    },
  }
}

/** The protected header: that of the caller, with the algorithm, and with a `kid` unless the signer is told to have none. */
export function jwtHeader(
  algorithm: SigningAlgorithm,
  ownKid: string,
  configuredKid: string | null | undefined,
  header: SignOptions['header'] = {},
): { alg: string } & Record<string, unknown> {
  return { ...(configuredKid !== null && { kid: ownKid }), ...header, alg: algorithm }
}
