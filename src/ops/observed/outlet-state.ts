import type { OutletFailed } from '../../token/event.ts'
import type { ObservedFailure, ObservedOutlet } from './observed.ts'

/** One place that tokens are written to, kept up to date with what is told of it. */
export interface OutletState {
  written(now: number): void
  failed(event: OutletFailed, now: number): void
  read(target: string): ObservedOutlet
}

export function outletState(): OutletState {
  let writtenAt: number | undefined
  let writes = 0
  let failures = 0
  let failure: ObservedFailure | undefined
  return {
    written(now) {
      writtenAt = now
      writes += 1
      failure = undefined
    },
    failed({ code, message, hint }, now) {
      failures += 1
      failure = { code, message, hint, at: now }
    },
    read: (target) => ({
      target,
      ...(writtenAt !== undefined && { writtenAt }),
      writes,
      failures,
      ...(failure && { failure }),
    }),
  }
}
