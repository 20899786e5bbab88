import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type PeerCertificate, type TLSSocket } from 'node:tls'

/** PEM. With `requestCert` a client needs a certificate that `ca` has signed, and is its subject. */
export interface ListenerTls {
  readonly key: string
  readonly cert: string
  readonly ca?: string
  readonly requestCert?: boolean
}

export interface SocketListener {
  readonly port: number
  /** Connections that are open now. */
  readonly open: number
  /** Cuts the connections, and refuses new ones until `start()`, which is on the same port. */
  stop(): Promise<void>
  start(): Promise<void>
  cut(): void
}

/** A TCP server on loopback that hands on each connection, with TLS when its handshake is done. */
export async function socketListener(options: {
  readonly tls?: ListenerTls | undefined
  readonly accept: (socket: Socket) => void
  /** Hears of each connection, before any handshake. */
  readonly opened: () => void
}): Promise<SocketListener> {
  const { tls, accept, opened } = options
  const sockets = new Set<Socket>()
  const server: Server = tls
    ? createTlsServer({ ...tls, noDelay: true, rejectUnauthorized: tls.requestCert ?? false }, accept)
    : createServer({ noDelay: true }, accept)
  server.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy())
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    opened()
  })

  function listen(port: number): Promise<void> {
    return new Promise((done, failed) => {
      server.once('error', failed).listen(port, '127.0.0.1', () => {
        server.off('error', failed)
        done()
      })
    })
  }

  function cut(): void {
    sockets.forEach((socket) => socket.destroy())
  }

  await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    port,
    get open() {
      return sockets.size
    },
    cut,
    async start() {
      if (!server.listening) await listen(port)
    },
    async stop() {
      if (!server.listening) return
      const closed = new Promise((done) => server.close(done))
      cut()
      await closed
    },
  }
}

/** Subject of the client's certificate, as Kafka's default `ssl.principal.mapping.rules` has it. */
export function certificateSubject(socket: Socket): string | undefined {
  if (!('getPeerCertificate' in socket)) return undefined
  const { subject } = (socket as TLSSocket).getPeerCertificate() as Partial<PeerCertificate>
  return subject && `CN=${[subject.CN].flat().join()}`
}
