import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DelegationToken } from '../../src/kafka/delegation-token.ts'
import { candidates } from '../../src/kafka/keeper/candidates.ts'
import { overlapOf, renewAt, replaceAt } from '../../src/kafka/keeper/times.ts'
import { Secret } from '../../src/platform/secret.ts'

const hour = 3_600_000
const now = 1_000 * hour

const token = (changes: Partial<DelegationToken> = {}): DelegationToken => ({
  tokenId: 'a',
  hmac: new Secret('hmac'),
  owner: 'User:spark',
  requester: 'User:admin',
  renewers: ['User:admin'],
  issuedAt: now,
  expiresAt: now + hour,
  maxLifetimeAt: now + 24 * hour,
  ...changes,
})

const identity = { owner: 'User:spark', self: 'User:admin', renewers: [] }

describe('which token is the one that is kept', () => {
  it.each<readonly [string, Partial<DelegationToken>, Partial<Parameters<typeof candidates>[1]>, boolean]>([
    ['ours', {}, {}, true],
    ['that of another owner', { owner: 'User:flink' }, {}, false],
    ['one that somebody else asked for', { requester: 'User:other' }, {}, false],
    ['one that we may not renew', { renewers: [] }, {}, false],
    ['one of our own, which the owner may renew', { owner: 'User:admin', renewers: [] }, { owner: 'User:admin' }, true],
    ['one without a renewer that is wanted', {}, { renewers: ['User:flink'] }, false],
    ['one of old brokers, which tell no requester', { requester: undefined }, {}, true],
    ['one that has expired', { expiresAt: now }, {}, false],
    ['one that lives longer than is wanted', {}, { maxLifetimeMs: hour }, false],
  ])('%s', (_, changes, wanted, isOne) => {
    expect(candidates([token(changes)], { ...identity, ...wanted }, now)).toHaveLength(isOne ? 1 : 0)
  })

  it('is the same for all keepers, in whatever order brokers list them', () => {
    const some = fc.array(fc.record({ tokenId: fc.string({ minLength: 1 }), hours: fc.integer({ min: 1, max: 3 }) }))
    fc.assert(
      fc.property(some, fc.func(fc.integer()), (tokens, order) => {
        const all = tokens.map(({ tokenId, hours }) => token({ tokenId, maxLifetimeAt: now + hours * hour }))
        const shuffled = all.toSorted((a, b) => order(a.tokenId) - order(b.tokenId))
        const [best] = candidates(all, identity, now)
        expect(candidates(shuffled, identity, now)[0]?.tokenId).toBe(best?.tokenId)
      }),
    )
  })
})

describe('the times of a token', () => {
  it('leave time to make a successor and to renew, whatever is configured', () => {
    const ms = (max: number) => fc.integer({ min: 5_000, max })
    const share = fc.double({ min: 0.1, max: 0.95, noNaN: true })
    const chance = fc.double({ min: 0, max: 0.999, noNaN: true })
    fc.assert(
      fc.property(
        ms(366 * 24 * hour),
        ms(30 * 24 * hour),
        ms(7 * 24 * hour),
        share,
        chance,
        (life, overlapMs, left, at, luck) => {
          const one = token({ maxLifetimeAt: now + life, expiresAt: now + Math.min(left, life) })
          const plan = { overlapMs, renewAt: at }
          expect(overlapOf(one, plan)).toBeLessThanOrEqual(0.2 * life)
          const replaced = replaceAt(one, plan, luck)
          expect(replaced).toBeGreaterThan(now + life / 2)
          expect(replaced).toBeLessThan(now + life - Math.min(0.05 * life, 60_000))
          const renewed = renewAt(one, plan, now, luck)
          if (renewed < Infinity) expect(renewed).toBeLessThanOrEqual(now + 0.95 * Math.min(left, life))
        },
      ),
    )
  })
})
