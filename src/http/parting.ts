import type { Server, ServerResponse } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'

/** A way to end connections without losing a request. */
export interface Parting {
  /** From now on every answer says `Connection: close`, those in flight too; more calls change nothing. */
  begin(): void
  /** How many connections there have been. */
  readonly arrived: () => number
  /** Ends all connections, whatever they are doing, handshakes of TLS included. */
  cut(): void
}

/** Keeps the connections of a server, which costs something for each of them and nothing for their requests. */
export function parting(server: Server | SecureServer): Parting {
  const open = new Set<Socket>()
  let hasBegun = false
  let arrived = 0

  function forget(this: Socket): void {
    open.delete(this)
  }
  function keep(socket: Socket): void {
    arrived += 1
    open.add(socket)
    socket.on('close', forget)
  }
  server.on('connection', keep)
  // The socket within TLS, which answers are written to.
  server.on('secureConnection', keep)

  return {
    begin() {
      if (hasBegun) return
      hasBegun = true
      server.prependListener('request', (_request, response: ServerResponse) => {
        response.setHeader('Connection', 'close')
      })
      for (const socket of open) {
        const { _httpMessage: inFlight } = socket as Socket & { _httpMessage?: ServerResponse | null }
        if (inFlight && !inFlight.headersSent) inFlight.setHeader('Connection', 'close')
      }
    },
    arrived: () => arrived,
    cut() {
      for (const socket of open) socket.destroy()
    },
  }
}
