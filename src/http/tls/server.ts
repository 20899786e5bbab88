import { constants } from 'node:crypto'
import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { TlsContext } from './context.ts'
import type { TlsFailures } from './failures.ts'

export { tlsContext, type TlsContext } from './context.ts'
export { tlsFailures, type TlsFailures } from './failures.ts'

export interface TlsServerOptions {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
  readonly settings: ServerOptions
  readonly context: TlsContext
  readonly failures: TlsFailures
}

const handshakeTimeout = 5_000

/** A server of HTTPS from TLS 1.2 on, whose certificate may change while connections are open. */
export function tlsServer({ handle, settings, context, failures }: TlsServerOptions): Server {
  const current = context.current()
  const server = createServer(
    {
      ...settings,
      ...current,
      handshakeTimeout,
      // Who a client is was settled by its first handshake.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      requestCert: current.ca !== undefined,
      // A client certificate that is not good is answered in words, which an alert of TLS has not.
      rejectUnauthorized: false,
    },
    handle,
  )
  context.onChange((changed) => {
    server.setSecureContext(changed)
  })
  // Node's own listener passes failed handshakes on as if they were broken requests.
  server.removeAllListeners('tlsClientError')
  server.on('tlsClientError', failures)
  return server
}
