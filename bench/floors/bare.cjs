'use strict'

// The floor: plain node:http that reads and checks the request and answers with bytes it was given. What it answers,
// and on which port it listens, comes from the environment.
const { createServer } = require('node:http')

const { headers, body: answer } = JSON.parse(process.env.BENCH_ANSWER)

function isTokenRequest({ method, url, headers }) {
  return method === 'POST' && url === '/token' && headers['content-type'] === 'application/x-www-form-urlencoded'
}

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  let body
  request.on('data', (chunk) => {
    body = body ? body + chunk.latin1Slice() : chunk.latin1Slice()
  })
  request.on('end', () => {
    const isGood = isTokenRequest(request) && body?.split('&').includes('grant_type=client_credentials')
    if (isGood) response.writeHead(200, headers).end(answer, 'latin1')
    else response.writeHead(400).end()
  })
})
server.listen({ host: '127.0.0.1', port: Number(process.env.BENCH_PORT), backlog: 4_096 })
