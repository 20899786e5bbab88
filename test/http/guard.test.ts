import { describe, expect, it } from 'vitest'
import { fromClient, guard, type GuardOptions } from '../../src/http/guard.ts'
import { wire } from './wire.ts'

function check(headers: Record<string, string | undefined>, options: GuardOptions = {}, remoteAddress = '127.0.0.1') {
  return () => {
    guard(options)(wire({ headers, remoteAddress }))
  }
}

describe('the guard', () => {
  it.each([
    'localhost',
    'localhost:14293',
    'LOCALHOST:1',
    '127.0.0.1',
    '127.0.0.1:14293',
    '127.1.2.3',
    '[::1]',
    '[::1]:14293',
  ])('takes Host: %s', (host) => {
    expect(check({ host })).not.toThrow()
  })

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:14293',
    'localhost.evil.example',
    'localhost:14293@evil.example',
    'localhost, evil.example',
    'localhost evil.example',
    '127.0.0.1.evil.example',
    '127.0.0.1.nip.io',
    '10.0.0.1',
    '169.254.169.254',
    '0.0.0.0:14293',
    '[::]',
    '[::1',
    '[fe80::1]:14293',
    'http://localhost',
    'metadata.google.internal',
  ])('refuses Host: %s', (host) => {
    expect(check({ host })).toThrow(expect.objectContaining({ code: 'ERR_REQUEST_HOST' }) as Error)
  })

  it('takes further names and, where asked to, any address', () => {
    expect(check({ host: 'Tokens.Kafka.svc:80' }, { allowedHosts: ['tokens.kafka.svc'] })).not.toThrow()
    expect(check({ host: 'evil.example' }, { allowedHosts: ['tokens.kafka.svc'] })).toThrow('evil.example')
    expect(check({ host: 'anything' }, { allowedHosts: ['*'] })).not.toThrow()
    expect(check({ host: '10.0.0.1:14293' }, { anyAddress: true })).not.toThrow()
    expect(check({ host: '[fd00::1]:14293' }, { anyAddress: true })).not.toThrow()
    expect(check({ host: 'evil.example' }, { anyAddress: true })).toThrow('evil.example')
  })

  it('looks at each Host, also after a good one', () => {
    const check = guard({})
    const ask = (host: string) => () => {
      check(wire({ headers: { host } }))
    }
    expect(ask('localhost')).not.toThrow()
    expect(ask('evil.example')).toThrow('evil.example')
    expect(ask('localhost')).not.toThrow()
  })

  it.each([
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ origin: 'http://localhost:14293' }],
    [{ origin: '' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
  ])('refuses what a web page sends: %j', (headers) => {
    expect(check(headers)).toThrow(expect.objectContaining({ code: 'ERR_REQUEST_CROSS_SITE', status: 403 }) as Error)
    expect(check(headers, { allowedHosts: ['*'] })).toThrow()
  })

  it.each([[{ 'x-forwarded-for': '10.0.0.9' }], [{ 'x-forwarded-for': '' }], [{ forwarded: 'for=10.0.0.9' }]])(
    'refuses what was forwarded: %j',
    (headers) => {
      const refused = expect.objectContaining({ code: 'ERR_REQUEST_FORWARDED', status: 403 }) as Error
      expect(check(headers)).toThrow(refused)
      expect(check(headers, { trustedProxies: ['10.0.0.1'] }, '10.0.0.2')).toThrow(refused)
      expect(check(headers, { trustedProxies: ['10.0.0.1'] }, '10.0.0.1')).not.toThrow()
      expect(check(headers, { trustedProxies: ['10.0.0.1'] }, '::ffff:10.0.0.1')).not.toThrow()
    },
  )

  it.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', true],
    ['127.0.0.1, 10.0.0.1', true],
    ['10.0.0.9', false],
    ['127.0.0.1, 10.0.0.9', false],
    ['10.0.0.9, 127.0.0.1', false],
    ['', false],
    ['unknown', false],
    ['127.0.0.1.evil.example', false],
  ])('goes by the header where the mount cannot tell the peer, as in Next: %j → %s', (forwarded, taken) => {
    const ask = (headers: Record<string, string>) => () => {
      guard({ trustedProxies: ['10.0.0.1'] })(wire({ headers, remoteAddress: undefined }))
    }
    if (taken) expect(ask({ 'x-forwarded-for': forwarded })).not.toThrow()
    else expect(ask({ 'x-forwarded-for': forwarded })).toThrow('forwarded requests are refused')
    expect(ask({ 'x-forwarded-for': forwarded, forwarded: 'for=127.0.0.1' })).toThrow()
  })

  it('takes what Node itself sends as fetch', () => {
    expect(check({ 'sec-fetch-mode': 'cors', 'user-agent': 'node' })).not.toThrow()
    expect(check({ 'sec-fetch-site': 'none' })).not.toThrow()
  })
})

describe('names in the certificate', () => {
  it('are those of this sidecar, without being listed', () => {
    const isOwnName = (name: string): boolean => name === 'tokens.example'
    const ask = (host: string) => () => {
      guard({ isOwnName })(wire({ headers: { host } }))
    }
    expect(ask('tokens.example:14293')).not.toThrow()
    expect(ask('TOKENS.example')).not.toThrow()
    expect(ask('other.example')).toThrow('not this sidecar')
  })
})

describe('the address of a client behind proxies', () => {
  const trusted = ['10.0.0.1', '10.0.0.2']
  const addressOf = (forwarded: string | undefined, remoteAddress: string | undefined) =>
    fromClient(wire({ headers: { 'x-forwarded-for': forwarded }, remoteAddress }), trusted).remoteAddress

  it.each([
    [undefined, '192.0.2.1', '192.0.2.1'],
    ['192.0.2.7', '10.0.0.1', '192.0.2.7'],
    // What the client wrote itself stands furthest to the left.
    ['127.0.0.1, 192.0.2.7', '10.0.0.1', '192.0.2.7'],
    ['192.0.2.7, 10.0.0.2', '::ffff:10.0.0.1', '192.0.2.7'],
    ['unknown', '10.0.0.1', '10.0.0.1'],
    ['', '10.0.0.1', '10.0.0.1'],
    ['2001:db8::7', '10.0.0.1', '2001:db8::7'],
    ['192.0.2.7', undefined, '192.0.2.7'],
  ])('is, for %j from %s, %s', (forwarded, peer, client) => {
    expect(addressOf(forwarded, peer)).toBe(client)
  })
})
