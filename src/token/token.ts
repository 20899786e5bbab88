import type { Secret } from '../platform/secret.ts'

/** A token that somebody may be given. */
export interface AccessToken {
  readonly value: Secret
  /** When it really ends, milliseconds since the epoch. */
  readonly expiresAt: number
  /** The principal that a Kafka broker will see, where it is known. */
  readonly subject?: string
  /** Scope that was granted, space separated (RFC 6749 §3.3); absent when the source has no notion of it. */
  readonly scope?: string
}

/** What is asked for. Every field takes part in the cache key; wishes such as "skip the cache" are not fields. */
export interface TokenRequest {
  readonly profile: string
  readonly scope?: string
  readonly audience?: string
  readonly subjectToken?: Secret
}

export interface TokenSource {
  readonly kind: string
  /** Gets a new token; keeps nothing. Rejects with a TokenError, or the signal's reason once aborted. */
  getToken(request: TokenRequest, signal: AbortSignal): Promise<AccessToken>
  close?(): void
}
