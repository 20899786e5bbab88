import type { ReadFile } from '../../platform/current-files.ts'
import type { TlsOptions } from '../../platform/outward-fetch.ts'
import type { Secret } from '../../platform/secret.ts'
import { requirePrivateFile } from '../file-mode.ts'
import { ownCertificate, trustedCertificates, type OwnCertificate } from './java-store.ts'
import { ownPem, trustedPem } from './pem-store.ts'

/** A trust store or key store: a file, or PEM that was written elsewhere. */
export type NamedStore = NamedFile | NamedText

export interface NamedFile {
  readonly file: string
  /** Otherwise PKCS#12 or JKS, whichever the file is. */
  readonly isPem: boolean
  /** Of PEM, where the key has a file of its own. */
  readonly keyFile?: string | undefined
  readonly password?: Secret | undefined
  readonly keyPassword?: Secret | undefined
}

export interface NamedText {
  /** The property, for messages. */
  readonly option: string
  readonly certificates: string
  readonly key?: Secret
  readonly keyPassword?: Secret | undefined
}

/**
 * Certificates to trust, and key and certificate of a client, as TLS wants them; what is absent is left out. Rejects with
 * ERR_KEY_STORE, ERR_KEY_FILE_MODE, or with what `read` rejects with. `warn` hears what may not be meant.
 */
export async function tlsFromStores(
  { trustStore, keyStore }: { readonly trustStore: NamedStore | undefined; readonly keyStore: NamedStore | undefined },
  read: ReadFile,
  warn: (message: string) => void,
): Promise<TlsOptions> {
  const ca = trustStore && (await trustIn(trustStore, read))
  const own = keyStore && (await certificateIn(keyStore, read))
  if (own && own.others > 0 && 'file' in keyStore) {
    warn(`${keyStore.file} holds ${own.others + 1} private keys with certificates; the first is used: ${own.alias}`)
  }
  return { ...(ca !== undefined && { ca }), ...(own && { cert: own.chain, key: own.key }) }
}

async function trustIn(store: NamedStore, read: ReadFile): Promise<string> {
  if ('option' in store) return trustedPem(store.certificates, { from: store.option })
  const { file, isPem, password } = store
  const { bytes } = await read(file)
  if (isPem) return trustedPem(bytes.toString(), { from: file })
  return trustedCertificates(bytes, { from: file, password, what: 'truststore' })
}

async function certificateIn(store: NamedStore, read: ReadFile): Promise<OwnCertificate> {
  const { keyPassword } = store
  if ('option' in store) {
    return ownPem({ key: store.key?.reveal() ?? '', chain: store.certificates }, { from: store.option, keyPassword })
  }
  const { file, isPem, keyFile = file, password } = store
  const { bytes, mode } = await read(keyFile)
  requirePrivateFile(keyFile, mode)
  if (!isPem) return ownCertificate(bytes, { from: file, password, keyPassword, what: 'keystore' })
  const chain = keyFile === file ? bytes : (await read(file)).bytes
  return ownPem({ key: bytes.toString(), chain: chain.toString() }, { from: file, keyFrom: keyFile, keyPassword })
}
