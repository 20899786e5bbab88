export interface TurnsOptions<Result> {
  /** Works that are done at the same time. */
  readonly atOnce: number
  /** Works that wait, in all and of one group. */
  readonly most: number
  readonly mostOfGroup: number
  /** Why whoever finds no place is sent away. */
  readonly full: () => Error
  /** The turn goes on for as long as this, after all have their result. Default: it ends. */
  readonly rest?: (result: Result) => Promise<void>
}

/** Dear work in fair turns: each group waits behind its own, and behind one work of each other group. */
export interface Turns<Result> {
  /**
   * Resolves to what `work` gives. Who comes with the same key while that work waits or is done shares it, of whatever
   * group: it is done at the first turn that any of them gets. Rejects with `full()`, or as the work does.
   */
  take(group: string, key: string, work: () => Promise<Result>): Promise<Result>
  /** Sends all that wait away, and everybody who comes later. */
  close(): void
}

interface Place<Result> {
  readonly work: () => Promise<Result>
  readonly promise: Promise<Result>
  resolve(result: Result): void
  reject(reason: unknown): void
}

export function fairTurns<Result>({ atOnce, most, mostOfGroup, full, rest }: TurnsOptions<Result>): Turns<Result> {
  /** By group in the order of their turns, and by key in the order of arrival. No key waits here that is done already. */
  const waiting = new Map<string, Map<string, Place<Result>>>()
  const running = new Map<string, Promise<Result>>()
  let count = 0
  let turns = 0
  let isClosed = false

  function leave(group: string, key: string): Place<Result> | undefined {
    const queue = waiting.get(group)
    const place = queue?.get(key)
    if (!queue || !place) return undefined
    queue.delete(key)
    count--
    if (queue.size === 0) waiting.delete(group)
    return place
  }

  /** Where all places are taken, the last one of the longest queue is given up for whoever comes from a shorter one. */
  function makeRoom(group: string): boolean {
    const own = waiting.get(group)?.size ?? 0
    if (own >= mostOfGroup || isClosed) return false
    if (count < most) return true
    const [longest, queue] = [...waiting].reduce((a, b) => (b[1].size > a[1].size ? b : a))
    const last = [...queue.keys()].at(-1)
    if (queue.size <= own + 1 || last === undefined) return false
    leave(longest, last)?.reject(full())
    return true
  }

  function start(key: string, work: () => Promise<Result>): void {
    const places = [...waiting.keys()].flatMap((group) => leave(group, key) ?? [])
    const done = work()
    running.set(key, done)
    turns++
    void done
      .finally(() => running.delete(key))
      .then(
        (result) => {
          for (const place of places) place.resolve(result)
          return rest?.(result)
        },
        (reason: unknown) => {
          for (const place of places) place.reject(reason)
        },
      )
      .then(() => {
        turns--
        advance()
      })
  }

  function advance(): void {
    for (const [group, queue] of waiting) {
      if (turns >= atOnce) return
      const [next] = queue
      if (!next) continue
      start(next[0], next[1].work)
      if (!waiting.has(group)) continue
      // To the end of the line, where this loop comes to it again.
      waiting.delete(group)
      waiting.set(group, queue)
    }
  }

  return {
    take(group, key, work) {
      const same = running.get(key) ?? waiting.get(group)?.get(key)?.promise
      if (same) return same
      if (!makeRoom(group)) return Promise.reject(full())
      const place = { work, ...Promise.withResolvers<Result>() }
      const queue = waiting.get(group) ?? new Map<string, Place<Result>>()
      queue.set(key, place)
      waiting.set(group, queue)
      count++
      advance()
      return place.promise
    },
    close() {
      isClosed = true
      for (const [group, queue] of waiting) for (const key of queue.keys()) leave(group, key)?.reject(full())
    },
  }
}
