import { once } from 'node:events'
import { request, type RequestOptions } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { Duplex } from 'node:stream'
import { connect, type TLSSocket } from 'node:tls'

export interface SecureAnswer {
  readonly status: number
  readonly body: string
  readonly connection: string | undefined
  readonly protocol: string | null
  /** Tells one connection from another. */
  readonly clientPort: number | undefined
  /** PEM of what the server proved itself with. */
  readonly certificate: string
}

/** One request over TLS, on a connection of its own unless an agent is given. Rejects when the server is not trusted. */
export function askSecurely(port: number, options: RequestOptions): Promise<SecureAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<SecureAnswer>()
  const asked = request({ host: '127.0.0.1', port, agent: false, ...options }, (answer) => {
    const socket = answer.socket as unknown as TLSSocket
    const protocol = socket.getProtocol()
    const certificate = String(socket.getPeerX509Certificate())
    let body = ''
    answer.on('data', (chunk: Buffer) => (body += chunk.toString()))
    answer.on('end', () => {
      resolve({
        status: answer.statusCode ?? 0,
        body,
        connection: answer.headers.connection,
        protocol,
        clientPort: socket.localPort,
        certificate,
      })
    })
  })
  asked.on('error', reject)
  asked.end()
  return promise
}

/** The first message of a handshake of TLS 1.2, as any client sends it. */
export async function clientHello(): Promise<Buffer> {
  const sent = Promise.withResolvers<Buffer>()
  const wire = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      sent.resolve(chunk)
      done()
    },
  })
  const socket = connect({ socket: wire, maxVersion: 'TLSv1.2' }).on('error', () => undefined)
  const hello = await sent.promise
  socket.destroy()
  return hello
}

/** Begins a handshake and ends it by an alert (RFC 5246 §7.2), as a client does that dislikes the certificate. */
export async function refuseByAlert(port: number, alert: number): Promise<void> {
  const hello = await clientHello()
  const socket = connectPlain(port, '127.0.0.1').on('error', () => undefined)
  socket.write(hello)
  await once(socket, 'data')
  socket.write(Buffer.from([0x15, 3, 3, 0, 2, 2, alert]))
  socket.resume()
  await once(socket, 'close')
}
