import type { SocketTls } from '../platform/outward-socket.ts'
import type { Secret } from '../platform/secret.ts'
import type { AccessToken } from '../token/token.ts'

/** How we log in at a broker. */
export type KafkaLogin = OauthbearerLogin | PasswordLogin

/** RFC 7628, with Kafka's extensions (KIP-342). */
export interface OauthbearerLogin {
  readonly mechanism: 'OAUTHBEARER'
  readonly getToken: (signal: AbortSignal) => Promise<AccessToken>
  /** `extension_<name>` of `sasl.jaas.config`. */
  readonly extensions?: ReadonlyMap<string, string>
}

/** RFC 4616, RFC 5802. */
export interface PasswordLogin {
  readonly mechanism: 'PLAIN' | ScramMechanism
  readonly username: string
  readonly password: Secret
  /** The user is the id of a delegation token and the password its HMAC in base64 (KIP-48). */
  readonly tokenAuth?: boolean
}

export const scramMechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
export type ScramMechanism = (typeof scramMechanisms)[number]

/** `security.protocol` of Kafka. */
export const securityProtocols = ['SASL_SSL', 'SSL', 'SASL_PLAINTEXT', 'PLAINTEXT'] as const
export type SecurityProtocol = (typeof securityProtocols)[number]

/** What a connection is made with. */
export interface KafkaAccess {
  /** Undefined: without TLS. */
  readonly tls?: SocketTls | undefined
  /** Undefined: without SASL, as with mutual TLS. */
  readonly login?: KafkaLogin | undefined
}

/** A cluster, and how it is reached, as a client's configuration has it. */
export interface KafkaClient {
  /** `host:port`, an IPv6 address in brackets. */
  readonly bootstrapServers: readonly string[]
  /** Asked for each connection: passwords and certificates are replaced in their files. Rejects with a TokenError. */
  readonly access: (signal: AbortSignal) => Promise<KafkaAccess>
  /** As `User:admin`, who brokers take us for where that can be known beforehand. */
  readonly principal?: (signal: AbortSignal) => Promise<string | undefined>
}
