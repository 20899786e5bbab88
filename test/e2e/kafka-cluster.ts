import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AclOperations, AclPermissionTypes, Admin, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka'
import { freePorts } from './child-process.ts'
import { activeController, type ClusterNode, clusterNode } from './kafka-cluster-node.ts'
import {
  type ClusterListener,
  type ClusterSettings,
  type DelegationTokenTimes,
  type NodeSettings,
} from './kafka-cluster-properties.ts'
import { type ClusterTls, clusterTls } from './kafka-cluster-tls.ts'

export interface ClusterOptions extends DelegationTokenTimes {
  /** Of Kafka 4.3 or 3.9. */
  readonly classpath: string
  /** A new folder for data, configurations, certificates and logs. */
  readonly folder: string
  /** Default 1. They have the ids 1 to 3. */
  readonly brokers?: 1 | 3
  /** Nodes that are controllers and nothing else, with ids from 101. Default 0: brokers are controllers too. */
  readonly controllers?: 0 | 1 | 3
  /** By their names. Another one, `INTERNAL`, lets everybody do everything. */
  readonly listeners: Readonly<Record<string, ClusterListener>>
  /** `delegation.token.secret.key` of all nodes, or of each by its id. Undefined: delegation tokens are switched off. */
  readonly secretKey?: string | Readonly<Record<number, string>>
  /** Names and passwords, for SCRAM and PLAIN. */
  readonly users?: Readonly<Record<string, string>>
  /** Without `User:`. */
  readonly superUsers?: readonly string[]
  /** What others may do; besides that they may do nothing. */
  readonly acls?: readonly Acl[]
}

/** `{ user: 'keeper', may: 'CREATE_TOKENS', on: 'USER', named: 'User:spark' }` */
export interface Acl {
  readonly user: string
  readonly may: keyof typeof AclOperations
  readonly on: keyof typeof ResourceTypes
  readonly named: string
  /** All whose names begin so. */
  readonly isPrefix?: boolean
}

export interface KafkaCluster extends AsyncDisposable {
  /** Bootstrap servers with all brokers, by listener. */
  readonly bootstrap: Readonly<Record<string, string>>
  /** Bootstrap servers where everybody may do everything (PLAINTEXT, so nobody has logged in). */
  readonly internal: string
  /** Brokers, then the controllers that are nothing else. */
  readonly nodes: readonly ClusterNode[]
  readonly tls: ClusterTls
  /** Resolves when one is in office. */
  activeController(): Promise<ClusterNode>
  allow(acls: readonly Acl[]): Promise<void>
  stop(): Promise<void>
}

/** Kafka in KRaft mode, serving when this resolves. */
export async function startCluster(options: ClusterOptions): Promise<KafkaCluster> {
  const { classpath, folder, listeners, secretKey, users = {}, superUsers = [] } = options
  const { brokers = 1, controllers = 0 } = options
  await mkdir(folder, { recursive: true })
  const tls = clusterTls(join(folder, 'tls'))
  const ids = [
    ...Array.from({ length: brokers }, (_, at) => at + 1),
    ...Array.from({ length: controllers }, (_, at) => at + 101),
  ]
  const names = ['INTERNAL', ...Object.keys(listeners)]
  const ports = [...(await freePorts(ids.length * (names.length + 1)))]
  const local = () => `127.0.0.1:${ports.pop() ?? 0}`
  const settings = ids.map((id): NodeSettings => {
    const isBroker = id <= brokers
    return {
      id,
      roles: !isBroker ? 'controller' : controllers === 0 ? 'broker,controller' : 'broker',
      folder: join(folder, `node-${id}`),
      addresses: Object.fromEntries(isBroker ? names.map((name) => [name, local()]) : []),
      controllerAddress: local(),
      secretKey: typeof secretKey === 'object' ? secretKey[id] : secretKey,
    }
  })
  const voters = settings.filter(({ roles }) => roles.includes('controller'))
  const common: ClusterSettings = {
    listeners,
    users,
    superUsers,
    brokers,
    voters: voters.map(({ id, controllerAddress }) => `${id}@${controllerAddress}`).join(),
    tls,
    delegationTokens: options,
  }
  const java = [...jvm(listeners), '-cp', classpath]
  const nodes = settings.map((node) => clusterNode({ common, node, java }))
  const bootstrap = Object.fromEntries(
    names.map((name) => [name, settings.flatMap(({ addresses }) => addresses[name] ?? []).join()]),
  )
  const internal = bootstrap['INTERNAL'] ?? ''
  const dispose = async () => {
    await Promise.all(nodes.map((node) => node.kill()))
  }
  const allow = (acls: readonly Acl[]) => admit(acls, internal)
  try {
    await Promise.all(nodes.map((node) => node.format()))
    await Promise.all(nodes.map((node) => node.start()))
    await allow(options.acls ?? [])
  } catch (error) {
    await dispose()
    throw error
  }
  return {
    bootstrap,
    internal,
    nodes,
    tls,
    allow,
    activeController: () => activeController(nodes),
    stop: async () => {
      // Together, as the last ones of a quorum wait for the others.
      await Promise.all(nodes.map((node) => node.stop())).finally(dispose)
    },
    [Symbol.asyncDispose]: dispose,
  }
}

// The first tells whom a broker recognized, and of no secret.
const jvm = (listeners: ClusterOptions['listeners']) => [
  ...['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.showDateTime=true'],
  '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.security.authenticator.SaslServerAuthenticator=debug',
  `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${Object.values(listeners)
    .flatMap(({ oauth }) => oauth?.jwksUrl ?? [])
    .join()}`,
]

/** Whoever comes to the internal listener may do that. */
async function admit(acls: readonly Acl[], bootstrap: string) {
  if (acls.length === 0) return
  const creations = acls.map(({ user, may, on, named, isPrefix = false }) => ({
    resourceType: ResourceTypes[on],
    resourceName: named,
    resourcePatternType: isPrefix ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: '*',
    operation: AclOperations[may],
    permissionType: AclPermissionTypes.ALLOW,
  }))
  const admin = new Admin({ clientId: 'acls', bootstrapBrokers: bootstrap.split(',') })
  await admin.createAcls({ creations }).finally(() => admin.close())
}
