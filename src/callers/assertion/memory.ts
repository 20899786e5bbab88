/** Values by key, no more than `most`: what was put in first goes first. */
export interface Memory<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  delete(key: string): void
  clear(): void
}

export function memory<Value>(most: number): Memory<Value> {
  const values = new Map<string, Value>()
  return {
    get: (key) => values.get(key),
    set(key, value) {
      values.delete(key)
      values.set(key, value)
      if (values.size <= most) return
      for (const oldest of values.keys()) {
        values.delete(oldest)
        return
      }
    },
    delete: (key) => void values.delete(key),
    clear() {
      values.clear()
    },
  }
}
