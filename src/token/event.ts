import type { ErrorCode } from './error.ts'

/** What happened, for log, metrics, health and admin page. No field can hold a token. */
export type SidecarEvent =
  | TokenObtained
  | TokenFailed
  | TokenDropped
  | TokenUnchanged
  | FilesReloaded
  | ReloadFailed
  | FormerCredentialUsed
  | NewestCredentialTaken
  | OutletWritten
  | OutletFailed
  | DelegationTokenChanged
  | DelegationTokenFailed
  | RequestAnswered
  | Started
  | AdminListening
  | AdminAction
  | Draining
  | Stopping
  | Stopped
  | Warning

/** What clients wished for beside what the profile asks for by itself; absent where they wished for nothing. */
export interface Wished {
  readonly scope?: string
  readonly audience?: string
}

export interface TokenObtained extends Wished {
  readonly type: 'token-obtained'
  readonly profile: string
  readonly source: string
  readonly tookMs: number
  readonly expiresAt: number
  readonly subject?: string
  /** The first token of this credential, a renewal ahead of time, or the first one after failures. */
  readonly reason: 'first' | 'renewal' | 'recovery'
}

export interface TokenFailed extends Wished {
  readonly type: 'token-failed'
  readonly profile: string
  readonly source: string
  readonly tookMs: number
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
  /** The original of the message, as text. */
  readonly cause?: string
  /** How long the former token can still be given; 0 when there is none and clients are refused. */
  readonly servingForMs: number
  readonly nextAttemptMs: number
  /** The same as the failure before, less than a minute after it was told: for those who count, not for those who read. */
  readonly isRepeated: boolean
}

/** The provider refused for good and the grace is over: the former token is no longer given. */
export interface TokenDropped extends Wished {
  readonly type: 'token-dropped'
  readonly profile: string
  readonly source: string
  readonly code: ErrorCode
}

/** A renewal brought the token that we have already; metadata servers do so until five minutes are left. */
export interface TokenUnchanged extends Wished {
  readonly type: 'token-unchanged'
  readonly profile: string
  readonly source: string
  readonly tookMs?: number
  readonly nextAttemptMs: number
}

/** Keys, secrets, certificates, templates or assertions changed in their files and are used from now on. */
export interface FilesReloaded {
  readonly type: 'files-reloaded'
  /** Absent where they belong to the sidecar itself. */
  readonly profile?: string
  /** What they are, as in `private key`. */
  readonly what: string
}

/** Changed files hold nothing usable; what they held before is used on. */
export interface ReloadFailed {
  readonly type: 'reload-failed'
  readonly profile?: string
  readonly what: string
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
}

/** The provider refused the new key or secret and took the one before it. */
export interface FormerCredentialUsed {
  readonly type: 'former-credential-used'
  readonly profile: string
  readonly code: ErrorCode
  readonly message: string
}

/** The provider takes the newest key or secret, which it had refused before. */
export interface NewestCredentialTaken {
  readonly type: 'newest-credential-taken'
  readonly profile: string
}

/** A token or assertion was written to where it is kept fresh. */
export interface OutletWritten {
  readonly type: 'outlet-written'
  /** Whose access tokens or assertions; absent for a delegation token. */
  readonly profile?: string
  readonly delegationToken?: ToldDelegationToken
  /** The file, or `secret <namespace>/<name>`. */
  readonly target: string
  /** The first one, or the first one after failures. */
  readonly isFirst: boolean
}

export interface OutletFailed {
  readonly type: 'outlet-failed'
  readonly profile?: string
  /** Name of the kept token. */
  readonly name?: string
  readonly target: string
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
  readonly nextAttemptMs: number
  /** The same as the failure before: for those who count, not for those who read. */
  readonly isRepeated: boolean
}

/** What may be told of a delegation token. */
export interface ToldDelegationToken {
  /** Under `delegationTokens`. */
  readonly name: string
  readonly tokenId: string
  readonly owner: string
  readonly renewers: readonly string[]
  readonly expiresAt: number
  readonly maxLifetimeAt: number
}

