import type { Platform, Timer } from '../platform/platform.ts'
import { asTokenError } from '../token/error.ts'
import { isAbsence } from './absence.ts'
import type { KafkaClient } from './access.ts'
import { connectBroker, type Broker } from './broker.ts'
import { firstOf } from './first-of.ts'
import type { Api } from './wire/api.ts'
import { metadata, type BrokerAddress } from './wire/metadata.ts'

/** The brokers of one cluster, behind one login. */
export interface Cluster {
  /**
   * Asks any broker, over one connection that all calls share. What is `repeatable` is asked once more, of another broker if
   * need be, when the connection broke. Rejects with a TokenError (`ERR_KAFKA_*`), or with the signal's reason.
   */
  call<Request, Answer>(
    api: Api<Request, Answer>,
    request: Request,
    signal: AbortSignal,
    options?: { readonly repeatable?: boolean },
  ): Promise<Answered<Answer>>
  /** Addresses of all brokers, as the listener has them that we are logged in at. */
  brokers(signal: AbortSignal): Promise<readonly string[]>
  /** A connection of one's own, to one broker. */
  connect(address: string, signal: AbortSignal): Promise<Broker>
  close(): void
}

/** An answer, and who gave it. */
export interface Answered<Answer> {
  readonly answer: Answer
  /** `host:port` */
  readonly broker: string
}

/** A bootstrap server that has not answered by then is given company. */
const staggerMs = 1_000
/** A connection that nobody has used for so long is closed. */
const idleMs = 30_000
/** A session is left before the broker cuts it. */
const sessionShare = 0.8

interface Shared {
  readonly broker: Broker
  /** On the monotonic clock; after that no new request is sent. */
  readonly until: number
  inFlight: number
}

export function cluster(client: KafkaClient, platform: Platform): Cluster {
  const closing = new AbortController()
  let known: readonly string[] = []
  let asked: Broker | undefined
  let shared: Shared | undefined
  let opening: Promise<Shared> | undefined
  let idle: Timer | undefined

  async function connect(address: string, signal: AbortSignal): Promise<Broker> {
    return connectBroker({ platform, address, access: await client.access(signal), signal })
  }

  async function open(): Promise<Shared> {
    const { signal } = closing
    // Who refuses us says more than who is not there.
    const isTelling = (failure: unknown): boolean => !isAbsence(asTokenError(failure))
    const broker = await firstOf(candidates(), connect, { platform, staggerMs, isTelling, signal })
    const { sessionLifetimeMs = Infinity } = broker
    return { broker, until: platform.monotonicNow() + sessionShare * sessionLifetimeMs, inFlight: 0 }
  }

  /** Brokers that were met already know of each other when all bootstrap servers are gone. */
  function candidates(): readonly string[] {
    const { bootstrapServers } = client
    const first = Math.floor(platform.random() * bootstrapServers.length)
    const turned = [...bootstrapServers.slice(first), ...bootstrapServers.slice(0, first)]
    return [...new Set([...turned, ...known])]
  }

  /** Whoever waits may go; the connection is made all the same for those who stay. */
  async function connection(): Promise<Shared> {
    if (shared?.broker.isOpen && platform.monotonicNow() < shared.until) return shared
    // Who still waits for an answer there gets it: closed is what nobody uses.
    if (shared?.inFlight === 0) shared.broker.close()
    shared = undefined
    opening ??= open().finally(() => {
      opening = undefined
    })
    shared = await opening
    restLater()
    if (shared.broker !== asked) void learn(shared.broker).catch(() => undefined)
    return shared
  }

  /** Whoever has met one broker finds the others, also when that one is gone. */
  async function learn(broker: Broker): Promise<void> {
    asked = broker
    const { brokers } = await broker.call(metadata, { topics: [] }, closing.signal)
    known = brokers.map(addressOf)
  }

  async function once<Request, Answer>(
    api: Api<Request, Answer>,
    request: Request,
    signal: AbortSignal,
  ): Promise<Answered<Answer>> {
    const used = await raced(connection(), signal)
    const { broker } = used
    used.inFlight++
    try {
      return { answer: await broker.call(api, request, signal), broker: broker.address }
    } finally {
      used.inFlight--
      if (used === shared) restLater()
      else if (used.inFlight === 0) broker.close()
    }
  }

  function restLater(): void {
    idle?.cancel()
    idle = platform.setTimer(() => {
      if (shared?.inFlight === 0) rest()
    }, idleMs)
  }

  function rest(): void {
    shared?.broker.close()
    shared = undefined
  }

  async function call<Request, Answer>(
    api: Api<Request, Answer>,
    request: Request,
    signal: AbortSignal,
    { repeatable = false } = {},
  ): Promise<Answered<Answer>> {
    try {
      return await once(api, request, signal)
    } catch (thrown) {
      if (!repeatable || signal.aborted || !isAbsence(asTokenError(thrown))) throw thrown
      return once(api, request, signal)
    }
  }

  return {
    call,
    async brokers(signal) {
      const { answer } = await call(metadata, { topics: [] }, signal, { repeatable: true })
      known = answer.brokers.map(addressOf)
      return known
    },
    connect,
    close() {
      idle?.cancel()
      closing.abort(new Error('the connection to the cluster is closed'))
      rest()
    },
  }
}

function addressOf({ host, port }: BrokerAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function raced<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const left = Promise.withResolvers<never>()
  const leave = (): void => {
    left.reject(signal.reason)
  }
  signal.addEventListener('abort', leave)
  if (signal.aborted) leave()
  try {
    return await Promise.race([promise, left.promise])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
