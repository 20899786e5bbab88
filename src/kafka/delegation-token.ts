import type { Secret } from '../platform/secret.ts'

/** A delegation token (KIP-48). Times in milliseconds since the epoch, by the clock of the controller. */
export interface DelegationToken {
  readonly tokenId: string
  /** Base64 of the 64 bytes, as SCRAM takes it for a password. Whoever has it and the id is the owner. */
  readonly hmac: Secret
  /** As in `User:spark`: whose rights its holders have. */
  readonly owner: string
  /** Who asked for it (KIP-373); unknown to brokers before Kafka 3.3. */
  readonly requester?: string | undefined
  /** Who may renew and expire it, besides the owner. */
  readonly renewers: readonly string[]
  readonly issuedAt: number
  readonly expiresAt: number
  /** No renewal goes beyond. */
  readonly maxLifetimeAt: number
}
