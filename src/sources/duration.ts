import * as z from 'zod/mini'

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `30s`, `5m`, `1h`, `7d`, `250ms`; a bare whole number is seconds. Undefined for anything else. */
export function parseDurationMs(value: string | number): number | undefined {
  const match = /^(\d+)(ms|s|m|h|d)?$/.exec(String(value).trim())
  if (!match) return undefined
  return Number(match[1]) * unitMs[(match[2] ?? 's') as keyof typeof unitMs]
}

/** A duration option; its value is milliseconds. Bounds are inclusive and written as durations. */
export function durationMs({ min, max }: { readonly min: string; readonly max: string }) {
  const lowest = parseDurationMs(min) ?? 0
  const highest = parseDurationMs(max) ?? Infinity
  const message = `must be a duration from ${min} to ${max}, such as 30s, 5m or 1h; a bare number is seconds`
  return z.pipe(
    z.union([z.string(), z.number()], message),
    z.transform((value, context) => {
      const ms = parseDurationMs(value)
      if (ms !== undefined && ms >= lowest && ms <= highest) return ms
      context.issues.push({ code: 'custom', input: value, message })
      return z.NEVER
    }),
  )
}
