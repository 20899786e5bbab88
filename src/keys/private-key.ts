import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { chmodSync, constants, copyFileSync, linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errorCode } from '../platform/error-code.ts'
import { TokenError } from '../token/error.ts'

/** JWS algorithms that Kafka names (KIP-1258); `alg` of RFC 7518. */
export type SigningAlgorithm = 'RS256' | 'ES256'

const smallestRsaBits = 2048

/** PEM (PKCS#8, PKCS#1, SEC1) → key that fits the algorithm. Throws ERR_KEY_FILE or ERR_KEY_TYPE, naming `from`. */
export function parsePrivateKey(pem: string, algorithm: SigningAlgorithm, from: string): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch (cause) {
    throw new TokenError('ERR_KEY_FILE', `${from} holds ${whatIsThere(pem)}`, { cause })
  }
  const details = key.asymmetricKeyDetails
  if (algorithm === 'RS256' && (key.asymmetricKeyType !== 'rsa' || (details?.modulusLength ?? 0) < smallestRsaBits)) {
    throw new TokenError('ERR_KEY_TYPE', `${from} holds ${describeKey(key)}, and RS256 was asked for`)
  }
  if (algorithm === 'ES256' && details?.namedCurve !== 'prime256v1') {
    throw new TokenError('ERR_KEY_TYPE', `${from} holds ${describeKey(key)}, and ES256 was asked for`)
  }
  return key
}

export function generatePrivateKey(algorithm: SigningAlgorithm): KeyObject {
  return algorithm === 'RS256'
    ? generateKeyPairSync('rsa', { modulusLength: smallestRsaBits }).privateKey
    : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

/** Reads the key in `file`; where there is no such file, makes a key and keeps it there, mode 0600. */
export function keptPrivateKey(file: string, algorithm: SigningAlgorithm): KeyObject {
  const found = readIfThere(file)
  if (found !== undefined) return parsePrivateKey(found, algorithm, file)
  const key = generatePrivateKey(algorithm)
  try {
    writeOnce(file, key.export({ type: 'pkcs8', format: 'pem' }) as string)
  } catch (cause) {
    throw new TokenError('ERR_KEY_FILE', `cannot write a new key to ${file} (${errorCode(cause)})`, {
      cause,
      hint: 'Name a file in a folder that the user of the sidecar may write, or create the key yourself.',
    })
  }
  // Another process may have been first; what stands in the file is the key.
  const kept = readIfThere(file)
  if (kept === undefined) throw new TokenError('ERR_KEY_FILE', `${file} is a link that leads nowhere`)
  return parsePrivateKey(kept, algorithm, file)
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined
    throw new TokenError('ERR_KEY_FILE', `cannot read ${file} (${errorCode(cause)})`, { cause })
  }
}

/** The file appears whole or not at all, and never replaces one that is there. */
function writeOnce(file: string, text: string): void {
  const folder = mkdtempSync(join(dirname(file), '.key-'))
  try {
    const draft = join(folder, 'key.pem')
    writeFileSync(draft, text, { mode: 0o600 })
    chmodSync(draft, 0o600)
    publishDraft(draft, file)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function publishDraft(draft: string, file: string): void {
  try {
    linkSync(draft, file)
  } catch (error) {
    // Some network and FUSE file systems know no hard links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errorCode(error))) throw error
    copyFileSync(draft, file, constants.COPYFILE_EXCL)
  }
}

function describeKey(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
  const detail = modulusLength ? ` of ${modulusLength} bits` : namedCurve ? ` on ${namedCurve}` : ''
  return `a key of type ${key.asymmetricKeyType ?? 'unknown'}${detail}`
}

function whatIsThere(pem: string): string {
  if (pem.trim() === '') return 'nothing: the file is empty'
  if (pem.includes('BEGIN CERTIFICATE')) return 'a certificate, not a private key'
  if (pem.includes('BEGIN PUBLIC KEY')) return 'a public key, not a private one'
  if (pem.includes('ENCRYPTED')) return 'an encrypted private key'
  return 'something that is not a private key in PEM form'
}
