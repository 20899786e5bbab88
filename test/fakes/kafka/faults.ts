import type { ApiName } from './codec.ts'

/**
 * What happens instead of the answer. `silence`: nothing comes any more on this connection; `cut`: it is closed; a number: the
 * answer has this error code of Kafka (Metadata has a place for it from version 13 on).
 */
export type Fault = 'silence' | 'cut' | number

export interface FaultOptions {
  /** How often, without end unless said. */
  readonly times?: number
  /** The request is done all the same: a token is made, and its answer is lost. */
  readonly isDone?: boolean
}

export interface Faults {
  /** Requests to `api` meet `fault`; the one set last counts. `any`: to all of them, the login included. */
  readonly fail: (api: ApiName | 'any', fault: Fault, options?: FaultOptions) => void
  readonly heal: () => void
}

export interface PendingFault {
  readonly fault: Fault
  readonly isDone: boolean
}

/** Faults with what takes the next one that is meant for a request. */
export function faults(): Faults & { readonly take: (api: ApiName) => PendingFault | undefined } {
  const pending: (PendingFault & { readonly api: ApiName | 'any'; times: number })[] = []
  return {
    fail: (api, fault, { times = Infinity, isDone = false } = {}) => void pending.push({ api, fault, isDone, times }),
    heal: () => void (pending.length = 0),
    take(api) {
      const found = pending.findLast((one) => one.times > 0 && (one.api === api || one.api === 'any'))
      if (found) found.times--
      return found
    },
  }
}
