/**
 * Finds many words in one pass (Aho and Corasick): however long the text and however many the words, each character is
 * looked at once.
 */
export interface Automaton {
  /** At `state * letters + code` the state after one more character; the first is 0. */
  readonly table: Int32Array
  /** Which words end in each state, the longest first; undefined for most. */
  readonly ends: readonly (readonly number[] | undefined)[]
}

const none: readonly number[] = []
/** Codes of characters are below this. */
export const letters = 128

export function automaton(words: readonly (readonly number[])[]): Automaton {
  const most = 1 + words.reduce((sum, word) => sum + word.length, 0)
  const table = new Int32Array(most * letters).fill(-1)
  const ends: number[][] = [[]]
  const cell = (state: number, code: number): number => table[state * letters + code] ?? -1
  words.forEach((word, index) => {
    let state = 0
    for (const code of word) {
      if (cell(state, code) < 0) {
        table[state * letters + code] = ends.length
        ends.push([])
      }
      state = cell(state, code)
    }
    ends[state]?.push(index)
  })
  linkFailures(table, ends, cell)
  const found = ends.map((words) => (words.length === 0 ? undefined : words))
  return { table: table.slice(0, ends.length * letters), ends: found }
}

/** Where a word breaks off, the longest other word that its end begins goes on. */
function linkFailures(table: Int32Array, ends: number[][], cell: (state: number, code: number) => number): void {
  const failure = new Int32Array(ends.length)
  const queue: number[] = []
  for (let code = 0; code < letters; code++) {
    const state = cell(0, code)
    if (state < 0) table[code] = 0
    else queue.push(state)
  }
  for (let at = 0; at < queue.length; at++) {
    const state = queue[at] ?? 0
    const fallback = failure[state] ?? 0
    ends[state]?.push(...(ends[fallback] ?? none))
    for (let code = 0; code < letters; code++) {
      const child = cell(state, code)
      if (child < 0) table[state * letters + code] = cell(fallback, code)
      else {
        failure[child] = cell(fallback, code)
        queue.push(child)
      }
    }
  }
}
