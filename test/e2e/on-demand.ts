import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Starts something at the first request for its address, and answers each request with what tells where it is. So suites,
 * which run in processes of their own, share what the others need not wait for.
 */
export async function onDemand(start: () => Promise<{ readonly address: object; stop(): Promise<void> }>) {
  let started: ReturnType<typeof start> | undefined
  const server = createServer((_request, response) => {
    started ??= start()
    started.then(
      ({ address }) => response.end(JSON.stringify(address)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.close()
      server.closeAllConnections()
      // What failed to start has said so to those who asked, and left nothing to stop.
      const running = await started?.catch(() => undefined)
      await running?.stop()
    },
  }
}
