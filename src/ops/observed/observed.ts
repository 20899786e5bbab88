import type { ErrorCode } from '../../token/error.ts'
import type { RequestAnswered } from '../../token/event.ts'

/** What health, metrics and the admin page know: all of it from `SidecarEvent`s, none of it a token. */
export interface Observed {
  /** `starting` until the first token is there or has failed for good; `draining` from the signal on. */
  readonly phase: 'starting' | 'running' | 'draining'
  readonly startedAt: number | undefined
  readonly urls: readonly string[]
  readonly profiles: ReadonlyMap<string, ObservedProfile>
  readonly delegationTokens: ReadonlyMap<string, ObservedDelegationToken>
  readonly outlets: ReadonlyMap<string, ObservedOutlet>
  readonly requests: readonly ObservedRequests[]
  /** How long answers took, by outcome. */
  readonly durations: Readonly<Record<RequestAnswered['outcome'], ObservedHistogram>>
  /** How long providers took to answer, by kind of source. */
  readonly upstreamDurations: ReadonlyMap<string, ObservedHistogram>
  /** The last minutes, oldest first; minutes without a request are left out. */
  readonly minutes: readonly ObservedMinute[]
  /** What happened to tokens over the last hours, oldest first. */
  readonly moments: readonly ObservedMoment[]
  /** Failures and refusals, the latest first, each told once with how often it came. */
  readonly problems: readonly ObservedProblem[]
  readonly reloads: number
  readonly reloadFailures: number
}

/** Milliseconds by size. */
export interface ObservedHistogram {
  /** Upper ends, ascending. */
  readonly boundsMs: readonly number[]
  /** How many were at most as large as each bound, and larger than the one before; the last one is of those beyond. */
  readonly counts: readonly number[]
  readonly sumMs: number
  readonly count: number
}

export interface ObservedProfile {
  readonly name: string
  readonly source: string
  /** Somebody has asked for its token, or it was obtained ahead of that. */
  readonly isUsed: boolean
  /** Who asks for its token is given one, as far as is known. */
  readonly canAnswer: boolean
  readonly subject?: string
  /** Of the token that clients without wishes of their own are given; undefined where there is none. */
  readonly expiresAt?: number
  readonly obtainedAt?: number
  /** The last attempt failed; gone once one succeeds. */
  readonly failure?: ObservedFailure
  /** Tokens that took the place of others. */
  readonly renewals: number
  readonly upstream: {
    readonly calls: number
    readonly failures: number
    /** Calls that brought the token that was there already. */
    readonly unchanged: number
    readonly totalMs: number
  }
}

export interface ObservedFailure {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
  readonly at: number
}

export interface ObservedDelegationToken {
  readonly name: string
  readonly tokenId?: string
  readonly owner?: string
  readonly expiresAt?: number
  readonly maxLifetimeAt?: number
  /** Clients are given it, and it has not expired. */
  readonly isUsable: boolean
  /** One was usable at some time. */
  readonly wasUsable: boolean
  readonly renewals: number
  readonly failures: number
  readonly failure?: ObservedFailure
}

export interface ObservedOutlet {
  readonly target: string
  readonly writtenAt?: number
  readonly writes: number
  readonly failures: number
  readonly failure?: ObservedFailure
}

/** Answers that have all of this in common, since the start. */
export interface ObservedRequests {
  readonly profile: string | undefined
  readonly outcome: RequestAnswered['outcome']
  readonly code: ErrorCode | undefined
  readonly client: RequestAnswered['client']
  readonly count: number
  /** Of these, answered at once with a token that was at hand. */
  readonly fromCache: number
}

export interface ObservedMinute {
  /** When it began. */
  readonly at: number
  readonly tokens: number
  readonly refused: number
  readonly failed: number
  /** Of the answers of this minute, in milliseconds. */
  readonly medianMs: number
  readonly highMs: number
}

/** A point on the time line of a profile or delegation token. */
export interface ObservedMoment {
  readonly at: number
  readonly about: { readonly profile: string } | { readonly delegationToken: string }
  readonly what: 'issued' | 'renewed' | 'handed out' | 'failed' | 'dropped' | 'replaced' | 'expired'
  /** Until when the token lives that came of it. */
  readonly expiresAt?: number
  readonly code?: ErrorCode
  /** How many: clients are counted by the minute. */
  readonly count?: number
}

export interface ObservedProblem {
  readonly at: number
  readonly code: ErrorCode
  readonly profile?: string
  readonly delegationToken?: string
  readonly message: string
  readonly hint: string
  readonly count: number
}
