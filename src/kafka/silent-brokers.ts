import type { Platform } from '../platform/platform.ts'
import type { TokenError } from '../token/error.ts'

/** Brokers that let us wait in vain, so that not each of a thousand tokens waits for them in turn. */
export interface SilentBrokers {
  /** Why not to wait for it now; undefined: it may be asked. Whoever asks when its time is over asks for all. */
  reasonToPass(address: string): TokenError | undefined
  /** It could not be asked, and that took so long. */
  note(address: string, error: TokenError, tookMs: number): void
  answers(address: string): void
}

/** What fails faster holds nobody up. */
const longMs = 1_000
const passedForMs = 25_000

export function silentBrokers({ monotonicNow }: Pick<Platform, 'monotonicNow'>): SilentBrokers {
  const silent = new Map<string, { readonly error: TokenError; readonly until: number }>()

  function pass(address: string, error: TokenError): void {
    silent.set(address, { error, until: monotonicNow() + passedForMs })
  }

  return {
    reasonToPass(address) {
      const { error, until = 0 } = silent.get(address) ?? {}
      if (!error || monotonicNow() < until) return error
      pass(address, error)
      return undefined
    },
    note(address, error, tookMs) {
      if (tookMs >= longMs) pass(address, error)
    },
    answers(address) {
      silent.delete(address)
    },
  }
}
