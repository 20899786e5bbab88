import type { DelegationToken } from '../delegation-token.ts'
import type { KeeperPlan } from './plan.ts'

/** Of all waits; thousands of tokens that were made in one go are then renewed one after another. */
const jitterShare = 0.1
/** Of a lifetime, at most. */
const overlapShare = 0.2
/** Of the overlap, for making the successor and trying it at every broker; a minute at most. */
const leadShare = 0.25
const longestLeadMs = 60_000
/** Of a lifetime, at least: however short the overlap, brokers take their time. */
const shortestLeadShare = 0.05
/** Nearer to its end there is nothing left to win. */
const sameMs = 1_000

/** How long the former token works after its successor was published, in milliseconds. */
export function overlapOf(
  { issuedAt, maxLifetimeAt }: DelegationToken,
  { overlapMs }: Pick<KeeperPlan, 'overlapMs'>,
): number {
  return Math.min(overlapMs, overlapShare * (maxLifetimeAt - issuedAt))
}

/** When the successor is made. `chance` from 0 to 1. */
export function replaceAt(token: DelegationToken, plan: Pick<KeeperPlan, 'overlapMs'>, chance: number): number {
  const overlapMs = overlapOf(token, plan)
  const lifetimeMs = token.maxLifetimeAt - token.issuedAt
  const leadMs = Math.min(Math.max(leadShare * overlapMs, shortestLeadShare * lifetimeMs), longestLeadMs)
  return token.maxLifetimeAt - overlapMs - leadMs * (1 + chance)
}

/** When it is renewed, if it was last renewed at `since`; Infinity where no renewal would help. */
export function renewAt(
  { expiresAt, maxLifetimeAt }: DelegationToken,
  { renewAt: share }: Pick<KeeperPlan, 'renewAt'>,
  since: number,
  chance: number,
): number {
  if (expiresAt >= maxLifetimeAt - sameMs) return Infinity
  return since + share * (1 - jitterShare * chance) * (expiresAt - since)
}

/** A wait that is not the same for all. */
export function jittered(ms: number, chance: number): number {
  return ms * (1 - jitterShare * chance)
}
