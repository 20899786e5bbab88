import type { Socket } from 'node:net'
import { authenticator } from './authenticator.ts'
import { answerOf, failureOf, type BrokerState } from './broker-apis.ts'
import { credentialsOf } from './broker-credentials.ts'
import { newestVersions, type ApiName, type Frame, type VersionRange } from './codec.ts'
import { serveConnection } from './connection.ts'
import { faults, type Faults } from './faults.ts'
import type { Journal } from './journal.ts'
import { certificateSubject, socketListener, type ListenerTls, type SocketListener } from './listener.ts'
import type { Authenticated, BearerDecision } from './sasl.ts'
import type { StoredToken, TokenStore } from './token-store.ts'

export interface ListenerOptions {
  /** Empty: no SASL. */
  readonly mechanisms: readonly string[]
  readonly tls?: ListenerTls
}

/** Of one broker; what is not readonly may be changed while it runs. */
export interface FakeListener {
  readonly name: string
  /** `host:port` */
  readonly address: string
  readonly mechanisms: Set<string>
  /** What Metadata tells those who are connected at this listener. */
  advertised: { readonly host: string; readonly port: number }
}

export interface FakeBroker extends Faults {
  readonly nodeId: number
  /** Of the first listener. */
  readonly address: string
  listener(name: string): FakeListener
  /** What ApiVersions tells: shorten a range, or delete an API, for an older broker. */
  readonly versions: Map<ApiName, VersionRange>
  /** Makes the HMACs that it tells and takes; null: it has none. */
  secretKey: string | null
  /** It hears of a change of a token so much later, by the cluster's clock; Infinity: not before it is less. */
  lagMs: number
  /** Before each answer, by the cluster's timers. */
  delayMs: number
  /** False: the others have noticed that it is gone, and Metadata leaves it out. */
  isListed: boolean
  /** What it has heard of. */
  readonly knownTokens: ReadonlyMap<string, StoredToken>
  /** Connections that are open now, and the most that ever were at a time. */
  readonly connections: number
  readonly peakConnections: number
  /** Refuses connections, and cuts those there are, until `start()`. */
  stop(): Promise<void>
  start(): Promise<void>
  restart(changes?: { readonly secretKey?: string | null }): Promise<void>
  /** Cuts the connections that there are. */
  cut(): void
}

/** What the brokers of a cluster share. */
export interface ClusterWorld {
  readonly now: () => number
  readonly setTimer: (callback: () => void, delayMs: number) => unknown
  readonly maxReauthMs: () => number
  readonly tokens: TokenStore
  readonly users: ReadonlyMap<string, string>
  readonly bearer: () => BearerDecision
  readonly isAllowed: BrokerState['isAllowed']
  readonly metadata: BrokerState['metadata']
  readonly topics: BrokerState['topics']
  readonly faults: ReturnType<typeof faults>
  readonly journal: Journal
}

export async function startBroker(
  nodeId: number,
  listeners: Readonly<Record<string, ListenerOptions>>,
  world: ClusterWorld,
): Promise<FakeBroker> {
  const { now, tokens, journal } = world
  const own = faults()
  const servers: SocketListener[] = []
  const open = new Map<string, FakeListener>()
  const known = tokens.replica(() => broker.lagMs)
  const credentials = credentialsOf({
    users: world.users,
    bearer: world.bearer,
    known,
    secretKey: () => broker.secretKey,
  })
  let peak = 0

  function accept(socket: Socket, { name, mechanisms }: FakeListener): void {
    const subject = certificateSubject(socket)
    const anonymous: Authenticated = { principal: `User:${subject ?? 'ANONYMOUS'}`, isByToken: false }
    const connection = journal.nextConnection()
    const place = { broker: nodeId, listener: name, connection }
    const state: BrokerState = { ...world, known, secretKey: () => broker.secretKey }
    serveConnection(socket, {
      versions: broker.versions,
      failure: failureOf,
      malformed: (reason) => void journal.malformed.push(`broker ${nodeId}: ${reason}`),
      authenticator: authenticator(
        {
          now,
          credentials,
          mechanisms,
          versions: broker.versions,
          failure: failureOf,
          maxReauthMs: world.maxReauthMs(),
          login(mechanism, session, sessionLifetimeMs) {
            journal.logins.push({
              ...place,
              mechanism,
              ...session,
              isAccepted: !!session,
              sessionLifetimeMs,
              at: now(),
            })
          },
          answer: (api, request, session) =>
            answerOf(
              api,
              request,
              { session, listener: name, isAuthenticated: mechanisms.size > 0 || subject !== undefined },
              state,
            ),
        },
        anonymous,
      ),
      async meet(frame: Frame, session) {
        const { api, version, clientId, request } = frame
        journal.calls.push({ ...place, api, version, clientId, request, principal: session?.principal, at: now() })
        if (broker.delayMs > 0) await new Promise<void>((done) => world.setTimer(done, broker.delayMs))
        return own.take(api) ?? world.faults.take(api)
      },
    })
  }

  const broker: FakeBroker = {
    fail: own.fail,
    heal: own.heal,
    nodeId,
    get address() {
      return [...open.values()][0]?.address ?? ''
    },
    listener(name) {
      const found = open.get(name)
      if (!found) throw new Error(`the fake cluster has no listener ${name}`)
      return found
    },
    versions: newestVersions(),
    secretKey: tokens.secretKey,
    lagMs: 0,
    delayMs: 0,
    isListed: true,
    get knownTokens() {
      return known()
    },
    get connections() {
      return servers.reduce((sum, server) => sum + server.open, 0)
    },
    get peakConnections() {
      return peak
    },
    async stop() {
      await Promise.all(servers.map((server) => server.stop()))
    },
    async start() {
      await Promise.all(servers.map((server) => server.start()))
    },
    async restart(changes = {}) {
      await broker.stop()
      Object.assign(broker, changes)
      await broker.start()
    },
    cut() {
      for (const server of servers) server.cut()
    },
  }

  for (const [name, { mechanisms, tls }] of Object.entries(listeners)) {
    const server = await socketListener({
      tls,
      opened() {
        peak = Math.max(peak, broker.connections)
        journal.opened()
      },
      accept: (socket) => {
        accept(socket, broker.listener(name))
      },
    })
    servers.push(server)
    const advertised = { host: '127.0.0.1', port: server.port }
    open.set(name, { name, address: `127.0.0.1:${server.port}`, mechanisms: new Set(mechanisms), advertised })
  }
  return broker
}
