import type { ProfileConfig } from '../config/schema.ts'
import type { Broker } from '../kafka/broker.ts'
import type { SecurityProtocol } from '../kafka/access.ts'
import type { BrokerAddress } from '../kafka/wire/metadata.ts'
import type { SocketTls } from '../platform/outward-socket.ts'
import type { Platform } from '../platform/platform.ts'
import type { JwtShape } from '../token/jwt-shape.ts'
import type { AccessToken } from '../token/token.ts'
import type { Attempt } from './attempt.ts'
import type { ExaminedClient } from './client.ts'
import type { ClockReading } from './clock-readings.ts'
import type { BrokerSettings } from './broker-settings.ts'

/** What is examined, and by what means. */
export interface Patient {
  readonly platform: Platform
  /** Never aborted by a deadline: each call has one of its own. */
  readonly signal: AbortSignal
  /** Says what is waited for. */
  readonly tell: (doing: string) => void
  /** Whose tokens are looked at; undefined where the client alone is. */
  readonly profile?: ExaminedProfile | undefined
  /** `--command-config` */
  readonly client?: ExaminedClient | undefined
  /** `host:port`; empty where no broker is looked at. */
  readonly servers: readonly string[]
  /** How brokers are reached, where no client configuration says it. */
  readonly reach: { readonly securityProtocol: SecurityProtocol; readonly tls: SocketTls | undefined }
  /** Kafka of the client, where it is known. */
  readonly clientVersion?: '3' | '4' | undefined
  readonly topic?: string | undefined
  /** What the client has to be allowed to do with the topic; undefined: one of both. */
  readonly operation?: 'read' | 'write' | 'both' | undefined
  /** What is known of the brokers' side, as from `--broker-config`. */
  readonly broker?: BrokerSettings | undefined
  readonly allow: Allowed
  /** Clocks that others have shown so far. */
  readonly clocks: () => readonly ClockReading[]
}

/** What is sent only when it was asked for: brokers log what they refuse. */
export interface Allowed {
  readonly tokenOverPlaintext: boolean
  readonly googleTokenElsewhere: boolean
}

export interface ExaminedProfile {
  readonly name: string
  readonly config: ProfileConfig
  /** Rejects with a TokenError. */
  readonly getToken: () => Promise<AccessToken>
  /** Where a sidecar with this configuration listens, as in `http://localhost:14293`. */
  readonly origin: string
}

/** What the steps so far have found out for those behind them. */
export interface Learned {
  readonly attempts?: readonly Attempt[]
  readonly token?: AccessToken
  readonly shape?: JwtShape
  /** As in `User:orders`; undefined where only the broker knows. */
  readonly principal?: string
  /** Addresses of brokers that have one, and take connections. */
  readonly reachable?: readonly string[]
  /** A connection that is logged in. */
  readonly session?: Broker
  /** All brokers, as the listener advertises them. */
  readonly advertised?: readonly BrokerAddress[]
}
