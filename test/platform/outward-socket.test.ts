import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket, type TlsOptions } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { outwardConnect, type SocketTls } from '../../src/platform/outward-socket.ts'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { eventually } from '../fakes/eventually.ts'
import { unacceptingPort } from '../fakes/unaccepting-port.ts'

const authority = certificateAuthority()
const { signal } = new AbortController()
const stops: (() => unknown)[] = []

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

interface EchoOptions {
  readonly tls?: TlsOptions
  readonly greet?: (socket: Socket) => unknown
  readonly silent?: boolean
}

/** A server that says what it hears, on loopback. */
async function echo({ tls, greet, silent = false }: EchoOptions = {}) {
  const sockets = new Set<Socket>()
  const take = (socket: Socket) => {
    socket.on('error', () => undefined)
    if (silent) socket.resume()
    else socket.pipe(socket)
    greet?.(socket)
  }
  const server = tls ? createTlsServer(tls, take) : createServer(take)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', () => undefined)
  stops.push(() => {
    sockets.forEach((socket) => socket.destroy())
    return new Promise((done) => server.close(done))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, sockets }
}

const issued = (...names: readonly string[]): TlsOptions => authority.issue(...names)

async function heard(port: number, tls?: SocketTls, host = '127.0.0.1'): Promise<string> {
  const socket = await outwardConnect({ host, port, tls, signal })
  socket.write('hello')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return String(answer)
}

describe('outwardConnect', () => {
  it('connects by TCP', async () => {
    const { port } = await echo()
    expect(await heard(port)).toBe('hello')
    expect(await heard(port, undefined, 'localhost')).toBe('hello')
  })

  it('connects by TLS once the handshake is done, and names the host to the server', async () => {
    const names: unknown[] = []
    const greet = (socket: Socket) => names.push((socket as Socket & { servername?: unknown }).servername)
    const { port } = await echo({ tls: issued('localhost', '127.0.0.1'), greet })
    expect(await heard(port, { ca: authority.cert }, 'localhost')).toBe('hello')
    expect(await heard(port, { ca: authority.cert })).toBe('hello')
    expect(names).toEqual(['localhost', false])
  })

  it('shows a client certificate where it has one', async () => {
    const shown: unknown[] = []
    const greet = (socket: Socket) => socket instanceof TLSSocket && shown.push(socket.getPeerCertificate().subject.CN)
    const { port } = await echo({
      tls: { ...issued('127.0.0.1'), ca: authority.cert, requestCert: true, rejectUnauthorized: true },
      greet,
    })
    expect(await heard(port, { ca: authority.cert, ...authority.issue('sidecar') })).toBe('hello')
    expect(shown).toEqual(['sidecar'])
  })

  it('does not trust an unknown CA, and tells its name', async () => {
    const { port } = await echo({ tls: issued('127.0.0.1') })
    await expect(heard(port, {})).rejects.toMatchObject({
      code: expect.stringMatching(/UNABLE_TO|SELF_SIGNED/) as string,
      certificateIssuer: 'Fake CA of a test run',
    })
    await expect(heard(port, { ca: certificateAuthority().cert })).rejects.toThrow()
  })

  it('trusts a certificate that is named although it is no root, as Java does', async () => {
    const own = issued('127.0.0.1')
    const { port } = await echo({ tls: own })
    expect(await heard(port, { ca: String(own.cert) })).toBe('hello')
  })

  it('does not take an expired certificate', async () => {
    const old = certificateAuthority(Date.now() - 10 * 86_400_000)
    const { port } = await echo({ tls: old.issue('127.0.0.1') })
    await expect(heard(port, { ca: old.cert })).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' })
  })

  it('does not take a certificate for another name, unless it is told to', async () => {
    const { port } = await echo({ tls: issued('kafka.example') })
    const tls = { ca: authority.cert }
    await expect(heard(port, tls)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    await expect(heard(port, tls, 'localhost')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    expect(await heard(port, { ...tls, checksName: false })).toBe('hello')
    await expect(heard(port, { checksName: false })).rejects.toThrow()
  })

  it('rejects where nothing listens', async () => {
    const { port } = await echo()
    await stops.pop()?.()
    await expect(heard(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('rejects when the server hangs up in the middle of the handshake', async () => {
    const { port } = await echo({ greet: (socket) => socket.destroy() })
    await expect(heard(port, {})).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('rejects what cannot be used as a certificate', async () => {
    const { port } = await echo()
    const key = authority.issue('another').key
    await expect(heard(port, { ...authority.issue('sidecar'), key })).rejects.toMatchObject({
      code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
    })
  })

  it('gives up with the reason of the signal, and leaves nothing behind', async () => {
    const hung = await echo({ silent: true })
    const port = await unacceptingPort()
    stops.push(() => {
      port.close()
    })
    const reason = new Error('too late')
    for (const target of [{ port: hung.port, tls: {} }, { port: Number(port.host.split(':')[1]) }]) {
      const controller = new AbortController()
      const connecting = outwardConnect({ host: '127.0.0.1', ...target, signal: controller.signal })
      setTimeout(() => {
        controller.abort(reason)
      }, 50)
      await expect(connecting).rejects.toBe(reason)
    }
    await eventually(() => hung.sockets.size).toBe(0)
    await expect(outwardConnect({ host: '127.0.0.1', port: 1, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})
