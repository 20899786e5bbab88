'use strict'

// Fastify with its own body parser. It is installed by the bench, in the folder that BENCH_PACKAGES names.
const { createRequire } = require('node:module')

const load = createRequire(process.env.BENCH_PACKAGES)
const { headers, body } = JSON.parse(process.env.BENCH_ANSWER)
const { 'Content-Type': _type, 'Content-Length': _length, ...further } = headers
const answer = JSON.parse(body)

const app = load('fastify')({ keepAliveTimeout: 65_000 })
app.register(load('@fastify/formbody'))
app.post('/token', (request, reply) => {
  if (request.body?.grant_type !== 'client_credentials') reply.code(400).send()
  else reply.headers(further).send(answer)
})
void app.listen({ port: Number(process.env.BENCH_PORT), host: '127.0.0.1' })
