import { requestsOf } from '../../src/token/allowance.ts'
import { describe, expect, it, vi } from 'vitest'
import { cached, type CachedSource } from '../../src/token/cache.ts'
import { TokenError } from '../../src/token/error.ts'
import { profiles, requireProfile } from '../../src/token/profiles.ts'
import { fakePlatform } from '../fakes/platform.ts'
import { fakeSource } from '../fakes/source.ts'

function made(names: readonly string[]) {
  const platform = fakePlatform()
  const created: string[] = []
  const closed: string[] = []
  const known = profiles(names, (name): CachedSource => {
    if (name === 'broken') throw new TokenError('ERR_KEY_FILE', 'cannot read its key')
    created.push(name)
    const source = cached({ ...fakeSource(platform), close: () => void closed.push(name) }, { platform, emit: vi.fn() })
    return source
  })
  return { known, created, closed, platform }
}

const always = (): boolean => true
const never = (): boolean => false

describe('profiles', () => {
  it('make a source when it is first used, and only once', () => {
    const { known, created } = made(['a', 'b'])
    expect([known.size, known.has('b'), created]).toEqual([2, true, []])
    expect(known.get('a')).toBe(known.get('a'))
    expect(created).toEqual(['a'])
  })

  it.each(['nope', '', '__proto__', 'constructor', 'A'])('know none called %j', (name) => {
    const { known } = made(['a'])
    expect(known.has(name)).toBe(false)
    expect(known.get(name)).toBeUndefined()
    expect(() => requireProfile(known, name)).toThrow(`there is no profile ${name}`)
  })

  it('fail alone: one that cannot be made is tried again at its next use', () => {
    const { known, created } = made(['broken', 'a'])
    expect(() => known.get('broken')).toThrow('cannot read its key')
    expect(() => known.get('broken')).toThrow('cannot read its key')
    expect(known.get('a')).toBeDefined()
    expect(created).toEqual(['a'])
  })

  it('keep what is the same, with its source', () => {
    const { known, created, closed } = made(['a', 'b'])
    const before = known.get('a')
    expect(known.replace(['a', 'b', 'c'], always)).toEqual([])
    expect(known.get('a')).toBe(before)
    expect([created, closed, known.size]).toEqual([['a'], [], 3])
  })

  it('hand back what changed or is gone, and close nothing of it', () => {
    const { known, created, closed } = made(['a', 'b', 'c'])
    const [a, b] = ['a', 'b'].map((name) => known.get(name)?.source)
    expect(known.replace(['a', 'c'], never)).toEqual([a, b])
    expect(closed).toEqual([])
    expect(known.has('b')).toBe(false)
    expect(known.get('b')).toBeUndefined()
    expect(known.get('a')?.source).not.toBe(a)
    expect(created).toEqual(['a', 'b', 'a'])
  })

  it('ask of those alone that were used whether they changed', () => {
    const { known } = made(['a', 'b'])
    known.get('a')
    const isSame = vi.fn(always)
    known.replace(['a', 'b'], isSame)
    expect(isSame.mock.calls).toEqual([['a']])
  })

  it('do not know whether one that comes back is the one that went', () => {
    const { known, created } = made(['a'])
    known.get('a')
    known.replace([], always)
    known.replace(['a'], always)
    known.get('a')
    expect(created).toEqual(['a', 'a'])
  })

  it('close what was made, and make nothing afterwards', () => {
    const { known, created, closed } = made(['a', 'b'])
    known.get('a')
    known.close()
    expect(closed).toEqual(['a'])
    expect(() => known.get('b')).toThrow('the sidecar is stopping')
    expect(() => known.get('a')).toThrow('the sidecar is stopping')
    known.replace(['c'], never)
    expect(() => known.get('c')).toThrow('the sidecar is stopping')
    expect(created).toEqual(['a'])
  })

  it('say of each what its clients may ask for', () => {
    const platform = fakePlatform()
    const create = () => cached(fakeSource(platform), { platform, emit: vi.fn() })
    const known = profiles(['a', 'b'], create, (name) =>
      requestsOf(name, name === 'a' ? { scopes: ['kafka'], audiences: [], others: 'ignore' } : undefined),
    )
    expect(known.get('a')?.requestFor({ scope: 'kafka' })).toEqual({ profile: 'a', scope: 'kafka' })
    expect(known.get('b')?.requestFor({ scope: 'kafka' })).toEqual({ profile: 'b' })
  })

  it('cost nothing until they are used, however many there are', () => {
    const { known, created, platform } = made(Array.from({ length: 10_000 }, (_, index) => `p${index}`))
    expect(known.get('p9999')).toBeDefined()
    expect(created).toEqual(['p9999'])
    expect(platform.pendingTimers).toBe(0)
  })
})
