import { parseDurationMs } from '../../sources/duration.ts'
import type { FlagName, Given } from './flags.ts'

/** Kafka adds periods to the time now, and beyond the largest number that becomes a time in the past. */
const longestDays = 3_650
const dayMs = 86_400_000

/** In Kafka's tools: what the brokers have configured, or for an expiry at once. */
const kafkasDefault = -1

export interface PeriodBounds {
  /** In milliseconds; Kafka takes 0 for its default, too, but for an expiry. */
  readonly least?: number
  readonly mostDays?: number
}

/**
 * A period in milliseconds, as Kafka's tool has it, or with a unit. Undefined where it is not given, or `-1`.
 */
export function periodIn(
  given: Given,
  flag: FlagName,
  { least = 1, mostDays = longestDays }: PeriodBounds = {},
): number | undefined {
  const text = given.text(flag)
  if (text === undefined || text === String(kafkasDefault)) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) : parseDurationMs(text)
  if (ms !== undefined && ms >= least && ms <= mostDays * dayMs) return ms
  const problem = `must be milliseconds from ${least} on, a duration such as 30s, 1h or 7d (${mostDays}d at most), or -1`
  given.fault(flag, problem, text)
  return undefined
}
