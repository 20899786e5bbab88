import { createPrivateKey, type KeyObject } from 'node:crypto'
import { parseJsonObject } from '../platform/json-object.ts'
import { TokenError } from '../token/error.ts'
import type { SigningAlgorithm } from './algorithm.ts'
import { publicJwk, thumbprint, type PublicJwk } from './jwk.ts'
import { plainText } from './pem.ts'
import { parsePrivateKey } from './private-key.ts'
import { localSigner, type Signer } from './signer.ts'

/** A key that tokens are signed with in its turn. */
export interface SigningKey {
  readonly jwk: PublicJwk
  readonly signer: Signer
  /** When it was added, milliseconds since the epoch; -Infinity where the file does not say so: it was there always. */
  readonly addedAt: number
}

/** What a file of signing keys holds. */
export interface KeySet {
  /** One at least, in the order of the file. */
  readonly own: readonly SigningKey[]
  /** Public halves of all its keys, also of those that are for another algorithm or are no private ones. */
  readonly published: readonly PublicJwk[]
}

/**
 * The keys in a text: one private key in any form, or a private JWK Set (RFC 7517 §5). `iat` of a member tells when it was
 * added, in seconds since the epoch, as in OpenID Federation 1.0. Throws ERR_KEY_FILE or ERR_KEY_TYPE.
 */
export function parseKeySet(
  text: string,
  about: { readonly algorithm: SigningAlgorithm; readonly from: string },
): KeySet {
  const { algorithm, from } = about
  // What is damaged, or fits nothing, is worded here; what comes after may rely on it.
  const { key, kid, others } = parsePrivateKey(text, about)
  const published = [publicJwk(key, algorithm, kid), ...others]
  requireDistinct(published, from)
  const own = jwksIn(text)?.flatMap((member) => {
    const jwk = published.find((one) => one.kid === kidOf(member) && one.alg === algorithm)
    if (!jwk || !('d' in member)) return []
    return [signingKey(createPrivateKey({ key: member, format: 'jwk' }), jwk, addedAt(member, from))]
  })
  return { own: own ?? published.slice(0, 1).map((jwk) => signingKey(key, jwk, -Infinity)), published }

  function signingKey(privateKey: KeyObject, jwk: PublicJwk, since: number): SigningKey {
    return { jwk, signer: localSigner(privateKey, algorithm, { kid: jwk.kid }), addedAt: since }
  }
}

function kidOf({ kid, ...jwk }: Readonly<Record<string, unknown>>): string {
  return typeof kid === 'string' && kid !== '' ? kid : thumbprint(jwk)
}

/**
 * The members of a JWK Set, or the one JWK, as they stand in a text that has been parsed without fault; undefined for any
 * other form of a key.
 */
export function jwksIn(text: string): readonly Readonly<Record<string, unknown>>[] | undefined {
  const json = parseJsonObject(plainText(text))
  if (!json) return undefined
  return typeof json['kty'] === 'string' ? [json] : (json['keys'] as Record<string, unknown>[])
}

/** When a JWK was added, milliseconds since the epoch. Throws ERR_KEY_FILE for what is no time. */
export function addedAt({ iat, kid }: Readonly<Record<string, unknown>>, from: string): number {
  if (iat === undefined) return -Infinity
  if (typeof iat === 'number' && iat >= 0 && iat <= latestSeconds) return iat * 1000
  const which = typeof kid === 'string' ? ` of the key ${kid.slice(0, 64)}` : ''
  throw new TokenError('ERR_KEY_FILE', `${from} holds a JWK Set in which iat${which} is no time`, {
    hint: 'Write seconds since the epoch, as date +%s prints them, or leave iat out for a key that was there always.',
  })
}

/** Beyond, somebody has written milliseconds. It is the year 5138. */
const latestSeconds = 1e11

/** The newest of the keys; of those that are equally old the first. */
export function newest<Key extends Pick<SigningKey, 'addedAt'>>(keys: readonly Key[]): Key | undefined {
  return keys.reduce<Key | undefined>((best, key) => (best && best.addedAt >= key.addedAt ? best : key), undefined)
}

/** The oldest of the keys; of those that are equally old the first. */
export function oldest<Key extends Pick<SigningKey, 'addedAt'>>(keys: readonly Key[]): Key | undefined {
  return keys.reduce<Key | undefined>((best, key) => (best && best.addedAt <= key.addedAt ? best : key), undefined)
}

/** Brokers choose the key by its `kid`. */
function requireDistinct(published: readonly PublicJwk[], from: string): void {
  const kids = published.map(({ kid }) => kid)
  const twice = kids.find((kid, index) => kids.indexOf(kid) !== index)
  if (twice === undefined) return
  throw new TokenError('ERR_KEY_FILE', `${from} holds two keys with the kid ${twice.slice(0, 64)}`, {
    hint: 'Give each its own kid, or none: then it is the thumbprint of the key (RFC 7638).',
  })
}
