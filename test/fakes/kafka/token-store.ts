import { createHmac, randomBytes } from 'node:crypto'

/** A delegation token as the controller keeps it: without its HMAC, which each broker makes for itself. */
export interface StoredToken {
  readonly tokenId: string
  /** As in `User:spark`. */
  readonly owner: string
  readonly requester: string
  readonly renewers: readonly string[]
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly maxLifetimeAt: number
}

export interface TokenStoreOptions {
  readonly now: () => number
  /** `delegation.token.secret.key`; null: delegation tokens are disabled. */
  readonly secretKey: string | null
  /** `delegation.token.max.lifetime.ms`, 7 days. */
  readonly maxLifetimeMs?: number
  /** `delegation.token.expiry.time.ms`, 1 day. */
  readonly expiryTimeMs?: number
  /** `delegation.token.expiry.check.interval.ms`, 1 hour. Time is what `now` says: there is no timer. */
  readonly sweepEveryMs?: number
}

/** The tokens of a cluster, by the rules of the controller (DelegationTokenControlManager of Kafka 4.3). */
export interface TokenStore {
  /** Of the controller: it decides what `create` answers and which HMAC `renew` and `expire` find. */
  secretKey: string | null
  maxLifetimeMs: number
  expiryTimeMs: number
  sweepEveryMs: number
  /** By id, and expired ones until the sweep. */
  readonly all: ReadonlyMap<string, StoredToken>
  /** Adds or replaces one, whatever it says. */
  put(token: StoredToken): void
  remove(tokenId: string): void
  /** Removes what has expired, without waiting for the interval. */
  sweep(): void
  /** Each gives an error code of Kafka or what was asked for. */
  create(asked: {
    owner: string
    requester: string
    renewers: readonly string[]
    maxLifetimeMs: number
  }): Outcome<StoredToken>
  renew(hmac: Buffer, principal: string, periodMs: number): Outcome<number>
  expire(hmac: Buffer, principal: string, periodMs: number): Outcome<number>
  /** What a broker knows that hears of each change `lagMs()` later. It does not forget when the lag grows. */
  replica(lagMs: () => number): () => ReadonlyMap<string, StoredToken>
}

export type Outcome<Value> = { readonly value: Value } | { readonly errorCode: number }

export const tokenErrors = {
  disabled: 61,
  notFound: 62,
  ownerMismatch: 63,
  requestNotAllowed: 64,
  authorizationFailed: 65,
  expired: 66,
  invalidPrincipalType: 67,
} as const

export function hmacOf(tokenId: string, secretKey: string): Buffer {
  return createHmac('sha512', secretKey).update(tokenId).digest()
}

export function tokenStore({
  now,
  secretKey,
  maxLifetimeMs = 7 * 86_400_000,
  expiryTimeMs = 86_400_000,
  sweepEveryMs = 3_600_000,
}: TokenStoreOptions): TokenStore {
  const tokens = new Map<string, StoredToken>()
  const changes: { readonly at: number; readonly tokenId: string; readonly token?: StoredToken }[] = []
  let sweptAt = now()

  function set(tokenId: string, token?: StoredToken, at = now()): void {
    if (token) tokens.set(tokenId, token)
    else tokens.delete(tokenId)
    changes.push({ at, tokenId, ...(token && { token }) })
  }

  function sweepAsOf(at: number): void {
    for (const token of tokens.values()) if (isExpired(token, at)) set(token.tokenId, undefined, at)
  }

  function sweepIfDue(): void {
    const intervals = Math.floor((now() - sweptAt) / store.sweepEveryMs)
    if (!(intervals > 0)) return
    sweptAt += intervals * store.sweepEveryMs
    sweepAsOf(sweptAt)
  }

  function find(hmac: Buffer): Outcome<StoredToken> {
    const key = store.secretKey
    if (key === null) return { errorCode: tokenErrors.disabled }
    sweepIfDue()
    const value = [...tokens.values()].find(({ tokenId }) => hmacOf(tokenId, key).equals(hmac))
    return value ? { value } : { errorCode: tokenErrors.notFound }
  }

  function expiring(token: StoredToken, lifetimeMs: number): Outcome<number> {
    const expiresAt = Math.min(token.maxLifetimeAt, now() + lifetimeMs)
    set(token.tokenId, { ...token, expiresAt })
    return { value: expiresAt }
  }

  const store: TokenStore = {
    secretKey,
    maxLifetimeMs,
    expiryTimeMs,
    sweepEveryMs,
    get all() {
      sweepIfDue()
      return tokens
    },
    put: (token) => {
      set(token.tokenId, token)
    },
    remove: (tokenId) => {
      set(tokenId)
    },
    sweep: () => {
      sweepAsOf(now())
    },
    create({ owner, requester, renewers, maxLifetimeMs }) {
      if (store.secretKey === null) return { errorCode: tokenErrors.disabled }
      const issuedAt = now()
      const maxLifetimeAt = issuedAt + Math.min(store.maxLifetimeMs, maxLifetimeMs > 0 ? maxLifetimeMs : Infinity)
      const expiresAt = Math.min(maxLifetimeAt, issuedAt + store.expiryTimeMs)
      const tokenId = newTokenId()
      const value = { tokenId, owner, requester, renewers, issuedAt, expiresAt, maxLifetimeAt }
      set(tokenId, value)
      return { value }
    },
    renew(hmac, principal, periodMs) {
      const found = find(hmac)
      if ('errorCode' in found) return found
      if (isExpired(found.value, now())) return { errorCode: tokenErrors.expired }
      if (!mayRenew(found.value, principal)) return { errorCode: tokenErrors.ownerMismatch }
      return expiring(found.value, Math.min(store.expiryTimeMs, periodMs > 0 ? periodMs : Infinity))
    },
    expire(hmac, principal, periodMs) {
      const found = find(hmac)
      if ('errorCode' in found) return found
      if (!mayRenew(found.value, principal)) return { errorCode: tokenErrors.ownerMismatch }
      if (periodMs < 0) {
        set(found.value.tokenId)
        return { value: now() }
      }
      if (isExpired(found.value, now())) return { errorCode: tokenErrors.expired }
      return expiring(found.value, periodMs)
    },
    replica(lagMs) {
      const known = new Map<string, StoredToken>()
      let heard = 0
      return () => {
        sweepIfDue()
        for (let next = changes[heard]; next && next.at + lagMs() <= now(); next = changes[++heard]) {
          if (next.token) known.set(next.tokenId, next.token)
          else known.delete(next.tokenId)
        }
        return known
      }
    },
  }
  return store
}

/** As `Uuid.randomUuid()`, which never begins with a dash. */
function newTokenId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? newTokenId() : id
}

function isExpired({ expiresAt, maxLifetimeAt }: StoredToken, at: number): boolean {
  return maxLifetimeAt < at || expiresAt < at
}

// The requester is not among them: who has a token made for others is to be listed as its renewer.
function mayRenew({ owner, renewers }: StoredToken, principal: string): boolean {
  return owner === principal || renewers.includes(principal)
}
