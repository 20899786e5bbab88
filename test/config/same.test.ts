import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import { isSame } from '../../src/config/same.ts'
import { Secret } from '../../src/platform/secret.ts'

const profile = (clientSecret: Secret, changes: object = {}) =>
  parseConfig({
    profiles: {
      orders: {
        source: 'client-credentials',
        issuer: 'https://idp.example',
        clientId: 'orders',
        clientSecret,
        ...changes,
      },
    },
  }).profiles['orders']

describe('isSame', () => {
  it.each([
    ['nothing and nothing', undefined, undefined],
    ['the same in another order', { a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }],
    ['not a number', { a: Number.NaN }, { a: Number.NaN }],
    ['what is named __proto__', JSON.parse('{"__proto__": 1}'), JSON.parse('{"__proto__": 1}')],
  ])('finds no difference in %s', (_case, a: unknown, b: unknown) => {
    expect(isSame(a, b)).toBe(true)
  })

  it.each([
    ['nothing and something', undefined, {}],
    ['a profile that is gone', { a: 1 }, undefined],
    ['a list in another order', ['a', 'b'], ['b', 'a']],
    ['a text and a number', { a: '1' }, { a: 1 }],
    ['zero and false', { a: 0 }, { a: false }],
    ['what is left out and what is undefined', { a: undefined }, {}],
    ['deep inside', { a: { b: { c: [1, 2] } } }, { a: { b: { c: [1, 3] } } }],
    ['what is named __proto__', JSON.parse('{"__proto__": 1}'), JSON.parse('{"__proto__": 2}')],
  ])('finds the difference of %s', (_case, a: unknown, b: unknown) => {
    expect(isSame(a, b)).toBe(false)
    expect(isSame(b, a)).toBe(false)
  })

  it('looks into secrets, which show nothing of themselves', () => {
    expect(isSame(profile(new Secret('one')), profile(new Secret('one')))).toBe(true)
    expect(isSame(profile(new Secret('one')), profile(new Secret('two')))).toBe(false)
    expect(isSame(profile(new Secret('one')), profile(new Secret('one'), { scope: 'kafka' }))).toBe(false)
    expect(isSame(new Secret(''), undefined)).toBe(false)
  })

  it('keeps apart which of two secrets is which', () => {
    const [one, two] = [new Secret('one'), new Secret('two')]
    expect(isSame({ a: one, b: two }, { a: two, b: one })).toBe(false)
    expect(isSame([one, [two]], [one, [two]])).toBe(true)
    expect(isSame({ a: one, b: one }, { a: one, b: new Secret('one') })).toBe(true)
  })

  it('comes to an end where a section holds itself', () => {
    const round = (): object => {
      const section: Record<string, unknown> = { secret: new Secret('one') }
      section['self'] = section
      return section
    }
    expect(isSame(round(), round())).toBe(true)
  })
})
