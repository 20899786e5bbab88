import { describe, expect, it } from 'vitest'
import { faultsOf, load } from './loading.ts'

const exchange = (from: string): string =>
  `{ source: token-exchange, issuer: https://idp.example, subjectToken: { profile: ${from} } }`
const asserting = (from: string): string =>
  `{ source: jwt-bearer, issuer: https://idp.example, assertion: { profile: ${from} } }`

describe('a profile that uses another', () => {
  it.each([
    ['the token of another', `{ a: ${exchange('b')}, b: {} }`],
    ['an assertion of another', `{ a: ${asserting('b')}, b: {} }`],
    ['a chain', `{ a: ${exchange('b')}, b: ${exchange('c')}, c: ${asserting('d')}, d: {} }`],
    ['two that use one', `{ a: ${exchange('c')}, b: ${exchange('c')}, c: {} }`],
    ['one with a name of JavaScript', `{ a: ${exchange('constructor')}, constructor: {} }`],
  ])('is taken: %s', async (_case, profiles) => {
    await expect(load({ file: `profiles: ${profiles}` })).resolves.toBeDefined()
  })

  it.each([
    [`{ a: ${exchange('other')}, b: {} }`, 'profiles.a.subjectToken.profile', 'other', 'is no profile; there is a, b'],
    [`{ a: ${exchange('ordrs')}, orders: {} }`, 'profiles.a.subjectToken.profile', 'ordrs', /did you mean orders\?/],
    [`{ a: ${asserting('toString')} }`, 'profiles.a.assertion.profile', 'toString', 'is no profile; there is a'],
    [`{ a: ${exchange('a')} }`, 'profiles.a.subjectToken.profile', 'a', 'goes round in a circle: a → a'],
    [
      `{ a: ${exchange('b')}, b: ${asserting('c')}, c: ${exchange('a')} }`,
      'profiles.a.subjectToken.profile',
      'b',
      'goes round in a circle: a → b → c → a',
    ],
    [
      `{ x: ${exchange('b')}, b: ${exchange('c')}, c: ${exchange('b')} }`,
      'profiles.b.subjectToken.profile',
      'c',
      'goes round in a circle: b → c → b',
    ],
  ])('is refused in %s', async (profiles, option, given, problem) => {
    const faults = await faultsOf({ file: `profiles: ${profiles}` })
    expect(faults).toEqual([{ option, given, problem: expect.stringMatching(problem) as string }])
  })

  it('tells each of two circles once', async () => {
    const profiles = `{ a: ${exchange('b')}, b: ${exchange('a')}, c: ${exchange('d')}, d: ${exchange('c')} }`
    const faults = await faultsOf({ file: `profiles: ${profiles}` })
    expect(faults.map(({ problem }) => problem)).toEqual([
      'goes round in a circle: a → b → a',
      'goes round in a circle: c → d → c',
    ])
  })

  it('may be one of ten thousand in a chain, and is told in one short line where that has no end', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `p${index}`)
    const chain = (end: string): string =>
      `profiles: { end: {}, ${names.map((name, index) => `${name}: ${exchange(names[index + 1] ?? end)}`).join(', ')} }`
    await expect(load({ file: chain('end') })).resolves.toBeDefined()
    const [circle] = await faultsOf({ file: chain('p0') })
    expect(circle?.problem).toMatch(/^goes round in a circle: p0 → p1 → .{0,60}… → p0$/)
    const [unknown] = await faultsOf({ file: chain('nowhere') })
    expect(unknown).toMatchObject({ option: 'profiles.p9999.subjectToken.profile', given: 'nowhere' })
    expect(unknown?.problem).toMatch(/^is no profile; there is end, p0, .{0,60}…, p9999$/)
  }, 30_000)

  it('is told at the flag that names it', async () => {
    const faults = await faultsOf({
      argv: '--source token-exchange --issuer https://idp.example --subject-token-profile nope',
    })
    expect(faults).toEqual([
      { option: '--subject-token-profile', given: 'nope', problem: 'is no profile; there is default' },
    ])
  })

  it('is not followed into parameters and claims', async () => {
    const file =
      'profiles: { default: { source: self-issued, claims: { profile: nope, assertion: { profile: nope } } } }'
    await expect(load({ file })).resolves.toBeDefined()
  })
})

describe('the address of a provider', () => {
  it.each(['http://localhost:14293/token', 'http://127.0.0.1:14293/', 'http://[::1]:14293/token'])(
    'cannot be the sidecar itself: %s',
    async (url) => {
      const file = `profiles: { a: { source: client-credentials, clientId: a, clientAuth: none, tokenEndpoint: '${url}' } }`
      const [fault, ...others] = await faultsOf({ file })
      expect(others).toEqual([])
      expect(fault).toMatchObject({ option: 'profiles.a.tokenEndpoint', given: url })
      expect(fault?.problem).toContain('is this sidecar itself')
      await expect(load({ file, argv: '--port 14294' })).resolves.toBeDefined()
    },
  )
})
