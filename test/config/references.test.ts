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

describe('an outlet', () => {
  const profiles = `{ orders: { source: client-credentials, issuer: https://idp.example, clientId: orders, assertion: { privateKeyFile: k } }, plain: {} }`

  it('has a file, mode 0600 unless it says otherwise, and a time between two assertions', async () => {
    const file = `profiles: ${profiles}
outlets:
  - { from: { assertion: orders }, to: { file: /run/a.jwt } }
  - { from: { assertion: orders }, to: { file: /run/b.jwt, mode: "0640", group: 1000, refresh: 10s } }
  - { from: { profile: plain }, to: { file: /run/token, mode: "440" } }`
    const { outlets } = await load({ file })
    expect(outlets).toEqual([
      { from: { assertion: 'orders' }, to: { file: '/run/a.jwt', mode: 0o600 } },
      { from: { assertion: 'orders' }, to: { file: '/run/b.jwt', mode: 0o640, group: 1000, refresh: 10_000 } },
      { from: { profile: 'plain' }, to: { file: '/run/token', mode: 0o440 } },
    ])
    expect(Object.isFrozen(outlets[0]?.to)).toBe(true)
  })

  it('is none by default', async () => {
    expect((await load({})).outlets).toEqual([])
  })

  it.each([
    ['{ from: { assertion: plain }, to: { file: f } }', 'from.assertion', 'is a profile without an assertion'],
    ['{ from: { assertion: ordrs }, to: { file: f } }', 'from.assertion', 'is no profile; did you mean orders?'],
    ['{ from: { profile: nope }, to: { file: f } }', 'from.profile', 'is no profile; there is orders, plain'],
    ['{ from: { token: orders }, to: { file: f } }', 'from', /must be { assertion: <profile> }/],
    ['{ from: { profile: plain, assertion: orders }, to: { file: f } }', 'from', /must be { assertion: <profile> }/],
    ['{ to: { file: f } }', 'from', /must be { assertion: <profile> }/],
    ['{ from: { profile: plain } }', 'to', 'is missing'],
    ['{ from: { profile: plain }, to: {} }', 'to.file', 'is missing'],
    ['{ from: { profile: plain }, to: { file: f, mode: 0640 } }', 'to.mode', /in quotes, such as "0640"/],
    ['{ from: { profile: plain }, to: { file: f, mode: "0644" } }', 'to.mode', /must be 0600, 0640/],
    ['{ from: { profile: plain }, to: { file: f, mode: "rw" } }', 'to.mode', /must be 0600, 0640/],
    ['{ from: { profile: plain }, to: { file: f, group: app } }', 'to.group', /number of a group/],
    ['{ from: { profile: plain }, to: { file: f, group: -1 } }', 'to.group', /number of a group/],
    ['{ from: { assertion: orders }, to: { file: f, refresh: 0 } }', 'to.refresh', /duration from 1s to 1h/],
    ['{ from: { profile: plain }, to: { file: f, refresh: 5s } }', 'to.refresh', /is for assertions/],
    ['{ from: { profile: plain }, to: { file: f, mod: "0600" } }', 'to.mod', /no such option/],
  ])('is refused as %s', async (outlet, place, problem) => {
    const faults = await faultsOf({ file: `profiles: ${profiles}\noutlets: [${outlet}]` })
    expect(faults.map(({ option }) => option)).toEqual([`outlets.0.${place}`])
    expect(faults[0]?.problem).toMatch(problem)
  })

  it('has a file for itself', async () => {
    const outlets =
      '[{ from: { profile: plain }, to: { file: a/f } }, { from: { assertion: orders }, to: { file: ./a/f } }]'
    expect(await faultsOf({ file: `profiles: ${profiles}\noutlets: ${outlets}` })).toEqual([
      { option: 'outlets.1.to.file', given: './a/f', problem: 'is the file of another outlet' },
    ])
  })

  it('is looked at for itself: the faults of two are told together with those of a profile', async () => {
    const file = `profiles: { a: { source: gpc } }
outlets: [{ from: { profile: b }, to: { file: f } }, { from: { assertion: a }, to: { file: g } }]`
    expect((await faultsOf({ file })).map(({ option }) => option).sort()).toEqual([
      'outlets.0.from.profile',
      'outlets.1.from.assertion',
      'profiles.a.source',
    ])
  })
})
