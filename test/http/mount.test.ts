import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import express, { type RequestHandler } from 'express'
import supertest from 'supertest'
import { describe, expect, it, onTestFinished } from 'vitest'
import { expressRouter } from '../../src/http/mount-express.ts'
import { fetchHandler, type FetchHandler } from '../../src/http/mount-fetch.ts'
import { nodeHandler } from '../../src/http/mount-node.ts'
import { dispatch, type Dispatch } from '../../src/http/route.ts'
import { mountContract, type Asked, type Mounted } from '../contract/mount.ts'
import { expectRefusal, formType, tokenForm } from './wire.ts'

async function served(listener: RequestListener): Promise<Mounted> {
  const server = await listening(listener)
  const { port } = server.address() as AddressInfo
  return {
    async ask(path, { method = 'GET', headers = {}, body, chunked = false }) {
      const length = chunked || body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const call = request({ port, host: '127.0.0.1', path: path || '/', method, headers: { ...headers, ...length } })
      call.end(body)
      const [answer] = (await once(call, 'response')) as [IncomingMessage]
      return {
        status: answer.statusCode ?? 0,
        headers: answer.headers as Record<string, string>,
        body: await text(answer),
      }
    },
    close: () => closed(server),
  }
}

async function listening(listener: RequestListener): Promise<Server> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => {
    server.close(() => {
      resolve()
    })
  })
}

function inExpress(router: (answer: Dispatch) => RequestHandler, prefix = '/', ...before: RequestHandler[]) {
  return (answer: Dispatch): Promise<Mounted> => {
    const app = express()
    for (const handler of before) app.use(handler)
    app.use(prefix, router(answer))
    return served(app)
  }
}

function fetched(handler: FetchHandler): Mounted {
  return {
    async ask(path, { method = 'GET', headers = {}, body, chunked = false }: Asked) {
      const asked = new Request(`http://localhost:3000${path}`, {
        method,
        headers,
        ...(body !== undefined && { body: chunked ? new Blob([body]).stream() : body, duplex: 'half' }),
      })
      const answer = await handler(asked)
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() }
    },
  }
}

mountContract('in node:http', (answer) => served(nodeHandler(answer)))
mountContract('in node:http under a prefix', (answer) => served(nodeHandler(answer, { prefix: '/kafka' })), {
  prefix: '/kafka',
})
mountContract('in Express', inExpress(expressRouter), { leavesTheRest: true })
mountContract('in Express under a prefix', inExpress(expressRouter, '/kafka'), { prefix: '/kafka' })
mountContract('in Express behind urlencoded', inExpress(expressRouter, '/', express.urlencoded()), {
  leavesTheRest: true,
  parsed: true,
})
mountContract(
  'in Express behind urlencoded with extended syntax, under a prefix',
  inExpress(expressRouter, '/a/b', express.urlencoded({ extended: true })),
  { prefix: '/a/b', parsed: true },
)
mountContract('in Express behind json', inExpress(expressRouter, '/', express.json()), { leavesTheRest: true })
mountContract('in Express behind text', inExpress(expressRouter, '/kafka', express.text({ type: '*/*' })), {
  prefix: '/kafka',
  parsed: true,
})
mountContract('in Express behind raw', inExpress(expressRouter, '/kafka', express.raw({ type: '*/*' })), {
  prefix: '/kafka',
  parsed: true,
})
mountContract('as a fetch handler', (answer) => fetched(fetchHandler(answer)))
mountContract(
  'as a fetch handler under a prefix',
  (answer) => fetched(fetchHandler(answer, { prefix: '/api/kafka' })),
  {
    prefix: '/api/kafka',
  },
)

describe('a mount', () => {
  const answer = dispatch([
    { method: 'POST', path: '/token', handle: () => ({ status: 200, headers: {}, body: 'ok' }) },
  ])

  it('says so when something in front of it ate the body', async () => {
    const eats: RequestHandler = (incoming, _response, next) => {
      incoming.resume().on('end', next)
    }
    const mounted = await inExpress(expressRouter, '/', eats)(answer)
    onTestFinished(async () => {
      await mounted.close?.()
    })
    const headers = { 'content-type': formType, 'user-agent': 'test' }
    expectRefusal(
      await mounted.ask('/token', { method: 'POST', headers, body: tokenForm }),
      500,
      'ERR_REQUEST_BODY_CONSUMED',
    )
  })

  it('says so when the body of a Request was read before', async () => {
    const headers = { 'content-type': formType, 'user-agent': 'test' }
    const asked = new Request('http://localhost/token', { method: 'POST', headers, body: tokenForm })
    await asked.text()
    const response = await fetchHandler(answer)(asked)
    expectRefusal({ status: response.status, body: await response.text() }, 500, 'ERR_REQUEST_BODY_CONSUMED')
  })

  it('answers, and does not reject, when the stream of a Request breaks', async () => {
    const body = new ReadableStream({
      start: (controller) => {
        controller.error(new Error('gone'))
      },
    })
    const asked = new Request('http://localhost/token', { method: 'POST', body, duplex: 'half' })
    expect((await fetchHandler(answer)(asked)).status).toBe(500)
  })

  it('forgets a client that leaves in the middle of its body', async () => {
    const server = await listening(nodeHandler(answer))
    onTestFinished(() => closed(server))
    const { port } = server.address() as AddressInfo
    const gone = Promise.withResolvers<undefined>()
    server.once('request', (incoming) => {
      incoming.on('close', () => {
        gone.resolve(undefined)
      })
    })
    const socket = connect(port, '127.0.0.1')
    socket.write(`POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\ngrant_`)
    server.once('request', () => {
      socket.destroy()
    })
    await gone.promise
    await supertest(server).post('/token').expect(200)
  })

  it('leaves the routes behind it in Express alone', async () => {
    const app = express()
    app.use(expressRouter(answer))
    app.get('/token', (_request, response) => void response.send('mine'))
    app.get('/other', (_request, response) => void response.send('mine too'))
    await supertest(app).get('/token').expect(200, 'mine')
    await supertest(app).get('/other').expect(200, 'mine too')
    await supertest(app).post('/token').expect(200, 'ok')
  })
})
