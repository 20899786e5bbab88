import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/platform/secret.ts'
import { cached, type CacheOptions } from '../../src/token/cache.ts'
import { profiles } from '../../src/token/profiles.ts'
import type { TokenRequest } from '../../src/token/token.ts'
import { fakePlatform, settled } from '../fakes/platform.ts'
import { fakeSource } from '../fakes/source.ts'

const never = new AbortController().signal

function setUp(options: Partial<CacheOptions> = {}) {
  const platform = fakePlatform()
  const source = fakeSource(platform)
  const cache = cached(source, { platform, emit: () => undefined, ...options })
  const get = async (request: Partial<TokenRequest> = {}) =>
    (await cache.getToken({ profile: 'default', ...request }, never)).value.reveal()
  return { platform, source, cache, get }
}

describe('the cache', () => {
  it.each<[string, Partial<TokenRequest>]>([
    ['scope', { scope: 'a' }],
    ['audience', { audience: 'a' }],
    ['subject token', { subjectToken: new Secret('a') }],
  ])('keeps one token per %s', async (_what, request) => {
    const { source, get } = setUp()
    const plain = await get()
    const special = await get(request)
    expect(special).not.toBe(plain)
    expect(await get(request)).toBe(special)
    expect(await get()).toBe(plain)
    expect(source.calls).toHaveLength(2)
  })

  it('peeks without waiting', async () => {
    const { cache, get } = setUp()
    expect(cache.peek({ profile: 'default' })).toBeUndefined()
    await get()
    expect(cache.peek({ profile: 'default' })?.subject).toBe('app')
  })

  it('keeps no more different tokens than allowed, and forgets what was used longest ago', async () => {
    const { platform, get } = setUp({ maxEntries: 2 })
    await get({ scope: 'a' })
    await get({ scope: 'b' })
    // What was used within the last minute stays: nobody is to have ever new tokens made.
    await expect(get({ scope: 'c' })).rejects.toMatchObject({ code: 'ERR_TOKEN_TOO_MANY' })
    await platform.pass(30_000)
    await get({ scope: 'a' })
    await platform.pass(31_000)
    expect(await get({ scope: 'c' })).toBe('token-3')
    expect(await get({ scope: 'a' })).toBe('token-1')
    await platform.pass(61_000)
    expect(await get({ scope: 'b' })).toBe('token-4')
  })

  it('forgets none that somebody waits for, nor the one that the profile itself asks for', async () => {
    const { cache, source, get } = setUp({ maxEntries: 2 })
    await get()
    source.answer('hang')
    cache.peek({ profile: 'default', scope: 'a' })
    void get({ scope: 'a' }).catch(() => undefined)
    await expect(get({ scope: 'b' })).rejects.toMatchObject({ code: 'ERR_TOKEN_TOO_MANY' })
    expect(await get()).toBe('token-1')
  })

  it('makes room by forgetting what nobody asks for any more', async () => {
    const { platform, get } = setUp({ maxEntries: 1 })
    await get({ scope: 'a' })
    await platform.pass(5 * 3_600_000)
    await expect(get({ scope: 'b' })).resolves.toBeDefined()
  })

  it('leaves no timer after it is closed', async () => {
    const { platform, cache, get } = setUp()
    await get()
    await get({ scope: 'a' })
    cache.close()
    await settled()
    expect(platform.pendingTimers).toBe(0)
  })
})

describe('profiles', () => {
  it('make a source when it is first used, once', () => {
    const made: string[] = []
    const known = profiles(['default', 'orders'], (name) => {
      made.push(name)
      return setUp().cache
    })
    expect(made).toEqual([])
    expect(known.get('orders')).toBe(known.get('orders'))
    expect(known.get('fraud')).toBeUndefined()
    expect(made).toEqual(['orders'])
  })

  it('fail one by one, and are tried again', () => {
    let broken = true
    const known = profiles(['default', 'orders'], (name) => {
      if (name === 'orders' && broken) throw new Error('no key')
      return setUp().cache
    })
    expect(() => known.get('orders')).toThrow('no key')
    expect(known.get('default')).toBeDefined()
    broken = false
    expect(known.get('orders')).toBeDefined()
  })
})
