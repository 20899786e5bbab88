import { createPrivateKey, X509Certificate } from 'node:crypto'
import { requirePrivateFile } from '../../keys/file-mode.ts'
import type { TlsOptions } from '../../platform/outward-fetch.ts'
import { watchedFiles, type WatchedFiles } from '../../platform/watched-files.ts'
import { TokenError } from '../../token/error.ts'
import type { SourceWorld } from '../source-kind.ts'
import type { ProviderSettings } from './options.ts'
import { reloadEvents } from '../../token/reload-events.ts'

/** CA, client certificate and key towards a provider, read again when they change. */
export function tlsFiles(
  { caFile, certFile, keyFile }: NonNullable<ProviderSettings['tls']>,
  world: SourceWorld,
): WatchedFiles<TlsOptions> {
  return watchedFiles({
    platform: world.platform,
    files: { ca: caFile, cert: certFile, key: keyFile },
    required: true,
    ...reloadEvents(world, 'a TLS file'),
    unreadable: (path, problem) =>
      new TokenError(path === keyFile ? 'ERR_KEY_FILE' : 'ERR_KEY_CERTIFICATE', `cannot read ${path} (${problem})`, {
        hint: path === caFile ? caHint : path === keyFile ? keyHint : certHint,
      }),
    parse({ ca, cert, key }): TlsOptions {
      if (ca) parseCertificate(ca, caHint)
      if (cert && key) requirePair(cert, key)
      return { ...(ca && { ca: ca.text }), ...(cert && { cert: cert.text }), ...(key && { key: key.text }) }
    },
  })
}

const caHint = 'Name the CA certificates that the provider is trusted by with tls.caFile (--tls-ca-file), in PEM form.'
const certHint = 'Name the client certificate with tls.certFile (--tls-cert-file), in PEM form.'
const keyHint =
  'Name the key of the client certificate with tls.keyFile (--tls-key-file), in PEM form and not encrypted.'

function parseCertificate({ text, path }: PemFile, hint: string): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch (cause) {
    throw new TokenError('ERR_KEY_CERTIFICATE', `${path} holds no certificate in PEM form`, { cause, hint })
  }
}

interface PemFile {
  readonly path: string
  readonly text: string
  readonly mode: number
}

function requirePair(cert: PemFile, key: PemFile): void {
  requirePrivateFile(key.path, key.mode)
  const certificate = parseCertificate(cert, certHint)
  let belongs: boolean
  try {
    belongs = certificate.checkPrivateKey(createPrivateKey(key.text))
  } catch (cause) {
    throw new TokenError('ERR_KEY_FILE', `${key.path} holds no private key in PEM form that is not encrypted`, {
      cause,
      hint: keyHint,
    })
  }
  if (belongs) return
  throw new TokenError('ERR_KEY_CERTIFICATE', `${cert.path} is not the certificate of the key in ${key.path}`)
}
