import type { Platform } from '../platform/platform.ts'
import type { Secret } from '../platform/secret.ts'
import { asTokenError, TokenError } from '../token/error.ts'
import { isAbsence } from './absence.ts'
import type { KafkaAccess, KafkaClient, ScramMechanism } from './access.ts'
import { connectBroker } from './broker.ts'
import { cluster as clusterOf } from './cluster.ts'
import type { SilentBrokers } from './silent-brokers.ts'

/** What one broker says of a token. */
export interface BrokerVerdict {
  /** `host:port` */
  readonly broker: string
  /** `cuts`: lets it in with a lifetime of 0 and ends the connection at the next request, as with what expired and is not swept. */
  readonly outcome: 'takes' | 'refuses' | 'cuts' | 'unreachable'
  /** Until the session ends, in milliseconds: the life of the token, or less where the brokers limit sessions. */
  readonly lifetimeMs?: number
  /** Why not. */
  readonly error?: TokenError
}

export interface Trial {
  readonly platform: Platform
  /** How the brokers are reached; its login is not used. */
  readonly client: Pick<KafkaClient, 'access'>
  /** `host:port` of a listener with SCRAM; one is enough to find the others. */
  readonly servers: readonly string[]
  readonly token: { readonly tokenId: string; readonly hmac: Secret }
  readonly mechanism: ScramMechanism
  /** Those that other trials have waited for in vain count as unreachable. */
  readonly silent?: SilentBrokers | undefined
}

/** Logs in with the token at every broker that the listener of `servers` knows of. */
export async function tryToken(
  { platform, client, servers, token, mechanism, silent }: Trial,
  signal: AbortSignal,
): Promise<readonly BrokerVerdict[]> {
  const { tls } = await client.access(signal)
  const login = { mechanism, username: token.tokenId, password: token.hmac, tokenAuth: true }
  const access: KafkaAccess = { tls, login }

  async function tryAt(address: string): Promise<BrokerVerdict> {
    const passed = silent?.reasonToPass(address)
    if (passed) return { broker: address, outcome: 'unreachable', error: passed }
    const startedAt = platform.monotonicNow()
    try {
      const broker = await connectBroker({ platform, address, access, signal })
      broker.close()
      silent?.answers(address)
      const { sessionLifetimeMs } = broker
      if (sessionLifetimeMs !== 0) return { broker: address, outcome: 'takes', lifetimeMs: sessionLifetimeMs ?? 0 }
      return { broker: address, outcome: 'cuts', error: expired(address) }
    } catch (thrown) {
      if (signal.aborted) throw signal.reason
      const error = asTokenError(thrown)
      if (!isAbsence(error)) {
        silent?.answers(address)
        return { broker: address, outcome: 'refuses', error }
      }
      silent?.note(address, error, platform.monotonicNow() - startedAt)
      return { broker: address, outcome: 'unreachable', error }
    }
  }

  const first = await Promise.all(servers.map(tryAt))
  const taking = first.filter(({ outcome }) => outcome === 'takes').map(({ broker }) => broker)
  if (taking.length === 0) return first
  const all = await addressesAt({ bootstrapServers: taking, access: () => Promise.resolve(access) }, platform, signal)
  const known = new Map(first.map((verdict) => [verdict.broker, verdict]))
  const rest = await Promise.all(all.map(async (address) => known.get(address) ?? (await tryAt(address))))
  // A bootstrap server that takes it may be another name of a broker that is known by now, unless nobody is met at those names.
  const isMet = rest.some(({ outcome }) => outcome !== 'unreachable')
  return [...rest, ...first.filter(({ broker, outcome }) => !all.includes(broker) && !(isMet && outcome === 'takes'))]
}

async function addressesAt(client: KafkaClient, platform: Platform, signal: AbortSignal): Promise<readonly string[]> {
  const brokers = clusterOf(client, platform)
  try {
    return await brokers.brokers(signal)
  } finally {
    brokers.close()
  }
}

function expired(address: string): TokenError {
  return new TokenError('ERR_KAFKA_TOKEN_EXPIRED', `${address} lets the token in and will cut the connection at once`)
}
