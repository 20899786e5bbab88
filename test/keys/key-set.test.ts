import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { thumbprint } from '../../src/keys/jwk.ts'
import { newest, oldest, parseKeySet, type KeySet } from '../../src/keys/key-set.ts'
import { TokenError } from '../../src/token/error.ts'
import { pkcs8 } from './key-forms.ts'

const ec = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const [a, b] = [ec(), ec()]
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const jwkOf = (key: KeyObject, more: object = {}): Record<string, unknown> => ({
  ...key.export({ format: 'jwk' }),
  ...more,
})
const kidOf = (key: KeyObject): string => thumbprint(key.export({ format: 'jwk' }))
const publicHalf = ({ d: _d, ...jwk }: Record<string, unknown>): Record<string, unknown> => jwk
const setOf = (...keys: readonly unknown[]): string => JSON.stringify({ keys })
const parse = (text: string): KeySet => parseKeySet(text, { algorithm: 'ES256', from: '/keys/set.json' })

function seen({ own, published }: KeySet): unknown {
  return { own: own.map(({ jwk, addedAt }) => [jwk.kid, addedAt]), published: published.map(({ kid }) => kid) }
}

describe('a file of signing keys', () => {
  it.each<[string, string, object]>([
    ['one key in PEM form, there always', pkcs8(a), { own: [[kidOf(a), -Infinity]], published: [kidOf(a)] }],
    ['one JWK', JSON.stringify(jwkOf(a, { kid: 'a', iat: 7 })), { own: [['a', 7_000]], published: ['a'] }],
    [
      'a set with the time at which each was added',
      setOf(jwkOf(a, { kid: 'a', iat: 1_800_000_000 }), jwkOf(b, { iat: 1_800_003_600.5 })),
      {
        own: [
          ['a', 1_800_000_000_000],
          [kidOf(b), 1_800_003_600_500],
        ],
        published: ['a', kidOf(b)],
      },
    ],
    [
      'a set behind a byte order mark',
      `\uFEFF${setOf(jwkOf(a))}`,
      { own: [[kidOf(a), -Infinity]], published: [kidOf(a)] },
    ],
    [
      'keys that are published only: for another algorithm, or public ones',
      setOf(jwkOf(rsa, { kid: 'rsa' }), publicHalf(jwkOf(b, { kid: 'b' })), jwkOf(a, { kid: 'a' })),
      { own: [['a', -Infinity]], published: ['a', 'rsa', 'b'] },
    ],
    [
      'keys that are not for signatures, or of no use here',
      setOf(jwkOf(a, { kid: 'a' }), jwkOf(b, { use: 'enc' }), { kty: 'oct', k: 'AA' }),
      { own: [['a', -Infinity]], published: ['a'] },
    ],
  ])('may hold %s', (_what, text, expected) => {
    expect(seen(parse(text))).toEqual(expected)
  })

  const noTime = 'is no time. Write seconds since the epoch, as date +%s prints them'
  it.each<[string, string, string]>([
    ['nothing', '', 'nothing: the file is empty'],
    ['half a set', setOf(jwkOf(a)).slice(0, 80), '[ERR_KEY_FILE]'],
    ['an empty set', setOf(), 'a JWK Set without a private key'],
    ['a set of public keys', setOf(publicHalf(jwkOf(a))), 'a public key, not a private one'],
    ['keys of another algorithm alone', setOf(jwkOf(rsa), jwkOf(rsa, { kid: 'b' })), 'none of them to sign with ES256'],
    ['a broken key among good ones', setOf(jwkOf(a), jwkOf(b, { d: 'AAAA' })), 'incomplete or damaged'],
    ['a key with half of another', setOf(jwkOf(a), { ...jwkOf(b), d: jwkOf(a)['d'] }), 'incomplete or damaged'],
    ['one kid twice', setOf(jwkOf(a, { kid: 'k' }), jwkOf(b, { kid: 'k' })), 'holds two keys with the kid k.'],
    ['one key twice', setOf(jwkOf(a), jwkOf(a)), `holds two keys with the kid ${kidOf(a)}.`],
    ['a date for iat', setOf(jwkOf(a, { kid: 'a', iat: '2026-01-01' })), `iat of the key a ${noTime}`],
    ['milliseconds for iat', setOf(jwkOf(a, { iat: 1_800_000_000_000 })), `in which iat ${noTime}`],
    ['a negative iat', setOf(jwkOf(a, { iat: -1 })), noTime],
  ])('may not hold %s', (_what, text, problem) => {
    const error = (() => {
      try {
        return parse(text)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(TokenError)
    const { description } = error as TokenError
    expect(description).toContain(problem)
    expect(description).not.toContain(String(jwkOf(a)['d']))
  })

  it('signs by each of its own keys, with the kid that is published', async () => {
    for (const { jwk, signer } of parse(setOf(jwkOf(a, { kid: 'a' }), jwkOf(b))).own) {
      expect(await signer.publicJwks()).toEqual([jwk])
    }
  })
})

describe('the age of keys', () => {
  it.each([
    ['one after the other', [1, 2, 3], 2, 0],
    ['in any order', [2, 3, 1], 1, 2],
    ['the first of equals', [5, 5], 0, 0],
    ['there always', [-Infinity, -Infinity, 1], 2, 0],
    ['all there always', [-Infinity, -Infinity], 0, 0],
  ])('is told by when they were added: %s', (_how, times, newestAt, oldestAt) => {
    const keys = times.map((addedAt, index) => ({ addedAt, index }))
    expect([newest(keys)?.index, oldest(keys)?.index]).toEqual([newestAt, oldestAt])
  })
})
