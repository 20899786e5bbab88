import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askToken, serving, takeToken, type Serving } from '../cli/sidecar-process.ts'
import { exchange, requestText, statuses } from './raw-connection.ts'

const post = 'POST /token HTTP/1.1'
const form = 'grant_type=client_credentials'
const chunkedForm = `${form.length.toString(16)}\r\n${form}\r\n0\r\n\r\n`

let sidecar: Serving
let token: string

beforeAll(async () => {
  sidecar = await serving(['--log-level', 'debug'])
  token = await takeToken(sidecar.port)
})

afterAll(async () => {
  expect(sidecar.child.exitCode).toBeNull()
  expect(await takeToken(sidecar.port)).toBe(token)
  sidecar.child.kill('SIGTERM')
  expect(await sidecar.ended).toBe(0)
  expect(sidecar.err()).toBe('')
  for (const part of [token, token.split('.')[2] ?? '']) expect(sidecar.out()).not.toContain(part)
})

describe('a request in an unusual but lawful form', () => {
  it.each([
    [
      'in chunks',
      requestText(post, ['Transfer-Encoding: chunked'], { body: chunkedForm, without: ['Content-Length'] }),
    ],
    ['of HTTP/1.0', requestText('POST /token HTTP/1.0')],
    [
      'with many headers',
      requestText(
        post,
        Array.from({ length: 900 }, (_, index) => `X-${index}: a`),
      ),
    ],
    ['with a repeated header of its own', requestText(post, ['X-A: 1', 'X-A: 2', 'Accept: */*', 'Accept: x/y'])],
    ['that asks for another protocol', requestText(post, ['Upgrade: websocket'])],
    ['with a query', requestText('POST /token?trace=1 HTTP/1.1')],
  ])('is answered: %s', async (_case, text) => {
    expect(statuses(await exchange(sidecar.port, text))).toEqual([200])
  })

  it('is answered after 100 Continue, as curl waits for', async () => {
    const received = await exchange(sidecar.port, (socket) => {
      socket.write(requestText(post, ['Expect: 100-continue']).slice(0, -form.length))
      socket.once('data', () => socket.write(form))
    })
    expect(statuses(received)).toEqual([100, 200])
  })

  it('is answered when its body comes byte by byte', async () => {
    const text = requestText(post)
    const received = await exchange(sidecar.port, (socket) => {
      socket.setNoDelay(true)
      for (const byte of text) socket.write(byte)
    })
    expect(statuses(received)).toEqual([200])
  })

  it('is answered in order when pipelined, good and bad alike', async () => {
    const keptOpen = { without: ['Connection'] }
    const good = requestText(post, [], keptOpen)
    const received = await exchange(
      sidecar.port,
      [
        ...Array.from({ length: 100 }, () => good),
        requestText('POST /nothing HTTP/1.1', [], keptOpen),
        requestText('GET /jwks HTTP/1.1', [], { ...keptOpen, body: '' }),
        requestText(post, [], { ...keptOpen, body: 'grant_type=x' }),
        requestText(post),
      ].join(''),
    )
    expect(statuses(received)).toEqual([...Array.from({ length: 100 }, () => 200), 404, 200, 400, 200])
    expect(received.split(`"access_token":"${token}"`)).toHaveLength(102)
  })

  it('is the last on its connection when garbage follows', async () => {
    const received = await exchange(sidecar.port, `${requestText(post, [], { without: ['Connection'] })}\0garbage\r\n`)
    expect(statuses(received).at(-1)).toBe(400)
  })
})

