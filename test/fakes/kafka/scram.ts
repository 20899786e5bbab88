import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a server keeps of a password (RFC 5802 §3). */
export interface ScramCredential {
  readonly salt: Buffer
  readonly iterations: number
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

export interface ScramHash {
  readonly name: 'sha256' | 'sha512'
  readonly bytes: number
}

export const scramHashes: Readonly<Record<string, ScramHash>> = {
  'SCRAM-SHA-256': { name: 'sha256', bytes: 32 },
  'SCRAM-SHA-512': { name: 'sha512', bytes: 64 },
}

export function scramCredential(hash: ScramHash, password: string, iterations = 4096): ScramCredential {
  const salt = randomBytes(24)
  const salted = pbkdf2Sync(password, salt, iterations, hash.bytes, hash.name)
  const storedKey = createHash(hash.name)
    .update(hmac(hash, salted, 'Client Key'))
    .digest()
  return { salt, iterations, storedKey, serverKey: hmac(hash, salted, 'Server Key') }
}

export interface ClientFirst {
  readonly username: string
  readonly authorizationId: string
  readonly nonce: string
  /** `tokenauth=true` (KIP-48). */
  readonly tokenAuth: boolean
  /** As Kafka puts it together again: reserved attributes are lost. */
  readonly bare: string
}

/** As the patterns in ScramMessages of Kafka have it: US-ASCII, no channel binding. Undefined: something else. */
export function clientFirst(message: string): ClientFirst | undefined {
  const found = firstPattern.exec(message)?.groups
  if (!found) return undefined
  const { authzid = '', saslname = '', nonce = '', extensions = '' } = found
  const tokenAuth = extensions.split(',').some((one) => /^tokenauth=true$/i.test(one))
  const username = saslname.replaceAll('=2C', ',').replaceAll('=3D', '=')
  return { username, authorizationId: authzid, nonce, tokenAuth, bare: `n=${saslname},r=${nonce}${extensions}` }
}

/** The end of an exchange: what proves the server, or undefined where the client has not proven that it has the password. */
export function serverFinal(
  hash: ScramHash,
  credential: ScramCredential,
  { first, serverFirst, nonce, final }: { first: ClientFirst; serverFirst: string; nonce: string; final: string },
): string | undefined {
  const found = finalPattern.exec(final)?.groups
  if (!found || found['nonce'] !== nonce) return undefined
  const { channel = '', proof = '' } = found
  const authMessage = `${first.bare},${serverFirst},c=${channel},r=${nonce}`
  const signature = hmac(hash, credential.storedKey, authMessage)
  const proven = Buffer.from(proof, 'base64')
  if (proven.length !== signature.length) return undefined
  const clientKey = signature.map((byte, index) => byte ^ (proven[index] ?? 0))
  if (!timingSafeEqual(createHash(hash.name).update(clientKey).digest(), credential.storedKey)) return undefined
  return `v=${hmac(hash, credential.serverKey, authMessage).toString('base64')}`
}

function hmac(hash: ScramHash, key: Buffer, text: string): Buffer {
  return createHmac(hash.name, key).update(text).digest()
}

const saslname = String.raw`(?:[\x01-\x2b\x2d-\x3c\x3e-\x7f]|=2C|=3D)+`
const value = String.raw`[\x01-\x2b\x2d-\x7f]+`
const printable = String.raw`[\x21-\x2b\x2d-\x7e]+`
const base64 = '(?:[a-zA-Z0-9/+]{4})*(?:[a-zA-Z0-9/+]{3}=|[a-zA-Z0-9/+]{2}==)?'
const extensions = `(?:,[A-Za-z]+=${value})*`

const firstPattern = new RegExp(
  `^n,(?:a=(?<authzid>${saslname}))?,(?:m=${value},)?n=(?<saslname>${saslname}),r=(?<nonce>${printable})(?<extensions>${extensions})$`,
)
const finalPattern = new RegExp(`^c=(?<channel>${base64}),r=(?<nonce>${printable})${extensions},p=(?<proof>${base64})$`)
