import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { replays, type Use } from '../../../src/callers/assertion/replay.ts'
import { assertionFixture, issuerConfig, type AssertionFixture } from './assertions.ts'

const fraud = { caller: 'fraud', by: 'assertion' }
const usedBefore = 'the assertion was used before (jti)'

describe('an assertion of an issuer with jti: once', () => {
  let of: AssertionFixture
  beforeEach(async () => {
    of = await assertionFixture({ issuer: { jti: 'once' } })
  })
  afterEach(() => of.close())

  it('is the same request for 60 s, however often it is sent, and then a replay', async () => {
    const token = of.good({ jti: 'a' })
    expect(await Promise.all([of.present(token), of.present(token)])).toEqual([fraud, fraud])
    await of.platform.pass(59_999)
    expect(await of.present(token)).toEqual(fraud)
    await of.platform.pass(1)
    expect(await of.refusal(token)).toMatchObject({ code: 'ERR_CALLER_ASSERTION', message: usedBefore })
  })

  it('is a replay in other bytes at once', async () => {
    await of.present(of.good({ jti: 'a' }))
    expect((await of.refusal(of.good({ jti: 'a' }))).message).toBe(usedBefore)
    expect(await of.present(of.good({ jti: 'b' }))).toEqual(fraud)
  })

  it('is a replay where two of one jti arrive together: one of them is taken', async () => {
    const both = await Promise.allSettled([of.present(of.good({ jti: 'a' })), of.present(of.good({ jti: 'a' }))])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it.each([undefined, ''])('needs a jti (%j)', (jti) => {
    const message = 'the assertion has no jti, and this issuer has jti: once'
    expect(() => of.present(of.good({ jti }))).toThrow(message)
  })

  it('does not use up the jti where it was refused', async () => {
    await of.refusal(of.good({ jti: 'a', sub: 'nobody' }))
    expect(await of.present(of.good({ jti: 'a' }))).toEqual(fraud)
  })

  it('is a replay also after the configuration has changed, twice even', async () => {
    await of.present(of.good({ jti: 'a' }))
    of.replace(undefined, { [of.issuer]: issuerConfig({ jti: 'once', jwksUri: `${of.issuer}/jwks` }) })
    expect((await of.refusal(of.good({ jti: 'a' }))).message).toBe(usedBefore)
    of.replace({})
    of.replace()
    expect((await of.refusal(of.good({ jti: 'a' }))).message).toBe(usedBefore)
  })

  it('is refused for as long as it could be accepted otherwise, skew included', async () => {
    const exp = Math.floor(of.platform.now() / 1000) + 100
    await of.present(of.good({ jti: 'a', exp }))
    await of.platform.pass(129_999)
    expect((await of.refusal(of.good({ jti: 'a', exp }))).message).toBe(usedBefore)
    await of.platform.pass(1)
    expect((await of.refusal(of.good({ jti: 'a', exp }))).message).toBe('the assertion expired 30 s ago')
  })
})

describe('an assertion of an issuer with jti: any', () => {
  it('may be sent again for its whole life', async () => {
    const of = await assertionFixture()
    const token = of.good({ jti: 'a' })
    for (let n = 0; n < 5; n++) {
      expect(await of.present(token)).toEqual(fraud)
      await of.platform.pass(60_000)
    }
    await of.close()
  })
})

describe('the memory of what was used', () => {
  const use = (jtiDigest: string, more: Partial<Use> = {}): Use => ({
    jtiDigest,
    tokenDigest: jtiDigest,
    expiresAt: 100_000,
    now: 0,
    monotonicNow: 0,
    ...more,
  })

  it('is full at some point, and then refuses instead of forgetting', () => {
    const of = replays('https://a.example', 2)
    of.use(use('a'))
    of.use(use('b', { expiresAt: 10_000 }))
    expect(() => {
      of.use(use('c'))
    }).toThrow(expect.objectContaining({ code: 'ERR_REQUEST_OVERLOAD', status: 503 }))
    of.use(use('a'))
    const later = { now: 40_000, monotonicNow: 40_000, expiresAt: 200_000 }
    of.use(use('c', later))
    expect(() => {
      of.use(use('d', later))
    }).toThrow('2 assertions of https://a.example were used and have not expired')
  })

  it('holds the same bytes to be the same request where their acceptance was forgotten', () => {
    const of = replays('https://a.example')
    of.use(use('a'))
    of.use(use('a', { monotonicNow: 59_999 }))
    expect(() => {
      of.use(use('a', { monotonicNow: 60_000 }))
    }).toThrow(usedBefore)
  })

  it('is empty when all have expired', () => {
    const of = replays('https://a.example')
    expect(of.isEmpty(0)).toBe(true)
    of.use(use('a'))
    expect(of.isEmpty(129_999)).toBe(false)
    expect(of.isEmpty(130_000)).toBe(true)
  })
})
