import type { KafkaClient, ScramMechanism } from '../access.ts'

/** One token that is kept: whose it is, where, and how long. Times in milliseconds. */
export interface KeeperPlan {
  /** Under `delegationTokens`. */
  readonly name: string
  readonly client: KafkaClient
  /** `host:port` of a listener with SCRAM, where the token is tried. */
  readonly scramServers: readonly string[]
  /** Default: whoever we are logged in as. */
  readonly owner?: string | undefined
  /** Besides ourselves. */
  readonly renewers: readonly string[]
  /** Default: that of the brokers. */
  readonly maxLifetimeMs?: number | undefined
  readonly renewPeriodMs?: number | undefined
  /** Share of the time to the expiry. */
  readonly renewAt: number
  readonly overlapMs: number
  readonly checkEveryMs: number
  readonly mechanism: ScramMechanism
  readonly expireOnStop: boolean
}
