import { Secret } from '../platform/secret.ts'

/**
 * A copy that nobody can change, neither here nor where the original is. A Secret stays the one it is: there is nothing in it
 * to change, and a clone would lose the text. `seen` ends what goes round in a circle, as YAML's aliases may.
 */
export function frozenCopy<T>(value: T, seen = new Map<unknown, unknown>()): T {
  return copied(value, seen) as T
}

function copied(value: unknown, seen: Map<unknown, unknown>): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value
  if (seen.has(value)) return seen.get(value)
  if (Array.isArray(value)) {
    const list: unknown[] = []
    seen.set(value, list)
    for (const item of value) list.push(copied(item, seen))
    return Object.freeze(list)
  }
  if (!isPlain(value)) return structuredClone(value)
  const record: Record<string, unknown> = {}
  seen.set(value, record)
  for (const [key, item] of Object.entries(value)) {
    // An assignment to __proto__ would be more than one.
    Object.defineProperty(record, key, { value: copied(item, seen), enumerable: true })
  }
  return Object.freeze(record)
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
