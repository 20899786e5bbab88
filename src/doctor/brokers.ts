import type { BrokerAddress } from '../kafka/wire/metadata.ts'
import type { ErrorCode } from '../token/error.ts'
import { addressesOf, remedyFor } from './names.ts'
import { remedies as connectionRemedies } from './connection.ts'
import { loginAt } from './sasl.ts'
import { tlsAt } from './tls.ts'
import type { Learned, Patient } from './patient.ts'
import { broken, noBroker, ok, type Outcome, type Step } from './step.ts'
import { addressOf, count, hostAndPort } from './words.ts'

/** At a time; a large cluster has hundreds. */
const together = 16

/**
 * Every broker that the listener advertises, as clients go to them after the first one. What is broken there has the exit code
 * of its own step.
 */
export const brokers: Step = {
  id: 'brokers',
  title: 'all brokers',
  doing: 'going to every broker',
  exitCode: 18,
  async run(patient, learned) {
    const { advertised = [], session } = learned
    if (!session) return noBroker
    const rest = advertised.filter((broker) => addressOf(broker) !== session.address)
    const outcomes: Outcome[] = []
    for (let at = 0; at < rest.length; at += together) {
      const some = rest.slice(at, at + together)
      outcomes.push(...(await Promise.all(some.map((broker) => lookAt(broker, patient, learned)))))
    }
    const failed = outcomes.filter(({ status }) => status === 'broken')
    const [first] = failed
    if (first) return { ...first, details: [...(first.details ?? []), ...failed.slice(1).map(({ found }) => found)] }
    const names = advertised.map(addressOf)
    return ok(
      `${count(names.length, 'broker')} advertised, each lets us in: ${names.slice(0, 6).join(', ')}${names.length > 6 ? ', ...' : ''}`,
    )
  },
}

async function lookAt(broker: BrokerAddress, patient: Patient, learned: Learned): Promise<Outcome> {
  const address = addressOf(broker)
  const who = `broker ${broker.nodeId}, advertised as ${address}`
  const { problem } = await addressesOf(address, patient)
  const host = hostAndPort(address)?.host ?? address
  if (problem !== undefined)
    return broken(`${who}: ${problem}`, { exitCode: 15, remedies: [advertise(host), remedyFor(host)] })
  const outcome = await loginAt(address, patient, learned)
  outcome.learned?.session?.close()
  if (outcome.status !== 'broken') return outcome
  const { code } = outcome
  // What the client does not like about the certificate is told in more words there.
  const told = code === 'ERR_KAFKA_TLS' || code === 'ERR_KAFKA_PROTOCOL' ? await tlsAt(address, patient) : outcome
  const final = told.status === 'broken' ? told : outcome
  const exit = exitCodeOf(code)
  const more = exit === 16 ? [advertise(host), ...connectionRemedies] : []
  return { ...final, found: `${who}: ${final.found}`, exitCode: exit, remedies: [...more, ...(final.remedies ?? [])] }
}

function exitCodeOf(code: ErrorCode | undefined): number {
  if (code === 'ERR_KAFKA_UNREACHABLE' || code === 'ERR_KAFKA_TIMEOUT') return 16
  if (code === 'ERR_KAFKA_TLS' || code === 'ERR_KAFKA_PROTOCOL') return 17
  return 18
}

function advertise(host: string): { readonly say: string; readonly paste: string } {
  return {
    say: `The broker tells clients to come to ${host}: it has to name what they can reach, for this listener.`,
    paste: 'advertised.listeners=<LISTENER>://<host that clients reach>:<port>',
  }
}
