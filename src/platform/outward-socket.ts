import { connect as connectTcp, isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { certificateIssuer } from './certificate-issuer.ts'
import { errorCode } from './error-code.ts'
import type { TlsOptions } from './outward-fetch.ts'

/** Client side TLS of a socket; what is absent is Node's default. */
export interface SocketTls extends TlsOptions {
  /** Of the key. */
  readonly passphrase?: string
  /** False: any name in the certificate is taken, as with an empty `ssl.endpoint.identification.algorithm`. */
  readonly checksName?: boolean
}

export interface OutwardSocketOptions {
  readonly host: string
  readonly port: number
  /** Undefined: without TLS. */
  readonly tls?: SocketTls | undefined
  /** Required: every outward call has a deadline of ours. */
  readonly signal: AbortSignal
}

/** Resolves when it is connected, with TLS when the handshake is done. Rejects with what Node says, or the signal's reason. */
export type OutwardConnect = (options: OutwardSocketOptions) => Promise<Duplex>

// Node tries each address for 250 ms and gives up on hosts that are merely far away.
const addressAttemptMs = 2_000
const untrustedCodes = /SELF_SIGNED|UNABLE_TO|CERT_HAS_EXPIRED/

/**
 * A socket that does not keep the process alive once it is connected. An error for a certificate that is not trusted says in
 * `certificateIssuer` who issued it.
 */
export const outwardConnect: OutwardConnect = async ({ host, port, tls, signal }) => {
  signal.throwIfAborted()
  const address = { host, port, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: addressAttemptMs }
  const socket = tls ? connectTls({ ...address, ...secured(host, tls) }) : connectTcp(address)
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const onAbort = (): void => {
    reject(signal.reason)
  }
  const onClose = (): void => {
    reject(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }))
  }
  signal.addEventListener('abort', onAbort)
  socket.on('error', reject)
  socket.on('close', onClose)
  socket.once(tls ? 'secureConnect' : 'connect', () => {
    resolve(socket)
  })
  try {
    await promise
    return socket.setNoDelay().unref()
  } catch (error) {
    socket.destroy()
    throw signal.aborted ? error : await withIssuer(error, host, port)
  } finally {
    signal.removeEventListener('abort', onAbort)
    socket.off('error', reject)
    socket.off('close', onClose)
    // Between the listener here and the next owner's, and after a failure that has been told.
    socket.on('error', () => undefined)
  }
}

function secured(host: string, { ca, cert, key, passphrase, checksName = true }: SocketTls) {
  return {
    ...(isIP(host) === 0 && { servername: host }),
    // As in Java, each certificate that is named is trusted, also one that is no root.
    ...(ca !== undefined && { ca, allowPartialTrustChain: true }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
    ...(!checksName && { checkServerIdentity: () => undefined }),
  }
}

async function withIssuer(error: unknown, host: string, port: number): Promise<unknown> {
  if (!(error instanceof Error) || !untrustedCodes.test(errorCode(error))) return error
  const url = new URL(`https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`)
  return Object.assign(error, { certificateIssuer: await certificateIssuer(url) })
}
