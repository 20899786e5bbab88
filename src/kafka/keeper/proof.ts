import type { Platform } from '../../platform/platform.ts'
import { TokenError } from '../../token/error.ts'
import { isAbsence } from '../absence.ts'
import { tryToken, type BrokerVerdict } from '../acceptance.ts'
import { askedUntil } from '../asked-until.ts'
import type { DelegationToken } from '../delegation-token.ts'
import type { SilentBrokers } from '../silent-brokers.ts'
import type { KeeperPlan } from './plan.ts'

/** What trying a token at every broker has shown. */
export interface Proof {
  /** Brokers that could not be asked; one at least took it. */
  readonly unreachable: readonly string[]
  /** Why not all take it that could be asked. */
  readonly error?: TokenError
  /** The brokers that are at odds with most. */
  readonly differing: readonly string[]
  /** All that answered. */
  readonly brokers: readonly string[]
}

export interface ProofOptions {
  readonly platform: Platform
  /** `host:port` of a listener with SCRAM; one is enough to find the others. */
  readonly servers: readonly string[]
  readonly withinMs: number
  readonly silent?: SilentBrokers | undefined
  readonly signal: AbortSignal
}

/**
 * Tries the token at every broker until none refuses it, for `withinMs` at most. Rejects with the TokenError of a broker where none
 * takes it at all, with ERR_KAFKA_TOKEN_EXPIRED where one would cut the connection.
 */
export async function provedAt(
  { client, mechanism }: KeeperPlan,
  token: DelegationToken,
  { platform, servers, withinMs, silent, signal }: ProofOptions,
): Promise<Proof> {
  const ask = (): Promise<readonly BrokerVerdict[]> =>
    tryToken({ platform, client, servers, token, mechanism, silent }, signal)
  const verdicts = await askedUntil(ask, isSettled, { platform, withinMs, signal })
  const cut = verdicts.find(({ outcome }) => outcome === 'cuts')
  if (cut?.error) throw cut.error
  const taking = brokersThat('takes', verdicts)
  const refusing = brokersThat('refuses', verdicts)
  const unreachable = brokersThat('unreachable', verdicts)
  if (taking.length === 0) throw nobodyTakes(verdicts)
  const brokers = [...taking, ...refusing]
  if (refusing.length === 0) return { unreachable, differing: [], brokers }
  // Who told us the HMAC may be the one that has another key.
  const differing = taking.length < refusing.length ? taking : refusing
  const message = `${refusing.join(', ')} refused the delegation token that ${taking.join(', ')} took`
  const hint = `Give ${differing.join(', ')} the same delegation.token.secret.key as the other brokers and the controllers have, and restart.`
  return { unreachable, differing, brokers, error: new TokenError('ERR_KAFKA_TOKEN_REFUSED', message, { hint }) }
}

/** More time would change nothing. */
function isSettled(verdicts: readonly BrokerVerdict[]): boolean {
  return verdicts.every(({ outcome, error }) => outcome !== 'refuses' || error?.code !== 'ERR_KAFKA_LOGIN')
}

function brokersThat(outcome: BrokerVerdict['outcome'], verdicts: readonly BrokerVerdict[]): readonly string[] {
  return verdicts.filter((verdict) => verdict.outcome === outcome).map(({ broker }) => broker)
}

function nobodyTakes(verdicts: readonly BrokerVerdict[]): TokenError {
  const refusing = verdicts.find(({ outcome }) => outcome === 'refuses')
  const error = (refusing ?? verdicts[0])?.error
  if (error && isAbsence(error)) {
    return new TokenError(error.code, `the delegation token cannot be tried: ${error.message}`, {
      cause: error,
      hint: 'Check scramBootstrapServers (default: bootstrapServers), and that this host reaches that listener with SCRAM.',
    })
  }
  if (error && error.code !== 'ERR_KAFKA_LOGIN') return error
  const message = `no broker at the SCRAM listener takes the delegation token (${brokersThat('refuses', verdicts).join(', ')})`
  return new TokenError('ERR_KAFKA_TOKEN_REFUSED', message, {
    cause: error,
    hint: 'Check that scramBootstrapServers are of the same cluster, and that all its brokers and controllers have the same delegation.token.secret.key.',
  })
}
