import { expect, it } from 'vitest'
import type { Cluster } from '../../src/kafka/cluster.ts'
import { describeDelegationTokens, renewDelegationToken } from '../../src/kafka/delegation-tokens.ts'
import { timesOf } from '../../src/kafka/token-settings.ts'
import { Secret } from '../../src/platform/secret.ts'

const { signal } = new AbortController()

it.each([
  ['ends after all dates', 2 ** 63, '+275760-09-13T00:00:00.000Z'],
  ['ended before all time, as brokers count what is too long', -(2 ** 63), '1970-01-01T00:00:00.000Z'],
])('a token that %s is listed with dates', async (_, at, date) => {
  const principal = { type: 'User', name: 'spark' }
  const times = { issuedAt: at, expiresAt: at, maxLifetimeAt: at }
  const described = { owner: principal, ...times, tokenId: 'id', hmac: Buffer.alloc(64), renewers: [] }
  const answer = { errorCode: 0, tokens: [described] }
  const cluster = { call: () => Promise.resolve({ answer, broker: 'a:1' }) } as unknown as Pick<Cluster, 'call'>
  const [token] = await describeDelegationTokens(cluster, {}, signal)
  expect(token && timesOf(token)).toEqual({ issuedAt: date, expiresAt: date, maxLifetimeAt: date })
})

it('a renewal without end is answered with a date', async () => {
  const answer = { errorCode: 0, expiresAt: 2 ** 63 }
  const cluster = { call: () => Promise.resolve({ answer, broker: 'a:1' }) } as unknown as Cluster
  const expiresAt = await renewDelegationToken(cluster, { hmac: new Secret('aG1hYw==') }, signal)
  expect(new Date(expiresAt).toISOString()).toBe('+275760-09-13T00:00:00.000Z')
})
