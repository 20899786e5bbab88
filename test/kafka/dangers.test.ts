import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/platform/secret.ts'
import { dangersOf } from '../../src/kafka/keeper/dangers.ts'

const plan = {
  name: 'spark',
  client: { bootstrapServers: ['127.0.0.1:9092'], access: () => Promise.resolve({}) },
  scramServers: ['[::1]:9093'],
  renewers: [],
  renewAt: 0.8,
  overlapMs: 1_000,
  checkEveryMs: 1_000,
  mechanism: 'SCRAM-SHA-512',
  expireOnStop: false,
} as const
const token = {
  ...{ tokenId: 'id', hmac: new Secret('hmac'), owner: 'User:spark', requester: 'User:admin' },
  ...{ renewers: [], issuedAt: 0, expiresAt: 1, maxLifetimeAt: 2 },
}

describe('dangers of a kept token', () => {
  it('are none for a token of somebody else, on loopback or with TLS', () => {
    expect(dangersOf(plan, token, false)).toEqual([])
    expect(dangersOf({ ...plan, scramServers: ['broker.example:9093'] }, token, true)).toEqual([])
  })

  it('are that its holders have our own rights', () => {
    expect(dangersOf(plan, { ...token, owner: 'User:admin' }, true)).toEqual([
      expect.stringContaining('all the rights of User:admin'),
    ])
  })

  it('are that it can be read on the way', () => {
    expect(dangersOf({ ...plan, scramServers: ['broker.example:9093'] }, token, false)).toEqual([
      expect.stringContaining('without TLS'),
    ])
  })
})
