import { faultsOf, type Origin } from '../../config/fault.ts'
import type { FlagName, Given } from './flags.ts'

type Issue = Parameters<typeof faultsOf>[0]

interface Schema<Output> {
  safeParse(
    written: unknown,
  ):
    | { readonly success: true; readonly data: Output }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } }
}

/** Flags by their place in the section of the configuration that they make. */
export type Places = Readonly<Record<string, FlagName>>

/** A section of the configuration, made of flags; what the schema finds wrong is told at the flag. */
export function checkedBy<Output>(
  schema: Schema<Output>,
  written: unknown,
  places: Places,
  given: Given,
): Output | undefined {
  const parsed = schema.safeParse(written)
  if (parsed.success) return parsed.data
  const origins = new Map<string, Origin>(
    Object.entries(places).map(([place, option]) => [
      place,
      { option, given: given.list(option).join(', ') || undefined },
    ]),
  )
  for (const { option, problem, given: text } of parsed.error.issues.flatMap((issue) =>
    faultsOf(issue, written, origins),
  )) {
    given.fault(option, problem, typeof text === 'string' ? text : undefined)
  }
  return undefined
}
