import type { Secret } from '../platform/secret.ts'
import { readJwtShape } from '../token/jwt-shape.ts'

/** What is in a token as JSON text, never its third part. Further members come between its claims and its end. */
export function decoded(value: Secret, expiresAt: number | undefined, nowMs: number, further: object = {}): string {
  const shape = readJwtShape(value.reveal())
  const life =
    expiresAt === undefined
      ? {}
      : { expiresIn: Math.floor((expiresAt - nowMs) / 1000), expiresAt: new Date(expiresAt).toISOString() }
  return JSON.stringify(shape ? { ...shape, ...further, ...life } : { opaque: true, ...further, ...life }, undefined, 2)
}
