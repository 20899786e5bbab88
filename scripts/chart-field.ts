import * as z from 'zod/mini'
import { described } from '../src/sources/option-text.ts'

/*
 * Fields of values.yaml. Each has its words and, but for a few, its default; one that has none is shown as a comment with an
 * example, and the chart decides when it is absent.
 */

export type Field = z.ZodMiniType

/** A map that is Kubernetes' own, such as a toleration. */
export const free = z.record(z.string(), z.unknown())

export const text = (about: string, value = '') => described(z._default(z.string(), value), about)
export const flag = (about: string, value = false) => described(z._default(z.boolean(), value), about)
export const count = (about: string, value: number, least = 0) => described(z._default(whole(least), value), about)
export const choice = <const Names extends readonly string[]>(about: string, names: Names, value: Names[number]) =>
  described(z._default(z.enum(names), value as never), about)
export const map = (about: string, value: Record<string, string> = {}) =>
  described(z._default(z.record(z.string(), z.string()), value), about)
export const object = (about: string) => described(z._default(free, {}), about)
export const objects = (about: string, value: Record<string, unknown>[] = []) =>
  described(z._default(z.array(free), value), about)
export const texts = (about: string, value: string[] = []) => described(z._default(z.array(z.string()), value), about)
export const section = <Shape extends Record<string, Field>>(about: string, shape: Shape) =>
  described(z.prefault(z.strictObject(shape), {} as never), about)
export const list = <Shape extends Record<string, Field>>(about: string, shape: Shape) =>
  described(z._default(z.array(z.strictObject(shape)), []), about)

/** Without a default; `example` is what the comment shows. */
export function unset<Schema extends Field>(about: string, schema: Schema, example: unknown) {
  const field = described(z.optional(schema), about)
  examples.set(field, example)
  return field
}

export const examples = new WeakMap<object, unknown>()

export const whole = (least: number) => z.int().check(z.gte(least))
export const bool = z.boolean()
/** As 1 or 25%. */
export const countOrShare = z.union([whole(0), z.string().check(z.regex(/^[0-9]{1,3}%$/))])
