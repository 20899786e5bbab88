import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { subjectsByIssuer } from '../../../src/callers/assertion/subjects.ts'
import { literalStart, matchesPattern } from '../../../src/callers/assertion/subject-pattern.ts'
import { fuzz, fuzzTimeoutMs } from '../../fakes/fuzz.ts'

describe('a pattern of subjects', () => {
  it.each([
    ['system:serviceaccount:fraud:*', 'system:serviceaccount:fraud:app', true],
    ['system:serviceaccount:fraud:*', 'system:serviceaccount:fraud:app:x', false],
    ['system:serviceaccount:fraud:*', 'system:serviceaccount:fraud2:app', false],
    ['system:serviceaccount:fraud:*', 'system:serviceaccount:fraud', false],
    ['system:serviceaccount:fraud-*:*', 'system:serviceaccount:fraud-eu:app', true],
    ['system:serviceaccount:*:app', 'system:serviceaccount:fraud:app', true],
    ['system:serviceaccount:*:app', 'system:serviceaccount:a:b:app', false],
    ['spiffe://example/ns/*/sa/app', 'spiffe://example/ns/fraud/sa/app', true],
    ['spiffe://example/ns/*/sa/app', 'spiffe://example/ns/a/b/sa/app', false],
    ['spiffe://example/*', 'spiffe://example/a/b', false],
    ['spiffe://*/a', 'spiffe://evil/a', true],
    ['*', 'anything', true],
    ['*', 'a:b', false],
    ['*', '', true],
    ['a*', 'a', true],
    ['a*c*e', 'abcde', true],
    ['a*c*e', 'acce', true],
    ['a*ab', 'aaab', true],
    ['a**b', 'axb', true],
    ['a.c', 'abc', false],
    ['a.*', 'abc', false],
    ['(a|b)', 'a', false],
    ['a*', 'b', false],
    ['*a', 'ab', false],
    ['a', 'a', true],
    ['', 'a', false],
  ])('%s and %s: %s', (pattern, subject, expected) => {
    expect(matchesPattern(pattern, subject)).toBe(expected)
  })

  it('says what it begins with', () => {
    expect(literalStart('a:b-*:c*')).toBe('a:b-')
    expect(literalStart('a:b')).toBeUndefined()
  })

  it(
    'matches what the regular expression of it matches',
    async () => {
      const letters = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', '*', '.'), maxLength: 12 })
      const property = fc.property(letters, letters, (pattern, subject) => {
        const escaped = pattern.split('*').map((text) => text.replace(/[./]/g, '\\$&'))
        const expected = new RegExp(`^${escaped.join('[^:/]*')}$`).test(subject)
        expect(matchesPattern(pattern, subject)).toBe(expected)
      })
      await fuzz(property)
    },
    fuzzTimeoutMs,
  )

  it('takes no time to speak of, however it is made', () => {
    const began = performance.now()
    expect(matchesPattern(`${'a*'.repeat(500)}b`, 'a'.repeat(16_384))).toBe(false)
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})

describe('the subjects of an issuer', () => {
  const rule = (subject: string[], audience = ['x']) => ({
    profiles: ['p'],
    assertion: { issuer: 'https://a.example', audience, subject },
  })

  it('know their audiences, and those of no other', () => {
    const of = subjectsByIssuer({
      a: rule(['s'], ['x', 'y']),
      b: rule(['t'], ['z']),
      c: { profiles: ['p'], assertion: { issuer: 'https://b.example', audience: ['q'], subject: ['s'] } },
      d: { profiles: ['p'], secretHashes: ['scrypt$x'] },
    })
    expect([...of.keys()]).toEqual(['https://a.example', 'https://b.example'])
    expect([...(of.get('https://a.example')?.audiences ?? [])]).toEqual(['x', 'y', 'z'])
  })

  it('are found by the first of two patterns of the same length', () => {
    const of = subjectsByIssuer({ a: rule(['ab*']), b: rule(['*bc']) }).get('https://a.example')
    expect(of?.find('abc').map(({ caller }) => caller)).toEqual(['a'])
    expect(of?.find('xbc').map(({ caller }) => caller)).toEqual(['b'])
    expect(of?.find('x')).toEqual([])
  })
})
