import { describe, expect, it } from 'vitest'
import { frozenCopy } from '../../src/config/frozen-copy.ts'
import { Secret } from '../../src/platform/secret.ts'

describe('frozenCopy', () => {
  it('is equal and shares nothing that can change', () => {
    const original = { list: [{ a: 1 }], section: { deep: ['x'] }, none: null, absent: undefined }
    const copy = frozenCopy(original)
    expect(copy).toEqual(original)
    original.list[0] = { a: 2 }
    original.section.deep.push('y')
    expect(copy).toEqual({ list: [{ a: 1 }], section: { deep: ['x'] }, none: null })
    for (const part of [copy, copy.list, copy.list[0], copy.section, copy.section.deep]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
  })

  it('keeps a Secret, which a clone would empty', () => {
    const secret = new Secret('hunter2')
    const copy = frozenCopy({ a: { secret }, list: [secret] })
    expect(copy.a.secret.reveal()).toBe('hunter2')
    expect(copy.list[0]).toBe(secret)
  })

  it('ends what goes round in a circle', () => {
    const circle: { self?: unknown; list: unknown[] } = { list: [] }
    circle.self = circle
    circle.list.push(circle)
    const copy = frozenCopy(circle)
    expect(copy.self).toBe(copy)
    expect(copy.list[0]).toBe(copy)
    expect(copy).not.toBe(circle)
  })

  it('takes __proto__ as the key it is', () => {
    const copy = frozenCopy(JSON.parse('{"__proto__": {"admin": true}}') as Record<string, unknown>)
    expect(Object.keys(copy)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(copy['admin']).toBeUndefined()
  })

  it('copies what is no plain section as well', () => {
    const date = new Date(0)
    const copy = frozenCopy({ date, bytes: new Uint8Array([1]) })
    expect(copy.date).toEqual(date)
    expect(copy.date).not.toBe(date)
    expect(copy.bytes).toEqual(new Uint8Array([1]))
  })
})
