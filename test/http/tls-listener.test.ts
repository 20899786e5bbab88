import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listen, type Listener } from '../../src/http/listener.ts'
import { nodeHandler } from '../../src/http/mount-node.ts'
import { dispatch, type Route } from '../../src/http/route.ts'
import type { TlsFiles } from '../../src/http/tls/files.ts'
import { nodePlatform, type Platform } from '../../src/platform/platform.ts'
import type { SidecarEvent } from '../../src/token/event.ts'
import { certificateAuthority, type Certificate } from '../fakes/certificate-authority.ts'
import { temporaryFolder } from '../fakes/credential-files.ts'
import { eventually } from '../fakes/eventually.ts'
import { fakePlatform } from '../fakes/platform.ts'
import { exchange, requestText, statuses } from './raw-connection.ts'
import { askSecurely, clientHello, refuseByAlert } from './tls-peer.ts'

const dayMs = 86_400_000
const authority = certificateAuthority()
const trusting = { ca: authority.cert }

let folder: ReturnType<typeof temporaryFolder>
const listeners: Listener[] = []
const agents: Agent[] = []

beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy()
  await Promise.all(listeners.splice(0).map((listener) => listener.close(0)))
  folder.remove()
})

function write(name: string, text: string): string {
  writeFileSync(folder.file(name), text)
  return folder.file(name)
}

function filesOf({ cert, key }: Certificate): TlsFiles {
  return { certFile: write('tls.crt', cert), keyFile: write('tls.key', key) }
}

/** Answers with the names in the client certificate. */
const whoAsks: Route = {
  method: 'GET',
  path: '/who',
  handle({ peerCertificate }) {
    const body = JSON.stringify(peerCertificate?.() ?? 'nobody')
    return { status: 200, headers: { 'Content-Length': String(body.length) }, body }
  },
}

async function listening(tls: TlsFiles, platform: Platform = nodePlatform({})) {
  const events: SidecarEvent[] = []
  const refusals: Record<string, unknown>[] = []
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    tls,
    handle: nodeHandler(dispatch([whoAsks])),
    platform,
    emit: (event) => void events.push(event),
    onRefusal: ({ code, message, hint }, from) => void refusals.push({ code, message, hint, from }),
  })
  listeners.push(listener)
  return { listener, port: listener.port, events, refusals }
}

const who = { path: '/who', ...trusting }

