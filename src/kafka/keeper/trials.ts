import type { Platform } from '../../platform/platform.ts'
import { asTokenError } from '../../token/error.ts'
import type { DelegationToken } from '../delegation-token.ts'
import type { SilentBrokers } from '../silent-brokers.ts'
import type { KeeperPlan } from './plan.ts'
import { provedAt, type Proof } from './proof.ts'
import { jittered } from './times.ts'

export interface TrialsWorld {
  readonly platform: Platform
  readonly silent?: SilentBrokers | undefined
  /** By the clock of the controller. */
  readonly now: () => number
}

/** How a kept token fares at the brokers. */
export interface Trials {
  /** When what is published is tried again. */
  readonly dueAt: number
  /** Brokers that were at odds with most in the last trial. */
  readonly differing: readonly string[]
  /** Before a look, which may not come to a trial. */
  begin(): void
  /**
   * Tries it everywhere. Brokers get up to `patienceMs` to hear of it, once: afterwards one that refuses it is not waited for.
   * Rejects as `provedAt` does.
   */
  run(token: DelegationToken, patienceMs: number, signal: AbortSignal): Promise<Proof>
  /** Whether brokers called it expired, whatever our clock says. */
  isDead(token: DelegationToken): boolean
}

/** Brokers that could not be asked are asked again after this. */
const absentAgainMs = 30_000

export function trials(plan: KeeperPlan, { platform, silent, now }: TrialsWorld): Trials {
  const dead = new Set<string>()
  /** Those that were met, besides the bootstrap servers. */
  let servers = plan.scramServers
  /** The token that brokers have had their time to hear of. */
  let settled: string | undefined
  let differing: readonly string[] = []
  let dueAt = 0

  return {
    get dueAt() {
      return dueAt
    },
    get differing() {
      return differing
    },
    begin() {
      differing = []
    },
    async run(token, patienceMs, signal) {
      const withinMs = settled === token.tokenId ? 0 : patienceMs
      settled = token.tokenId
      try {
        const proof = await provedAt(plan, token, { platform, servers, withinMs, silent, signal })
        servers = [...new Set([...plan.scramServers, ...proof.brokers])]
        differing = proof.differing
        if (!proof.error) settled = undefined
        const againMs = proof.unreachable.length > 0 ? Math.min(plan.checkEveryMs, absentAgainMs) : plan.checkEveryMs
        dueAt = now() + (proof.error ? 0 : jittered(againMs, platform.random()))
        return proof
      } catch (thrown) {
        if (asTokenError(thrown).code === 'ERR_KAFKA_TOKEN_EXPIRED') dead.add(token.tokenId)
        throw thrown
      }
    },
    isDead: ({ tokenId }) => dead.has(tokenId),
  }
}
