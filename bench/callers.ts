import { randomBytes } from 'node:crypto'
import { hashSecret } from '../src/callers/secret/secret-hash.ts'
import { Secret } from '../src/platform/secret.ts'

/** Callers of a configuration, and how they prove who they are. */
export interface BenchCallers {
  /** As under `callers`. */
  readonly config: Readonly<Record<string, object>>
  /** `id:secret` of each. */
  readonly credentials: readonly string[]
}

/** So many that none of them reaches the most that can be allowed to one, a million requests per minute. */
const count = 8

/** Callers with secrets of their own, who may use the default profile. */
export async function benchCallers(): Promise<BenchCallers> {
  const made = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const secret = randomBytes(32).toString('base64url')
      const secretHashes = [await hashSecret(new Secret(secret))]
      const caller = { secretHashes, profiles: ['default'], requestsPerMinute: 1_000_000 }
      return { id: `team-${index}`, secret, caller }
    }),
  )
  return {
    config: Object.fromEntries(made.map(({ id, caller }) => [id, caller])),
    credentials: made.map(({ id, secret }) => `${id}:${secret}`),
  }
}
