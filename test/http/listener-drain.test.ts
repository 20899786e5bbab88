import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Agent, request, type IncomingMessage, type RequestListener } from 'node:http'
import { Agent as SecureAgent, request as requestSecurely } from 'node:https'
import { connect, Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { listen, type Listener } from '../../src/http/listener.ts'
import type { TlsFiles } from '../../src/http/tls/files.ts'
import { nodePlatform } from '../../src/platform/platform.ts'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { temporaryFolder } from '../fakes/credential-files.ts'
import { exchange, requestText, statuses } from './raw-connection.ts'

const platform = nodePlatform({})
const authority = certificateAuthority()
const listeners: Listener[] = []
let folder: ReturnType<typeof temporaryFolder>

beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(listeners.splice(0).map((listener) => listener.close(0)))
  folder.remove()
})

interface Wanted {
  readonly tls?: TlsFiles | undefined
  readonly reusePort?: boolean
  readonly port?: number
  readonly handle?: RequestListener
}

async function listening({ handle = (_request, response) => void response.end('ok'), port = 0, ...wanted }: Wanted) {
  const emit = () => undefined
  const listener = await listen({ host: '127.0.0.1', port, handle, platform, emit, ...wanted })
  listeners.push(listener)
  return listener
}

function tlsFiles(): TlsFiles {
  const { cert, key } = authority.issue('127.0.0.1')
  const [certFile, keyFile] = [folder.file('tls.crt'), folder.file('tls.key')]
  writeFileSync(certFile, cert)
  writeFileSync(keyFile, key)
  return { certFile, keyFile }
}

const keptOpen = { without: ['Connection'] }
const post = 'POST / HTTP/1.1'
const closes = (received: string): number => received.split(/^Connection: close/im).length - 1

describe('draining', () => {
  it('says Connection: close on new connections and on those that were open before', async () => {
    const listener = await listening({})
    const received = exchange(listener.port, (socket) => {
      socket.write(requestText(post, [], keptOpen))
      socket.once('data', () => {
        void listener.drain(60_000)
        socket.write(requestText(post, [], keptOpen))
      })
    })
    expect(statuses(await received)).toEqual([200, 200])
    expect(closes(await received)).toBe(1)
    const late = await exchange(listener.port, requestText(post, [], keptOpen))
    expect(statuses(late)).toEqual([200])
    expect(closes(late)).toBe(1)
  })

  it('says so in an answer that was waited for when it began', async () => {
    const arrived = Promise.withResolvers<() => void>()
    const listener = await listening({
      handle: (_request, response) => {
        arrived.resolve(() => void response.writeHead(200, { 'Content-Length': '2' }).end('ok'))
      },
    })
    const received = exchange(listener.port, requestText(post, [], keptOpen))
    const answerNow = await arrived.promise
    void listener.drain(60_000)
    answerNow()
    expect(closes(await received)).toBe(1)
  })

  it('lasts as long as it was told to', async () => {
    const listener = await listening({})
    const startedAt = performance.now()
    await listener.drain(100)
    expect(performance.now() - startedAt).toBeGreaterThan(95)
  })

  it('ends at once when it is told again, or closed', { timeout: 3_000 }, async () => {
    const again = await listening({})
    const first = again.drain(60_000)
    await again.drain(60_000)
    await first
    const closed = await listening({})
    const draining = closed.drain(60_000)
    await closed.close(0)
    await draining
  })
})

/** Asks again and again on one connection, and on a new one to wherever `target` leads after `Connection: close`. */
async function keepAsking(target: () => string, isOver: () => boolean): Promise<{ answers: number; errors: string[] }> {
  const errors: string[] = []
  let answers = 0
  let agent: Agent | undefined
  let url = ''
  while (!isOver()) {
    if (!agent) {
      url = target()
      agent = url.startsWith('https')
        ? new SecureAgent({ keepAlive: true, maxSockets: 1, ca: authority.cert })
        : new Agent({ keepAlive: true, maxSockets: 1 })
    }
    try {
      const { headers } = await answerOf(url, agent)
      answers += 1
      if (headers.connection !== 'close') continue
    } catch (error) {
      errors.push(String(error))
    }
    agent.destroy()
    agent = undefined
  }
  agent?.destroy()
  return { answers, errors }
}

