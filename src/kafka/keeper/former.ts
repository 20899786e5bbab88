import { asTokenError, type ErrorCode } from '../../token/error.ts'
import type { Cluster } from '../cluster.ts'
import type { DelegationToken } from '../delegation-token.ts'
import type { TokenMaker } from './maker.ts'
import type { KeeperPlan } from './plan.ts'
import { renewedUntil } from './renewal.ts'
import { overlapOf, renewAt } from './times.ts'

/** The token that was published before: a job that read it a moment ago still logs in with it. */
export interface FormerToken {
  readonly token: DelegationToken | undefined
  /** From now on this one is the former; it is kept alive for the overlap. */
  begin(token: DelegationToken): void
  /** Does what is due. `found` is what the cluster has. */
  look(found: readonly DelegationToken[], signal: AbortSignal): Promise<void>
  /** When it has to be looked at again, by the clock of the controller; Infinity where there is none. `chance` from 0 to 1. */
  dueAt(chance: number): number
}

/** Times by the clock of the controller. */
interface Former {
  readonly token: DelegationToken
  /** It is kept alive until then. */
  readonly until: number
  /** When its expiry was learned. */
  readonly since: number
}

const goneCodes: readonly ErrorCode[] = ['ERR_KAFKA_TOKEN_EXPIRED', 'ERR_KAFKA_TOKEN_NOT_FOUND']

export function formerToken(plan: KeeperPlan, cluster: Cluster, { now, fresh }: TokenMaker): FormerToken {
  let former: Former | undefined

  async function keepAlive(token: DelegationToken, { until, token: known }: Former, signal: AbortSignal) {
    const at = now()
    const periodMs = Math.ceil(Math.min(until, token.maxLifetimeAt) - at)
    const expiresAt = await renewedUntil(cluster, token, { periodMs, now: at, signal, otherHmacs: [known.hmac] })
    former = { token: { ...token, expiresAt: expiresAt ?? token.expiresAt }, until, since: at }
    fresh.note(former.token)
  }

  return {
    get token() {
      return former?.token
    },
    begin(token) {
      former = { token, until: now() + overlapOf(token, plan), since: now() }
    },
    async look(found, signal) {
      if (!former) return
      const { token: known, until } = former
      const token = found.find(({ tokenId }) => tokenId === known.tokenId) ?? known
      if (now() >= until) former = undefined
      else if (!isLasting(token, until)) {
        try {
          await keepAlive(token, former, signal)
        } catch (thrown) {
          // Somebody has revoked it, and means it.
          if (!goneCodes.includes(asTokenError(thrown).code)) throw thrown
          former = undefined
        }
      }
    },
    dueAt(chance) {
      if (!former) return Infinity
      const { token, until, since } = former
      return isLasting(token, until) ? until : Math.min(until, renewAt(token, plan, since, chance))
    },
  }
}

function isLasting({ expiresAt, maxLifetimeAt }: DelegationToken, until: number): boolean {
  return expiresAt >= Math.min(until, maxLifetimeAt)
}
