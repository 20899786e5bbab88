import { describe, expect, it } from 'vitest'
import { brokerDoubts } from '../../src/token/broker-doubts.ts'

const now = 1_800_000_000
const claims = { sub: 'orders', iat: now, exp: now + 3600 }
const header = { alg: 'RS256' }

describe('what a broker may refuse although clients take it', () => {
  it.each([
    ['nothing', header, claims, []],
    ['a clock that is a little off', header, { ...claims, iat: now + 30, nbf: now + 30 }, []],
    ['no iat', header, { ...claims, iat: undefined }, ['has no iat, which brokers ask for']],
    ['an iat in the future', header, { ...claims, iat: now + 90 }, ['has an iat 90 s in the future']],
    ['an nbf in the future', header, { ...claims, nbf: now + 61 }, ['has an nbf 61 s in the future']],
    ['a shared secret', { alg: 'HS256' }, claims, ['is signed with HS256, which a JWK Set for brokers cannot verify']],
    ['no signature', { alg: 'none' }, claims, ['is not signed']],
    ['no algorithm', {}, claims, ['is not signed']],
    ['a short life', header, { ...claims, exp: now + 20 }, ['lives 20 s, so clients ask and log in all the time']],
    ['an envelope of Google', { alg: 'GOOG_OAUTH2_TOKEN' }, { ...claims, iat: undefined }, []],
  ])('is %s', (_name, head, body, doubts) => {
    expect(brokerDoubts({ header: head, claims: body }, now * 1000)).toEqual(doubts)
  })
})