describe('a listener with a certificate', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async (version) => {
    const { port, listener, events } = await listening(filesOf(authority.issue('127.0.0.1')))
    expect(listener.urls).toEqual([`https://127.0.0.1:${port}`])
    expect(listener.url).toBe(`https://localhost:${port}`)
    const answer = await askSecurely(port, { ...who, minVersion: version, maxVersion: version })
    expect(answer).toMatchObject({ status: 200, protocol: version, body: '"nobody"' })
    expect(events).toEqual([])
  })

  it('refuses what is older, and says so', async () => {
    const { port, refusals } = await listening(filesOf(authority.issue('127.0.0.1')))
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const
    await expect(askSecurely(port, { ...who, ...old })).rejects.toThrow(/protocol version/)
    expect(refusals).toMatchObject([{ code: 'ERR_REQUEST_TLS', hint: expect.stringContaining('TLS 1.2') as string }])
  })

  it('keeps its checks of Host', async () => {
    const { port } = await listening(filesOf(authority.issue('127.0.0.1')))
    const checkServerIdentity = () => undefined
    const answer = await askSecurely(port, { ...who, headers: { Host: 'evil.example' }, checkServerIdentity })
    expect(answer).toMatchObject({ status: 403, body: expect.stringContaining('ERR_REQUEST_HOST') as string })
  })

  it('takes a key with its passphrase', async () => {
    const { cert, key } = authority.issue('127.0.0.1')
    const closed = createPrivateKey(key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'open sesame',
    })
    const files = filesOf({ cert, key: closed.toString() })
    const { port } = await listening({ ...files, keyPassphraseFile: write('pass', 'open sesame\n') })
    expect((await askSecurely(port, who)).status).toBe(200)
    await expect(listening(files)).rejects.toMatchObject({
      code: 'ERR_KEY_PASSPHRASE',
      hint: expect.stringContaining('listen.tls.keyPassphraseFile') as string,
    })
  })

  it.each<[string, string, string, (files: TlsFiles) => Partial<TlsFiles>]>([
    ['there is none', 'ERR_KEY_CERTIFICATE', 'listen.tls.certFile', () => ({ certFile: folder.file('none') })],
    ['it is no certificate', 'ERR_KEY_CERTIFICATE', 'listen.tls.certFile', () => ({ certFile: write('x', 'hello') })],
    [
      'it is damaged',
      'ERR_KEY_CERTIFICATE',
      'listen.tls.certFile',
      () => ({ certFile: write('x', authority.cert.replaceAll('A', 'B')) }),
    ],
    [
      'it is that of another key',
      'ERR_KEY_CERTIFICATE',
      'listen.tls.certFile',
      () => ({ certFile: write('x', authority.issue('127.0.0.1').cert) }),
    ],
    [
      'it stands behind that of its CA',
      'ERR_KEY_CERTIFICATE',
      'its own first',
      ({ certFile: _, ...files }) => {
        const { cert, key } = authority.issue('127.0.0.1')
        return { ...files, ...filesOf({ cert: authority.cert + cert, key }) }
      },
    ],
    ['the key is missing', 'ERR_KEY_FILE', 'listen.tls.keyFile', () => ({ keyFile: folder.file('none') })],
    ['the key is none', 'ERR_KEY_FILE', 'listen.tls.keyFile', () => ({ keyFile: write('x', 'hello') })],
    [
      'the passphrase is missing',
      'ERR_KEY_PASSPHRASE',
      'listen.tls.keyPassphraseFile',
      () => ({ keyPassphraseFile: folder.file('none') }),
    ],
    [
      'the CA of clients is missing',
      'ERR_KEY_CERTIFICATE',
      'listen.tls.clientCaFile',
      () => ({ clientCaFile: folder.file('none') }),
    ],
    [
      'the CA of clients is no certificate',
      'ERR_KEY_CERTIFICATE',
      'listen.tls.clientCaFile',
      ({ keyFile }) => ({ clientCaFile: keyFile }),
    ],
    [
      'everybody may write the key',
      'ERR_KEY_FILE_MODE',
      'chmod o-w',
      ({ keyFile }) => {
        chmodSync(keyFile, 0o666)
        return {}
      },
    ],
  ])('does not start when %s', async (_case, code, hint, change) => {
    const files = filesOf(authority.issue('127.0.0.1'))
    await expect(listening({ ...files, ...change(files) })).rejects.toMatchObject({
      code,
      hint: expect.stringContaining(hint) as string,
    })
  })

  it('does not start when its port is in use, and lets go of its files', async () => {
    const platform = fakePlatform()
    const files = filesOf(authority.issue('127.0.0.1'))
    const { port } = await listening(files)
    const options = { host: '127.0.0.1', port, tls: files, handle: () => undefined, emit: () => undefined }
    await expect(listen({ ...options, platform })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(platform.pendingTimers).toBe(0)
  })
})

