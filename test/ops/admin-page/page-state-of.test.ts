import { describe, expect, it } from 'vitest'
import type { ObservedProfile, ObservedRequests } from '../../../src/ops/observed/observed.ts'
import { pageStateOf, requestsFor } from '../../../src/ops/admin-page/page-state-of.ts'
import { busySidecar, observed, profile } from './observed-world.ts'

const now = Date.UTC(2026, 10, 21, 12)
const about = { now, version: '1.2.3', isOpen: true, since: 0 }
const failure = { code: 'ERR_PROVIDER_UNAVAILABLE', message: 'gone', hint: 'Look.', at: now - 1_000 } as const

const profiles: readonly [string, Partial<ObservedProfile>, string, string][] = [
  ['a token that lives', { expiresAt: now + 1 }, 'good', 'token at hand'],
  ['a failed renewal', { expiresAt: now + 1, failure }, 'risky', 'cannot be renewed; the former token is still given'],
  ['an ended token', { expiresAt: now, failure, canAnswer: false }, 'bad', 'no token: clients are refused'],
  ['a first failure', { failure, canAnswer: false }, 'bad', 'no token: clients are refused'],
  ['nobody who asks', { isUsed: false }, 'idle', 'nobody has asked yet'],
  ['nobody who asks any more', { expiresAt: now - 1 }, 'idle', 'obtained when next asked for'],
  ['a start', {}, 'idle', 'no token yet'],
]

describe('the state of the page', () => {
  it.each(profiles)('tells a profile with %s', (_name, changes, standing, says) => {
    const state = pageStateOf(observed({}, [profile('orders', changes)]), about)
    expect(state.profiles).toMatchObject([{ name: 'orders', standing, says }])
  })

  it('has those with problems first, then those in use, each by name', () => {
    const state = pageStateOf(
      observed({}, [
        profile('z', { isUsed: false }),
        profile('b', { expiresAt: now + 1 }),
        profile('a', { expiresAt: now + 1 }),
        profile('y', { failure, canAnswer: false }),
        profile('x', { failure, expiresAt: now + 1 }),
      ]),
      about,
    )
    expect(state.profiles.map(({ name }) => name)).toEqual(['y', 'x', 'a', 'b', 'z'])
  })

  it('tells delegation tokens and outlets', () => {
    const { delegationTokens, outlets } = pageStateOf(busySidecar(now), about)
    expect(delegationTokens.map(({ name, standing, says }) => [name, standing, says])).toEqual([
      ['flink', 'bad', 'none to give'],
      ['spark', 'good', 'usable'],
    ])
    expect(outlets.map(({ target, standing }) => [target, standing])).toEqual([
      ['/run/kafka/token', 'good'],
      ['secret jobs/spark-kafka', 'good'],
    ])
  })

  it('counts the answers in all, of each profile and of each client', () => {
    const state = pageStateOf(busySidecar(now), about)
    expect(state.answers).toEqual({ token: 5_451, refused: 6, failed: 214 })
    const orders = state.profiles.find(({ name }) => name === 'orders')
    expect(orders?.answers).toEqual({ token: 702, refused: 0, failed: 214 })
    expect(state.clients.map(({ client }) => client)).toEqual(['java', 'librdkafka', 'go', 'curl'])
    expect(state.clients[0]).toEqual({ client: 'java', answers: { token: 3_652, refused: 0, failed: 214 } })
  })

  it('tells only moments and minutes since a time', () => {
    const since = now - 60_000
    const { moments, minutes, problems } = pageStateOf(busySidecar(now), { ...about, since })
    expect(moments.length).toBeGreaterThan(0)
    expect([...moments, ...minutes].filter(({ at }) => at < since)).toEqual([])
    expect(moments[0]?.about).toMatch(/^profile \w+$/)
    expect(problems).toHaveLength(3)
  })

  it('tells the hint of a refusal once', () => {
    const hint = 'Send POST.'
    const problem = { at: now, code: 'ERR_REQUEST_METHOD', hint, count: 1 } as const
    const messages = ['it takes POST. Send POST. [ERR_REQUEST_METHOD]', 'it is gone']
    const state = pageStateOf(observed({ problems: messages.map((message) => ({ ...problem, message })) }), about)
    expect(state.problems.map(({ message }) => message)).toEqual(['it takes POST.', 'it is gone'])
  })

  it('tells who asked for one profile, the most frequent first', () => {
    const rows: ObservedRequests[] = [
      { profile: 'a', client: 'go', outcome: 'token', code: undefined, count: 1, fromCache: 0 },
      { profile: 'b', client: 'go', outcome: 'token', code: undefined, count: 9, fromCache: 0 },
      { profile: 'a', client: 'java', outcome: 'failed', code: 'ERR_TOKEN_EXPIRED', count: 4, fromCache: 0 },
    ]
    expect(requestsFor(observed({ requests: rows }), 'a')).toEqual([
      { client: 'java', outcome: 'failed', code: 'ERR_TOKEN_EXPIRED', count: 4 },
      { client: 'go', outcome: 'token', code: undefined, count: 1 },
    ])
  })
})
