/**
 * What the page is told, as it stands in JSON. The browser's code reads these types too: nothing is imported here that
 * belongs to Node.
 */

/** How something stands; the page has a word, a sign and a colour for each. */
export type Standing = 'good' | 'risky' | 'bad' | 'idle'

export interface PageState {
  /** By the sidecar's clock, as all times here. */
  readonly now: number
  readonly version: string
  readonly phase: 'starting' | 'running' | 'draining'
  readonly startedAt?: number | undefined
  readonly urls: readonly string[]
  /** Nobody is asked for a secret. */
  readonly isOpen: boolean
  /** `minutes` and `moments` from here on are told; those before are as they were. */
  readonly since: number
  /** Those with problems first, then those in use. */
  readonly profiles: readonly PageProfile[]
  readonly delegationTokens: readonly PageDelegationToken[]
  readonly outlets: readonly PageOutlet[]
  readonly clients: readonly PageClient[]
  readonly answers: Answers
  /** Of those with a token, how many were answered at once with one that was at hand. */
  readonly fromCache: number
  readonly minutes: readonly PageMinute[]
  readonly moments: readonly PageMoment[]
  readonly problems: readonly PageProblem[]
  readonly reloadFailures: number
}

/** How many requests ended in which way since the start. */
export interface Answers {
  readonly token: number
  readonly refused: number
  readonly failed: number
}

export interface PageFailure {
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly at: number
}

interface Standard {
  readonly standing: Standing
  /** The standing in words, as in `clients get no token`. */
  readonly says: string
  readonly failure?: PageFailure | undefined
}

export interface PageProfile extends Standard {
  readonly name: string
  readonly source: string
  readonly subject?: string | undefined
  readonly obtainedAt?: number | undefined
  readonly expiresAt?: number | undefined
  readonly answers: Answers
  readonly upstream: { readonly calls: number; readonly failures: number; readonly totalMs: number }
}

export interface PageDelegationToken extends Standard {
  readonly name: string
  readonly tokenId?: string | undefined
  readonly owner?: string | undefined
  readonly expiresAt?: number | undefined
  readonly maxLifetimeAt?: number | undefined
}

export interface PageOutlet extends Standard {
  readonly target: string
  readonly writtenAt?: number | undefined
}

export interface PageClient {
  readonly client: string
  readonly answers: Answers
}

export interface PageMinute {
  readonly at: number
  readonly tokens: number
  readonly refused: number
  readonly failed: number
  readonly medianMs: number
  readonly highMs: number
}

export interface PageMoment {
  readonly at: number
  /** `profile <name>` or `delegation token <name>`. */
  readonly about: string
  readonly what: string
  readonly expiresAt?: number | undefined
  readonly code?: string | undefined
  readonly count?: number | undefined
}

export interface PageProblem {
  readonly at: number
  readonly code: string
  readonly profile?: string | undefined
  readonly delegationToken?: string | undefined
  readonly message: string
  readonly hint: string
  readonly count: number
}

/** Header and claims of a token; what makes it usable is nowhere here. */
export interface PageToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** More of one profile, told when somebody opens it. */
export interface PageProfileDetail {
  readonly now: number
  /** Absent where there is no token at present, and where it has no JWT's shape. */
  readonly token?: PageToken | undefined
  readonly requests: readonly {
    readonly client: string
    readonly outcome: string
    readonly code?: string | undefined
    readonly count: number
  }[]
}

/** What a pasted text means. */
export interface PageExplanation {
  /** Where the text was a token. */
  readonly token?: PageToken | undefined
  /** What the text as a whole is, where that has to be said. */
  readonly note?: string | undefined
  readonly found: readonly {
    readonly title: string
    /** The line of the text. */
    readonly evidence?: string | undefined
    readonly times: number
    /** As in `line 3`, or how sure it is. */
    readonly where: string
    readonly cause?: string | undefined
    readonly fixes: readonly { readonly say: string; readonly paste?: string | undefined }[]
    /** What the log of the broker says then. */
    readonly brokerSays?: string | undefined
  }[]
}
