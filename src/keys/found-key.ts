import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { errorCode } from '../platform/error-code.ts'
import { parseJsonObject } from '../platform/json-object.ts'
import type { Secret } from '../platform/secret.ts'
import { TokenError } from '../token/error.ts'
import { algorithmsOf, isWhole } from './algorithm.ts'
import { foreignForm } from './foreign-form.ts'
import { derOf, pemBlock, pemBlocks, plainText, type PemBlock } from './pem.ts'

/** Where a key comes from and how it is opened. */
export interface KeyOrigin {
  /** What the text was read from, for messages; most often a path. */
  readonly from: string
  /** Opens an encrypted key; not used for others. */
  readonly passphrase?: Secret | undefined
}

/** A private or public key, and what a JWK says about it (RFC 7517 §4). */
export interface FoundKey {
  readonly key: KeyObject
  readonly kid?: string
  readonly alg?: string
  readonly isForSigning: boolean
}

const privateLabels = ['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY']
const publicLabels = ['PUBLIC KEY', 'RSA PUBLIC KEY']

/**
 * The keys in a text: PEM (PKCS#8, PKCS#1, SEC1; encrypted or not; among other things or not), bare base64 of these, JWK or
 * JWK Set. Of PEM the first private key, or else the first public one. Throws ERR_KEY_FILE or ERR_KEY_PASSPHRASE.
 */
export function keysIn(text: string, origin: KeyOrigin): readonly FoundKey[] {
  const plain = plainText(text)
  if (plain.trimStart().startsWith('{')) return jwksIn(plain, origin.from)
  const blocks = pemBlocks(plain)
  const closed = blocks.find(({ label }) => privateLabels.includes(label)) ?? bareBlock(plain)
  if (closed) return [{ key: opened(closed, origin), isForSigning: true }]
  const open = blocks.find(({ label }) => publicLabels.includes(label))
  if (open) return [{ key: readOr(() => createPublicKey(open.text), open, origin.from), isForSigning: true }]
  throw notAKey(plain, origin.from)
}

/** The error for a text that holds no key. */
function notAKey(text: string, from: string): TokenError {
  const { what, hint } = foreignForm(text, from)
  return new TokenError('ERR_KEY_FILE', `${from} holds ${what}`, hint === undefined ? {} : { hint })
}

/** Base64 with nothing around it, as Kafka takes it too. */
function bareBlock(text: string): PemBlock | undefined {
  const der = derOf(text)
  if (!der) return undefined
  const isEncrypted = /06092a864886f70d0105|060a2a864886f70d010c01/.test(der.toString('hex', 0, 40))
  if (isEncrypted) return pemBlock('ENCRYPTED PRIVATE KEY', text)
  return ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY']
    .map((label) => pemBlock(label, text))
    .find((candidate) => {
      try {
        createPrivateKey(candidate.text)
        return true
      } catch {
        return false
      }
    })
}

function opened(block: PemBlock, { from, passphrase }: KeyOrigin): KeyObject {
  if (!block.isEncrypted) return readOr(() => createPrivateKey(block.text), block, from)
  const words = passphrase?.reveal() ?? ''
  if (words === '') {
    throw new TokenError(
      'ERR_KEY_PASSPHRASE',
      `${from} holds an encrypted private key, and there is no passphrase for it`,
    )
  }
  try {
    return createPrivateKey({ key: block.text, passphrase: words })
  } catch (cause) {
    if (errorCode(cause) === 'ERR_OSSL_EVP_UNSUPPORTED') throw outdated(block, from, cause)
    throw new TokenError('ERR_KEY_PASSPHRASE', `the passphrase does not open the private key in ${from}`, {
      cause,
      hint: 'Correct the passphrase: every character counts, also spaces at its end.',
    })
  }
}

/** OpenSSL 3 has put DES, RC2 and RC4 away; Node does not bring them. */
function outdated({ cipher }: PemBlock, from: string, cause: unknown): TokenError {
  const by = cipher ?? 'an outdated cipher'
  return new TokenError(
    'ERR_KEY_FILE',
    `${from} holds a private key encrypted by ${by}, which OpenSSL 3 no longer reads`,
    {
      cause,
      hint: `Encrypt it anew: openssl pkcs8 -provider legacy -provider default -topk8 -v2 aes-256-cbc -in ${from} -out new.pem`,
    },
  )
}

function readOr(read: () => KeyObject, { label }: PemBlock, from: string): KeyObject {
  try {
    return read()
  } catch (cause) {
    throw new TokenError('ERR_KEY_FILE', `${from} holds a damaged block of PEM (${label})`, {
      cause,
      hint: 'Copy the key again, from the line -----BEGIN to the line -----END, without changing its lines.',
    })
  }
}

function jwksIn(text: string, from: string): readonly FoundKey[] {
  const json = parseJsonObject(text)
  const isKey = typeof json?.['kty'] === 'string'
  const members: unknown = isKey ? [json] : json?.['keys']
  if (!Array.isArray(members)) throw notAKey(text, from)
  const found = members.flatMap((member: unknown) => jwkKey(member, from))
  if (found.length > 0) return found
  throw new TokenError(
    'ERR_KEY_FILE',
    `${from} holds ${isKey ? `a JWK of type ${String(json['kty'])}, not a private key` : 'a JWK Set without a private key'}`,
  )
}

/** Types that this product has no use for, such as `oct`, may stand in a JWK Set; a broken key may not. */
function jwkKey(member: unknown, from: string): FoundKey[] {
  if (typeof member !== 'object' || member === null) throw brokenJwk('a member', from)
  const jwk = member as Record<string, unknown>
  const { kty, kid, alg, use, key_ops: operations } = jwk
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return []
  const read = 'd' in jwk ? createPrivateKey : createPublicKey
  let key: KeyObject
  try {
    key = read({ key: jwk, format: 'jwk' })
  } catch {
    // Without its cause: nothing that was said about the members of a private key is passed on.
    throw brokenJwk(`the ${kty} key`, from)
  }
  const [algorithm] = algorithmsOf(key)
  if (algorithm && key.type === 'private' && !isWhole(key, algorithm)) throw brokenJwk(`the ${kty} key`, from)
  const isForSigning = use !== 'enc' && (!Array.isArray(operations) || /sign|verify/.test(operations.join()))
  return [
    {
      key,
      isForSigning,
      ...(typeof kid === 'string' && kid !== '' && { kid }),
      ...(typeof alg === 'string' && { alg }),
    },
  ]
}

function brokenJwk(which: string, from: string): TokenError {
  return new TokenError('ERR_KEY_FILE', `${from} holds JSON Web Keys, and ${which} in it is incomplete or damaged`, {
    hint: 'A private JWK needs kty RSA with n, e, d, p, q, dp, dq and qi, kty EC with crv, x, y and d, or kty OKP with crv, x and d.',
  })
}
