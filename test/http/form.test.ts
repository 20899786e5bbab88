import { describe, expect, it } from 'vitest'
import { parseForm } from '../../src/http/form.ts'

describe('parseForm', () => {
  it.each([
    ['grant_type=client_credentials', { grant_type: 'client_credentials' }],
    ['', {}],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=1&&b=2&', { a: '1', b: '2' }],
    ['scope=kafka+read', { scope: 'kafka read' }],
    ['scope=kafka%20read', { scope: 'kafka read' }],
    ['scope=kafka read', { scope: 'kafka read' }],
    ['scope=kafka%2Bread', { scope: 'kafka+read' }],
    ['scope=%C3%BC', { scope: 'ü' }],
    ['scope=ü', { scope: 'ü' }],
    ['a=b=c', { a: 'b=c' }],
    ['a%5Bb=1', { 'a[b': '1' }],
    ['__proto__=x&constructor=y', { ['__proto__']: 'x', constructor: 'y' }],
    // Parameters without a value count as omitted (RFC 6749 §3.2).
    ['scope=&a', {}],
    ['audience=a&audience=b&resource=c&resource=d', { audience: 'a', resource: 'c' }],
  ])('reads %j', (text, expected) => {
    expect(parseForm(Buffer.from(text))).toEqual(new Map(Object.entries(expected)))
    expect(parseForm(text)).toEqual(new Map(Object.entries(expected)))
  })

  it.each([
    ['a repeated parameter', 'scope=a&scope=b', 'ERR_REQUEST_PARAMETER_REPEATED'],
    ['a repeated grant_type', 'grant_type=client_credentials&grant_type=password', 'ERR_REQUEST_PARAMETER_REPEATED'],
    ['a parameter repeated under another spelling', 'scope=a&s%63ope=b', 'ERR_REQUEST_PARAMETER_REPEATED'],
    ['a repeated parameter without a value', 'scope=&scope=a', 'ERR_REQUEST_PARAMETER_REPEATED'],
    ['a broken escape', 'scope=%zz', 'ERR_REQUEST_BODY'],
    ['an escape cut off', 'scope=%', 'ERR_REQUEST_BODY'],
    ['an escape that is no UTF-8', 'scope=%ff', 'ERR_REQUEST_BODY'],
    ['a broken escape in a name', '%=a', 'ERR_REQUEST_BODY'],
  ])('refuses %s', (_case, text, code) => {
    expect(() => parseForm(text)).toThrow(expect.objectContaining({ code }) as Error)
  })

  it.each([[[0xff]], [[0xc3]], [[0xed, 0xa0, 0x80]], [[0xf8, 0x88, 0x80, 0x80, 0x80]]])(
    'refuses bytes that are no UTF-8: %j',
    (bytes) => {
      expect(() => parseForm(Uint8Array.from([...Buffer.from('scope='), ...bytes]))).toThrow('not valid UTF-8')
    },
  )
})