async function answerOf(url: string, agent: Agent): Promise<IncomingMessage> {
  const send = url.startsWith('https') ? requestSecurely : request
  const asked = send(url, { method: 'POST', agent })
  asked.end('grant_type=client_credentials')
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  await once(answer.resume(), 'end')
  return answer
}

/** Answers when it has read the whole request, one loop of events later, as where a source is asked. */
const laterOk: RequestListener = (request, response) => {
  request.resume().on('end', () => {
    setImmediate(() => void response.writeHead(200, { 'Content-Length': '2' }).end('ok'))
  })
}

describe('fifty clients that ask without pause', () => {
  it.each([
    ['plain HTTP, drained', false, 300],
    ['plain HTTP, not drained', false, 0],
    ['TLS, drained', true, 300],
    ['TLS, not drained', true, 0],
  ])('lose no request when one of two servers ends: %s', { timeout: 30_000 }, async (_case, isSecure, delayMs) => {
    const tls = isSecure ? tlsFiles() : undefined
    const [leaving, staying] = [await listening({ tls, handle: laterOk }), await listening({ tls, handle: laterOk })]
    let target = leaving.urls[0] ?? ''
    let isOver = false
    const clients = Array.from({ length: 50 }, () =>
      keepAsking(
        () => target,
        () => isOver,
      ),
    )
    await new Promise((resolve) => setTimeout(resolve, 300))
    // As a load balancer does it: new connections go elsewhere at some time of the drain, before the end in any case.
    if (delayMs === 0) target = staying.urls[0] ?? ''
    const draining = leaving.drain(delayMs)
    setTimeout(() => (target = staying.urls[0] ?? ''), delayMs / 2)
    await draining
    await leaving.close(5_000)
    isOver = true
    const results = await Promise.all(clients)
    expect(results.flatMap(({ errors }) => errors)).toEqual([])
    expect(Math.min(...results.map(({ answers }) => answers))).toBeGreaterThan(1)
  })
})

describe('a port that is shared', () => {
  it('is refused to the second process unless both say so', async () => {
    const { port } = await listening({ reusePort: true })
    await expect(listening({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('is refused in words where the system cannot share it', async () => {
    vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server) {
      const error = Object.assign(new Error('listen ENOTSUP'), { code: 'ENOTSUP', syscall: 'listen' })
      process.nextTick(() => this.emit('error', error))
      return this
    })
    await expect(listening({ reusePort: true })).rejects.toMatchObject({
      code: 'ENOTSUP',
      message: expect.stringContaining('listen.reusePort') as string,
    })
  })

  it('spreads connections over both', async () => {
    const seen = new Map<string, number>()
    const counting = (name: string): RequestListener => {
      return (_request, response) => {
        seen.set(name, (seen.get(name) ?? 0) + 1)
        response.end(name)
      }
    }
    const { port } = await listening({ reusePort: true, handle: counting('one') })
    await listening({ reusePort: true, port, handle: counting('two') })
    for (let turn = 0; turn < 100; turn++) {
      expect(statuses(await exchange(port, requestText(post)))).toEqual([200])
    }
    expect([...seen.keys()].sort()).toEqual(['one', 'two'])
  })

  it('is served by the other one when one has gone', async () => {
    const { port } = await listening({ reusePort: true })
    const leaving = await listening({ reusePort: true, port })
    await leaving.drain(0)
    await leaving.close(1_000)
    for (let turn = 0; turn < 20; turn++) {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      socket.destroy()
    }
  })
})
