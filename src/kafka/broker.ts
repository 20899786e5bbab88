import { withDeadline } from '../platform/deadline.ts'
import type { Platform } from '../platform/platform.ts'
import { TokenError } from '../token/error.ts'
import type { KafkaAccess } from './access.ts'
import { connectionFailure } from './connection-failure.ts'
import { logIn, prepareLogin, type LogInOptions, type SaslMechanism } from './login/login.ts'
import { offeredVersions } from './offered-versions.ts'
import type { Api } from './wire/api.ts'
import { wireConnection, type WireConnection } from './wire/connection.ts'

/** One connection, logged in. */
export interface Broker {
  /** `host:port` */
  readonly address: string
  readonly isOpen: boolean
  /** What the broker said at login (KIP-368): it cuts the connection after that. 0: at once; undefined: never. */
  readonly sessionLifetimeMs: number | undefined
  /**
   * Any number at the same time. Rejects with a TokenError (`ERR_KAFKA_*`), or with the signal's reason; error codes within
   * an answer are its reader's to judge.
   */
  call<Request, Answer>(api: Api<Request, Answer>, request: Request, signal: AbortSignal): Promise<Answer>
  close(): void
}

export interface BrokerOptions {
  readonly platform: Pick<Platform, 'connect' | 'setTimer' | 'now' | 'monotonicNow'>
  /** `host:port`, an IPv6 address in brackets. */
  readonly address: string
  readonly access: KafkaAccess
  readonly signal: AbortSignal
  /** For the connection and the login together, in milliseconds; default 10 s. */
  readonly timeoutMs?: number
  /** For each request, in milliseconds; default 15 s. */
  readonly requestTimeoutMs?: number
}

const defaultTimeoutMs = 10_000
const defaultRequestTimeoutMs = 15_000

/**
 * Connects and logs in. The process is kept alive while something is under way, and not by a connection at rest. Rejects with
 * a TokenError (`ERR_KAFKA_*`, or what the token of the login fails with), or with the signal's reason.
 */
export async function connectBroker(options: BrokerOptions): Promise<Broker> {
  const { platform, address, access, signal, timeoutMs = defaultTimeoutMs } = options
  const target = hostAndPort(address)
  signal.throwIfAborted()
  const mechanism = access.login && (await prepareLogin(access.login, signal))
  let connected = false
  const late = (): TokenError => tooLate(address, timeoutMs, connected)
  return withDeadline(platform, timeoutMs, late, signal, async (inner) => {
    const session: Session = {}
    const connection = await openConnection(options, target, session, inner)
    connected = true
    try {
      const broker = await enter(connection, mechanism, session, { ...options, signal: inner })
      inner.throwIfAborted()
      return broker
    } catch (thrown) {
      connection.close()
      throw thrown
    }
  })
}

function tooLate(address: string, timeoutMs: number, connected: boolean): TokenError {
  const limit = `within ${timeoutMs / 1000} s`
  return connected
    ? new TokenError('ERR_KAFKA_TIMEOUT', `${address} took the connection and did not let us in ${limit}`)
    : new TokenError('ERR_KAFKA_UNREACHABLE', `${address} did not take the connection ${limit}`)
}

/** What the broker said of it at login, once it did. */
interface Session {
  lifetimeMs?: number
  /** On the monotonic clock. */
  endsAt?: number
}

interface Target {
  readonly host: string
  readonly port: number
}

function hostAndPort(address: string): Target {
  const [, host = '', port = ''] = /^\[?([^[\]]+)\]?:(\d{1,5})$/.exec(address) ?? []
  if (host !== '' && Number(port) > 0 && Number(port) < 65_536) return { host, port: Number(port) }
  throw new TokenError('ERR_KAFKA_UNREACHABLE', `'${address}' is no host:port of a broker`, {
    hint: 'Write bootstrap servers as host:port, an IPv6 address as [::1]:9092.',
  })
}

async function openConnection(
  options: BrokerOptions,
  target: Target,
  session: Session,
  signal: AbortSignal,
): Promise<WireConnection> {
  const { platform, address, access, requestTimeoutMs: timeoutMs = defaultRequestTimeoutMs } = options
  const { tls, login } = access
  const tokenAuth = login?.mechanism !== 'OAUTHBEARER' && login?.tokenAuth === true
  const failure = (thrown: unknown, during?: string): TokenError => {
    const isOver = platform.monotonicNow() >= (session.endsAt ?? Infinity)
    return connectionFailure(thrown, {
      address,
      during,
      isTls: tls !== undefined,
      hasCertificate: tls?.cert !== undefined,
      hasLogin: login !== undefined,
      session: !isOver ? undefined : tokenAuth && session.lifetimeMs === 0 ? 'token expired' : 'over',
    })
  }
  const socket = await platform.connect({ ...target, tls, signal }).catch((thrown: unknown) => {
    throw signal.aborted ? thrown : failure(thrown)
  })
  return wireConnection({ platform, socket, address, timeoutMs, failure })
}

/** Finds out what the broker can do, and logs in. */
async function enter(
  connection: WireConnection,
  mechanism: SaslMechanism | undefined,
  session: Session,
  { platform, address, access: { login }, signal }: BrokerOptions,
): Promise<Broker> {
  const versionOf = await offeredVersions(connection, address, signal)
  const call: Broker['call'] = async (api, request, until) => connection.exchange(api, versionOf(api), request, until)
  if (login && mechanism) {
    const ours: LogInOptions['call'] = (api, request) => call(api, request, signal)
    const lifetimeMs = await logIn({ login, mechanism, broker: address, call: ours })
    // 0 is also what a broker says who knows of no end.
    const { endsAt = Infinity } = mechanism
    if (lifetimeMs > 0 || endsAt < platform.now() + clockSkewMs) {
      Object.assign(session, { lifetimeMs, endsAt: platform.monotonicNow() + lifetimeMs })
    }
  }
  return {
    address,
    get isOpen() {
      return connection.isOpen
    },
    sessionLifetimeMs: session.lifetimeMs,
    call,
    close() {
      connection.close()
    },
  }
}

/** A broker takes an OAUTHBEARER token 30 s beyond its end, with a session of 0; its clock may be ahead of ours as well. */
const clockSkewMs = 60_000
