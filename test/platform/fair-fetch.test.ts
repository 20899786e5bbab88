import { describe, expect, it } from 'vitest'
import { fairFetch, type CallLimits } from '../../src/platform/fair-fetch.ts'
import type { OutwardFetch } from '../../src/platform/outward-fetch.ts'
import { settled } from '../fakes/platform.ts'

/** Calls that end when they are told to, in the order in which they began. */
function peer(limits: CallLimits) {
  const begun: string[] = []
  const ends = new Map<string, (thrown?: Error) => void>()
  const fetch: OutwardFetch = (url) => {
    const call = String(url).replace(/^https:\/\/|\.example\/.*$/g, '')
    begun.push(call)
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    ends.set(call, (thrown) => {
      if (thrown) reject(thrown)
      else resolve(new Response(''))
    })
    return promise
  }
  const fair = fairFetch(fetch, limits)
  const outcomes: string[] = []
  /** Asks under the name that the URL begins with. */
  function ask(url: string, signal = new AbortController().signal): void {
    const name = url.split('-')[0] ?? ''
    const called = fair.for(name)(`https://${url}.example/token`, { signal })
    void called.then(
      () => outcomes.push(`${url} done`),
      (thrown: unknown) => outcomes.push(`${url} ${(thrown as Error).message}`),
    )
  }
  /** Ends this call, or the one that began first. */
  async function end({
    url = [...ends.keys()][0] ?? '',
    thrown,
  }: { url?: string; thrown?: Error } = {}): Promise<void> {
    ends.get(url)?.(thrown)
    ends.delete(url)
    await settled()
  }
  return { fair, ask, end, begun, outcomes }
}

