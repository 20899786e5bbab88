import { asyncProperty, constantFrom, oneof, property, string, uint8Array } from 'fast-check'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { basicCredentials, credentials, isBasic } from '../../../src/callers/secret/basic.ts'
import { fuzz, fuzzTimeoutMs } from '../../fakes/fuzz.ts'

const basic = (text: string | Uint8Array): string => `Basic ${Buffer.from(text as string).toString('base64')}`

function read(header: Parameters<typeof basicCredentials>[0]): readonly (readonly [string, string])[] {
  return basicCredentials(header).map(({ id, secret }) => [id, secret.reveal()])
}

describe('basicCredentials', () => {
  it.each<[string, string, [string, string][]]>([
    ['the example of RFC 7617 §2', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', [['Aladdin', 'open sesame']]],
    ['the example of RFC 7617 §2.1', 'Basic dGVzdDoxMjPCow==', [['test', '123£']]],
    ['a scheme in small letters', 'basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', [['Aladdin', 'open sesame']]],
    ['more spaces', 'BASIC   QWxhZGRpbjpvcGVuIHNlc2FtZQ==  ', [['Aladdin', 'open sesame']]],
    ['no padding', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ', [['Aladdin', 'open sesame']]],
    ['colons in the secret', basic('a:b:c:'), [['a', 'b:c:']]],
    ['an empty secret', basic('a:'), [['a', '']]],
    ['an empty id', basic(':b'), [['', 'b']]],
  ])('reads %s', (_what, header, expected) => {
    expect(read(header)).toEqual(expected)
  })

  it.each<[string, string, [string, string][]]>([
    [
      'what Go sends',
      'a%3Ab:s%2B+%C3%BC',
      [
        ['a%3Ab', 's%2B+%C3%BC'],
        ['a:b', 's+ ü'],
      ],
    ],
    [
      'what Java sends',
      'a:s+t/u=',
      [
        ['a', 's+t/u='],
        ['a', 's t/u='],
      ],
    ],
    ['a per cent sign that is no escape', 'a:100%', [['a', '100%']]],
    ['an escape that is no UTF-8', 'a:%ff', [['a', '%ff']]],
    ['an escaped control character', 'a:%00', [['a', '%00']]],
  ])('reads %s as it is, then form-decoded', (_what, text, expected) => {
    expect(read(basic(text))).toEqual(expected)
  })

  it.each<[string, Parameters<typeof basicCredentials>[0]]>([
    ['no header', undefined],
    ['several headers', ['Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==']],
    ['nothing', ''],
    ['the scheme alone', 'Basic'],
    ['the scheme and a space', 'Basic '],
    ['another scheme', 'Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['no colon', basic('abc')],
    ['no base64', 'Basic a:b'],
    ['two words', 'Basic QWxh ZGRpbjpv'],
    ['no UTF-8', basic(Uint8Array.of(0x61, 0x3a, 0xff))],
    ['a control character', basic('a:b\n')],
    ['a zero byte', basic('a\0:b')],
  ])('reads nothing from %s', (_what, header) => {
    expect(read(header)).toEqual([])
  })

  it('shows no secret when it is printed', () => {
    expect(inspect(basicCredentials(basic('a:s3cr3t')))).not.toContain('s3cr3t')
    expect(JSON.stringify(basicCredentials(basic('a:s3cr3t')))).not.toContain('s3cr3t')
  })

  it(
    'never throws, whatever the header is',
    async () => {
      const header = oneof(
        string({ unit: 'binary', maxLength: 300 }),
        string({ maxLength: 300 }).map((text) => `Basic ${text}`),
        uint8Array({ maxLength: 300 }).map(basic),
        string({ unit: constantFrom('%', '+', 'a', '2', 'F', ':', 'ü'), maxLength: 30 }).map(basic),
      )
      await fuzz(
        property(header, (text) => {
          const found = basicCredentials(text)
          expect(found.length).toBeLessThanOrEqual(2)
          for (const { id, secret } of found) expect(`${id}${secret.reveal()}`).not.toMatch(/\p{Cc}/u)
          if (found.length > 0) expect(isBasic(text)).toBe(true)
        }),
      )
    },
    fuzzTimeoutMs,
  )

  it(
    'reads back what was written, raw or encoded',
    async () => {
      const text = string({ unit: 'grapheme', maxLength: 40 }).filter((value) => !/\p{Cc}/u.test(value))
      const form = (value: string): string => new URLSearchParams({ x: value }).toString().slice(2)
      await fuzz(
        asyncProperty(text, text, (id, secret) => {
          if (!id.includes(':')) expect(read(basic(`${id}:${secret}`))[0]).toEqual([id, secret])
          expect(read(basic(`${form(id)}:${form(secret)}`)).at(-1)).toEqual([id, secret])
          return Promise.resolve()
        }),
      )
    },
    fuzzTimeoutMs,
  )
})

describe('isBasic', () => {
  it.each<[string | readonly string[] | undefined, boolean]>([
    ['Basic eDp5', true],
    ['bAsIc', true],
    ['Basic !', true],
    ['Basically eDp5', false],
    ['Bearer x', false],
    [undefined, false],
    [['Basic eDp5'], false],
  ])('of %j is %j', (header, expected) => {
    expect(isBasic(header)).toBe(expected)
  })
})

describe('credentials', () => {
  it('are none with control characters', () => {
    expect(credentials('a', 'b')?.id).toBe('a')
    expect(credentials('a\t', 'b')).toBeUndefined()
    expect(credentials('a', 'b\x7f')).toBeUndefined()
  })
})
