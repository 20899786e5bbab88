import { describe, expect, it } from 'vitest'
import { JaasError, parseJaas } from '../../src/platform/jaas.ts'

const read = (options: string): Record<string, string> =>
  Object.fromEntries(parseJaas(`a.B required ${options};`).options)

describe('parseJaas', () => {
  it.each([
    ['a.b.Module required;', { module: 'a.b.Module', flag: 'required' }],
    ['  a.B$C-d_e\n  Optional\n;\n', { module: 'a.B$C-d_e', flag: 'optional' }],
    ['"a.B" \'SUFFICIENT\';', { module: 'a.B', flag: 'sufficient' }],
    ['/* all */ a.B // the module\n requisite; // end', { module: 'a.B', flag: 'requisite' }],
  ])('reads the module and its flag: %j', (text, expected) => {
    expect(parseJaas(text)).toMatchObject(expected)
  })

  it.each([
    ['', {}],
    ['clientId="orders" clientSecret="a b;c=d"', { clientId: 'orders', clientSecret: 'a b;c=d' }],
    ['a=\'it is "so"\' b="it\'s"', { a: 'it is "so"', b: "it's" }],
    ['a=word b = x.y-z_1$', { a: 'word', b: 'x.y-z_1$' }],
    ['a="1"b="2"', { a: '1', b: '2' }],
    ['a="1" a="2"', { a: '2' }],
    ['ssl.truststore.location="/tls/ca.pem"', { 'ssl.truststore.location': '/tls/ca.pem' }],
    ['a="\\"\\\\\\n\\t\\a\\b\\f\\r\\v\\z"', { a: '"\\\n\t\x07\b\f\r\vz' }],
    ['a="\\101\\7\\78\\400\\0"', { a: 'A\x07\x078 0\0' }],
    ['a="" b="é€"', { a: '', b: 'é€' }],
    ['a="//" b="/* */"', { a: '//', b: '/* */' }],
    ['a="1" / a lone slash begins a comment\n b="2"', { a: '1', b: '2' }],
  ])('reads the options of %j as Kafka does', (options, expected) => {
    expect(read(options)).toEqual(expected)
  })

  it.each([
    ['', 'names no login module'],
    [' // nothing', 'names no login module'],
    ['= required;', 'must begin with the class of a login module'],
    ['a.B', 'must have one of required, requisite, sufficient, optional after the login module'],
    ['a.B needed;', 'must have one of required, requisite, sufficient, optional after the login module'],
    ['a.B required', 'must end in a semicolon'],
    ['a.B required a="1"', 'must end in a semicolon'],
    ['a.B required a="hunter2;', 'has a quote that is not closed'],
    ['a.B required a="hunter2\n";', 'has a quote that is not closed'],
    [
      'a.B required clientId="a" hunter2;',
      /^has no option with a value after the option clientId; options are written/,
    ],
    ['a.B required a;', /^has no option with a value after the flag;/],
    ['a.B required a=1;', /^has no option with a value after the flag;/],
    ['a.B required a=/hunter2;', /^has no option with a value after the flag;/],
    ['a.B required; c.D required;', 'must hold one login module'],
  ])('refuses %j, and repeats no value', (text, words) => {
    expect(() => parseJaas(text)).toThrow(JaasError)
    expect(() => parseJaas(text)).toThrow(typeof words === 'string' ? new Error(words) : words)
    expect(() => parseJaas(text)).not.toThrow(/hunter2/)
  })
})
