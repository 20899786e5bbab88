import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isNear, outwardFetch } from '../../src/platform/outward-fetch.ts'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { connectProxy, type ConnectProxy } from '../fakes/connect-proxy.ts'
import { scriptedServer, type ScriptedServer } from '../fakes/scripted-server.ts'
import { unacceptingPort } from '../fakes/unaccepting-port.ts'

const authority = certificateAuthority()
const tls = { ca: authority.cert }
const signal = () => AbortSignal.timeout(10_000)

let secure: ScriptedServer
let plain: ScriptedServer
let proxy: ConnectProxy

beforeEach(async () => {
  secure = await scriptedServer(({ body }) => ({ body: `secure ${body}` }), {
    tls: authority.issue('idp.example', '127.0.0.1', 'localhost'),
  })
  plain = await scriptedServer(() => ({ body: 'plain' }))
  proxy = await connectProxy(secure)
})
afterEach(async () => {
  await secure.close()
  await plain.close()
  await proxy.close()
})

describe('a proxy', () => {
  test.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY'])('named by %s is used', async (variable) => {
    const send = outwardFetch({ [variable]: proxy.url })
    const init = { method: 'POST', body: 'form', headers: { 'x-mine': '1' }, signal: signal(), tls }
    const answer = await send('https://idp.example/token', init)
    expect(await answer.text()).toBe('secure form')
    expect(proxy.tunnels).toEqual(['idp.example:443'])
    expect(secure.calls[0]).toMatchObject({ method: 'POST', path: '/token', host: 'idp.example' })
    expect(secure.calls[0]?.headers['x-mine']).toBe('1')
  })

  test.each(['idp.example', '.example', '*'])('is left out for NO_PROXY=%s', async (noProxy) => {
    const send = outwardFetch({ HTTPS_PROXY: proxy.url, NO_PROXY: noProxy })
    await expect(send('https://idp.example/', { signal: AbortSignal.timeout(1_000) })).rejects.toThrow()
    expect(proxy.tunnels).toEqual([])
  })

  test('is never asked for loopback, whichever way it is written, with TLS or without', async () => {
    const send = outwardFetch({ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url })
    for (const host of ['127.0.0.1', 'localhost']) {
      expect(await (await send(`http://${host}:${plain.port}/`, { signal: signal() })).text()).toBe('plain')
      expect(await (await send(`https://${host}:${secure.port}/`, { signal: signal(), tls })).text()).toBe('secure ')
    }
    expect([proxy.tunnels, proxy.forwarded]).toEqual([[], []])
  })

  // Decided by name alone: a test asks no address beyond loopback, least of all the metadata server of its machine.
  test.each([
    ['169.254.169.254', true],
    ['metadata.google.internal', true],
    ['metadata.google.internal.', true],
    ['[fd20:ce::254]', true],
    ['[fd00:ec2::254]', true],
    ['[::1]', true],
    ['127.8.9.10', true],
    ['mine.invalid', true],
    ['oauth2.googleapis.com', false],
    ['169.253.0.1', false],
    ['10.0.0.1', false],
    ['metadata.google.internal.example', false],
    ['notlocalhost', false],
  ])('%s is reached directly: %s', (host, direct) => {
    expect(isNear(new URL(`http://${host}/`).hostname, { GCE_METADATA_HOST: 'mine.invalid:80' })).toBe(direct)
  })

  test('of the process is not used when the environment that was handed in has none', async () => {
    process.env['HTTP_PROXY'] = proxy.url
    try {
      await outwardFetch({ HTTPS_PROXY: 'http://127.0.0.1:1' })('http://idp.invalid/', {
        signal: AbortSignal.timeout(1_000),
      }).catch(() => undefined)
    } finally {
      Reflect.deleteProperty(process.env, 'HTTP_PROXY')
    }
    expect([proxy.tunnels, proxy.forwarded]).toEqual([[], []])
  })
})

test('trusts a CA for the calls that name it, and for no other', async () => {
  const send = outwardFetch({})
  expect((await send(secure.origin, { signal: signal(), tls })).status).toBe(200)
  await expect(send(secure.origin, { signal: signal() })).rejects.toThrow()
})

test('shows its certificate where the provider asks for one', async () => {
  const demanding = await scriptedServer(() => ({}), {
    tls: { ...authority.issue('127.0.0.1'), ca: authority.cert, requestCert: true },
  })
  const { key, cert } = authority.issue('client.example')
  await outwardFetch({})(demanding.origin, { signal: signal(), tls: { ...tls, key, cert } })
  await outwardFetch({})(demanding.origin, { signal: signal(), tls }).catch(() => undefined)
  await demanding.close()
  expect(demanding.calls.map(({ client }) => client)).toEqual(['client.example'])
})

test('follows no redirect: credentials are not sent on', async () => {
  plain.fail('/', { status: 307, headers: { location: secure.origin } })
  const answer = await outwardFetch({})(plain.origin, { method: 'POST', body: 'secret', signal: signal() })
  expect(answer.status).toBe(307)
  expect(secure.calls).toHaveLength(0)
})

test('ends with its signal, also in the middle of a body', async () => {
  plain.fail('/', 'stall')
  const answer = await outwardFetch({})(plain.origin, { signal: AbortSignal.timeout(200) })
  await expect(answer.text()).rejects.toThrow()
})

test('a near host that takes no connection is given up after two seconds', async () => {
  const silent = await unacceptingPort()
  const startedAt = performance.now()
  await expect(outwardFetch({})(`http://${silent.host}/`, { signal: signal() })).rejects.toMatchObject({
    cause: { code: 'UND_ERR_CONNECT_TIMEOUT' },
  })
  silent.close()
  expect(performance.now() - startedAt).toBeLessThan(3_800)
})
