import type { Platform } from '../../platform/platform.ts'
import { TokenError } from '../../token/error.ts'
import type { Emit } from '../../token/event.ts'
import type { Cluster } from '../cluster.ts'
import type { DelegationToken } from '../delegation-token.ts'
import { createDelegationToken, describeDelegationTokens } from '../delegation-tokens.ts'
import { candidates } from './candidates.ts'
import { freshTokens, type FreshTokens } from './fresh.ts'
import type { KeeperPlan } from './plan.ts'

/** Finds the token that is kept at the cluster, or makes it. */
export interface TokenMaker {
  /** By the clock of the controller, as far as it is known. */
  readonly now: () => number
  /** Tokens that will do, the best first. */
  find(signal: AbortSignal): Promise<readonly DelegationToken[]>
  create(signal: AbortSignal): Promise<DelegationToken>
  /** What is known of tokens before brokers describe it. */
  readonly fresh: FreshTokens
}

/** With less than this a token would be replaced all the time. */
const shortestLifeMs = 5_000
/** Clocks that differ by more make times in a file or Secret misleading. */
const tellOffsetMs = 30_000

export function tokenMaker(
  plan: KeeperPlan,
  { platform, emit, cluster }: { readonly platform: Platform; readonly emit: Emit; readonly cluster: Cluster },
): TokenMaker {
  const { name, client, renewers, maxLifetimeMs } = plan
  /** As brokers told with a token that we made; until then what our credentials say. */
  let learned: string | undefined
  let offsetMs = 0
  /** What our wall clock is ahead of the monotonic one; a clock that is set back must not make tokens look younger. */
  let aheadMs = platform.now() - platform.monotonicNow()

  const now = (): number => Math.max(platform.now(), platform.monotonicNow() + aheadMs) + offsetMs
  const fresh = freshTokens(() => platform.monotonicNow())

  async function self(signal: AbortSignal): Promise<string | undefined> {
    return learned ?? client.principal?.(signal)
  }

  async function make(us: string | undefined, signal: AbortSignal): Promise<DelegationToken> {
    const { owner } = plan
    // Whoever asks for a token of somebody else may not renew it, unless listed.
    const listed = owner !== undefined && us !== undefined && us !== owner ? [...new Set([...renewers, us])] : renewers
    const startedAt = platform.now()
    const token = await createDelegationToken(cluster, { owner, renewers: listed, maxLifetimeMs, self: us }, signal)
    learn(token, us)
    fresh.note(token)
    tellClocks(token.issuedAt - (startedAt + platform.now()) / 2)
    if (lifetimeOf(token) >= shortestLifeMs) return token
    const message = `the brokers let a token live for ${lifetimeOf(token)} ms at most`
    throw new TokenError('ERR_KAFKA_TOKEN_PERIOD', message, {
      hint: `Let it live for ${shortestLifeMs / 1_000} s at least: delegation.token.max.lifetime.ms of the brokers, or maxLifetime.`,
    })
  }

  function learn(token: DelegationToken, guess: string | undefined): void {
    learned = token.requester ?? (plan.owner === undefined ? token.owner : guess)
    if (learned === undefined || guess === learned) return
    const instead = guess === undefined ? '' : ` and not for ${guess}`
    const message = `delegation token ${name}: the brokers take us for ${learned}${instead}; set delegationTokens.${name}.principal to ${learned}, so that earlier tokens are found after a restart`
    emit({ type: 'warning', message })
  }

  function tellClocks(measuredMs: number): void {
    if (Math.abs(measuredMs) > tellOffsetMs && Math.abs(offsetMs) <= tellOffsetMs) {
      const seconds = Math.round(Math.abs(measuredMs) / 1_000)
      const message = `delegation token ${name}: the clock of the controller is ${seconds} s ${measuredMs > 0 ? 'ahead of' : 'behind'} ours; its times are those of the controller`
      emit({ type: 'warning', message })
    }
    offsetMs = measuredMs
    aheadMs = platform.now() - platform.monotonicNow()
  }

  return {
    now,
    fresh,
    async find(signal) {
      const us = await self(signal)
      const owner = plan.owner ?? us
      // Before the first one was made nobody knows whose it will be.
      if (us === undefined || owner === undefined) return []
      const tokens = await describeDelegationTokens(cluster, { owners: [owner] }, signal)
      const known = fresh.over(tokens).filter((token) => lifetimeOf(token) >= shortestLifeMs)
      return candidates(known, { owner, self: us, renewers, maxLifetimeMs }, now())
    },
    async create(signal) {
      const us = await self(signal)
      const token = await make(us, signal)
      // Made before we knew who we are, it cannot be renewed by us: it lapses, and one that can takes its place.
      const isOurs = plan.owner === undefined || token.owner === learned || learned === us
      return isOurs || learned === undefined ? token : make(learned, signal)
    },
  }
}

function lifetimeOf({ issuedAt, maxLifetimeAt }: DelegationToken): number {
  return maxLifetimeAt - issuedAt
}
