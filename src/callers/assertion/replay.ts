import { TokenError } from '../../token/error.ts'
import { refused, skewMs } from './claims.ts'

/** One use of an assertion. Digests only: neither token nor `jti` is kept. */
export interface Use {
  readonly jtiDigest: string
  readonly tokenDigest: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  readonly now: number
  /** Milliseconds of the clock that never runs backwards. */
  readonly monotonicNow: number
}

/** The `jti` of the assertions of one issuer that were used by this process. */
export interface Replays {
  /** Throws ERR_CALLER_ASSERTION when it was used before, and ERR_REQUEST_OVERLOAD when no more can be remembered. */
  use(use: Use): void
  /** Nothing is remembered that could still be used. */
  isEmpty(now: number): boolean
}

/** Java sends the same bytes again: its own retries, those of the JDK, and the next clients that read the same file. */
const sameForMs = 60_000
const defaultMost = 100_000
/** Between two searches for what has expired. */
const sweepMs = 60_000
const sweepFullMs = 1_000

export function replays(issuer: string, most = defaultMost): Replays {
  const used = new Map<string, { readonly tokenDigest: string; readonly firstAt: number; readonly until: number }>()
  let sweptAt = -Infinity

  function sweep(now: number, monotonicNow: number): void {
    if (monotonicNow - sweptAt < (used.size >= most ? sweepFullMs : sweepMs)) return
    sweptAt = monotonicNow
    for (const [jti, { until }] of used) if (now >= until) used.delete(jti)
  }

  return {
    use({ jtiDigest, tokenDigest, expiresAt, now, monotonicNow }) {
      const first = used.get(jtiDigest)
      if (first) {
        if (first.tokenDigest === tokenDigest && monotonicNow - first.firstAt < sameForMs) return
        throw refused('the assertion was used before (jti)', { hint: onceHint })
      }
      sweep(now, monotonicNow)
      if (used.size >= most) {
        throw new TokenError('ERR_REQUEST_OVERLOAD', `${most} assertions of ${issuer} were used and have not expired`, {
          hint: 'Have the issuer make them for minutes instead of hours, or set jti: any for it.',
        })
      }
      used.set(jtiDigest, { tokenDigest, firstAt: monotonicNow, until: expiresAt + skewMs })
    },
    isEmpty: (now) => [...used.values()].every(({ until }) => now >= until),
  }
}

const onceHint =
  'This issuer has jti: once, so each request needs an assertion of its own; set jti: any where one is sent from a file for its whole life.'
