import { TokenError } from '../../token/error.ts'
import type { KafkaLogin } from '../access.ts'
import { kafkaRefusal } from '../refusal.ts'
import { saslAuthenticate } from '../wire/sasl-authenticate.ts'
import { saslHandshake } from '../wire/sasl-handshake.ts'
import type { Api } from '../wire/api.ts'
import type { SaslMechanism } from './mechanism.ts'
import { oauthbearer } from './oauthbearer.ts'
import { plain } from './plain.ts'
import { scram } from './scram.ts'

export type { SaslMechanism } from './mechanism.ts'

/** Gets what the login needs, before a connection waits for it. Rejects with what the token fails with. */
export async function prepareLogin(login: KafkaLogin, signal: AbortSignal): Promise<SaslMechanism> {
  switch (login.mechanism) {
    case 'OAUTHBEARER':
      return oauthbearer(await login.getToken(signal), login.extensions)
    case 'PLAIN':
      return plain(login)
    default:
      return scram({ ...login, mechanism: login.mechanism })
  }
}

export interface LogInOptions {
  readonly login: KafkaLogin
  readonly mechanism: SaslMechanism
  /** `host:port`, for messages. */
  readonly broker: string
  readonly call: <Request, Answer>(api: Api<Request, Answer>, request: Request) => Promise<Answer>
}

/** Resolves to the session lifetime in milliseconds as the broker says it; 0 also where there is none. */
export async function logIn({ login, mechanism, broker, call }: LogInOptions): Promise<number> {
  const { errorCode, mechanisms } = await call(saslHandshake, { mechanism: login.mechanism })
  if (errorCode === unsupportedMechanism) throw notEnabled(login, broker, mechanisms)
  if (errorCode !== 0) throw kafkaRefusal(errorCode, { api: saslHandshake.name, broker })
  let lifetimeMs = 0
  await mechanism.converse(async (message) => {
    const answer = await call(saslAuthenticate, { authBytes: message })
    lifetimeMs = answer.sessionLifetimeMs
    if (answer.errorCode === 0) return answer.authBytes
    throw kafkaRefusal(answer.errorCode, {
      api: `the login with ${login.mechanism}`,
      broker,
      message: answer.errorMessage,
      hint: answer.errorCode === loginFailed ? loginHint(login) : undefined,
    })
  }, broker)
  return lifetimeMs
}

const unsupportedMechanism = 33
const loginFailed = 58

function notEnabled({ mechanism }: KafkaLogin, broker: string, enabled: readonly string[]): TokenError {
  const others = enabled.length > 0 ? `it has ${enabled.join(', ')}` : 'it names none that it has'
  const name = mechanism.toLowerCase()
  const scramOnly = mechanism.startsWith('SCRAM')
    ? " Google's Managed Kafka has no SCRAM, and so no delegation tokens: log in with OAUTHBEARER there."
    : ''
  return new TokenError(
    'ERR_KAFKA_MECHANISM',
    `${broker} has ${mechanism} not enabled (33, UNSUPPORTED_SASL_MECHANISM): ${others}`,
    {
      hint: `Use a listener that has it, or add it to listener.name.<listener>.sasl.enabled.mechanisms of the brokers, with listener.name.<listener>.${name}.sasl.jaas.config.${scramOnly}`,
    },
  )
}

function loginHint(login: KafkaLogin): string | undefined {
  if (login.mechanism === 'OAUTHBEARER') return undefined
  if (login.tokenAuth) {
    return 'The broker does not know the delegation token, or has another HMAC for it: it expired, was removed, belongs to another cluster, or is so new that this broker has not heard of it.'
  }
  if (login.mechanism === 'PLAIN')
    return 'Correct user and password: the broker has them as user_<name> in the JAAS configuration of its PLAIN listener.'
  return `Correct user and password: kafka-configs.sh --alter --entity-type users --entity-name <user> --add-config '${login.mechanism}=[password=...]' sets them. For a delegation token add tokenauth=true.`
}
