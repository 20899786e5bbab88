import { createServer } from 'node:http'
import { tokens } from './sidecar.ts'

const giveTokens = tokens.nodeHandler({ prefix: '/kafka' }) // POST /kafka/token

const server = createServer((request, response) => {
  if (request.url?.startsWith('/kafka/') === true) giveTokens(request, response)
  else response.end('orders')
})
server.listen(Number(process.env['PORT'] ?? 8080), 'localhost')
process.once('SIGTERM', () => {
  server.close()
  void tokens.stop()
})
