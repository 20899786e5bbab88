import type { Platform } from '../platform/platform.ts'
import { lifetimeOf } from './lifetime.ts'
import type { AccessToken } from './token.ts'

/** Both clocks at one moment, in milliseconds: one look serves all questions about it. */
export interface Moment {
  readonly wall: number
  readonly monotonic: number
}

export function momentOf(platform: Pick<Platform, 'now' | 'monotonicNow'>): Moment {
  return { wall: platform.now(), monotonic: platform.monotonicNow() }
}

/** A token and what is needed to tell its remaining life when a clock cannot be trusted. */
export interface HeldToken {
  readonly token: AccessToken
  readonly lifetimeMs: number
  /** Life left in milliseconds, by whichever clock says less: the wall clock may step, the monotonic one stand still in suspend. */
  remainingMs(at: Moment): number
  /** Time to renew: the window has begun, or the wall clock went back behind the moment the token was obtained. */
  isDue(at: Moment): boolean
  /** With life to spare for a client that gets it now. */
  isGivable(at: Moment): boolean
  /** Milliseconds until the renewal window begins. */
  dueInMs(at: Moment): number
  /** Milliseconds that the token can still be given. */
  givableForMs(at: Moment): number
  /** True when `other` ends no later in any real sense; metadata servers repeat a token until five minutes are left. */
  isRepeatedBy(other: HeldToken, at: Moment): boolean
  readonly endsAtMonotonic: number
}

const clockToleranceMs = 5_000

/** @param random from 0 inclusive to 1 exclusive, for the jitter of the renewal */
export function holdToken(token: AccessToken, obtained: Moment, random: number): HeldToken {
  const { expiresAt } = token
  const lifetimeMs = expiresAt - obtained.wall
  const endsAtMonotonic = obtained.monotonic + lifetimeMs
  const { renewBelowMs, giveAboveMs } = lifetimeOf(lifetimeMs, random)

  function remainingMs({ wall, monotonic }: Moment): number {
    return Math.min(expiresAt - wall, endsAtMonotonic - monotonic)
  }

  /** The wall clock stands before the moment the token was obtained, so the times in the token are wrong by it. */
  function clockWentBack({ wall }: Moment): boolean {
    return wall < obtained.wall - clockToleranceMs
  }

  return {
    token,
    lifetimeMs,
    endsAtMonotonic,
    remainingMs,
    isDue: (at) => remainingMs(at) <= renewBelowMs || clockWentBack(at),
    isGivable: (at) => remainingMs(at) > giveAboveMs,
    dueInMs: (at) => Math.max(remainingMs(at) - renewBelowMs, 0),
    givableForMs: (at) => Math.max(remainingMs(at) - giveAboveMs, 0),
    isRepeatedBy(other, at) {
      // Providers count in whole seconds, so the same end comes back up to a second apart.
      const noise = Math.min(2_000, 0.1 * lifetimeMs)
      const endsNoLater = other.token.expiresAt - expiresAt < noise && other.endsAtMonotonic - endsAtMonotonic < noise
      return endsNoLater && !clockWentBack(at)
    },
  }
}
