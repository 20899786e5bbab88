import * as z from 'zod/mini'
import { Secret } from '../platform/secret.ts'

/** Text that says something. */
export const text = z.string().check(z.minLength(1, 'must not be empty'))

/** Path of a file. A variable made by `$(cat key.pem)` has the content in its place, which errors must not repeat. */
export const filePath = text.check(
  z.refine((path) => !/[\r\n]|-----BEGIN/.test(path), 'must be the path of a file, not its content'),
)

/** Address of a server. */
export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })

/** Gives an option the words that `--help`, the README and the JSON Schema show. */
export function described<Schema extends z.ZodMiniType>(schema: Schema, about: string): Schema {
  return schema.check(z.describe(about))
}

/**
 * A secret that a program hands over as `new Secret(…)`. It has no flag and no variable, and text in its place is a fault.
 *
 * @param instead the option to use in a file, as in `clientSecretFile`
 */
export function secretValue(instead: string) {
  return z.custom<Secret>(
    (value) => value instanceof Secret,
    `must not stand in the configuration: use ${instead} (a program may pass a Secret)`,
  )
}

/** Whether the schema is one that `secretValue` made, optional or not. */
export function isSecretValue(schema: z.core.$ZodType): boolean {
  return schema instanceof z.ZodMiniOptional ? isSecretValue(schema.def.innerType) : schema instanceof z.ZodMiniCustom
}
