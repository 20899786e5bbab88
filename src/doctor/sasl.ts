import { connectBroker, type Broker } from '../kafka/broker.ts'
import type { KafkaAccess, KafkaLogin } from '../kafka/access.ts'
import { asTokenError, type TokenError } from '../token/error.ts'
import { failureAt } from './connection.ts'
import { refusedToken } from './refused-token.ts'
import { reasonNotToSend } from './sending.ts'
import type { Learned, Patient } from './patient.ts'
import { broken, noBroker, ok, skipped, type Outcome, type Remedy, type Step } from './step.ts'

/** For connection and login. */
const loginMs = 10_000

/** The login at a real broker, as the client would. */
export const sasl: Step = {
  id: 'sasl',
  title: 'SASL login',
  doing: 'logging in',
  exitCode: 18,
  async run(patient, learned) {
    const { reachable = [] } = learned
    if (reachable.length === 0) return noBroker
    if (patient.client && !patient.client.access && !patient.profile) {
      return skipped('the client logs in by what only Java can run; --profile NAME gives a token in its place')
    }
    const outcomes: Outcome[] = []
    for (const address of reachable) {
      const outcome = await loginAt(address, patient, learned)
      if (outcome.status !== 'broken') return outcome
      outcomes.push(outcome)
    }
    // Who refuses us says more than who is not there.
    const telling = outcomes.find(({ code }) => code !== 'ERR_KAFKA_UNREACHABLE' && code !== 'ERR_KAFKA_TIMEOUT')
    return telling ?? outcomes[0] ?? noBroker
  },
}

/** How brokers are entered: the client's own login, with the token that was looked at. */
export function accessOf({ client, reach, profile }: Patient, { token }: Learned): KafkaAccess {
  const { tls } = reach
  const own = client?.access?.login
  const isByToken = reach.securityProtocol.startsWith('SASL') && (own?.mechanism === 'OAUTHBEARER' || (!own && profile))
  if (!isByToken || !token) return { tls, ...(own && { login: own }) }
  const extensions = own?.mechanism === 'OAUTHBEARER' ? own.extensions : undefined
  const login: KafkaLogin = {
    mechanism: 'OAUTHBEARER',
    getToken: () => Promise.resolve(token),
    ...(extensions && { extensions }),
  }
  return { tls, login }
}

/** Logs in at one broker; the connection is handed on. */
export async function loginAt(address: string, patient: Patient, learned: Learned): Promise<Outcome> {
  const { platform, signal } = patient
  const access = accessOf(patient, learned)
  const { login, tls } = access
  const reason = reasonNotToSend(
    { address, isTls: tls !== undefined, checksName: tls?.checksName ?? true, login, token: learned.token?.value },
    patient,
  )
  if (reason) return reason
  let session: Broker
  try {
    session = await connectBroker({ platform, address, access, signal, timeoutMs: loginMs })
  } catch (thrown) {
    if (signal.aborted) throw thrown
    return refusal(asTokenError(thrown), address, login, patient, learned)
  }
  const found = login
    ? `${address} takes ${login.mechanism}`
    : `${address}: no login, as ${patient.reach.securityProtocol} says`
  return ok(found, { learned: { session } })
}

async function refusal(
  error: TokenError,
  address: string,
  login: KafkaLogin | undefined,
  patient: Patient,
  learned: Learned,
): Promise<Outcome> {
  const { code, message, hint } = error
  if (code === 'ERR_KAFKA_MECHANISM') {
    return broken(message, { code, remedies: [{ say: hint }, ...otherMechanism(message, login)] })
  }
  if (code !== 'ERR_KAFKA_LOGIN') return failureAt(error)
  if (login?.mechanism === 'OAUTHBEARER' && learned.shape && / refuses the token: /.test(message)) {
    return refusedToken({ address, message, shape: learned.shape }, patient)
  }
  return failureAt(error, { toldByBroker: 'login' })
}

const security = 'org.apache.kafka.common.security'
const module = `${security}.oauthbearer.OAuthBearerLoginModule`

/** What to paste for the mechanism that the listener lacks, or the one that it has. */
function otherMechanism(message: string, login: KafkaLogin | undefined): readonly Remedy[] {
  const offered = /: it has ([A-Z0-9-]+(?:, [A-Z0-9-]+)*)$/.exec(message)?.[1]?.split(', ') ?? []
  const isKerberos = offered.length > 0 && offered.every((name) => name === 'GSSAPI')
  const kerberos = isKerberos
    ? [{ say: 'The listener is for Kerberos alone: ask for the port of another one, or for OAUTHBEARER on this one.' }]
    : []
  if (login?.mechanism !== 'OAUTHBEARER') {
    const other = offered.find((name) => /^(PLAIN|SCRAM-)/.test(name))
    return other === undefined ? kerberos : [{ say: 'Or log in by what it has.', paste: `sasl.mechanism=${other}` }]
  }
  const lines = [
    `listener.name.<listener>.sasl.enabled.mechanisms=${[...offered, 'OAUTHBEARER'].join(',')}`,
    `listener.name.<listener>.oauthbearer.sasl.jaas.config=${module} required;`,
    `listener.name.<listener>.oauthbearer.sasl.server.callback.handler.class=${security}.oauthbearer.OAuthBearerValidatorCallbackHandler`,
    'listener.name.<listener>.oauthbearer.sasl.oauthbearer.jwks.endpoint.url=<JWKS URL of the issuer>',
    'listener.name.<listener>.oauthbearer.sasl.oauthbearer.expected.issuer=<issuer>',
    'listener.name.<listener>.oauthbearer.sasl.oauthbearer.expected.audience=<audience>',
  ]
  return [
    ...kerberos,
    { say: 'On the broker, with the name of the listener in small letters:', paste: lines.join('\n') },
  ]
}