describe('fairFetch', () => {
  it('lets as many call at the same time as there are places', async () => {
    const { ask, end, begun } = peer({ total: 3, each: 2 })
    for (const url of ['a-1', 'a-2', 'a-3', 'b-1', 'b-2']) ask(url)
    await settled()
    expect(begun).toEqual(['a-1', 'a-2', 'b-1'])
    await end()
    expect(begun).toEqual(['a-1', 'a-2', 'b-1', 'a-3'])
    await end()
    expect(begun).toEqual(['a-1', 'a-2', 'b-1', 'a-3', 'b-2'])
  })

  it('keeps nobody waiting for a name that hangs', async () => {
    const { ask, end, begun } = peer({ total: 3, each: 2 })
    for (let index = 0; index < 50; index++) ask(`hung-${index}`)
    for (let index = 0; index < 20; index++) ask(`well-${index}`)
    for (let index = 0; index < 20; index++) await end({ url: `well-${index}` })
    expect(begun.filter((url) => url.startsWith('well'))).toHaveLength(20)
    expect(begun.filter((url) => url.startsWith('hung'))).toHaveLength(2)
  })

  it('serves names in turns, however many calls each of them has', async () => {
    const { ask, end, begun } = peer({ total: 1, each: 1 })
    ask('x-0')
    for (let index = 0; index < 5; index++) ask(`a-${index}`)
    ask('b-0')
    ask('b-1')
    ask('c-0')
    for (let index = 0; index < 9; index++) await end()
    expect(begun).toEqual(['x-0', 'a-0', 'b-0', 'c-0', 'a-1', 'b-1', 'a-2', 'a-3', 'a-4'])
  })

  it('gives the place of a failed call away as well', async () => {
    const { ask, end, begun, outcomes } = peer({ total: 1, each: 1 })
    ask('a-0')
    ask('a-1')
    await end({ thrown: new Error('refused') })
    expect(begun).toEqual(['a-0', 'a-1'])
    expect(outcomes).toEqual(['a-0 refused'])
  })

  it('counts a fetch that throws at once as ended', async () => {
    const fair = fairFetch(
      () => {
        throw new Error('no such URL')
      },
      { total: 1, each: 1 },
    )
    const { signal } = new AbortController()
    for (let index = 0; index < 3; index++) {
      await expect(fair.for('a')('https://a.example', { signal })).rejects.toThrow('no such URL')
    }
  })

  it('lets go who gives up, without a call and without a trace', async () => {
    const { ask, end, begun, outcomes } = peer({ total: 1, each: 1 })
    const patience = new AbortController()
    ask('a-0')
    ask('a-1', patience.signal)
    ask('a-2')
    patience.abort(new Error('gave up'))
    await settled()
    expect(outcomes).toEqual(['a-1 gave up'])
    await end()
    await end()
    expect(begun).toEqual(['a-0', 'a-2'])
    expect(outcomes).toEqual(['a-1 gave up', 'a-0 done', 'a-2 done'])
  })

  it('takes nobody in who has given up before', async () => {
    const { ask, begun, outcomes } = peer({ total: 1, each: 1 })
    ask('a-0', AbortSignal.abort(new Error('gave up')))
    await settled()
    expect([begun, outcomes]).toEqual([[], ['a-0 gave up']])
  })

  it('takes no turn away from a name one of whose calls gives up', async () => {
    const { ask, end, begun } = peer({ total: 1, each: 1 })
    const patience = new AbortController()
    ask('x-0')
    ask('a-0', patience.signal)
    ask('a-1')
    ask('b-0')
    ask('b-1')
    patience.abort(new Error('gave up'))
    await end()
    await end()
    expect(begun).toEqual(['x-0', 'a-1', 'b-0'])
  })

  it('has its place back from who gives up at the moment of the turn', async () => {
    const { ask, end, begun } = peer({ total: 1, each: 1 })
    const patience = new AbortController()
    ask('a-0')
    ask('a-1', patience.signal)
    ask('b-0')
    const ended = end()
    patience.abort(new Error('gave up'))
    await ended
    await end()
    await end()
    expect(begun.at(-1)).toBe('b-0')
  })

  it('lets more begin as soon as there are more places', async () => {
    const { fair, ask, begun } = peer({ total: 1, each: 1 })
    for (const url of ['a-0', 'a-1', 'a-2', 'b-0']) ask(url)
    fair.limit({ total: 3, each: 2 })
    await settled()
    expect(begun).toEqual(['a-0', 'a-1', 'b-0'])
  })

  it('lets fewer begin when there are fewer places, and breaks nothing off', async () => {
    const { fair, ask, end, begun, outcomes } = peer({ total: 3, each: 3 })
    for (const url of ['a-0', 'a-1', 'a-2', 'a-3', 'a-4']) ask(url)
    fair.limit({ total: 1, each: 1 })
    await end()
    await end()
    expect(begun).toEqual(['a-0', 'a-1', 'a-2'])
    await end()
    expect(begun).toEqual(['a-0', 'a-1', 'a-2', 'a-3'])
    expect(outcomes).toEqual(['a-0 done', 'a-1 done', 'a-2 done'])
  })

  it('takes every name for a name', async () => {
    const { ask, begun } = peer({ total: 10, each: 1 })
    for (const name of ['__proto__', 'constructor', '', 'toString']) ask(`${name}-0`)
    await settled()
    expect(begun).toHaveLength(4)
  })

  it('finds the next of thousands that wait in no time', async () => {
    const { ask, end, begun } = peer({ total: 8, each: 1 })
    for (let index = 0; index < 10_000; index++) ask(`p${index}-0`)
    const startedAt = performance.now()
    while (begun.length < 10_000) await end()
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })

  it('leaves half of the places to others than a host that hangs, however many names ask it', async () => {
    const begun: string[] = []
    const fair = fairFetch(
      (url) => {
        begun.push(new URL(url).host)
        return new Promise(() => undefined)
      },
      { total: 4, each: 4 },
    )
    const { signal } = new AbortController()
    for (let index = 0; index < 10; index++) void fair.for(`name-${index}`)('https://hung.example/token', { signal })
    void fair.for('good')('https://well.example/token', { signal })
    await settled()
    expect(begun).toEqual(['hung.example', 'hung.example', 'well.example'])
  })
})
