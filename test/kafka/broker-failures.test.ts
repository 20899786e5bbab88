import { Duplex } from 'node:stream'
import { asyncProperty, constantFrom, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KafkaAccess } from '../../src/kafka/access.ts'
import { connectionFailure } from '../../src/kafka/connection-failure.ts'
import { nodePlatform } from '../../src/platform/platform.ts'
import { TokenError } from '../../src/token/error.ts'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { eventually } from '../fakes/eventually.ts'
import { fuzz, fuzzTimeoutMs } from '../fakes/fuzz.ts'
import { unacceptingPort } from '../fakes/unaccepting-port.ts'
import { framed, listening } from './scripted-broker.ts'
import { connect } from './echo-broker.ts'

const authority = certificateAuthority()

describe('what answers in the place of a broker', () => {
  const raw = (bytes: string | Buffer, connection = {}) =>
    listening((socket) => socket.once('data', () => socket.write(Buffer.from(bytes as string, 'latin1'))), connection)

  it.each<[string, () => ReturnType<typeof listening>, string, string, string]>([
    ['a web server', () => raw('HTTP/1.1 400 Bad Request\r\n\r\n'), 'ERR_KAFKA_PROTOCOL', 'answers with HTTP', 'port'],
    [
      'a listener with TLS',
      () => raw('\x15\x03\x03\x00\x02\x02\x50'),
      'ERR_KAFKA_PROTOCOL',
      'answers with TLS',
      'SASL_SSL',
    ],
    [
      'an answer of 2 GB',
      () => raw('\x7f\xff\xff\xff'),
      'ERR_KAFKA_PROTOCOL',
      'announces an answer of 2147483647 bytes',
      '',
    ],
    [
      'an answer of 2 MB before the login',
      () => raw('\x00\x20\x00\x00'),
      'ERR_KAFKA_PROTOCOL',
      'announces an answer of 2097152 bytes',
      '',
    ],
    [
      'an answer to another request',
      () => raw(framed(7, Buffer.alloc(4))),
      'ERR_KAFKA_PROTOCOL',
      'answers what was not asked',
      '',
    ],
    [
      'an answer that is cut off',
      () => raw(framed(1, Buffer.from('0000ff', 'hex'))),
      'ERR_KAFKA_PROTOCOL',
      'answers ApiVersions with what cannot be read: a length of 1 bytes',
      '',
    ],
    [
      'somebody who hangs up at once',
      () => listening((socket) => socket.destroy()),
      'ERR_KAFKA_UNREACHABLE',
      'closed the connection before it answered ApiVersions',
      'SASL_SSL',
    ],
    [
      'somebody who ends politely',
      () => listening((socket) => socket.end()),
      'ERR_KAFKA_UNREACHABLE',
      'closed the connection before it answered ApiVersions',
      'SASL_SSL',
    ],
    [
      'somebody who hangs up on a question',
      () => listening((socket) => socket.once('data', () => socket.resetAndDestroy())),
      'ERR_KAFKA_UNREACHABLE',
      'closed the connection before it answered ApiVersions',
      'SASL_SSL',
    ],
    [
      'somebody who says nothing',
      () => listening(() => undefined),
      'ERR_KAFKA_TIMEOUT',
      'took the connection and did not let us in within 0.3 s',
      'log of the broker',
    ],
  ])('%s is told apart', async (_, start, code, problem, hint) => {
    await using server = await start()
    const refusal = await connect(server.address, {}, { timeoutMs: 300 }).catch((thrown: unknown) => thrown)
    expect(refusal).toBeInstanceOf(TokenError)
    expect(refusal).toMatchObject({ code, message: expect.stringContaining(`${server.address} ${problem}`) as string })
    expect((refusal as TokenError).hint).toContain(hint)
    await eventually(() => server.sockets.size).toBe(0)
  })

  it.each<[string, () => ReturnType<typeof listening>, KafkaAccess, string, string]>([
    [
      'a listener without TLS',
      () => listening((socket) => socket.once('data', () => socket.destroy())),
      { tls: {} },
      'ERR_KAFKA_UNREACHABLE',
      'in the middle of the TLS handshake',
    ],
    [
      'a web server without TLS',
      () => raw('HTTP/1.1 400 Bad Request\r\n\r\n'),
      { tls: {} },
      'ERR_KAFKA_PROTOCOL',
      'does not speak TLS at this port',
    ],
    [
      'an unknown CA',
      () => listening(() => undefined, { tls: authority.issue('127.0.0.1') }),
      { tls: {} },
      'ERR_KAFKA_TLS',
      'from a CA that is not trusted here (issued by Fake CA of a test run)',
    ],
    [
      'a certificate for another name',
      () => listening(() => undefined, { tls: authority.issue('other') }),
      { tls: { ca: authority.cert } },
      'ERR_KAFKA_TLS',
      'a certificate for another name',
    ],
    [
      'a certificate of ours that fits no key',
      () => listening(() => undefined),
      { tls: { ...authority.issue('a'), key: authority.issue('b').key } },
      'ERR_KAFKA_TLS',
      'our certificate, its key or the CA cannot be used',
    ],
    [
      'a listener that wants our certificate',
      () =>
        listening(() => undefined, {
          tls: { ...authority.issue('127.0.0.1'), ca: authority.cert, requestCert: true, rejectUnauthorized: true },
        }),
      { tls: { ca: authority.cert } },
      'ERR_KAFKA',
      '127.0.0.1',
    ],
  ])('%s is told apart by TLS', async (_, start, access, code, problem) => {
    await using server = await start()
    const refusal = await connect(server.address, access).catch((thrown: unknown) => thrown)
    expect(refusal).toMatchObject({
      code: expect.stringContaining(code) as string,
      message: expect.stringContaining(problem) as string,
    })
    expect((refusal as TokenError).message).toContain(server.address)
  })

  it.each([
    [
      'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',
      'ERR_KAFKA_TLS',
      'breaks TLS off (alert: bad certificate)',
      'ssl.client.auth',
    ],
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'ERR_KAFKA_TLS',
      'breaks TLS off (alert: certificate required)',
      'ssl.client.auth',
    ],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'ERR_KAFKA_TLS', 'breaks TLS off (alert: protocol version)', 'CA'],
    ['CERT_HAS_EXPIRED', 'ERR_KAFKA_TLS', 'shows a certificate that has expired', 'clock'],
    ['ENOTFOUND', 'ERR_KAFKA_UNREACHABLE', 'cannot be reached: its name has no address', 'bootstrap servers'],
    ['EHOSTUNREACH', 'ERR_KAFKA_UNREACHABLE', 'cannot be reached: there is no route to it', 'bootstrap servers'],
    ['EWHATEVER', 'ERR_KAFKA_UNREACHABLE', 'cannot be reached (EWHATEVER)', 'bootstrap servers'],
  ])('tells %s in words', async (code, row, problem, hint) => {
    const platform = { ...nodePlatform({}), connect: () => Promise.reject(Object.assign(new Error(code), { code })) }
    const refusal = await connect('kafka:9093', { tls: {} }, { platform }).catch((thrown: unknown) => thrown)
    expect(refusal).toMatchObject({ code: row, message: `kafka:9093 ${problem}` })
    expect((refusal as TokenError).hint).toContain(hint)
  })

  it.each(['kafka', 'kafka:0', 'kafka:65536', 'kafka:', ':9092', 'a:b:9092:', ''])(
    'is not asked at %j',
    async (address) => {
      await expect(connect(address)).rejects.toMatchObject({
        code: 'ERR_KAFKA_UNREACHABLE',
        message: `'${address}' is no host:port of a broker`,
        hint: expect.stringContaining('host:port') as string,
      })
    },
  )

  it('nobody, for as long as it may take', async () => {
    const port = await unacceptingPort()
    try {
      await expect(connect(port.host, {}, { timeoutMs: 100 })).rejects.toMatchObject({
        code: 'ERR_KAFKA_UNREACHABLE',
        message: `${port.host} did not take the connection within 0.1 s`,
      })
    } finally {
      port.close()
    }
  })

  it(
    'whoever says anything at all',
    async () => {
      const head = constantFrom(
        '',
        '00000006000000010023',
        '0000000c00000001000000000001',
        '0000001000000001',
        '00000009',
      )
      await fuzz(
        asyncProperty(head, uint8Array({ maxLength: 60 }), async (start, bytes) => {
          const socket = new Duplex({
            read: () => undefined,
            write(_chunk, _encoding, done) {
              this.push(Buffer.concat([Buffer.from(start, 'hex'), bytes]))
              this.push(null)
              done()
            },
          })
          const platform = { ...nodePlatform({}), connect: () => Promise.resolve(socket) }
          const outcome = await connect('kafka:9093', {}, { platform }).catch((thrown: unknown) => thrown)
          if (outcome instanceof Error) {
            expect(outcome).toMatchObject({ code: expect.stringMatching(/^ERR_KAFKA_/) as string })
            expect(outcome.message).toContain('kafka:9093 ')
            expect(socket.destroyed).toBe(true)
          }
        }),
      )
    },
    fuzzTimeoutMs,
  )

  const about = { address: 'kafka:9093', isTls: true, hasCertificate: true, hasLogin: true, during: 'Metadata' }
  const closed = Object.assign(new Error('closed'), { code: 'ECONNRESET' })

  it.each([
    ['an expired delegation token', { session: 'token expired' }, 'ERR_KAFKA_TOKEN_EXPIRED', 'Make a new token'],
    ['a session that is over', { session: 'over' }, 'ERR_KAFKA_UNREACHABLE', 'Log in again'],
    ['no login', { hasLogin: false }, 'ERR_KAFKA_UNREACHABLE', 'may want a login'],
    ['no certificate', { during: 'ApiVersions', hasCertificate: false }, 'ERR_KAFKA_UNREACHABLE', 'ssl.client.auth'],
    ['nothing that we know of', {}, 'ERR_KAFKA_UNREACHABLE', 'restarting'],
  ] as const)('who hangs up for %s', (_, differs, code, hint) => {
    const failure = connectionFailure(closed, { ...about, ...differs })
    expect(failure).toMatchObject({ code, hint: expect.stringContaining(hint) as string, cause: closed })
  })
})
