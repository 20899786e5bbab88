import express from 'express'
import { tokens } from './sidecar.ts'

const app = express()
app.use('/kafka', tokens.expressRouter()) // POST /kafka/token
app.get('/', (_request, response) => {
  response.send('orders')
})

const server = app.listen(Number(process.env['PORT'] ?? 8080), 'localhost')
process.once('SIGTERM', () => {
  server.close()
  void tokens.stop()
})
