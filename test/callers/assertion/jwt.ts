import { constants, createHmac, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

/** Keys of one test file: those of RSA take their time. */
export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
export const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
export const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
export const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
export const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey
export const ed25519 = generateKeyPairSync('ed25519').privateKey

/** What a test signs with: anything goes, as in the world. */
export interface JwtOptions {
  readonly key?: KeyObject
  readonly alg?: string
  readonly kid?: string | undefined
  /** Added to the header, or instead of it where it is text. */
  readonly header?: object | string
}

export function part(value: object | string): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

/** A JWT in compact form; claims that are text are taken as they are. */
export function jwt(
  claims: object | string,
  { key = rsa, alg = 'RS256', kid = 'one', header = {} }: JwtOptions = {},
): string {
  const top = typeof header === 'string' ? header : { alg, ...(kid && { kid }), ...header }
  const data = `${part(top)}.${part(claims)}`
  return `${data}.${signature(data, alg, key).toString('base64url')}`
}

export function signature(data: string, alg: string, key: KeyObject): Buffer {
  const hash = alg === 'EdDSA' ? null : `sha${alg.slice(2)}`
  return sign(hash, Buffer.from(data), {
    key,
    dsaEncoding: 'ieee-p1363',
    ...(alg.startsWith('PS') && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(alg.slice(2)) / 8 }),
  })
}

/** HS256 with a secret that everybody knows: the public key. */
export function confused(claims: object, key: KeyObject, format: 'pem' | 'der', kid = 'one'): string {
  const data = `${part({ alg: 'HS256', kid })}.${part(claims)}`
  const secret = createPublicKey(key).export({ type: 'spki', format } as { type: 'spki'; format: 'pem' })
  return `${data}.${createHmac('sha256', secret).update(data).digest('base64url')}`
}

export function publicJwk(key: KeyObject, more: object = {}): object {
  return { ...createPublicKey(key).export({ format: 'jwk' }), ...more }
}
