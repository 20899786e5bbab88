import { randomUUID } from 'node:crypto'
import { anyJwt } from './bearer.ts'
import { startBroker, type FakeBroker, type ListenerOptions } from './broker.ts'
import type { FakeTopic } from './broker-apis.ts'
import type { ApiName } from './codec.ts'
import { faults, type Faults } from './faults.ts'
import type { Call, Journal, Login } from './journal.ts'
import type { BearerDecision } from './sasl.ts'
import { tokenStore, type TokenStore, type TokenStoreOptions } from './token-store.ts'

export interface FakeKafkaOptions extends Partial<Omit<TokenStoreOptions, 'now'>> {
  /** How many, 1. */
  readonly brokers?: number
  /** By name, on each broker; one without TLS and with all the mechanisms, unless said. */
  readonly listeners?: Readonly<Record<string, ListenerOptions>>
  /** Milliseconds since the epoch; the real clock, unless said. */
  readonly now?: () => number
  /** For `delayMs` of a broker. */
  readonly setTimer?: (callback: () => void, delayMs: number) => unknown
  /** Passwords by user, for PLAIN and SCRAM. */
  readonly users?: Readonly<Record<string, string>>
  /** Takes every JWT that is not expired, unless said. */
  readonly bearer?: BearerDecision
  readonly superUsers?: readonly string[]
}

/** Several brokers and what is to be known of them. What is not readonly may be changed while they run. */
export interface FakeKafka extends Faults {
  /** `host:port` of each broker, at the first listener. */
  readonly bootstrap: readonly string[]
  bootstrapOf(listener: string): readonly string[]
  readonly brokers: readonly FakeBroker[]
  /** One of them; throws if there is none. */
  broker(nodeId: number): FakeBroker
  /** As the controller has them. */
  readonly tokens: TokenStore
  readonly users: Map<string, string>
  bearer: BearerDecision
  /** `connections.max.reauth.ms` for new connections, 0. */
  maxReauthMs: number
  /** Each as `User:admin CreateTokens User:spark`, `User:x DescribeTokens User:y` or `User:x Describe <token id>`. */
  readonly acls: Set<string>
  readonly superUsers: Set<string>
  /** By name; others do not exist. */
  readonly topics: Map<string, FakeTopic>
  readonly calls: readonly Call[]
  callsTo<Name extends ApiName>(api: Name, nodeId?: number): readonly Call<Name>[]
  readonly logins: readonly Login[]
  readonly malformed: readonly string[]
  /** Connections that are open now, and the most that ever were at a time. */
  readonly connections: number
  readonly peakConnections: number
  /** The same key for the controller and all brokers. */
  useSecretKey(secretKey: string | null): void
  close(): Promise<void>
}

export const everyMechanism = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const

/** A cluster that speaks as much of Kafka's protocol as delegation tokens take, on free ports of 127.0.0.1. */
export async function startKafka(options: FakeKafkaOptions = {}): Promise<FakeKafka> {
  const {
    brokers: count = 1,
    listeners = { CLIENT: { mechanisms: everyMechanism } },
    now = Date.now,
    setTimer = setTimeout,
    users = {},
    superUsers = [],
    secretKey = 'secret-key-of-the-brokers',
  } = options
  const brokers: FakeBroker[] = []
  const pending = faults()
  const clusterId = randomUUID().replaceAll('-', '').slice(0, 22)
  const tokens = tokenStore({ ...options, now, secretKey })
  let connections = 0
  let peak = 0
  const journal: Journal = {
    calls: [],
    logins: [],
    malformed: [],
    nextConnection: () => ++connections,
    opened: () => void (peak = Math.max(peak, kafka.connections)),
  }

  const kafka: FakeKafka = {
    fail: pending.fail,
    heal: pending.heal,
    get bootstrap() {
      return brokers.map(({ address }) => address)
    },
    bootstrapOf: (listener) => brokers.map((broker) => broker.listener(listener).address),
    brokers,
    broker(nodeId) {
      const found = brokers.find((broker) => broker.nodeId === nodeId)
      if (!found) throw new Error(`the fake cluster has no broker ${nodeId}`)
      return found
    },
    tokens,
    users: new Map(Object.entries(users)),
    bearer: options.bearer ?? anyJwt(now),
    maxReauthMs: 0,
    acls: new Set(),
    superUsers: new Set(superUsers),
    topics: new Map(),
    calls: journal.calls,
    callsTo: <Name extends ApiName>(api: Name, nodeId?: number) =>
      journal.calls.filter(
        (call): call is Call<Name> => call.api === api && (nodeId === undefined || call.broker === nodeId),
      ),
    logins: journal.logins,
    malformed: journal.malformed,
    get connections() {
      return brokers.reduce((sum, broker) => sum + broker.connections, 0)
    },
    get peakConnections() {
      return peak
    },
    useSecretKey(key) {
      for (const holder of [tokens, ...brokers]) holder.secretKey = key
    },
    async close() {
      await Promise.all(brokers.map((broker) => broker.stop()))
    },
  }

  for (let nodeId = 1; nodeId <= count; nodeId++) {
    const broker = await startBroker(nodeId, listeners, {
      now,
      setTimer,
      tokens,
      journal,
      users: kafka.users,
      faults: pending,
      topics: kafka.topics,
      bearer: () => kafka.bearer,
      maxReauthMs: () => kafka.maxReauthMs,
      isAllowed: (principal, operation, resource) =>
        kafka.superUsers.has(principal) || kafka.acls.has(`${principal} ${operation} ${resource}`),
      metadata: (listener) => ({
        clusterId,
        controllerId: brokers[0]?.nodeId ?? -1,
        brokers: brokers
          .filter(({ isListed }) => isListed)
          .map((one) => ({ nodeId: one.nodeId, ...one.listener(listener).advertised })),
      }),
    })
    brokers.push(broker)
  }
  return kafka
}
