import type { KeptToken } from '../../src/kafka/token-settings.ts'
import type { OutletsOptions } from '../../src/outlets/index.ts'
import { Secret } from '../../src/platform/secret.ts'

/** HMACs as brokers make them, which nobody may read in events. */
export const hmacOf = (letter: string): string => `${letter.repeat(86)}==`

const hour = 3_600_000

/** A delegation token that is kept under the name `spark`; each id has an HMAC of its own. */
export function keptToken(id: string, { hmac = hmacOf(id.slice(0, 1)), expiresIn = 24 } = {}): KeptToken {
  const issuedAt = Date.UTC(2026, 0, 1)
  const token = {
    tokenId: `${id}-id`,
    hmac: new Secret(hmac),
    owner: 'User:spark',
    renewers: ['User:admin'],
    issuedAt,
    expiresAt: issuedAt + expiresIn * hour,
    maxLifetimeAt: issuedAt + 168 * hour,
  }
  return { name: 'spark', token, mechanism: 'SCRAM-SHA-512', tls: true }
}

/** Keeps one token, as the keeper does: whoever follows hears of it at once. */
export interface FakeKeeper {
  readonly follow: OutletsOptions['followDelegationToken']
  publish(kept: KeptToken): void
  readonly followers: number
}

export function fakeKeeper(first?: KeptToken): FakeKeeper {
  let current = first
  const all = new Set<(kept: KeptToken) => void>()
  return {
    follow(_name, hear) {
      all.add(hear)
      if (current) hear(current)
      return () => all.delete(hear)
    },
    publish(kept) {
      current = kept
      for (const hear of all) hear(kept)
    },
    get followers() {
      return all.size
    },
  }
}
