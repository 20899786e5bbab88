import { describe, expect, it } from 'vitest'
import { fairTurns } from '../../src/callers/turns.ts'
import { settled } from '../fakes/platform.ts'

const full = () => new Error('full')

/** Turns whose works are done by hand. */
function workshop(options: { readonly atOnce?: number; readonly most?: number; readonly mostOfGroup?: number } = {}) {
  const turns = fairTurns<string>({ atOnce: 1, most: 100, mostOfGroup: 100, ...options, full })
  const begun: string[] = []
  const running: ((result: string | Error) => void)[] = []
  return {
    turns,
    begun,
    take: (group: string, key: string): Promise<string> => {
      const answer = turns.take(group, key, () => {
        begun.push(`${group} ${key}`)
        const { promise, resolve, reject } = Promise.withResolvers<string>()
        running.push((result) => {
          if (result instanceof Error) reject(result)
          else resolve(result)
        })
        return promise
      })
      answer.catch(() => undefined)
      return answer
    },
    finish: async (result: string | Error = 'done'): Promise<void> => {
      running.shift()?.(result)
      await settled()
    },
  }
}

describe('fairTurns', () => {
  it('does as much at once as it may', async () => {
    const { take, finish, begun } = workshop({ atOnce: 2 })
    for (const key of ['1', '2', '3', '4']) void take('a', key)
    expect(begun).toEqual(['a 1', 'a 2'])
    await finish()
    expect(begun).toEqual(['a 1', 'a 2', 'a 3'])
  })

  it('gives each group its turn, in the order in which they came', async () => {
    const { take, finish, begun } = workshop()
    for (const key of ['1', '2', '3', '4']) void take('a', key)
    void take('b', '5')
    void take('c', '6')
    void take('b', '7')
    for (let index = 0; index < 7; index++) await finish()
    expect(begun).toEqual(['a 1', 'a 2', 'b 5', 'c 6', 'a 3', 'b 7', 'a 4'])
  })

  it('does the same work once for all groups, at the first turn that one of them gets', async () => {
    const { take, finish, begun } = workshop()
    void take('a', '1')
    const slow = ['2', '3', 'same'].map((key) => take('a', key))
    const fast = take('b', 'same')
    await finish()
    await finish()
    expect(begun).toEqual(['a 1', 'a 2', 'b same'])
    const late = take('c', 'same')
    await finish('shared')
    expect(await Promise.all([slow[2], fast, late])).toEqual(['shared', 'shared', 'shared'])
    await finish()
    expect(begun).toEqual(['a 1', 'a 2', 'b same', 'a 3'])
  })

  it('tells all of a failure, and goes on', async () => {
    const { take, finish, begun } = workshop()
    void take('a', '1')
    const answers = [take('a', '2'), take('a', '2'), take('b', '2')]
    await finish()
    await finish(new Error('broken'))
    for (const answer of answers) await expect(answer).rejects.toThrow('broken')
    expect(await Promise.all([take('a', '3'), finish('fine')])).toEqual(['fine', undefined])
    expect(begun).toEqual(['a 1', 'a 2', 'a 3'])
  })

  it('sends away who finds no place, and counts the same work of a group once', async () => {
    const { take, finish } = workshop({ mostOfGroup: 2 })
    void take('a', 'running')
    const answers = ['1', '2', '1', '2', 'running'].map((key) => take('a', key))
    await expect(take('a', '3')).rejects.toThrow('full')
    void take('b', '3')
    await finish()
    await expect(Promise.race([take('a', '3'), settled().then(() => 'waits')])).resolves.toBe('waits')
    await finish()
    await finish()
    await finish()
    expect(await Promise.all(answers)).toEqual(Array(5).fill('done'))
  })

  it('where all places are taken, takes one from the longest line for whoever has fewer', async () => {
    const { take, finish, begun } = workshop({ most: 4 })
    void take('a', 'running')
    const long = ['1', '2', '3', '4'].map((key) => take('a', key))
    void take('b', '5')
    await expect(long[3]).rejects.toThrow('full')
    void take('b', '6')
    await expect(long[2]).rejects.toThrow('full')
    await expect(take('b', '7')).rejects.toThrow('full')
    await expect(take('a', '8')).rejects.toThrow('full')
    void take('c', '9')
    await expect(long[1]).rejects.toThrow('full')
    for (let index = 0; index < 5; index++) await finish()
    expect(begun).toEqual(['a running', 'a 1', 'b 5', 'c 9', 'b 6'])
  })

  it('once closed, sends away who waits and who comes, and finishes what has begun', async () => {
    const { take, finish, turns, begun } = workshop()
    const running = take('a', '1')
    const waiting = [take('a', '2'), take('b', '3')]
    turns.close()
    for (const answer of [...waiting, take('a', '4')]) await expect(answer).rejects.toThrow('full')
    await finish()
    expect(await running).toBe('done')
    expect(begun).toEqual(['a 1'])
  })
})
