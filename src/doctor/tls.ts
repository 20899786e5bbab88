import { connectBroker } from '../kafka/broker.ts'
import type { ShownTls } from '../platform/tls-inspection.ts'
import type { SocketTls } from '../platform/outward-socket.ts'
import { withDeadline } from '../platform/deadline.ts'
import { asTokenError } from '../token/error.ts'
import { connectMs, failureAt } from './connection.ts'
import type { Patient } from './patient.ts'
import { broken, noBroker, ok, warning, type Outcome, type Step } from './step.ts'
import { expiryDoubt, faultOf } from './certificates.ts'
import { trustLines } from './property-lines.ts'
import { hostAndPort } from './words.ts'

/** TLS with each bootstrap server, or that there is none where none is wanted; up to the first answer of the broker. */
export const tls: Step = {
  id: 'tls',
  title: 'TLS',
  doing: 'looking at TLS',
  exitCode: 17,
  async run(patient, { reachable = [] }) {
    if (reachable.length === 0) return noBroker
    const looked = await Promise.all(reachable.map((server) => tlsAt(server, patient)))
    const failed = looked.find(({ status }) => status === 'broken')
    if (failed) return failed
    const doubt = looked.find(({ status }) => status === 'warning')
    return doubt ?? looked[0] ?? noBroker
  },
}

/** What one broker does at TLS, as it is reached. */
export async function tlsAt(address: string, patient: Patient): Promise<Outcome> {
  const { securityProtocol, tls: settings } = patient.reach
  if (!securityProtocol.endsWith('SSL')) return withoutTls(address, patient)
  const own = settings ?? {}
  const seen = await inspected(address, own, patient).catch((thrown: unknown) => {
    if (patient.signal.aborted) throw thrown
    return undefined
  })
  if (!seen) return noHandshake(address, own, patient)
  const fault = faultOf(seen, { address, checksName: own.checksName ?? true, nowMs: patient.platform.now() })
  if (fault) return fault
  const failed = await greeting(address, own, patient)
  if (failed) return failureAt(failed)
  const [certificate] = seen.chain
  const found = `${address}: ${seen.protocol}, ${certificate?.subject ?? ''} by ${certificate?.issuer ?? ''}`
  const doubt = expiryDoubt(seen, patient.platform.now())
  return doubt ? warning(`${found}; ${doubt.found}`, { remedies: doubt.remedies }) : ok(`${found}, ${until(seen)}`)
}

function until({ chain }: ShownTls): string {
  const end = chain[0]?.validTo
  return end === undefined ? '' : `until ${new Date(end).toISOString().slice(0, 10)}`
}

async function withoutTls(address: string, patient: Patient): Promise<Outcome> {
  const { securityProtocol } = patient.reach
  const failed = await greeting(address, undefined, patient)
  if (!failed) return ok(`none, as ${securityProtocol} says, and ${address} answers`)
  const seen = await inspected(address, {}, patient).catch(() => undefined)
  if (!seen) return failureAt(failed)
  const secured = securityProtocol.startsWith('SASL') ? 'SASL_SSL' : 'SSL'
  return broken(`${address} speaks TLS, and security.protocol is ${securityProtocol}`, {
    remedies: [
      { say: 'Use TLS, or the port of a listener without.', paste: `security.protocol=${secured}` },
      trustRemedy(seen),
    ],
  })
}

function trustRemedy({ distrust }: ShownTls): { readonly say: string; readonly paste?: string } {
  if (distrust === undefined) return { say: 'Its certificate is from an authority that is trusted anyway.' }
  return { say: 'Its certificate is not from a public authority: name the CA of the brokers, too.', paste: trustLines }
}

/** The handshake failed: there may be no TLS at all. */
async function noHandshake(address: string, own: SocketTls, patient: Patient): Promise<Outcome> {
  const { securityProtocol } = patient.reach
  const plain = await greeting(address, undefined, patient)
  if (plain) return failureAt((await greeting(address, own, patient)) ?? plain)
  const bare = securityProtocol.startsWith('SASL') ? 'SASL_PLAINTEXT' : 'PLAINTEXT'
  return broken(`${address} has no TLS, and security.protocol is ${securityProtocol}`, {
    remedies: [
      { say: 'Use the port of the listener that has TLS.' },
      { say: 'Or do without, where the way to the brokers is safe.', paste: `security.protocol=${bare}` },
    ],
  })
}

function inspected(address: string, { ca }: SocketTls, { platform, signal }: Patient): Promise<ShownTls> {
  const target = hostAndPort(address) ?? { host: address, port: 0 }
  const late = (): Error => new Error('no TLS handshake in time')
  return withDeadline(platform, connectMs, late, signal, (inner) =>
    platform.inspectTls({ ...target, tls: { ...(ca !== undefined && { ca }) }, signal: inner }),
  )
}

/** Connects and asks what the broker can do, which needs no login; undefined where it answers. */
async function greeting(
  address: string,
  settings: SocketTls | undefined,
  { platform, signal }: Patient,
): Promise<unknown> {
  try {
    const access = settings ? { tls: settings } : {}
    const broker = await connectBroker({ platform, address, access, signal, timeoutMs: connectMs })
    broker.close()
    return undefined
  } catch (thrown) {
    if (signal.aborted) throw thrown
    return asTokenError(thrown)
  }
}
