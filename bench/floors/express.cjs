'use strict'

// Express as most would write it: its defaults, its body parser, its JSON.
const express = require('express')

const { headers, body } = JSON.parse(process.env.BENCH_ANSWER)
const { 'Content-Type': _type, 'Content-Length': _length, ...further } = headers
const answer = JSON.parse(body)

const app = express()
app.use(express.urlencoded({ extended: false }))
app.post('/token', (request, response) => {
  if (request.body?.grant_type !== 'client_credentials') response.sendStatus(400)
  else response.set(further).json(answer)
})
app.listen(Number(process.env.BENCH_PORT), '127.0.0.1').keepAliveTimeout = 65_000
