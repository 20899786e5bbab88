import { TokenError } from '../token/error.ts'

/** How many may wait at the same time. */
export interface PlaceLimits {
  readonly total: number
  /** Of one caller; who is not known yet, or need not say so, counts in the total alone. */
  readonly each: number
}

/** Places to wait in; whoever finds none is told at once to come again. */
export interface Places {
  /** Takes one; the function gives it back. Throws ERR_REQUEST_OVERLOAD. */
  take(caller: string | undefined): () => void
}

export function places(limits: () => PlaceLimits): Places {
  let taken = 0
  const takenBy = new Map<string, number>()

  function refuse(who: string, count: number, hint?: string): never {
    throw new TokenError('ERR_REQUEST_OVERLOAD', `${count} requests${who} wait for an answer already`, {
      retryAfterMs: 1_000,
      ...(hint !== undefined && { hint }),
    })
  }

  return {
    take(caller) {
      const { total, each } = limits()
      if (taken >= total) refuse('', taken)
      const own = caller === undefined ? 0 : (takenBy.get(caller) ?? 0)
      if (own >= each) refuse(` of ${caller ?? ''}`, own, ofOne)
      taken += 1
      if (caller !== undefined) takenBy.set(caller, own + 1)
      return () => {
        taken -= 1
        if (caller === undefined) return
        const left = (takenBy.get(caller) ?? 1) - 1
        if (left === 0) takenBy.delete(caller)
        else takenBy.set(caller, left)
      }
    },
  }
}

const ofOne =
  'Ask again: Kafka clients do so by themselves. If this lasts, look for a provider that hangs, or raise limits.callerWaitingRequests.'