describe('files that change', () => {
  const platform = (now = Date.now()) => fakePlatform({ now })
  const servedCertificate = async (port: number) => (await askSecurely(port, who)).certificate

  it('are used for new connections, and no connection is dropped', async () => {
    const clock = platform()
    const [former, next] = [authority.issue('127.0.0.1'), authority.issue('127.0.0.1')]
    const { port, events } = await listening(filesOf(former), clock)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    agents.push(agent)
    const before = await askSecurely(port, { ...who, agent })
    expect(before.certificate).toBe(former.cert)
    filesOf(next)
    await eventually(async () => {
      await clock.pass(5_000)
      return servedCertificate(port)
    }).toBe(next.cert)
    expect(events).toEqual([{ type: 'files-reloaded', what: 'the TLS certificate' }])
    expect(await askSecurely(port, { ...who, agent })).toMatchObject({ status: 200, clientPort: before.clientPort })
    agent.destroy()
  })

  it('and do not fit each other are told, while the former are used on', async () => {
    const clock = platform()
    const [former, next] = [authority.issue('127.0.0.1'), authority.issue('127.0.0.1')]
    const { port, events } = await listening(filesOf(former), clock)
    write('tls.crt', next.cert)
    await eventually(async () => {
      await clock.pass(5_000)
      return events
    }).toMatchObject([
      {
        type: 'reload-failed',
        what: 'the TLS certificate',
        code: 'ERR_KEY_CERTIFICATE',
        hint: expect.stringContaining('listen.tls.certFile') as string,
      },
    ])
    expect(await servedCertificate(port)).toBe(former.cert)
    write('tls.key', next.key)
    await eventually(async () => {
      await clock.pass(5_000)
      return servedCertificate(port)
    }).toBe(next.cert)
    expect(events.map(({ type }) => type)).toEqual(['reload-failed', 'files-reloaded'])
  })

  it('bring other CAs of clients', async () => {
    const clock = platform()
    const others = certificateAuthority()
    const clientCaFile = write('clients.crt', others.cert)
    const { port } = await listening({ ...filesOf(authority.issue('127.0.0.1')), clientCaFile }, clock)
    const client = { ...who, ...authority.issue('batch.example') }
    expect((await askSecurely(port, client)).body).toContain('"problem"')
    write('clients.crt', authority.cert)
    await eventually(async () => {
      await clock.pass(5_000)
      return (await askSecurely(port, client)).body
    }).not.toContain('"problem"')
  })

  it.each([
    ['has expired', 3 * dayMs, /expired at .*clients refuse it/],
    ['expires soon', 0.9 * dayMs, /expires at .*, in 2 h: put a new one there/],
    ['is not valid yet', -3 * dayMs, /is not valid before .*clock of this host/],
  ])('are told at start when the certificate %s', async (_case, aheadMs, message) => {
    const { events } = await listening(filesOf(authority.issue('127.0.0.1')), platform(Date.now() + aheadMs))
    expect(events).toEqual([{ type: 'warning', message: expect.stringMatching(message) as string }])
  })

  it('are told when the time comes, once a day, and no more when they are replaced', async () => {
    const clock = platform()
    const { events } = await listening(filesOf(authority.issue('127.0.0.1')), clock)
    const warnings = () => events.filter(({ type }) => type === 'warning').length
    expect(warnings()).toBe(0)
    await clock.pass(0.9 * dayMs)
    expect(warnings()).toBe(1)
    await clock.pass(2 * dayMs)
    expect(warnings()).toBe(3)
    filesOf(certificateAuthority(clock.now()).issue('127.0.0.1'))
    await eventually(async () => {
      await clock.pass(5_000)
      return events.at(-1)?.type
    }).toBe('files-reloaded')
    await clock.pass(0.2 * dayMs)
    expect(warnings()).toBe(3)
  })
})

describe('client certificates', () => {
  const withClients = (): TlsFiles => ({
    ...filesOf(authority.issue('127.0.0.1')),
    clientCaFile: write('clients.crt', authority.cert),
  })

  it('are handed over, from the CA in the configuration', async () => {
    const { port } = await listening(withClients())
    const { body } = await askSecurely(port, { ...who, ...authority.issue('batch.example') })
    expect(JSON.parse(body)).toEqual({ subjectDn: 'CN=batch.example', sanDns: ['batch.example'], sanUris: [] })
  })

  it('are handed over with their problem, from another CA', async () => {
    const { port } = await listening(withClients())
    const { body } = await askSecurely(port, { ...who, ...certificateAuthority().issue('batch.example') })
    expect(JSON.parse(body)).toMatchObject({ problem: expect.any(String) as string })
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('stay with a session that is resumed (%s)', async (maxVersion) => {
    const { port } = await listening(withClients())
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 })
    agents.push(agent)
    const own = { ...who, ...authority.issue('batch.example'), maxVersion, agent }
    const bodies = [await askSecurely(port, own), await askSecurely(port, own)].map(({ body }) => body)
    expect(bodies[1]).toBe(bodies[0])
    expect(bodies[0]).toContain('batch.example')
  })

  it('need not be there', async () => {
    const { port } = await listening(withClients())
    expect((await askSecurely(port, who)).body).toBe('"nobody"')
  })
})

