import { describe, expect, it } from 'vitest'
import { places, type PlaceLimits } from '../../src/callers/places.ts'
import { TokenError } from '../../src/token/error.ts'

const placesOf = (limits: () => PlaceLimits) => {
  const all = places(limits)
  return { take: (caller: string | undefined) => all.take(caller) }
}

function refusal(take: () => unknown): TokenError {
  try {
    take()
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(TokenError)
    return thrown as TokenError
  }
  throw new Error('was not refused')
}

describe('places to wait in', () => {
  it('are as many as configured, of one caller and of all', () => {
    const { take } = placesOf(() => ({ total: 3, each: 2 }))
    take('a')
    take('a')
    expect(refusal(() => take('a')).message).toBe('2 requests of a wait for an answer already')
    take('b')
    expect(refusal(() => take('b')).message).toBe('3 requests wait for an answer already')
    expect(refusal(() => take(undefined)).message).toBe('3 requests wait for an answer already')
  })

  it('are refused fast, in the form that makes clients come back', () => {
    const { take } = placesOf(() => ({ total: 1, each: 1 }))
    take(undefined)
    const error = refusal(() => take('a'))
    expect(error).toMatchObject({ code: 'ERR_REQUEST_OVERLOAD', status: 503, retryAfterMs: 1_000, transient: true })
    expect(error.description).toBe(
      '1 requests wait for an answer already. Ask again: Kafka clients do so by themselves. If this lasts, run more replicas or raise limits.waitingRequests. [ERR_REQUEST_OVERLOAD]',
    )
  })

  it('name the limit that was met', () => {
    const { take } = placesOf(() => ({ total: 2, each: 1 }))
    take('a')
    expect(refusal(() => take('a')).hint).toMatch('limits.callerWaitingRequests')
    take('b')
    expect(refusal(() => take('c')).hint).toMatch('limits.waitingRequests')
  })

  it('are free again when they are given back', () => {
    const { take } = placesOf(() => ({ total: 2, each: 1 }))
    for (let times = 0; times < 100; times++) {
      const leave = [take('a'), take('b')]
      expect(() => take('c')).toThrow('wait for an answer')
      for (const back of leave) back()
    }
  })

  it('take nothing from whoever finds none', () => {
    const { take } = placesOf(() => ({ total: 2, each: 1 }))
    const leave = take('a')
    for (let times = 0; times < 5; times++) expect(() => take('a')).toThrow('of a wait')
    leave()
    expect(() => take('a')).not.toThrow()
    expect(() => take('b')).not.toThrow()
  })

  it('leave room for others while one caller fills its own', () => {
    const { take } = placesOf(() => ({ total: 10, each: 4 }))
    for (let index = 0; index < 4; index++) take('greedy')
    for (let index = 0; index < 100; index++) expect(() => take('greedy')).toThrow('of greedy wait')
    for (let index = 0; index < 4; index++) expect(() => take('other')).not.toThrow()
  })

  it('of strangers count in the total alone', () => {
    const { take } = placesOf(() => ({ total: 5, each: 1 }))
    for (let index = 0; index < 5; index++) expect(() => take(undefined)).not.toThrow()
    expect(() => take(undefined)).toThrow('5 requests wait')
  })

  it('follow the limits of the moment', () => {
    let limits = { total: 1, each: 1 }
    const { take } = placesOf(() => limits)
    const leave = take('a')
    limits = { total: 3, each: 2 }
    expect(() => take('a')).not.toThrow()
    limits = { total: 1, each: 1 }
    expect(() => take('b')).toThrow('2 requests wait')
    leave()
    expect(() => take('b')).toThrow('1 requests wait')
  })

  it.each(['__proto__', 'constructor', ''])('know a caller by any name: %j', (name) => {
    const { take } = placesOf(() => ({ total: 10, each: 1 }))
    const leave = take(name)
    expect(() => take(name)).toThrow('wait for an answer already')
    leave()
    expect(() => take(name)).not.toThrow()
  })
})
