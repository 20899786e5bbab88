import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { errorCode } from '../../platform/error-code.ts'
import type { PeerCertificate } from '../caller.ts'
import { dnOfSubject } from './distinguished-name.ts'

const known = new WeakMap<TLSSocket, { readonly certificate: PeerCertificate | undefined }>()

/** The client certificate of a connection, read once for all of its requests. Undefined where the client has sent none. */
export function peerCertificateOf(socket: TLSSocket): PeerCertificate | undefined {
  const found = known.get(socket)
  if (found) return found.certificate
  const x509 = socket.getPeerX509Certificate()
  const certificate = x509 && described(x509, socket)
  known.set(socket, { certificate })
  return certificate
}

function described(x509: X509Certificate, socket: TLSSocket): PeerCertificate {
  const names = alternativeNames(x509.subjectAltName ?? '')
  return {
    subjectDn: dnOfSubject(x509.subject),
    sanDns: names?.filter(({ type }) => type === 'DNS').map(({ name }) => name) ?? [],
    sanUris: names?.filter(({ type }) => type === 'URI').map(({ name }) => name) ?? [],
    problem: problemOf(socket) ?? (names ? undefined : 'its subject alternative names cannot be read'),
  }
}

interface AlternativeName {
  readonly type: string
  readonly name: string
}

/**
 * Takes `DNS:a.example, URI:"spiffe://a/\u002c"` apart, as Node writes subject alternative names. What could be taken for
 * several names stands in quotes since CVE-2021-44532; a text that is not all of this form is not read at all.
 */
export function alternativeNames(text: string): readonly AlternativeName[] | undefined {
  const names: AlternativeName[] = []
  const pattern = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, (?=.)|$)/sy
  while (pattern.lastIndex < text.length) {
    const [, type = '', value] = pattern.exec(text) ?? []
    const name = value?.startsWith('"') ? quoted(value) : value
    if (name === undefined) return undefined
    names.push({ type, name })
  }
  return names
}

function quoted(text: string): string | undefined {
  try {
    return String(JSON.parse(text))
  } catch {
    return undefined
  }
}

const words: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_REVOKED: 'it is revoked',
  CERT_SIGNATURE_FAILURE: 'its signature is wrong: its CA has another key here',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  INVALID_PURPOSE: 'it is not for clients (extendedKeyUsage clientAuth)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its CA is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'its CA is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its CA is not trusted here, or an intermediate certificate is not sent along',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its CA is not trusted here, or an intermediate certificate is not sent along',
}

/** Node lets an untrusted client in when the server asks it to, and tells why it is not trusted. */
function problemOf(socket: TLSSocket): string | undefined {
  if (socket.authorized) return undefined
  // Declared as an Error, but on a server it is the code of one.
  const error: unknown = socket.authorizationError
  const code = error instanceof Error ? errorCode(error) : error
  if (typeof code !== 'string') return 'it was not verified'
  return Object.hasOwn(words, code) ? words[code] : code
}
