import * as z from 'zod/mini'

/** Text that says something. */
export const text = z.string().check(z.minLength(1, 'must not be empty'))

/** Gives an option the words that `--help`, the README and the JSON Schema show. */
export function described<Schema extends z.ZodMiniType>(schema: Schema, about: string): Schema {
  return schema.check(z.describe(about))
}
