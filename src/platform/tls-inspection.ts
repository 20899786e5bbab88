import { isIP } from 'node:net'
import { checkServerIdentity, connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { errorCode } from './error-code.ts'
import type { SocketTls } from './outward-socket.ts'

export interface TlsInspectionOptions {
  readonly host: string
  readonly port: number
  /** Whom to trust; a client certificate is not shown. */
  readonly tls: Pick<SocketTls, 'ca'>
  readonly signal: AbortSignal
}

/** A certificate as a server shows it: nothing in it is trusted. */
export interface ShownCertificate {
  readonly subject: string
  readonly issuer: string
  /** DNS names and addresses that it is for. */
  readonly names: readonly string[]
  readonly validFrom: number
  readonly validTo: number
  readonly isSelfSigned: boolean
}

export interface ShownTls {
  /** As in `TLSv1.3`. */
  readonly protocol: string
  /** That of the server first. */
  readonly chain: readonly ShownCertificate[]
  /** Why the chain is not trusted, as Node names it: `CERT_HAS_EXPIRED`. */
  readonly distrust?: string
  /** It is for other names than the one that was asked. */
  readonly isForOtherName: boolean
}

/** Resolves with what is shown, whether trusted or not. Rejects where there is no handshake at all, or with the signal's reason. */
export type TlsInspection = (options: TlsInspectionOptions) => Promise<ShownTls>

const longestChain = 10

export const inspectTls: TlsInspection = async ({ host, port, tls, signal }) => {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const socket = connect({
    host,
    port,
    // Looked at, and nothing is sent: who may be trusted is what is to be found out.
    rejectUnauthorized: false,
    ...(isIP(host) === 0 && { servername: host }),
    ...(tls.ca !== undefined && { ca: tls.ca, allowPartialTrustChain: true }),
    checkServerIdentity: () => undefined,
  })
  const onAbort = (): void => {
    reject(signal.reason)
  }
  signal.addEventListener('abort', onAbort)
  socket.on('error', reject)
  socket.on('close', () => {
    reject(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }))
  })
  socket.once('secureConnect', () => {
    resolve(undefined)
  })
  try {
    await promise
    return shownBy(socket, host)
  } finally {
    signal.removeEventListener('abort', onAbort)
    socket.destroy()
  }
}

function shownBy(socket: TLSSocket, host: string): ShownTls {
  const own = socket.getPeerCertificate(true)
  const error: unknown = socket.authorizationError
  const distrust = error instanceof Error ? errorCode(error) : (error as string | undefined)
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    chain: chainOf(own).map(shown),
    ...(distrust && { distrust }),
    isForOtherName: checkServerIdentity(host, own) !== undefined,
  }
}

/** A root is its own issuer; a chain that is not whole ends without one. */
function chainOf(own: DetailedPeerCertificate): readonly DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = []
  let next: DetailedPeerCertificate | undefined = own
  while (next && chain.length < longestChain && !chain.some((one) => one.fingerprint256 === next?.fingerprint256)) {
    chain.push(next)
    next = (next as Partial<DetailedPeerCertificate>).issuerCertificate
  }
  return chain
}

function shown({ subject, issuer, subjectaltname, valid_from, valid_to }: DetailedPeerCertificate): ShownCertificate {
  const [ours, theirs] = [nameIn(subject), nameIn(issuer)]
  return {
    subject: ours,
    issuer: theirs,
    names: namesIn(subjectaltname),
    validFrom: Date.parse(valid_from),
    validTo: Date.parse(valid_to),
    isSelfSigned: JSON.stringify(subject) === JSON.stringify(issuer),
  }
}

/** Nothing in it is trusted, and a terminal must not be told what to do. */
function nameIn({ CN, O }: Partial<DetailedPeerCertificate['issuer']> = {}): string {
  const name = [CN, O].flat().find((text) => typeof text === 'string' && text !== '')
  return printable(name ?? 'a certificate without a name')
}

const mostNames = 20

function namesIn(alternatives = ''): readonly string[] {
  const entries = alternatives.split(/, /).map((entry) => /^(?:DNS|IP Address):(.*)$/.exec(entry)?.[1] ?? '')
  return entries
    .filter((name) => name !== '')
    .slice(0, mostNames)
    .map(printable)
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '').slice(0, 100)
}
