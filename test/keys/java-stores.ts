import {
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  pbkdf2Sync,
  randomBytes,
  X509Certificate,
} from 'node:crypto'
import { der, integer, octets, oid, sequence } from '../fakes/der.ts'

/** A private key with its certificates, all PEM. */
export interface KeyEntry {
  readonly alias: string
  readonly key: string
  readonly chain: readonly string[]
}

export interface StoreEntries {
  readonly password: string
  readonly keys?: readonly KeyEntry[]
  /** Of the keys; default: that of the store. */
  readonly keyPassword?: string
  readonly trusted?: readonly string[]
}

export interface Pkcs12Entries extends StoreEntries {
  /** Certificates that belong to no key and are not marked as trusted. */
  readonly unmarked?: readonly string[]
  /** Default true; without both nothing is encrypted but keys. */
  readonly isEncrypted?: boolean
  readonly hasMac?: boolean
}

const iterations = 1_000

/** PKCS#12 (RFC 7292) as keytool of Java 17 writes it: PBES2 with AES-256, a MAC of HMAC-SHA256. */
export function pkcs12Store(entries: Pkcs12Entries): Buffer {
  const { password, keys = [], keyPassword = password, trusted = [], unmarked = [] } = entries
  const { isEncrypted = true, hasMac = true } = entries
  const keyBags = keys.map(({ alias, key }) => bag('0102', encrypted(derOfKey(key), keyPassword), [friendly(alias)]))
  const certificates = [
    ...keys.flatMap(({ alias, chain }) => chain.map((cert) => certBag(cert, [friendly(alias)]))),
    ...trusted.map((cert, index) => certBag(cert, [friendly(`ca${index}`), trustedUsage])),
    ...unmarked.map((cert) => certBag(cert, [])),
  ]
  const certContent = isEncrypted ? encryptedData(sequence(...certificates), password) : data(sequence(...certificates))
  const safe = sequence(data(sequence(...keyBags)), certContent)
  return sequence(integer(Buffer.from([3])), data(safe), ...(hasMac ? [mac(safe, password)] : []))
}

const pkcs12 = '2a864886f70d010c0a'
const friendlyName = '2a864886f70d010914'
const trustedUsage = sequence(oid('6086480186f966adca7b0101'), der(0x31, oid('551d2500')))

function bag(kind: string, value: Buffer, attributes: readonly Buffer[]): Buffer {
  return sequence(oid(pkcs12 + kind), der(0xa0, value), der(0x31, ...attributes))
}

function certBag(pem: string, attributes: readonly Buffer[]): Buffer {
  const certificate = der(0xa0, octets(new X509Certificate(pem).raw))
  return bag('0103', sequence(oid('2a864886f70d01091601'), certificate), attributes)
}

function friendly(alias: string): Buffer {
  return sequence(oid(friendlyName), der(0x31, der(0x1e, javaChars(alias))))
}

function data(content: Buffer): Buffer {
  return sequence(oid('2a864886f70d010701'), der(0xa0, octets(content)))
}

function encryptedData(content: Buffer, password: string): Buffer {
  const { algorithm, bytes } = sealed(content, password)
  const info = sequence(oid('2a864886f70d010701'), algorithm, der(0x80, bytes))
  return sequence(oid('2a864886f70d010706'), der(0xa0, sequence(integer(Buffer.from([0])), info)))
}

function encrypted(content: Buffer, password: string): Buffer {
  const { algorithm, bytes } = sealed(content, password)
  return sequence(algorithm, octets(bytes))
}

function sealed(content: Buffer, password: string): { algorithm: Buffer; bytes: Buffer } {
  const [salt, iv] = [randomBytes(20), randomBytes(16)]
  const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync(password, salt, iterations, 32, 'sha256'), iv)
  const hmacSha256 = sequence(oid('2a864886f70d0209'), der(0x05))
  const derivation = sequence(oid('2a864886f70d01050c'), sequence(octets(salt), number(iterations), hmacSha256))
  const algorithm = sequence(
    oid('2a864886f70d01050d'),
    sequence(derivation, sequence(oid('60864801650304012a'), octets(iv))),
  )
  return { algorithm, bytes: Buffer.concat([cipher.update(content), cipher.final()]) }
}

function mac(content: Buffer, password: string): Buffer {
  const salt = randomBytes(20)
  const digest = createHmac('sha256', macKey(password, salt)).update(content).digest()
  return sequence(
    sequence(sequence(oid('608648016503040201'), der(0x05)), octets(digest)),
    octets(salt),
    number(iterations),
  )
}

/** RFC 7292 appendix B.2, for a key as long as one digest of SHA-256: the first round is all of it. */
function macKey(password: string, salt: Buffer): Buffer {
  const filled = (bytes: Buffer): Buffer => Buffer.alloc(64 * Math.ceil(bytes.length / 64), bytes)
  const terminated = Buffer.concat([javaChars(password), Buffer.alloc(2)])
  let key = Buffer.concat([Buffer.alloc(64, 3), filled(salt), filled(terminated)])
  for (let round = 0; round < iterations; round++) key = createHash('sha256').update(key).digest()
  return key
}

/** JKS as keytool -storetype JKS writes it. */
export function jksStore({ password, keys = [], keyPassword = password, trusted = [] }: StoreEntries): Buffer {
  const body = Buffer.concat([
    Buffer.from('feedfeed', 'hex'),
    uint32(2),
    uint32(keys.length + trusted.length),
    ...keys.flatMap(({ alias, key, chain }) => [
      ...[uint32(1), javaText(alias), Buffer.alloc(8)],
      block(protectedKey(derOfKey(key), keyPassword)),
      uint32(chain.length),
      ...chain.flatMap(jksCertificate),
    ]),
    ...trusted.flatMap((cert, index) => [uint32(2), javaText(`ca${index}`), Buffer.alloc(8), ...jksCertificate(cert)]),
  ])
  return Buffer.concat([body, sha1(javaChars(password), Buffer.from('Mighty Aphrodite'), body)])
}

/** As KeyProtector of Sun. */
function protectedKey(key: Buffer, password: string): Buffer {
  const words = javaChars(password)
  const salt = randomBytes(20)
  const streams = [sha1(words, salt)]
  while (streams.length * 20 < key.length) streams.push(sha1(words, streams.at(-1) ?? salt))
  const stream = Buffer.concat(streams)
  const hidden = key.map((byte, index) => byte ^ (stream[index] ?? 0))
  const algorithm = sequence(oid('2b060104012a02110101'), der(0x05))
  return sequence(algorithm, octets(Buffer.concat([salt, hidden, sha1(words, key)])))
}

function jksCertificate(pem: string): Buffer[] {
  return [javaText('X.509'), block(new X509Certificate(pem).raw)]
}

function sha1(...parts: readonly Buffer[]): Buffer {
  return createHash('sha1').update(Buffer.concat(parts)).digest()
}

function derOfKey(pem: string): Buffer {
  return createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
}

function javaChars(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}

function javaText(text: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(Buffer.byteLength(text))
  return Buffer.concat([length, Buffer.from(text)])
}

function block(bytes: Buffer): Buffer {
  return Buffer.concat([uint32(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function number(value: number): Buffer {
  return integer(Buffer.from([value >> 8, value & 255]))
}
