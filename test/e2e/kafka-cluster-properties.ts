import { join } from 'node:path'
import type { Expected } from './broker.ts'
import type { ClusterTls } from './kafka-cluster-tls.ts'

export type Mechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'PLAIN' | 'OAUTHBEARER'

/** A listener of every broker. With `SSL` clients need a certificate, with `SASL_SSL` none. */
export interface ClusterListener {
  readonly protocol: 'SASL_PLAINTEXT' | 'SASL_SSL' | 'SSL'
  readonly mechanisms?: readonly Mechanism[]
  /** For OAUTHBEARER. The JWKS URL must answer before the brokers start. */
  readonly oauth?: Expected
  /** Default 0, as Kafka's: sessions end with the token alone. */
  readonly connectionsMaxReauthMs?: number
  /** Settings of the listener besides, without its prefix, or in the place of those that follow from the above; undefined takes one away. */
  readonly settings?: Readonly<Record<string, string | undefined>>
  /** Where clients are told to come to; default: where it listens. */
  readonly advertisedHost?: string
}

/** What nodes have in common. */
export interface ClusterSettings {
  readonly listeners: Readonly<Record<string, ClusterListener>>
  /** Names and passwords, for PLAIN; those of SCRAM are in the cluster's metadata. */
  readonly users: Readonly<Record<string, string>>
  readonly superUsers: readonly string[]
  readonly brokers: number
  /** As `controller.quorum.voters` has them. */
  readonly voters: string
  readonly tls: ClusterTls
  readonly delegationTokens: DelegationTokenTimes
}

/** Kafka's defaults are 7 days, 1 day and 1 hour. */
export interface DelegationTokenTimes {
  readonly maxLifetimeMs?: number
  readonly expiryTimeMs?: number
  readonly expiryCheckIntervalMs?: number
}

export interface NodeSettings {
  readonly id: number
  readonly roles: 'broker' | 'controller' | 'broker,controller'
  readonly folder: string
  /** `host:port`, for brokers by the name of the listener, `INTERNAL` among them. */
  readonly addresses: Readonly<Record<string, string>>
  readonly controllerAddress: string
  /** `delegation.token.secret.key`; undefined: delegation tokens are switched off. */
  readonly secretKey: string | undefined
}

/** A node's `server.properties`. */
export function nodeProperties(cluster: ClusterSettings, node: NodeSettings): string {
  const { listeners, brokers } = cluster
  const isController = node.roles.includes('controller')
  const addresses = Object.entries(node.addresses).map(([name, address]) => `${name}://${address}`)
  const protocols = Object.entries(listeners).map(([name, { protocol }]) => `${name}:${protocol}`)
  const { maxLifetimeMs, expiryTimeMs, expiryCheckIntervalMs } = cluster.delegationTokens
  const properties: Record<string, string | number | undefined> = {
    'process.roles': node.roles,
    'node.id': node.id,
    'controller.quorum.voters': cluster.voters,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': ['INTERNAL:PLAINTEXT', 'CONTROLLER:PLAINTEXT', ...protocols].join(),
    listeners: [...addresses, ...(isController ? [`CONTROLLER://${node.controllerAddress}`] : [])].join(),
    'log.dirs': join(node.folder, 'data'),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': ['ANONYMOUS', ...cluster.superUsers].map((name) => `User:${name}`).join(';'),
    'delegation.token.secret.key': node.secretKey,
    'delegation.token.max.lifetime.ms': maxLifetimeMs,
    'delegation.token.expiry.time.ms': expiryTimeMs,
    'delegation.token.expiry.check.interval.ms': expiryCheckIntervalMs,
    ...(addresses.length > 0 && {
      'inter.broker.listener.name': 'INTERNAL',
      'advertised.listeners': advertised(cluster, node).join(),
      'num.partitions': brokers,
      'default.replication.factor': brokers,
      // A node may be gone, and what was acknowledged is on two.
      'min.insync.replicas': brokers - (brokers > 1 ? 1 : 0),
      'offsets.topic.num.partitions': 1,
      'offsets.topic.replication.factor': brokers,
      'transaction.state.log.num.partitions': 1,
      'transaction.state.log.replication.factor': brokers,
      'transaction.state.log.min.isr': 1,
      'group.initial.rebalance.delay.ms': 0,
      'controlled.shutdown.enable': 'true',
      'broker.session.timeout.ms': 6000,
      'broker.heartbeat.interval.ms': 1000,
      ...Object.fromEntries(
        Object.keys(listeners).flatMap((name) => Object.entries(listenerProperties(cluster, name))),
      ),
    }),
  }
  const lines = Object.entries(properties).filter(([, value]) => value !== undefined)
  return lines.map(([name, value]) => `${name}=${value ?? ''}\n`).join('')
}

