import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { TLSSocket, type PeerCertificate } from 'node:tls'

/** One request as it arrived. */
export interface Call {
  readonly method: string
  /** Without query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly host: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly at: number
  /** Common name of the certificate that the client showed, with `requestCert`. */
  readonly client?: string
}

/** What goes wrong instead of the answer. `hang`: nothing ever comes; `stall`: half a body; `reset`: the connection breaks. */
export type Fault = 'hang' | 'stall' | 'reset' | Answer

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON. */
  readonly body?: unknown
}

export type Handler = (call: Call) => Answer

export interface ScriptedServer {
  readonly port: number
  /** `127.0.0.1:port` */
  readonly host: string
  readonly origin: string
  readonly calls: readonly Call[]
  callsTo(path: string): readonly Call[]
  /** Calls whose path contains `path` meet `fault`, until `heal()`; the one set last counts. */
  fail(path: string, fault: Fault): void
  heal(): void
  /** Each answer comes so much later, in milliseconds. */
  delay(delayMs: number): void
  close(): Promise<void>
  /** Starts to listen again, on the same port, after `close()`. */
  reopen(): Promise<void>
}

export interface ScriptedServerOptions {
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string; readonly requestCert?: boolean }
  /** Added to every answer that comes from the handler, and to answers of faults unless they say otherwise. */
  readonly headers?: Readonly<Record<string, string>>
  readonly port?: number
}

/** A real HTTP server on loopback that keeps a log and can be told to fail. */
export async function scriptedServer(handler: Handler, options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
  const calls: Call[] = []
  const faults: { path: string; fault: Fault }[] = []
  const sockets = new Set<Socket>()
  let delayMs = 0

  const listener: RequestListener = (request, response) => {
    void read(request).then((call) => {
      calls.push(call)
      const fault = faults.findLast(({ path }) => call.path.includes(path))?.fault
      if (fault === 'hang') return
      if (fault === 'reset') return request.socket.destroy()
      setTimeout(() => {
        send(response, fault === 'stall' ? 'stall' : (fault ?? handler(call)), options.headers)
      }, delayMs)
    })
  }
  const server: Server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await listen(server, options.port ?? 0)
  const { port } = server.address() as AddressInfo
  const host = `127.0.0.1:${port}`

  return {
    port,
    host,
    origin: `${options.tls ? 'https' : 'http'}://${host}`,
    calls,
    callsTo: (path) => calls.filter((call) => call.path.includes(path)),
    fail: (path, fault) => void faults.push({ path, fault }),
    heal: () => void (faults.length = 0),
    delay: (ms) => void (delayMs = ms),
    async close() {
      sockets.forEach((socket) => socket.destroy())
      await new Promise((done) => server.close(done))
    },
    reopen: () => listen(server, port),
  }
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((done, failed) => {
    server.once('error', failed).listen(port, '127.0.0.1', done)
  })
}

async function read(request: IncomingMessage): Promise<Call> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fake')
  const { method = '', headers } = request
  const name =
    request.socket instanceof TLSSocket
      ? (request.socket.getPeerCertificate() as Partial<PeerCertificate>).subject?.CN
      : undefined
  return {
    method,
    path: pathname,
    query: searchParams,
    host: headers.host ?? '',
    headers,
    body,
    at: Date.now(),
    ...(name && { client: String(name) }),
  }
}

function send(response: ServerResponse, answer: Answer | 'stall', common: ScriptedServerOptions['headers'] = {}): void {
  if (answer === 'stall') {
    response.writeHead(200, { ...common, 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"access_token":"ya29.st')
    return
  }
  const { status = 200, headers = {}, body = '' } = answer
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const type = typeof body === 'string' ? 'text/plain' : 'application/json'
  response.writeHead(status, { 'content-type': type, ...common, ...headers }).end(text)
}
