import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { errorCode } from '../platform/error-code.ts'
import type { Platform } from '../platform/platform.ts'
import { TokenError } from '../token/error.ts'
import type { Emit } from '../token/event.ts'
import { refusal } from './token-answer.ts'

export interface ListenerOptions {
  /** `localhost` listens on 127.0.0.1 and on ::1. */
  readonly host: string
  /** 0 takes a free one, the same on all addresses. */
  readonly port: number
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  /** Classes that the server makes its messages with; a framework brings its own. */
  readonly messages?: Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'>
  readonly platform: Platform
  readonly emit: Emit
  /** Hears of what never became a request. */
  readonly onRefusal?: (error: TokenError) => void
}

/** Servers that listen, on one port. */
export interface Listener {
  readonly port: number
  /** As in `http://127.0.0.1:14293`, one per address. */
  readonly urls: readonly string[]
  /** The one that clients on this host use: `http://localhost:14293` where that name leads here. */
  readonly url: string
  /** Takes no more connections, lets answers in flight finish for `graceMs` milliseconds, then cuts. */
  close(graceMs: number): Promise<void>
}

const limits = {
  // A thousand connections may open at once when a job starts; Node's 511 would drop half of them for a second.
  backlog: 4_096,
  maxHeaderSize: 16 * 1024,
  headersTimeout: 4_000,
  requestTimeout: 8_000,
  connectionsCheckingInterval: 500,
  // Longer than the idle time-out of common load balancers (60 s), so that they close first and no request is lost.
  keepAliveTimeout: 65_000,
}

export async function listen(options: ListenerOptions): Promise<Listener> {
  const { host, emit } = options
  if (host !== 'localhost') return listenerOf([await open(options, host, options.port)], options)
  // A port that is free on one address may be taken on the other.
  for (let attempt = 1; ; attempt++) {
    const ipv4 = await open(options, '127.0.0.1', options.port)
    const { port } = ipv4.address() as AddressInfo
    try {
      return listenerOf([ipv4, await open(options, '::1', port)], options)
    } catch (error) {
      if (hasNoIpv6(error)) {
        emit({ type: 'warning', message: 'this host has no IPv6 loopback (::1): listening on 127.0.0.1 only' })
        return listenerOf([ipv4], options)
      }
      ipv4.close()
      if (options.port !== 0 || attempt === 10) throw error
    }
  }
}

function open({ handle, messages, onRefusal }: ListenerOptions, host: string, port: number): Promise<Server> {
  const { backlog, ...serverLimits } = limits
  // Our own check of Host answers in words; Node's does not.
  const server = createServer({ ...serverLimits, ...messages, requireHostHeader: false }, handle)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    answerBrokenRequest(error, socket, onRefusal)
  })
  const { promise, resolve, reject } = Promise.withResolvers<Server>()
  server.once('error', reject)
  server.listen({ host, port, backlog }, () => {
    server.off('error', reject)
    server.on('error', () => undefined)
    resolve(server)
  })
  return promise
}

function listenerOf(servers: readonly Server[], { host, platform }: ListenerOptions): Listener {
  const addresses = servers.map((server) => server.address() as AddressInfo)
  const port = addresses[0]?.port ?? 0
  const urls = addresses.map(({ address, family }) => `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`)
  const isCalledLocalhost = ['localhost', '127.0.0.1', '0.0.0.0', '::'].includes(host)
  return {
    port,
    urls,
    url: isCalledLocalhost ? `http://localhost:${port}` : (urls[0] ?? ''),
    async close(graceMs) {
      const cut = platform.setTimer(() => {
        for (const server of servers) server.closeAllConnections()
      }, graceMs)
      // A connection that falls idle only after close() would be kept alive.
      const sweep = (): void => {
        for (const server of servers) server.closeIdleConnections()
        sweeping = platform.setTimer(sweep, 50)
      }
      let sweeping = platform.setTimer(sweep, 50)
      await Promise.all(servers.map(closed))
      cut.cancel()
      sweeping.cancel()
    },
  }
}

function closed(server: Server): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  server.close(() => {
    resolve(undefined)
  })
  return promise
}

/** What never became a request: too slow, too large, or not HTTP. */
function answerBrokenRequest(
  error: NodeJS.ErrnoException,
  socket: Socket,
  onRefusal: ListenerOptions['onRefusal'],
): void {
  // An answer that has begun would be garbled by another.
  const inFlight = (socket as Socket & { _httpMessage?: { headersSent: boolean } })._httpMessage
  if (!socket.writable || inFlight?.headersSent || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const broken = brokenRequest(error.code)
  onRefusal?.(broken)
  const { status, headers, body } = refusal(broken)
  const isLate = status === 408
  const lines = Object.entries({
    ...headers,
    'Content-Length': isLate ? '0' : headers['Content-Length'],
    Connection: 'close',
  })
  const head = lines.map(([name, value]) => `${name}: ${value ?? ''}\r\n`).join('')
  // Who was too slow to say who it is may be librdkafka, which must not get a body with a 408.
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${isLate ? '' : body}`)
}

function brokenRequest(code: string | undefined): TokenError {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new TokenError('ERR_REQUEST_HEADERS_TOO_LARGE', 'the request headers are too large')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new TokenError('ERR_REQUEST_TIMEOUT', 'the request did not arrive in time')
  return new TokenError('ERR_REQUEST_MALFORMED', 'the request is not HTTP/1.1')
}

function hasNoIpv6(error: unknown): boolean {
  return ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'].includes(errorCode(error))
}
