import { isIP } from 'node:net'
import { withDeadline } from '../platform/deadline.ts'
import { errorCode } from '../platform/error-code.ts'
import type { Platform } from '../platform/platform.ts'
import { isManagedKafka } from './sending.ts'
import { broken, ok, skipped, warning, type Remedy, type Step } from './step.ts'
import { hostAndPort, pasteable } from './words.ts'

/** How long a resolver is waited for. */
const limitMs = 5_000

/** The addresses of each bootstrap server. */
export const names: Step = {
  id: 'dns',
  title: 'DNS',
  doing: 'looking up the names of brokers',
  exitCode: 15,
  async run(patient) {
    const { servers } = patient
    if (servers.length === 0) return skipped('no --bootstrap-server, and none in the properties of the client')
    const looked = await Promise.all(servers.map((server) => addressesOf(server, patient)))
    const found = looked.filter(({ problem }) => problem === undefined)
    const missing = looked.filter(({ problem }) => problem !== undefined)
    const details = looked.map((name) => wordsOf(name))
    const learned = { reachable: found.map(({ server }) => server) }
    const remedies = missing.map(({ server }) => remedyFor(hostAndPort(server)?.host ?? server))
    if (found.length === 0) return broken(details[0] ?? '', { details: details.slice(1), remedies })
    if (missing.length > 0)
      return warning(`${missing.length} of ${servers.length} names have no address`, { details, remedies, learned })
    return details.length === 1
      ? ok(details[0] ?? '', { learned })
      : ok(`all ${servers.length} names have addresses`, { details, learned })
  },
}

export interface LookedUp {
  readonly server: string
  readonly addresses: readonly string[]
  readonly problem?: string
}

/** The addresses of `host:port`; what fails is told. */
export async function addressesOf(
  server: string,
  { platform, signal }: { readonly platform: Platform; readonly signal: AbortSignal },
): Promise<LookedUp> {
  const target = hostAndPort(server)
  if (!target) return { server, addresses: [], problem: `'${server}' is no host:port` }
  const { host } = target
  if (isIP(host) !== 0) return { server, addresses: [host] }
  const late = (): Error => Object.assign(new Error('late'), { code: `no answer within ${limitMs / 1000} s` })
  try {
    const addresses = await withDeadline(platform, limitMs, late, signal, (inner) => platform.lookup(host, inner))
    return { server, addresses }
  } catch (thrown) {
    if (signal.aborted) throw thrown
    const code = errorCode(thrown)
    const problem =
      code === 'ENOTFOUND'
        ? `${host} has no address (ENOTFOUND)`
        : code === 'EAI_AGAIN'
          ? `${host} could not be looked up: the resolver does not answer (EAI_AGAIN)`
          : `${host} could not be looked up (${code})`
    return { server, addresses: [], problem }
  }
}

function wordsOf({ server, addresses, problem }: LookedUp): string {
  if (problem !== undefined) return problem
  const { host = server } = hostAndPort(server) ?? {}
  return addresses.includes(host) ? `${host} is an address` : `${host} is ${addresses.slice(0, 4).join(', ')}`
}

export function remedyFor(host: string): Remedy {
  if (isManagedKafka(host)) {
    return {
      say: 'Managed Kafka has names only within the VPC networks that its cluster is connected to: run this there, and compare the name.',
      paste: 'gcloud managed-kafka clusters describe <cluster> --location <region> --format "value(bootstrapAddress)"',
    }
  }
  return {
    say: 'Correct the name: in bootstrap.servers, or where a broker tells it in advertised.listeners. In Kubernetes it is <service>.<namespace>.svc, and short names work within one namespace alone.',
    paste: `getent hosts ${pasteable(host, '<host>')}`,
  }
}
