import { hash } from 'node:crypto'
import type { SecretHash } from '../../../src/callers/secret/secret-hash.ts'
import type { Secret } from '../../../src/platform/secret.ts'

/** Hashing that costs nothing, and that waits for us when it is told to. */
export interface FakeHashing {
  /** For `secretHashes`: a hash in the right form that only this hashing can make. */
  hashOf(secret: string): string
  readonly matches: (secret: Secret, hash: SecretHash) => Promise<boolean>
  /** Secrets in the order in which they were hashed. */
  readonly begun: readonly string[]
  readonly atOnce: number
  readonly mostAtOnce: number
  /** From now on hashing waits for `letGo`. */
  hold(): void
  /** Lets so many of those that wait go on, or all, and any later one too. */
  letGo(count?: number): void
}

export function fakeHashing(): FakeHashing {
  const begun: string[] = []
  const held: (() => void)[] = []
  let isHeld = false
  let atOnce = 0
  let mostAtOnce = 0
  const digest = (secret: string): Buffer => hash('sha256', secret, 'buffer')
  return {
    hashOf: (secret) => `scrypt$ln=1,r=1,p=1$${'A'.repeat(22)}$${digest(secret).toString('base64').replace(/=+$/, '')}`,
    async matches(secret, expected) {
      begun.push(secret.reveal())
      mostAtOnce = Math.max(mostAtOnce, ++atOnce)
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve))
      atOnce--
      return digest(secret.reveal()).equals(expected.hash)
    },
    begun,
    get atOnce() {
      return atOnce
    },
    get mostAtOnce() {
      return mostAtOnce
    },
    hold() {
      isHeld = true
    },
    letGo(count) {
      if (count === undefined) isHeld = false
      for (const go of held.splice(0, count ?? held.length)) go()
    },
  }
}
