import { asTokenError } from '../token/error.ts'
import { connectionFailure } from '../kafka/connection-failure.ts'
import { withDeadline } from '../platform/deadline.ts'
import { hostAndPort } from './words.ts'
import type { Patient } from './patient.ts'
import { broken, noBroker, ok, warning, type Outcome, type Step } from './step.ts'

/** A broker on the other side of the world takes a second or two. */
export const connectMs = 5_000

/** A connection to each bootstrap server that has an address, without a word. */
export const connection: Step = {
  id: 'tcp',
  title: 'TCP',
  doing: 'connecting to brokers',
  exitCode: 16,
  async run(patient, { reachable = [] }) {
    if (reachable.length === 0) return noBroker
    const tried = await Promise.all(reachable.map((server) => tryPort(server, patient)))
    const failed = tried.filter(({ problem }) => problem !== undefined)
    const taken = tried.filter(({ problem }) => problem === undefined).map(({ server }) => server)
    const details = failed.map(({ problem = '' }) => problem)
    const learned = { reachable: taken }
    if (taken.length === 0) return broken(details[0] ?? '', { details: details.slice(1), remedies })
    if (failed.length > 0)
      return warning(`${failed.length} of ${tried.length} do not take a connection`, { details, remedies, learned })
    return ok(`${taken.join(', ')} ${taken.length === 1 ? 'takes' : 'take'} connections`, { learned })
  },
}

export const remedies = [
  {
    say: 'Compare host and port with listeners and advertised.listeners of the brokers, and see whether a broker runs there.',
  },
  {
    say: 'Else something on the way drops it: a firewall, a security group, a NetworkPolicy, or a VPC that is not connected.',
    paste: 'nc -vz <host> <port>\nkubectl get networkpolicy --all-namespaces',
  },
]

interface Tried {
  readonly server: string
  readonly problem?: string
}

async function tryPort(server: string, { platform, signal }: Patient): Promise<Tried> {
  const target = hostAndPort(server)
  if (!target) return { server, problem: `'${server}' is no host:port` }
  const late = (): Error => Object.assign(new Error('late'), { code: 'ETIMEDOUT' })
  try {
    const socket = await withDeadline(platform, connectMs, late, signal, (inner) =>
      platform.connect({ ...target, signal: inner }),
    )
    socket.destroy()
    return { server }
  } catch (thrown) {
    if (signal.aborted) throw thrown
    const about = { address: server, isTls: false, hasCertificate: false, hasLogin: false }
    return { server, problem: connectionFailure(thrown, about).message }
  }
}

/** What went wrong with a broker, as an outcome with its hint. */
export function failureAt(thrown: unknown, more: Partial<Outcome> = {}): Outcome {
  const { message, hint, code } = asTokenError(thrown)
  return broken(message, { code, remedies: [{ say: hint }], ...more })
}
