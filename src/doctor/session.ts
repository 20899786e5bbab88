import { asTokenError } from '../token/error.ts'
import { metadata } from '../kafka/wire/metadata.ts'
import { failureAt } from './connection.ts'
import type { Learned, Patient } from './patient.ts'
import { broken, noBroker, ok, warning, type Outcome, type Step } from './step.ts'
import { count, lengthOf } from './words.ts'

/** Shorter sessions have clients log in all the time. */
const shortMs = 10_000
/** As much as clocks that keep their time may differ, and the answer take. */
const unsureMs = 5_000

/** Who the broker takes us for, as far as a client can know it, how long the session lasts, and that it carries a request. */
export const session: Step = {
  id: 'session',
  title: 'session',
  doing: 'asking the broker',
  exitCode: 19,
  async run(patient, learned) {
    const broker = learned.session
    if (!broker) return noBroker
    const { sessionLifetimeMs: lifetimeMs } = broker
    if (lifetimeMs === 0) return over(patient, learned)
    let brokers
    try {
      ;({ brokers } = await broker.call(metadata, { topics: [] }, patient.signal))
    } catch (thrown) {
      if (patient.signal.aborted) throw thrown
      const error = asTokenError(thrown)
      return failureAt(error, { toldByBroker: 'login', ...(!isByLogin(patient) && { exitCode: 18 }) })
    }
    const who = learned.principal ?? 'a principal that brokers alone know'
    const found = `${who}, ${lastingOf(lifetimeMs)}, ${count(brokers.length, 'broker')}`
    const more = { learned: { advertised: brokers } }
    const details = [
      ...(lifetimeMs !== undefined && lifetimeMs < shortMs
        ? [
            `the session lasts ${lengthOf(lifetimeMs)}: clients log in again and again (connections.max.reauth.ms, or the life of the token)`,
          ]
        : []),
      ...behind(lifetimeMs, patient, learned),
    ]
    return details.length > 0 ? warning(found, { ...more, details }) : ok(found, more)
  },
}

function isByLogin({ reach }: Patient): boolean {
  return reach.securityProtocol.startsWith('SASL')
}

function lastingOf(lifetimeMs: number | undefined): string {
  if (lifetimeMs === undefined) return 'no end of the session'
  return `session of ${lengthOf(lifetimeMs)} (the life of the token, or connections.max.reauth.ms)`
}

/** Brokers take what has just expired, and cut the connection at the next request: clients see disconnections alone. */
function over(patient: Patient, { token }: Learned): Outcome {
  const found = 'the broker lets us in with a session of 0: it cuts the connection at the next request'
  if (token) {
    return broken(found, {
      remedies: [
        {
          say: 'The token has expired by the clock of the broker, and is within the 30 s that it puts up with. Renew tokens earlier, and compare the clocks.',
          paste: 'chronyc tracking',
        },
      ],
    })
  }
  const isToken = patient.client?.access?.login !== undefined
  return broken(found, {
    code: 'ERR_KAFKA_TOKEN_EXPIRED',
    remedies: isToken
      ? [
          {
            say: 'The delegation token has expired, and is not swept yet: make another one.',
            paste:
              'kafka-token-sidecar delegation-token create --bootstrap-server <server> --command-config <admin.properties>',
          },
        ]
      : [],
  })
}

/** A session ends with the token at the latest, by the clock of the broker: where it lasts longer, that clock is behind. */
function behind(lifetimeMs: number | undefined, { platform }: Patient, { shape }: Learned): readonly string[] {
  const exp = shape?.claims['exp']
  if (lifetimeMs === undefined || typeof exp !== 'number') return []
  const behindMs = lifetimeMs - (exp * 1000 - platform.now())
  return behindMs > unsureMs
    ? [`the clock of the broker is ${lengthOf(behindMs)} behind: it takes tokens for longer than they live`]
    : []
}
