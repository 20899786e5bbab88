import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'

export interface ConnectProxy {
  /** For HTTPS_PROXY. */
  readonly url: string
  /** `host:port` of each CONNECT. */
  readonly tunnels: readonly string[]
  /** Requests that were not CONNECT, as `http://metadata/…`. */
  readonly forwarded: readonly string[]
  close(): Promise<void>
}

/** An HTTP proxy on loopback that leads every tunnel to one port of this host, whatever host is asked for. */
export async function connectProxy(target: { port: number }): Promise<ConnectProxy> {
  const tunnels: string[] = []
  const forwarded: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    forwarded.push(request.url ?? '')
    response.writeHead(502).end('this proxy only makes tunnels')
  })
  server.on('connect', (request, client: Socket, head) => {
    tunnels.push(request.url ?? '')
    const upstream = connect(target.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(client).pipe(upstream)
    })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {
        client.destroy()
        upstream.destroy()
      })
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    forwarded,
    async close() {
      sockets.forEach((socket) => socket.destroy())
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