describe('what is not TLS, or not in order', () => {
  it('is answered in words when it is plain HTTP, and told once a minute', async () => {
    const clock = fakePlatform()
    const { port, refusals } = await listening(filesOf(authority.issue('127.0.0.1')), clock)
    for (let turn = 0; turn < 3; turn++) {
      const received = await exchange(port, requestText('POST /token HTTP/1.1'))
      expect(statuses(received)).toEqual([400])
      expect(received).toMatch(/speaks TLS\. Use https:\/\/ .*\[ERR_REQUEST_MALFORMED\]"\}$/)
    }
    expect(refusals).toMatchObject([
      { code: 'ERR_REQUEST_MALFORMED', message: expect.stringContaining('plain HTTP') as string, from: '127.0.0.1' },
    ])
    await clock.pass(60_000)
    await exchange(port, requestText('POST /token HTTP/1.1'))
    expect(refusals).toHaveLength(2)
  })

  it('is answered in words when it is no HTTP within TLS', async () => {
    const { port } = await listening(filesOf(authority.issue('127.0.0.1')))
    const socket = connectSecurely({ port, host: '127.0.0.1', ...trusting })
    let received = ''
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()))
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    await once(socket, 'close')
    expect(received).toMatch(/^HTTP\/1\.1 400 .*Send HTTP\/1\.1 within TLS/s)
  })

  it.each([
    [48, 'unknown CA', 'librdkafka: https.ca.location'],
    [42, 'bad certificate', 'ssl.truststore.location'],
    [46, 'certificate unknown, as Java says', 'ssl.truststore.location'],
    [45, 'certificate expired', 'without a restart'],
    [40, 'handshake failure', 'Update the client'],
    [80, 'internal error', 'ssl.truststore.location'],
  ])('is told when the client sends alert %i (%s)', async (alert, _name, hint) => {
    const { port, refusals } = await listening(filesOf(authority.issue('127.0.0.1')))
    await refuseByAlert(port, alert)
    await eventually(() => refusals).toMatchObject([
      {
        code: 'ERR_REQUEST_TLS',
        from: '127.0.0.1',
        hint: expect.stringContaining(hint) as string,
      },
    ])
  })

  it.each([
    ['a Kafka client', Buffer.from('00000035001200030000000000', 'hex')],
    ['a line of text', Buffer.from('hello\r\n')],
  ])('is told and cut: %s', async (_case, bytes) => {
    const { port, refusals } = await listening(filesOf(authority.issue('127.0.0.1')))
    expect(await exchange(port, bytes)).not.toContain('HTTP')
    expect(refusals).toMatchObject([
      { code: 'ERR_REQUEST_MALFORMED', message: expect.stringContaining('not TLS') as string },
    ])
  })

  it('is not told when it is only a probe', async () => {
    const { port, refusals } = await listening(filesOf(authority.issue('127.0.0.1')))
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.end()
    await once(socket.resume(), 'close')
    expect((await askSecurely(port, who)).status).toBe(200)
    expect(refusals).toEqual([])
  })

  it('is cut within seconds when it does not go on, and hinders nobody', { timeout: 30_000 }, async () => {
    const { port, refusals } = await listening(filesOf(authority.issue('127.0.0.1')))
    const hello = await clientHello()
    const beginnings = [Buffer.alloc(0), hello.subarray(0, 1), hello.subarray(0, 20), hello]
    const startedAt = performance.now()
    const cut = Array.from({ length: 100 }, async (_, index) => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined)
      socket.write(beginnings[index % beginnings.length] ?? '')
      await closed(socket)
      return performance.now() - startedAt
    })
    // Slower than the slowest client, but never silent.
    const slow = connect(port, '127.0.0.1').on('error', () => undefined)
    let sent = 0
    const trickle = setInterval(() => slow.write(hello.subarray(sent, ++sent)), 300)
    cut.push(closed(slow).then(() => performance.now() - startedAt))
    let answered = 0
    const state = { done: false }
    const all = Promise.all(cut).finally(() => (state.done = true))
    while (!state.done) {
      expect((await askSecurely(port, who)).status).toBe(200)
      answered += 1
    }
    clearInterval(trickle)
    expect(Math.max(...(await all))).toBeLessThan(10_000)
    expect(answered).toBeGreaterThan(10)
    expect(refusals).toMatchObject([{ code: 'ERR_REQUEST_TIMEOUT' }])
  })

  it('does not hold up a close', { timeout: 3_000 }, async () => {
    const { port, listener } = await listening(filesOf(authority.issue('127.0.0.1')))
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    socket.write(await clientHello())
    await once(socket, 'data')
    const closed = once(socket.resume(), 'close')
    await listener.close(50)
    await closed
  })
})

/** Unlike `once`, also of one that is reset. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.resume().once('close', () => {
      resolve()
    })
  })
}
