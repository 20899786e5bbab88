import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { chmodSync, constants, copyFileSync, linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errorCode } from '../platform/error-code.ts'
import { TokenError } from '../token/error.ts'
import { smallestRsaBits, type SigningAlgorithm } from './algorithm.ts'
import { parsePrivateKey } from './private-key.ts'

/** A new key for the algorithm; RSA of 2048 bits. */
export function generatePrivateKey(algorithm: SigningAlgorithm): KeyObject {
  switch (algorithm) {
    case 'RS256':
    case 'PS256':
      return generateKeyPairSync('rsa', { modulusLength: smallestRsaBits }).privateKey
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    case 'ES384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
    case 'EdDSA':
      return generateKeyPairSync('ed25519').privateKey
  }
}

/** Reads the key in `file`; where there is no such file, makes a key and keeps it there, mode 0600. */
export function keptPrivateKey(file: string, algorithm: SigningAlgorithm): KeyObject {
  const found = readIfThere(file)
  if (found !== undefined) return parsePrivateKey(found, { algorithm, from: file }).key
  writeNewKey(file, generatePrivateKey(algorithm))
  // Another process may have been first; what stands in the file is the key.
  const kept = readIfThere(file)
  if (kept === undefined) throw new TokenError('ERR_KEY_FILE', `${file} is a link that leads nowhere`)
  return parsePrivateKey(kept, { algorithm, from: file }).key
}

/** Writes the key as PKCS#8 PEM, mode 0600. False, and nothing is changed, when the file is there already. */
export function writeNewKey(file: string, key: KeyObject): boolean {
  try {
    writeOnce(file, key.export({ type: 'pkcs8', format: 'pem' }) as string)
    return true
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') return false
    throw new TokenError('ERR_KEY_FILE', `cannot write a new key to ${file} (${errorCode(cause)})`, {
      cause,
      hint: 'Name a file in a folder that the user of the sidecar may write, or create the key yourself.',
    })
  }
}

/** The text of a file, undefined where there is none. Throws ERR_KEY_FILE. */
export function readIfThere(file: string): string | undefined {
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
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Gives a draft its name. Throws EEXIST where the name is taken. */
export function publishDraft(draft: string, file: string): void {
  try {
    linkSync(draft, file)
  } catch (error) {
    // Some network and FUSE file systems know no hard links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errorCode(error))) throw error
    copyFileSync(draft, file, constants.COPYFILE_EXCL)
  }
}
