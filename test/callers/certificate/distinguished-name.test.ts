import { property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalizedDn } from '../../../src/callers/certificate/distinguished-name.ts'
import { alternativeNames } from '../../../src/callers/certificate/peer-certificate.ts'
import { fuzz, fuzzTimeoutMs } from '../../fakes/fuzz.ts'

describe('normalizedDn', () => {
  it.each([
    // RFC 4514 §4
    ['UID=jsmith,DC=example,DC=net', 'uid=jsmith, dc=example, dc=net'],
    ['OU=Sales+CN=J.  Smith,DC=example,DC=net', 'CN=J.  Smith+OU=Sales,DC=example,DC=net'],
    ['CN=James \\"Jim\\" Smith\\, III,DC=example,DC=net', 'cn="James \\"Jim\\" Smith, III", dc=example, dc=net'],
    ['CN=Before\\0dAfter,DC=example,DC=net', 'CN=Before\\0DAfter,DC=example,DC=net'],
    ['CN=Lu\\C4\\8Di\\C4\\87', 'CN=Lučić'],
    ['1.3.6.1.4.1.1466.0=#04024869', 'OID.1.3.6.1.4.1.1466.0=#04024869'],
    ['CN=a,O=b', 'commonName=a,organizationName=b'],
    ['CN=a,O=b', '2.5.4.3=a;2.5.4.10=b'],
    ['E=a@b', 'emailAddress=a@b'],
    ['CN=\\ a\\ ', 'CN=\\20a\\20'],
    ['CN=a\\=b', 'CN=a=b'],
    ['CN=', 'CN= '],
    ['CN=\\\\41', 'CN=\\5C41'],
  ])('of %s is that of %s', (one, another) => {
    expect(normalizedDn(one)).toBeDefined()
    expect(normalizedDn(one)).toBe(normalizedDn(another))
  })

  it.each([
    ['CN=a', 'CN=A'],
    ['CN=a,O=b', 'O=b,CN=a'],
    ['CN=a,O=b', 'CN=a+O=b'],
    ['CN=a\\,O=b', 'CN=a,O=b'],
    ['CN=a', 'O=a'],
    ['CN=a', 'CN=a '.concat('\\ ')],
    ['CN=a  b', 'CN=a b'],
    ['constructor=a', 'CN=a'],
  ])('of %s is not that of %s', (one, another) => {
    expect(normalizedDn(one)).toBeDefined()
    expect(normalizedDn(one)).not.toBe(normalizedDn(another))
  })

  it.each(['', 'a', '=a', 'CN=a,', 'CN=a,,O=b', 'CN=a+', 'CN="a', 'CN=a"b', 'CN=a\\', ',CN=a', '/CN=a/O=b'])(
    'there is none of %j',
    (text) => {
      expect(normalizedDn(text)).toBeUndefined()
    },
  )

  it.each([' ', '\\', '\\ ', 'a', 'CN=', '\\41', '"', '+'])('takes no long time for %j many times', (part) => {
    for (const end of ['', '"', '\\', ',']) {
      normalizedDn(`CN=${part.repeat(50_000)}${end}`)
      normalizedDn(`CN${part.repeat(50_000)}${end}`)
    }
  })
})

describe('alternativeNames', () => {
  it.each([
    ['', []],
    ['DNS:a.example', [['DNS', 'a.example']]],
    [
      'DNS:a, URI:spiffe://a/b, IP Address:1.2.3.4',
      [
        ['DNS', 'a'],
        ['URI', 'spiffe://a/b'],
        ['IP Address', '1.2.3.4'],
      ],
    ],
    ['DNS:"a\\u002c DNS:b"', [['DNS', 'a, DNS:b']]],
    [
      'DirName:"CN=a\\u002cO=b", othername:<unsupported>, DNS:c',
      [
        ['DirName', 'CN=a,O=b'],
        ['othername', '<unsupported>'],
        ['DNS', 'c'],
      ],
    ],
    [
      'othername:XmppAddr:a@b, DNS:',
      [
        ['othername', 'XmppAddr:a@b'],
        ['DNS', ''],
      ],
    ],
  ])('reads %j', (text, names) => {
    expect(alternativeNames(text)?.map(({ type, name }) => [type, name])).toEqual(names)
  })

  it.each(['a', 'DNS:a,DNS:b', 'DNS:a, ', 'DNS:"a', 'DNS:"a"b', 'DNS:a"b', 'DNS:"\\x"', ', DNS:a', 'DNS:a, b'])(
    'reads nothing at all from %j',
    (text) => {
      expect(alternativeNames(text)).toBeUndefined()
    },
  )

  it(
    'never throws',
    async () => {
      await fuzz(
        property(string({ unit: 'binary' }), (text) => {
          alternativeNames(`DNS:${text}`)
          normalizedDn(`CN=${text}`)
        }),
      )
    },
    fuzzTimeoutMs,
  )
})
