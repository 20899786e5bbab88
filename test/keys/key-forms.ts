import { createCipheriv, createHash, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'
import type { SigningAlgorithm } from '../../src/keys/algorithm.ts'
import { certificateAuthority } from '../fakes/certificate-authority.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

/** One private key for each algorithm, new for each run. */
export const keyOf: Readonly<Record<SigningAlgorithm, KeyObject>> = {
  RS256: rsa,
  PS256: rsa,
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  EdDSA: generateKeyPairSync('ed25519').privateKey,
}

export const passphrase = 'correct horse: 3 €'

export function pkcs8(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string
}

export function spki(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }) as string
}

export function bare(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'der' }).toString('base64')
}

export function jwk(key: KeyObject): Record<string, unknown> {
  return key.export({ format: 'jwk' })
}

/** Every form of a private key that is in use: name, text, and whether the passphrase opens it. */
export function formsOf(key: KeyObject): readonly (readonly [name: string, text: string, isEncrypted: boolean])[] {
  const text = pkcs8(key)
  const encrypted = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }) as string
  const certificate = certificateAuthority().cert
  const own = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : key.asymmetricKeyType === 'ec' ? 'sec1' : undefined
  return [
    ['PKCS#8', text, false],
    ['PKCS#8 encrypted by PBES2', encrypted, true],
    ['PKCS#8 encrypted by PBES1 (PBE-SHA1-3DES)', pbes1(key, passphrase), true],
    ['bare base64 of PKCS#8', bare(key), false],
    ['bare base64 of PKCS#8 in lines', bare(key).replace(/.{64}/g, '$&\n'), false],
    ['bare base64 of encrypted PKCS#8', inside(encrypted), true],
    [
      'PEM behind attributes and before certificates',
      `Bag Attributes\n    localKeyID: 01 02\nKey: <No>\n${text}${certificate}`,
      false,
    ],
    ['PEM behind certificates', `${certificate}\nsubject=CN = a\n${text}`, false],
    ['PEM with a byte order mark and CRLF', `\uFEFF${text.replaceAll('\n', '\r\n')}`, false],
    ['encrypted PEM with CRLF', encrypted.replaceAll('\n', '\r\n'), true],
    ['PEM that is indented', text.replace(/^/gm, '    '), false],
    ['PEM in one long line', `-----BEGIN PRIVATE KEY-----\n${inside(text)}\n-----END PRIVATE KEY-----`, false],
    ['PEM whose line ends were written as \\n', text.replaceAll('\n', '\\n'), false],
    ['JWK', JSON.stringify(jwk(key)), false],
    [
      'JWK with a byte order mark',
      `\uFEFF${JSON.stringify(jwk(key), undefined, 2).replaceAll('\n', '\r\n')}\r\n`,
      false,
    ],
    ['JWK Set', JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }, jwk(key)] }), false],
    ...(own ? formsOf1990s(key, own) : []),
  ]
}

function formsOf1990s(key: KeyObject, type: 'pkcs1' | 'sec1'): readonly (readonly [string, string, boolean])[] {
  const text = key.export({ type, format: 'pem' }) as string
  const name = type === 'pkcs1' ? 'PKCS#1' : 'SEC1'
  const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n'
  return [
    [name, type === 'sec1' ? parameters + text : text, false],
    [`bare base64 of ${name}`, inside(text), false],
    ...(['aes-256-cbc', 'des-ede3-cbc'] as const).map((cipher) => {
      const encrypted = key.export({ type, format: 'pem', cipher, passphrase }) as string
      return [`${name} with Proc-Type, ${cipher}`, encrypted, true] as const
    }),
  ]
}

/** Base64 of a PEM block, in one line. */
export function inside(pem: string): string {
  return pem.replace(/-----[^-]+-----|\s/g, '')
}

/** `EncryptedPrivateKeyInfo` by pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 appendices B and C), which Node reads but does not write. */
export function pbes1(key: KeyObject, words: string): string {
  const salt = randomBytes(8)
  const iterations = 2048
  const derive = (id: number, length: number): Buffer => pkcs12Key(words, salt, iterations, id, length)
  const cipher = createCipheriv('des-ede3-cbc', derive(1, 24), derive(2, 8))
  const data = Buffer.concat([cipher.update(key.export({ type: 'pkcs8', format: 'der' })), cipher.final()])
  return encryptedPem('2a864886f70d010c0103', salt, iterations, data)
}

/** A key encrypted in a way that OpenSSL 3 has put away. Nobody ever opens it, so anything stands in it. */
export function outdated(identifier: string): string {
  return encryptedPem(identifier, randomBytes(8), 2048, randomBytes(160))
}

function encryptedPem(identifier: string, salt: Buffer, iterations: number, data: Buffer): string {
  const parameters = der(0x30, der(0x04, salt), der(0x02, Buffer.from([iterations >> 8, iterations & 255])))
  const algorithm = der(0x30, der(0x06, Buffer.from(identifier, 'hex')), parameters)
  const lines =
    der(0x30, algorithm, der(0x04, data))
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN ENCRYPTED PRIVATE KEY-----', ...lines, '-----END ENCRYPTED PRIVATE KEY-----', ''].join('\n')
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

/** RFC 7292 appendix B.2 with SHA-1. */
function pkcs12Key(words: string, salt: Buffer, iterations: number, id: number, length: number): Buffer {
  const block = 64
  const filled = (value: Buffer): Buffer => Buffer.alloc(Math.ceil(value.length / block) * block, value)
  const password = Buffer.from(`${words}\0`, 'utf16le').swap16()
  const input = Buffer.concat([filled(salt), filled(password)])
  let key = Buffer.alloc(0)
  while (key.length < length) {
    let digest = createHash('sha1').update(Buffer.alloc(block, id)).update(input).digest()
    for (let round = 1; round < iterations; round++) digest = createHash('sha1').update(digest).digest()
    key = Buffer.concat([key, digest])
    const addend = BigInt(`0x${Buffer.alloc(block, digest).toString('hex')}`) + 1n
    for (let at = 0; at < input.length; at += block) {
      const sum = BigInt(`0x${input.subarray(at, at + block).toString('hex')}`) + addend
      input.write(
        BigInt.asUintN(8 * block, sum)
          .toString(16)
          .padStart(2 * block, '0'),
        at,
        'hex',
      )
    }
  }
  return key.subarray(0, length)
}