describe('a hostile request', () => {
  const cases: [string, string | Buffer, number[]][] = [
    // Two ideas of where a body ends are how requests are smuggled past proxies (RFC 9112 §11.2).
    ['Content-Length and Transfer-Encoding', requestText(post, ['Transfer-Encoding: chunked']), [400]],
    ['two Content-Lengths', requestText(post, ['Content-Length: 3']), [400]],
    [
      'a Content-Length that is no number',
      requestText(post, ['Content-Length: 0x1d'], { without: ['Content-Length'] }),
      [400],
    ],
    ['a negative Content-Length', requestText(post, ['Content-Length: -1'], { without: ['Content-Length'] }), [400]],
    [
      'a Transfer-Encoding not ours',
      requestText(post, ['Transfer-Encoding: xchunked'], { without: ['Content-Length'] }),
      [400],
    ],
    [
      'chunked before another encoding',
      requestText(post, ['Transfer-Encoding: chunked, identity'], { without: ['Content-Length'] }),
      [400],
    ],
    [
      'a broken chunk',
      requestText(post, ['Transfer-Encoding: chunked'], { body: 'zz\r\n', without: ['Content-Length'] }),
      [400],
    ],
    ['a folded header', requestText(post, ['X-A: b\r\n c']), [400]],
    ['a space before the colon', requestText(post, ['X-A : b']), [400]],
    ['a NUL in a header', requestText(post, ['X-A: b\0c']), [400]],
    ['bare line feeds', requestText(post).replaceAll('\r\n', '\n'), [400]],
    ['a method in lower case', requestText('post /token HTTP/1.1'), [400]],
    ['an unknown method', requestText('STEAL /token HTTP/1.1'), [400]],
    ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
    ['HTTP/9.9', requestText('POST /token HTTP/9.9'), [400]],
    ['TLS to the plain port', Buffer.from('16030100f1010000ed0303', 'hex'), [400]],
    ['no HTTP at all', 'hello\r\n\r\n', [400]],
    ['a Kafka client', Buffer.from('00000035001200030000000000', 'hex'), [400]],
    ['one header of 20 KB', requestText(post, [`X-A: ${'a'.repeat(20_000)}`]), [431]],
    [
      'headers of 20 KB',
      requestText(
        post,
        Array.from({ length: 2_000 }, (_, index) => `X-${index}: aaaa`),
      ),
      [431],
    ],
    ['a path of 20 KB', requestText(`POST /${'a'.repeat(20_000)} HTTP/1.1`), [431]],
    ['no Host', requestText(post, [], { without: ['Host'] }), [403]],
    ['HTTP/1.0 without Host', requestText('POST /token HTTP/1.0', [], { without: ['Host'] }), [403]],
    ['a foreign Host', requestText(post, ['Host: evil.example'], { without: ['Host'] }), [403]],
    [
      'a foreign Host before ours',
      requestText(post, ['Host: evil.example', 'Host: localhost'], { without: ['Host'] }),
      [403],
    ],
    ['Origin', requestText(post, ['Origin: https://evil.example']), [403]],
    ['X-Forwarded-For twice', requestText(post, ['X-Forwarded-For: 127.0.0.1', 'X-Forwarded-For: 1.2.3.4']), [403]],
    ['two slashes', requestText('POST //token HTTP/1.1'), [404]],
    ['dots', requestText('POST /token/../jwks HTTP/1.1'), [404]],
    ['an escaped slash', requestText('POST /token%2f HTTP/1.1'), [404]],
    ['a broken escape in the path', requestText('POST /%zz HTTP/1.1'), [404]],
    ['a path of 10 KB', requestText(`POST /token/${'a'.repeat(10_000)} HTTP/1.1`), [404]],
    ['an absolute target', requestText('POST http://localhost/token HTTP/1.1'), [404]],
    ['an absolute target elsewhere', requestText('POST http://evil.example/token HTTP/1.1'), [404]],
    ['an absolute target that is none', requestText('POST http://[ HTTP/1.1'), [404]],
    ['an asterisk', requestText('OPTIONS * HTTP/1.1'), [404]],
    ['a prototype as profile', requestText('POST /token/__proto__ HTTP/1.1'), [404]],
    ['OPTIONS', requestText('OPTIONS /token HTTP/1.1'), [405]],
    ['TRACE', requestText('TRACE /token HTTP/1.1'), [405]],
    ['an expectation that we do not know', requestText(post, ['Expect: 200-maybe']), [417]],
    ['CONNECT', requestText('CONNECT localhost:443 HTTP/1.1'), []],
  ]
  it.each(cases)('is refused: %s', async (_case, text, expected) => {
    const received = await exchange(sidecar.port, text)
    expect(statuses(received)).toEqual(expected)
    expect(received).not.toContain(token)
    expect(received).not.toMatch(/<!doctype|<html|<pre|\bat .*\.[jt]s\b/i)
    if (expected.length > 0 && !expected.includes(417)) expect(received).toMatch(/\[ERR_[A-Z_]+\]"\}$/)
  })

  it.each(['with its length told', 'in chunks'])('of 10 MB is refused in words, %s', async (how) => {
    const chunked = how === 'in chunks'
    const piece = Buffer.alloc(100_000, 'a')
    const received = await exchange(sidecar.port, (socket) => {
      const length = chunked ? 'Transfer-Encoding: chunked' : 'Content-Length: 10000000'
      socket.write(requestText(post, [length], { body: '', without: ['Content-Length'] }))
      let sent = 0
      const send = (): void => {
        while (sent++ < 100) {
          if (!socket.write(chunked ? Buffer.concat([Buffer.from('186a0\r\n'), piece, Buffer.from('\r\n')]) : piece)) {
            socket.once('drain', send)
            return
          }
        }
        if (sent === 101 && chunked) socket.write('0\r\n\r\n')
      }
      send()
    })
    expect(statuses(received)).toEqual([413])
    expect(received).toContain('[ERR_REQUEST_TOO_LARGE]')
    expect(received).not.toContain('<')
  })

  it('without end is cut', async () => {
    const received = await exchange(sidecar.port, (socket) => {
      socket.write(requestText(post, ['Content-Length: 99999999999'], { body: '', without: ['Content-Length'] }))
      const piece = Buffer.alloc(1_000_000, 'a')
      const send = (): void => {
        while (socket.writable && socket.write(piece));
        if (socket.writable) socket.once('drain', send)
      }
      send()
    })
    expect(received).toMatch(/<(EPIPE|ECONNRESET)>$/)
  })
})

describe('a thousand connections that do not go on', () => {
  it('are cut within seconds, and good requests are answered meanwhile', { timeout: 60_000 }, async () => {
    const partial = requestText(post).slice(0, -10)
    const beginnings = [
      '',
      'POST /tok',
      requestText(post).slice(0, 60),
      partial,
      'G',
      requestText(post, ['Expect: 100-continue']).slice(0, -form.length),
    ]
    const open: Socket[] = []
    const cut: Promise<number>[] = []
    const startedAt = performance.now()
    for (let index = 0; index < 1_000; index++) {
      const socket = connect(sidecar.port, '127.0.0.1')
      socket.on('error', () => undefined).resume()
      const beginning = beginnings[index % beginnings.length]
      if (beginning) socket.write(beginning)
      open.push(socket)
      cut.push(
        new Promise((resolve) =>
          socket.once('close', () => {
            resolve(performance.now() - startedAt)
          }),
        ),
      )
    }
    // Slower than the slowest client, but never silent.
    const trickling = connect(sidecar.port, '127.0.0.1')
      .on('error', () => undefined)
      .resume()
    const trickle = setInterval(() => trickling.write('X'), 300)
    cut.push(
      new Promise((resolve) =>
        trickling.once('close', () => {
          resolve(performance.now() - startedAt)
        }),
      ),
    )
    const all = Promise.all(cut)
    let answered = 0
    const state = { done: false }
    void all.then(() => (state.done = true))
    while (!state.done) {
      const answer = await askToken(sidecar.port, '/token', { signal: AbortSignal.timeout(3_000) })
      expect(answer.status).toBe(200)
      await answer.arrayBuffer()
      answered += 1
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    clearInterval(trickle)
    // The limit is 8 s for a whole request.
    expect(Math.max(...(await all))).toBeLessThan(24_000)
    expect(answered).toBeGreaterThan(10)
  })
})
