import type { TlsOptions } from './outward-fetch.ts'
import type { Platform } from './platform.ts'
import { watchedFiles, type WatchedFiles } from './watched-files.ts'

/** What we authenticate with at a peer, and what we know the peer by. */
export interface Bearer {
  readonly token: string | undefined
  /** The same object as long as the certificates are the same: connections are kept by it. */
  readonly tls: TlsOptions | undefined
}

export interface BearerFilesOptions {
  readonly platform: Pick<Platform, 'setTimer' | 'monotonicNow'>
  readonly tokenFile?: string | undefined
  /** Certificates in PEM form. */
  readonly caFile?: string | undefined
}

/** Bearer token (RFC 6750) and CA certificates in files, read at each use. Rejects with an Error in words that quotes nothing of them. */
export function bearerFiles({ platform, tokenFile, caFile }: BearerFilesOptions): WatchedFiles<Bearer> {
  let tls: TlsOptions | undefined
  return watchedFiles({
    platform,
    files: { token: tokenFile, ca: caFile },
    unreadable: (path, problem) => new Error(`cannot read ${path} (${problem})`),
    parse({ token, ca }) {
      const text = token?.text.trim()
      // A header with anything else in it is refused by the HTTP client, in words that quote it.
      if (token && !/^[\x21-\x7e]+$/.test(text ?? '')) throw new Error(`${token.path} holds no token`)
      if (ca && !ca.text.includes('-----BEGIN CERTIFICATE-----')) {
        throw new Error(`${ca.path} holds no certificate in PEM form`)
      }
      if (ca?.text !== tls?.ca) tls = ca && { ca: ca.text }
      return { token: text, tls }
    },
  })
}
