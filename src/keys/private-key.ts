import type { KeyObject } from 'node:crypto'
import { TokenError } from '../token/error.ts'
import { algorithmsOf, requireKeyFor, signingAlgorithms, type SigningAlgorithm } from './algorithm.ts'
import { keysIn, type FoundKey, type KeyOrigin } from './found-key.ts'
import { publicJwk, type PublicJwk } from './jwk.ts'

/** What a file of a private key gives. */
export interface PrivateKey {
  readonly key: KeyObject
  /** From a JWK that has one. */
  readonly kid?: string
  /** Public halves of the further keys of a JWK Set. */
  readonly others: readonly PublicJwk[]
}

/**
 * The private key in a text, in any form that is in use; the first of a JWK Set that fits the algorithm. Throws
 * ERR_KEY_FILE, ERR_KEY_TYPE or ERR_KEY_PASSPHRASE, each saying what was found.
 *
 *     const { key, kid } = parsePrivateKey(text, { algorithm: 'RS256', from: '/keys/orders.pem' })
 */
export function parsePrivateKey(
  text: string,
  { algorithm, ...origin }: KeyOrigin & { readonly algorithm: SigningAlgorithm },
): PrivateKey {
  const { from } = origin
  const found = keysIn(text, origin)
  const own = found.filter(({ key }) => key.type === 'private')
  const [first] = own
  if (!first) {
    throw new TokenError('ERR_KEY_FILE', `${from} holds a public key, not a private one`, {
      hint: 'Name the private key that belongs to it, which is another file.',
    })
  }
  const chosen = own.find((candidate) => fits(candidate, algorithm))
  if (!chosen) throw misfit(own, first, algorithm, from)
  const others = found.filter((other) => other !== chosen).flatMap((other) => published(other))
  return { key: chosen.key, others, ...(chosen.kid !== undefined && { kid: chosen.kid }) }
}

/**
 * Public keys of a file, for publishing, whether it holds private or public ones. `algorithm` decides where the key does
 * not: RS256 by default for RSA. Throws as `parsePrivateKey` does.
 */
export function parsePublicJwks(
  text: string,
  { algorithm, ...origin }: KeyOrigin & { readonly algorithm?: SigningAlgorithm | undefined },
): readonly PublicJwk[] {
  const found = keysIn(text, origin)
  const jwks = found.flatMap((key) => published(key, algorithm))
  if (jwks.length > 0) return jwks
  const [first] = found as [FoundKey]
  throw misfit(found, first, algorithm ?? 'RS256', origin.from)
}

function fits({ key, alg, isForSigning }: FoundKey, algorithm: SigningAlgorithm): boolean {
  return isForSigning && algorithmsOf(key).includes(algorithm) && (alg === undefined || nameOf(alg) === algorithm)
}

/** RFC 9864 gives EdDSA on Ed25519 a name of its own. */
function nameOf(alg: string): string {
  return alg === 'Ed25519' ? 'EdDSA' : alg
}

function misfit(keys: readonly FoundKey[], first: FoundKey, algorithm: SigningAlgorithm, from: string): TokenError {
  if (keys.length > 1) {
    return new TokenError('ERR_KEY_TYPE', `${from} holds ${keys.length} keys, none of them to sign with ${algorithm}`)
  }
  try {
    requireKeyFor(algorithm, first.key, from)
  } catch (error) {
    if (error instanceof TokenError) return error
    throw error
  }
  const what = first.isForSigning ? `for ${first.alg ?? 'another algorithm'}` : 'not for signatures (use, key_ops)'
  return new TokenError('ERR_KEY_TYPE', `${from} holds a JWK that is ${what}; ${algorithm} was asked for`, {
    hint: 'Set the algorithm to that of the JWK (alg), or name another key.',
  })
}

function published({ key, kid, alg, isForSigning }: FoundKey, wanted?: SigningAlgorithm): PublicJwk[] {
  const possible = algorithmsOf(key)
  const algorithm = alg === undefined ? (possible.find((name) => name === wanted) ?? possible[0]) : knownAlgorithm(alg)
  if (!isForSigning || algorithm === undefined || !possible.includes(algorithm)) return []
  return [publicJwk(key, algorithm, kid)]
}

function knownAlgorithm(alg: string): SigningAlgorithm | undefined {
  return signingAlgorithms.find((name) => name === nameOf(alg))
}
