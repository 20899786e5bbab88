import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { errorCode } from '../platform/error-code.ts'
import type { Platform } from '../platform/platform.ts'
import type { TokenError } from '../token/error.ts'
import type { Emit } from '../token/event.ts'
import { answerBrokenRequest } from './broken-request.ts'
import { ending } from './ending.ts'
import type { TlsFiles } from './tls/files.ts'

export interface ListenerOptions {
  /** `localhost` listens on 127.0.0.1 and on ::1. */
  readonly host: string
  /** 0 takes a free one, the same on all addresses. */
  readonly port: number
  /** Speaks HTTPS, TLS 1.2 and later. Certificate and key are read again when they change. Default: plain HTTP. */
  readonly tls?: TlsFiles | undefined
  /** Other processes may listen on the same port, and the system spreads connections (SO_REUSEPORT). Default false. */
  readonly reusePort?: boolean | undefined
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  /** Classes that the server makes its messages with; a framework brings its own. */
  readonly messages?: Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'>
  readonly platform: Platform
  readonly emit: Emit
  /** Hears of what never became a request. */
  readonly onRefusal?: (error: TokenError, from: string | undefined) => void
}

/** Servers that listen, on one port. */
export interface Listener {
  readonly port: number
  /** As in `http://127.0.0.1:14293`, one per address. */
  readonly urls: readonly string[]
  /** The one that clients on this host use: `http://localhost:14293` where that name leads here. */
  readonly url: string
  /** Whether its certificate says that it is called so; never without TLS. */
  readonly isCalled: (name: string) => boolean
  /**
   * Serves on, new connections too, but every answer says `Connection: close`, so that clients go elsewhere. Resolves after
   * `delayMs` milliseconds, or as soon as it is called again; up to 5 s later while connections queue for us.
   */
  drain(delayMs: number): Promise<void>
  /** Takes no more connections, lets answers in flight finish for `graceMs` milliseconds, then cuts. */
  close(graceMs: number): Promise<void>
}

type AnyServer = Server | SecureServer

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

/**
 * Rejects with what Node's `listen` rejects with, such as EADDRINUSE, or with a TokenError (ERR_KEY_*) when certificate and
 * key cannot be used.
 */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const maker = await serverMaker(options)
  try {
    return listenerOf(await openAll(maker.make, options), options, maker)
  } catch (error) {
    maker.close()
    throw error
  }
}

interface ServerMaker {
  readonly make: () => AnyServer
  readonly isCalled: (name: string) => boolean
  readonly close: () => void
}

async function serverMaker({
  handle,
  messages,
  onRefusal,
  tls,
  platform,
  emit,
}: ListenerOptions): Promise<ServerMaker> {
  const { backlog: _, ...serverLimits } = limits
  // Our own check of Host answers in words; Node's does not.
  const settings = { ...serverLimits, ...messages, requireHostHeader: false }
  if (!tls) return { make: () => createServer(settings, handle), isCalled: () => false, close: () => undefined }
  const { tlsContext, tlsFailures, tlsServer } = await import('./tls/server.ts')
  const context = await tlsContext(tls, platform, emit)
  const failures = tlsFailures({ platform, onRefusal })
  return {
    make: () => tlsServer({ handle, settings, context, failures }),
    isCalled: context.isFor,
    close: context.close,
  }
}

async function openAll(make: () => AnyServer, options: ListenerOptions): Promise<readonly AnyServer[]> {
  const { host, port: wanted, emit } = options
  if (host !== 'localhost') return [await open(make(), options, host, wanted)]
  // A port that is free on one address may be taken on the other.
  for (let attempt = 1; ; attempt++) {
    const ipv4 = await open(make(), options, '127.0.0.1', wanted)
    const { port } = ipv4.address() as AddressInfo
    try {
      return [ipv4, await open(make(), options, '::1', port)]
    } catch (error) {
      if (hasNoIpv6(error)) {
        emit({ type: 'warning', message: 'this host has no IPv6 loopback (::1): listening on 127.0.0.1 only' })
        return [ipv4]
      }
      ipv4.close()
      if (wanted !== 0 || attempt === 10) throw error
    }
  }
}

function open(
  server: AnyServer,
  { onRefusal, reusePort = false }: ListenerOptions,
  host: string,
  port: number,
): Promise<AnyServer> {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const { remoteAddress } = socket
    const broken = answerBrokenRequest(error, socket)
    if (broken) onRefusal?.(broken, remoteAddress)
  })
  const { promise, resolve, reject } = Promise.withResolvers<AnyServer>()
  const fail = (error: Error): void => {
    reject(reusePort && errorCode(error) === 'ENOTSUP' ? cannotSharePort(error) : error)
  }
  server.once('error', fail)
  server.listen({ host, port, backlog: limits.backlog, ...(reusePort && { reusePort }) }, () => {
    server.off('error', fail)
    server.on('error', () => undefined)
    resolve(server)
  })
  return promise
}

function listenerOf(
  servers: readonly AnyServer[],
  { host, platform, tls }: ListenerOptions,
  maker: ServerMaker,
): Listener {
  const scheme = tls ? 'https' : 'http'
  const addresses = servers.map((server) => server.address() as AddressInfo)
  const port = addresses[0]?.port ?? 0
  const urls = addresses.map(
    ({ address, family }) => `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
  )
  const isCalledLocalhost = ['localhost', '127.0.0.1', '0.0.0.0', '::'].includes(host)
  return {
    port,
    urls,
    url: isCalledLocalhost ? `${scheme}://localhost:${port}` : (urls[0] ?? ''),
    isCalled: maker.isCalled,
    ...ending(servers, platform, maker.close),
  }
}

function hasNoIpv6(error: unknown): boolean {
  return ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'].includes(errorCode(error))
}

/** MacOS and Windows, and Linux before 3.9. */
function cannotSharePort(cause: Error): Error {
  const words = 'this system cannot share a port between processes; leave listen.reusePort out'
  return Object.assign(cause, { message: words })
}
