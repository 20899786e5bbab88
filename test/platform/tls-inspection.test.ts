import { createServer as createTcp } from 'node:net'
import { once } from 'node:events'
import { createServer } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { outwardLookup } from '../../src/platform/outward-lookup.ts'
import { inspectTls } from '../../src/platform/tls-inspection.ts'
import { certificateAuthority } from '../fakes/certificate-authority.ts'

const { signal } = new AbortController()

async function tlsServer(certificate: { readonly key: string; readonly cert: string }) {
  const received: Buffer[] = []
  const server = createServer(certificate, (socket) => {
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => received.push(chunk))
  }).listen(0, '127.0.0.1')
  server.on('tlsClientError', () => undefined)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, received }
}

describe('a look at TLS', () => {
  it('shows the certificate and that its authority is not trusted, and sends nothing', async () => {
    const authority = certificateAuthority()
    const { port, received } = await tlsServer(authority.issue('kafka.example', '127.0.0.1'))
    const seen = await inspectTls({ host: '127.0.0.1', port, tls: {}, signal })
    expect(seen).toMatchObject({
      protocol: 'TLSv1.3',
      isForOtherName: false,
      distrust: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    })
    expect(seen.chain).toMatchObject([
      { subject: 'kafka.example', issuer: 'Fake CA of a test run', names: ['kafka.example', '127.0.0.1'] },
    ])
    expect(received).toEqual([])
  })

  it('trusts the authority that it is given, and says what it is for', async () => {
    const authority = certificateAuthority()
    const { port } = await tlsServer(authority.issue('kafka.example'))
    const seen = await inspectTls({ host: '127.0.0.1', port, tls: { ca: authority.cert }, signal })
    expect([seen.distrust, seen.isForOtherName]).toEqual([undefined, true])
  })

  it('shows what has expired', async () => {
    const authority = certificateAuthority(Date.now() - 3 * 86_400_000)
    const { port } = await tlsServer(authority.issue('127.0.0.1'))
    const seen = await inspectTls({ host: '127.0.0.1', port, tls: { ca: authority.cert }, signal })
    expect(seen.distrust).toBe('CERT_HAS_EXPIRED')
    expect(seen.chain[0]?.validTo).toBeLessThan(Date.now())
  })

  it('rejects where nobody speaks TLS', async () => {
    const server = createTcp((socket) => void socket.on('error', () => undefined).end('no TLS here')).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    await expect(inspectTls({ host: '127.0.0.1', port, tls: {}, signal })).rejects.toThrow()
  })

  it('rejects with the reason of the signal', async () => {
    const server = createTcp(() => undefined).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const leaving = new AbortController()
    const looking = inspectTls({ host: '127.0.0.1', port, tls: {}, signal: leaving.signal })
    leaving.abort(new Error('enough'))
    await expect(looking).rejects.toThrow('enough')
  })
})

describe('a look at a name', () => {
  it('finds the addresses that the system knows', async () => {
    expect(await outwardLookup('localhost', signal)).toContain('127.0.0.1')
  })

  it('rejects with what Node says', async () => {
    await expect(outwardLookup('kafka.invalid', signal)).rejects.toMatchObject({ syscall: 'getaddrinfo' })
  })

  it('is not waited for once its signal aborts', async () => {
    await expect(outwardLookup('localhost', AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  })
})
