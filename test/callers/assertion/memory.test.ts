import { expect, it } from 'vitest'
import { memory } from '../../../src/callers/assertion/memory.ts'

it('a memory holds so many values, and what was put in first goes first', () => {
  const values = memory<number>(2)
  values.set('a', 1)
  values.set('b', 2)
  values.set('a', 3)
  values.set('c', 4)
  expect(['a', 'b', 'c'].map((key) => values.get(key))).toEqual([3, undefined, 4])
  values.delete('a')
  expect(values.get('a')).toBeUndefined()
  values.clear()
  expect(values.get('c')).toBeUndefined()
})