function advertised({ listeners }: ClusterSettings, { addresses }: NodeSettings): readonly string[] {
  return Object.entries(addresses).map(([name, address]) => {
    const { advertisedHost } = listeners[name] ?? {}
    return `${name}://${advertisedHost === undefined ? address : address.replace(/^.*:/, `${advertisedHost}:`)}`
  })
}

const security = 'org.apache.kafka.common.security'

function listenerProperties(
  { listeners, users, tls }: ClusterSettings,
  name: string,
): Record<string, string | number | undefined> {
  const {
    protocol,
    mechanisms = [],
    oauth,
    connectionsMaxReauthMs = 0,
    settings = {},
  } = listeners[name] as ClusterListener
  const prefix = `listener.name.${name.toLowerCase()}`
  const passwords = Object.entries(users).map(([user, password]) => ` user_${user}="${password}"`)
  const login: Readonly<Record<Mechanism, string>> = {
    'SCRAM-SHA-256': 'scram.ScramLoginModule required',
    'SCRAM-SHA-512': 'scram.ScramLoginModule required',
    PLAIN: `plain.PlainLoginModule required${passwords.join('')}`,
    OAUTHBEARER: 'oauthbearer.OAuthBearerLoginModule required',
  }
  const jaas = mechanisms.map((mechanism): [string, string] => [
    `${prefix}.${mechanism.toLowerCase()}.sasl.jaas.config`,
    `${security}.${login[mechanism]};`,
  ])
  return {
    ...(mechanisms.length > 0 && { [`${prefix}.sasl.enabled.mechanisms`]: mechanisms.join() }),
    ...Object.fromEntries(jaas),
    [`${prefix}.connections.max.reauth.ms`]: connectionsMaxReauthMs,
    ...(oauth && validator(`${prefix}.oauthbearer`, oauth)),
    ...(protocol.endsWith('SSL') && {
      [`${prefix}.ssl.keystore.type`]: 'PEM',
      [`${prefix}.ssl.keystore.location`]: tls.serverFile,
      [`${prefix}.ssl.truststore.type`]: 'PEM',
      [`${prefix}.ssl.truststore.location`]: tls.caFile,
      [`${prefix}.ssl.client.auth`]: protocol === 'SSL' ? 'required' : 'none',
    }),
    ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [`${prefix}.${key}`, value])),
  }
}

const validator = (prefix: string, { jwksUrl, issuer, audience, principalClaim = 'sub' }: Expected) => ({
  [`${prefix}.sasl.server.callback.handler.class`]: `${security}.oauthbearer.OAuthBearerValidatorCallbackHandler`,
  [`${prefix}.sasl.oauthbearer.jwks.endpoint.url`]: jwksUrl,
  [`${prefix}.sasl.oauthbearer.expected.issuer`]: issuer,
  [`${prefix}.sasl.oauthbearer.expected.audience`]: audience,
  [`${prefix}.sasl.oauthbearer.sub.claim.name`]: principalClaim,
})
