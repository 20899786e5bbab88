import { describe, expect, it } from 'vitest'
import { JavaPropertiesError, parseJavaProperties } from '../../src/platform/java-properties.ts'

const read = (text: string): Record<string, string> => Object.fromEntries(parseJavaProperties(text))

describe('parseJavaProperties', () => {
  // The examples of java.util.Properties.load.
  it.each([
    ['Truth = Beauty', { Truth: 'Beauty' }],
    [' Truth:Beauty', { Truth: 'Beauty' }],
    ['Truth                    :Beauty', { Truth: 'Beauty' }],
    [
      'fruits                           apple, banana, pear, \\\n                                  cantaloupe, watermelon, \\\n                                  kiwi, mango',
      { fruits: 'apple, banana, pear, cantaloupe, watermelon, kiwi, mango' },
    ],
    ['cheeses', { cheeses: '' }],
    ['\\:\\=', { ':=': '' }],
    ['\\:\\==a', { ':=': 'a' }],
  ])('reads what the Java documentation shows: %j', (text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  it.each([
    ['', {}],
    ['\n \t\n\f\n', {}],
    ['# no\n  ! no\na=1 # yes', { a: '1 # yes' }],
    ['# goes on \\\na=1', { a: '1' }],
    ['a=1\r\nb=2\rc=3\nd=4', { a: '1', b: '2', c: '3', d: '4' }],
    ['a=b=c:d', { a: 'b=c:d' }],
    ['a = = b', { a: '= b' }],
    ['a :=b', { a: '=b' }],
    ['a b c', { a: 'b c' }],
    ['a\tb\f', { a: 'b\f' }],
    ['a=  1  ', { a: '1  ' }],
    ['a\\ b=c', { 'a b': 'c' }],
    ['=x', { '': 'x' }],
    ['a=1\na=2', { a: '2' }],
    ['a=\\t\\n\\r\\f\\\\\\"\\z\\b', { a: '\t\n\r\f\\"zb' }],
    ['a=\\u0041\\u00e9\\u20AC', { a: 'Aé€' }],
    ['a=caf\u00e9 €', { a: 'café €' }],
    ['\uFEFFa=1', { a: '1' }],
    ['a=1\\', { a: '1' }],
    ['a=1\\\\\nb=2', { a: '1\\', b: '2' }],
    ['a=1\\\\\\\n  b=2', { a: '1\\b=2' }],
    ['a=1\\\r\n\t# 2', { a: '1# 2' }],
    ['a=1\\\n\nb=2', { a: '1', b: '2' }],
    ['\\\n# no\na=1', { a: '1' }],
    ['a=1\\\n   \\\n 2', { a: '12' }],
    ['__proto__=1', Object.fromEntries([['__proto__', '1']])],
  ])('does with %j as Java does', (text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  it.each(['a=\\u12', 'x=1\n\na=\\uzzzz hunter2', '\\u=1'])('refuses half an escape by its line: %j', (text) => {
    expect(() => parseJavaProperties(text)).toThrow(JavaPropertiesError)
    expect(() => parseJavaProperties(text)).toThrow(/^line [13]: \\u needs four hexadecimal digits$/)
  })

  it('reads a long file, and long runs of backslashes, in no time', () => {
    const text =
      `a=${'\\\\'.repeat(50_000)}\n`.repeat(3) + Array.from({ length: 20_000 }, (_, at) => `k${at}=v\n`).join('')
    expect(parseJavaProperties(text)).toHaveProperty('size', 20_001)
  })
})