/** Something was done with a delegation token at its cluster. */
export interface DelegationTokenChanged extends ToldDelegationToken {
  readonly type: 'delegation-token-changed'
  /**
   * Created, found at the cluster, renewed, taken by every broker and given from now on, given with a new HMAC because the
   * secret key of the brokers changed, left to lapse for its successor, or expired by us.
   */
  readonly action: 'created' | 'adopted' | 'renewed' | 'usable' | 'rekeyed' | 'lapsing' | 'expired'
  readonly tookMs: number
  /** Brokers that could not be asked whether they take it. */
  readonly unreachable?: readonly string[]
  /** Brokers at odds with most, as with another secret key: it is given all the same, as the one before it ends. */
  readonly differing?: readonly string[]
}

/** A kept delegation token could not be made, checked or renewed; the one that is there stays published. */
export interface DelegationTokenFailed {
  readonly type: 'delegation-token-failed'
  readonly name: string
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
  /** Brokers at odds with most, as with another secret key. */
  readonly differing?: readonly string[]
  /** Of the token that is published; absent where there is none. */
  readonly expiresAt?: number
  readonly nextAttemptMs: number
  /** The same as the failure before: for those who count, not for those who read. */
  readonly isRepeated: boolean
}

export interface RequestAnswered {
  readonly type: 'request-answered'
  readonly profile: string | undefined
  readonly outcome: 'token' | 'refused' | 'failed'
  readonly status: number
  readonly code: ErrorCode | undefined
  /** What kind of client asked, by its User-Agent; none means librdkafka. */
  readonly client: 'java' | 'librdkafka' | 'go' | 'python' | 'node' | 'curl' | 'other'
  readonly tookMs: number
  readonly message: string | undefined
  /** The token was at hand: nobody had to be asked for it. */
  readonly fromCache?: boolean | undefined
  /** Address of the peer. */
  readonly from?: string | undefined
  /** Of the trace that the request belongs to (W3C Trace Context), where it said so. */
  readonly traceId?: string | undefined
  /** Who asked, where it was proved. */
  readonly caller?: string | undefined
  readonly provedBy?: CallerProof | undefined
  /** What the client is not told, such as which of id and secret is wrong. */
  readonly reason?: string | undefined
  /** The token that was given, for those who write it down; asked only by them. */
  readonly token?: GivenToken | undefined
  /** The delegation token that was given. */
  readonly delegationToken?: ToldDelegationToken | undefined
}

/** How a caller proved who it is. */
export type CallerProof = 'secret' | 'assertion' | 'token-review' | 'certificate'

/** What may be told of a token. */
export interface GivenToken {
  /** The principal that brokers see. */
  readonly subject: string | undefined
  /** `jti` of the token, or the first digits of its SHA-256. */
  readonly id: () => string
  readonly expiresAt: number
}

export interface Started {
  readonly type: 'started'
  readonly version: string
  readonly urls: readonly string[]
  readonly profiles: number
  readonly source: string
}

/** The listener of health, metrics and admin page is there. */
export interface AdminListening {
  readonly type: 'admin-listening'
  readonly urls: readonly string[]
}

/** Somebody asked at the admin listener for something to be done. */
export interface AdminAction {
  readonly type: 'admin-action'
  /** A token was dropped, so that the next client gets a new one; or the sidecar is to end. */
  readonly action: 'flush' | 'quit'
  readonly profile?: string
  /** Address of the peer. */
  readonly from?: string | undefined
}

/** The sidecar is about to leave: readiness ends, requests are answered on for a while. */
export interface Draining {
  readonly type: 'draining'
  readonly delayMs: number
}

export interface Stopping {
  readonly type: 'stopping'
  readonly signal: string
}

export interface Stopped {
  readonly type: 'stopped'
  readonly tookMs: number
}

/** Something that works but that an operator should know. */
export interface Warning {
  readonly type: 'warning'
  readonly message: string
}

export type Emit = (event: SidecarEvent) => void
