import { withoutSecrets } from './quoted.ts'
import type { TokenCause } from './token-causes.ts'
import type { Found } from './trouble.ts'

/** A cause before it is put into the words of the table. */
export interface Suspicion {
  readonly id: string
  readonly likelihood: TokenCause['likelihood']
  readonly because: string
  readonly found?: Found
}

/** A claim as it may be shown; undefined where it is not a text. */
export function shown(claim: unknown): string | undefined {
  if (typeof claim !== 'string' || claim === '') return undefined
  const text = withoutSecrets(claim)
  return text.length > 120 ? `${text.slice(0, 120)}...` : text
}
