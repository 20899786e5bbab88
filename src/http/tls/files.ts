import { X509Certificate, type KeyObject } from 'node:crypto'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import { requirePrivateFile } from '../../keys/file-mode.ts'
import { keysIn } from '../../keys/found-key.ts'
import { pemBlocks, plainText } from '../../keys/pem.ts'
import { Secret } from '../../platform/secret.ts'
import type { FileContent } from '../../platform/watched-files.ts'
import { errorRow, TokenError, type ErrorCode } from '../../token/error.ts'

/** Paths of what a server proves itself with, all PEM. */
export interface TlsFiles {
  /** The certificate of the server first, then those between it and the CA. */
  readonly certFile: string
  /** Encrypted or not. */
  readonly keyFile: string
  readonly keyPassphraseFile?: string | undefined
  /** CA certificates that client certificates are verified by; without it none is asked for. */
  readonly clientCaFile?: string | undefined
}

/** Contents that belong together. */
export interface TlsMaterial {
  readonly context: SecureContextOptions
  /** The certificate of the server and those between it and the CA. */
  readonly chain: readonly X509Certificate[]
}

export type TlsContents = Readonly<Partial<Record<'cert' | 'key' | 'passphrase' | 'clientCa', FileContent>>>

const hints: Readonly<Partial<Record<ErrorCode, string>>> = {
  ERR_KEY_CERTIFICATE:
    'Name the certificate of this server in listen.tls.certFile, in PEM form: its own first, then those between it and the CA.',
  ERR_KEY_FILE: 'Name the private key of listen.tls.certFile in listen.tls.keyFile, in PEM form.',
  ERR_KEY_PASSPHRASE: 'Put the passphrase into a file and name that in listen.tls.keyPassphraseFile.',
}
const clientCaHint = 'Name the CA certificates of the clients in listen.tls.clientCaFile, in PEM form.'

export function unreadableTlsFile({ keyFile, keyPassphraseFile, clientCaFile }: TlsFiles) {
  return (path: string, problem: string): TokenError => {
    const code =
      path === keyFile ? 'ERR_KEY_FILE' : path === keyPassphraseFile ? 'ERR_KEY_PASSPHRASE' : 'ERR_KEY_CERTIFICATE'
    return tlsError(code, `cannot read ${path} (${problem})`, { isClientCa: path === clientCaFile })
  }
}

/** Throws ERR_KEY_CERTIFICATE, ERR_KEY_FILE, ERR_KEY_FILE_MODE or ERR_KEY_PASSPHRASE, naming the option under `listen.tls`. */
export function parseTlsFiles({ cert, key, passphrase, clientCa }: TlsContents): TlsMaterial {
  if (!cert || !key) throw tlsError('ERR_KEY_CERTIFICATE', 'the certificate or its key is missing')
  const chain = certificatesIn(cert, {})
  const privateKey = privateKeyIn(key, passphrase)
  requirePair(chain, privateKey, cert, key)
  const context: SecureContextOptions = {
    minVersion: 'TLSv1.2',
    cert: chain.join(''),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ...(clientCa && { ca: certificatesIn(clientCa, { isClientCa: true }).map(String) }),
  }
  try {
    createSecureContext(context)
  } catch (cause) {
    // Such as a key that is too short for TLS.
    const reason = cause instanceof Error && 'reason' in cause ? String(cause.reason) : 'it gives no reason'
    throw tlsError('ERR_KEY_CERTIFICATE', `OpenSSL does not take ${cert.path} with ${key.path}: ${reason}`, { cause })
  }
  return { context, chain }
}

function certificatesIn({ text, path }: FileContent, about: { readonly isClientCa?: boolean }): X509Certificate[] {
  const blocks = pemBlocks(plainText(text)).filter(({ label }) => /^(TRUSTED |X509 )?CERTIFICATE$/.test(label))
  if (blocks.length === 0) {
    const what = text.trim() === '' ? 'is empty' : 'holds no certificate in PEM form'
    throw tlsError('ERR_KEY_CERTIFICATE', `${path} ${what}`, about)
  }
  try {
    return blocks.map((block) => new X509Certificate(block.text))
  } catch (cause) {
    throw tlsError('ERR_KEY_CERTIFICATE', `${path} holds a damaged certificate`, { ...about, cause })
  }
}

function privateKeyIn(key: FileContent, passphrase: FileContent | undefined): KeyObject {
  requirePrivateFile(key.path, key.mode)
  if (passphrase) requirePrivateFile(passphrase.path, passphrase.mode)
  const secret = passphrase && new Secret(passphrase.text.replace(/^\uFEFF|[\r\n]+$/g, ''))
  const found = openedKey(key, secret)
  if (found?.type === 'private') return found
  throw tlsError('ERR_KEY_FILE', `${key.path} holds a public key, not a private one`)
}

/** Hints of the keys' room name options of profiles, unless they fit the very case. */
function openedKey({ text, path }: FileContent, passphrase: Secret | undefined): KeyObject | undefined {
  try {
    return keysIn(text, { from: path, passphrase })[0]?.key
  } catch (error) {
    if (!(error instanceof TokenError) || error.hint !== errorRow(error.code).hint) throw error
    throw tlsError(error.code, error.message, { cause: error })
  }
}

function requirePair(chain: readonly X509Certificate[], key: KeyObject, cert: FileContent, from: FileContent): void {
  if (chain[0]?.checkPrivateKey(key)) return
  const isLater = chain.some((certificate) => certificate.checkPrivateKey(key))
  throw tlsError(
    'ERR_KEY_CERTIFICATE',
    isLater
      ? `the certificate of the key in ${from.path} is not the first one in ${cert.path}`
      : `${cert.path} is not the certificate of the key in ${from.path}`,
  )
}

function tlsError(
  code: ErrorCode,
  message: string,
  { isClientCa = false, cause }: { readonly isClientCa?: boolean; readonly cause?: unknown } = {},
): TokenError {
  const hint = isClientCa ? clientCaHint : hints[code]
  return new TokenError(code, message, { cause, ...(hint !== undefined && { hint }) })
}
