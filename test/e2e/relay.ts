import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A port that leads to another one, and can be closed and opened again: to its clients the host behind it is gone. */
export async function relay(to: { readonly port: number }) {
  const sockets = new Set<Socket>()
  const listen = async (port: number) => {
    const server = createServer((from) => {
      const behind = connect(to.port, '127.0.0.1')
      for (const socket of [from, behind]) {
        sockets.add(socket)
        socket.on('error', () => undefined)
        socket.on('close', () => {
          sockets.delete(socket)
          from.destroy()
          behind.destroy()
        })
      }
      from.pipe(behind).pipe(from)
    }).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  let server: Server = await listen(0)
  const { port } = server.address() as { port: number }
  const close = async () => {
    if (!server.listening) return
    server.close()
    for (const socket of sockets) socket.destroy()
    await once(server, 'close')
  }
  return {
    port,
    close,
    open: async () => {
      server = await listen(port)
    },
    [Symbol.asyncDispose]: close,
  }
}
