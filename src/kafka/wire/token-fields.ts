import type { Principal } from '../principal.ts'
import { readPrincipal } from './principal.ts'
import type { WireReader } from './reader.ts'

/** What the answers to create and describe say of a token alike. Times in milliseconds since the epoch. */
export interface TokenFields {
  readonly owner: Principal
  /** From version 3 on. */
  readonly requester?: Principal | undefined
  readonly issuedAt: number
  readonly expiresAt: number
  readonly maxLifetimeAt: number
  readonly tokenId: string
  readonly hmac: Buffer
}

export function readTokenFields(from: WireReader, version: number): TokenFields {
  return {
    owner: readPrincipal(from),
    requester: version >= 3 ? readPrincipal(from) : undefined,
    issuedAt: from.int64(),
    expiresAt: from.int64(),
    maxLifetimeAt: from.int64(),
    tokenId: from.string(),
    hmac: from.bytes(),
  }
}
