import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { peerCertificateOf } from '../callers/certificate/peer-certificate.ts'
import { bodyConsumed, bodyLimitBytes, bodyTooLarge } from './body.ts'
import type { Dispatch } from './route.ts'
import type { WireRequest, WireResponse } from './wire-message.ts'
import { targetsBelow, type Target } from './target.ts'

/** How much of a body that is too large is still taken in: a client that sends it all before it reads gets our answer. */
const drainLimitBytes = 16 * 1024 * 1024

/** What `createServer()` of `node:http` takes. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void

/** Serves the routes in `node:http`. `prefix`, as in `/kafka`, is cut off the path; what is not below it gets a 404. */
export function nodeHandler(answer: Dispatch, { prefix = '' }: { readonly prefix?: string } = {}): NodeHandler {
  const parseTarget = targetsBelow(prefix)
  return (request, response) => {
    const whole = (body: WireRequest['body']): WireRequest =>
      wireRequest(request, parseTarget(request.url ?? '/'), body)
    const wire = (body: WireRequest['body']): void => {
      serve(answer(whole(body)), response)
    }
    const parsed = parsedBody(request)
    if (parsed !== undefined) wire(parsed)
    else if (hasNoBody(request)) wire('')
    else if (request.readableEnded) send(answer.refuse(bodyConsumed(), whole('')), response)
    else
      readBody(request, wire, () => {
        refuseBody(request, response, answer.refuse(bodyTooLarge(), whole('')))
      })
  }
}

function serve(answer: WireResponse | Promise<WireResponse>, response: ServerResponse): void {
  if (answer instanceof Promise) {
    void answer.then((late) => {
      send(late, response)
    })
  } else send(answer, response)
}

function wireRequest(request: IncomingMessage, { path, query }: Target, body: WireRequest['body']): WireRequest {
  const { method = 'GET', headers, socket } = request
  const peerCertificate = isSecure(socket) ? certificateOf(socket) : undefined
  return { method, path, query, headers, body, remoteAddress: socket.remoteAddress, peerCertificate }
}

/** Apart, so that a request over plain HTTP pays for no closure. */
function certificateOf(socket: TLSSocket): NonNullable<WireRequest['peerCertificate']> {
  return () => peerCertificateOf(socket)
}

/** Looks at the field that Node documents for this, and not at the class: `node:tls` is not loaded for plain HTTP. */
function isSecure(socket: Socket): socket is TLSSocket {
  return (socket as Partial<TLSSocket>).encrypted === true && 'getPeerX509Certificate' in socket
}

function send({ status, headers, body }: WireResponse, response: ServerResponse): void {
  if (response.destroyed || response.headersSent) return
  response.writeHead(status, headers)
  // A latin1 string leaves in one write together with the headers; every body of ours is ASCII (see asciiJson).
  response.end(response.req.method === 'HEAD' ? undefined : body, 'latin1')
}

function hasNoBody({ method, headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return false
  return headers['content-length'] === '0' || (headers['content-length'] === undefined && method !== 'POST')
}

/** What a body parser in front of us left; undefined where there was none. */
function parsedBody(request: IncomingMessage): WireRequest['body'] | undefined {
  // Some parsers leave an empty object where they read nothing.
  if (!request.readableEnded || !('body' in request) || request.body === undefined) return undefined
  const { body } = request
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  if (typeof body !== 'object' || body === null) return ''
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(body)) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) form.append(name, String(item))
  }
  return form.toString()
}

function readBody(request: IncomingMessage, done: (body: Uint8Array) => void, tooLarge: () => void): void {
  if (Number(request.headers['content-length'] ?? 0) > bodyLimitBytes) {
    tooLarge()
    return
  }
  let first: Buffer | undefined
  let rest: Buffer[] | undefined
  let size = 0
  const onData = (chunk: Buffer): void => {
    size += chunk.length
    if (size > bodyLimitBytes) {
      request.off('data', onData)
      request.off('end', onEnd)
      tooLarge()
    } else if (first) (rest ??= []).push(chunk)
    else first = chunk
  }
  const onEnd = (): void => {
    done(rest && first ? Buffer.concat([first, ...rest]) : (first ?? Buffer.alloc(0)))
  }
  request.on('data', onData)
  request.on('end', onEnd)
}

/** Answers at once, but closes when all has been read: an earlier reset would take the answer away from a client still sending. */
function refuseBody(request: IncomingMessage, response: ServerResponse, answer: WireResponse): void {
  response.writeHead(answer.status, { ...answer.headers, Connection: 'close' })
  response.write(answer.body, 'latin1')
  let drained = 0
  request.on('data', (chunk: Buffer) => {
    drained += chunk.length
    if (drained > drainLimitBytes) request.destroy()
  })
  request.on('end', () => {
    response.end()
  })
}
