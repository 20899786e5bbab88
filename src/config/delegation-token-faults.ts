import { unknownProfile, valueAt, type ConfigFault } from './fault.ts'
import { isRecord } from './schema.ts'

type Fault = (place: readonly string[], problem: string) => ConfigFault
type Section = Readonly<Record<string, unknown>>

/** What the delegation tokens say of each other, and of profiles, and does not hold. */
export function delegationTokenFaults(input: unknown, profiles: Section, fault: Fault): ConfigFault[] {
  const section = valueAt(input, ['delegationTokens'])
  const seen = new Map<string, string>()
  return Object.entries(isRecord(section) ? section : {}).flatMap(([name, token]) => {
    const place = ['delegationTokens', name]
    const identity = identityOf(token)
    const other = seen.get(identity)
    seen.set(identity, name)
    return [
      ...loginFaults(place, token, profiles, fault),
      ...tlsFaults(place, token, fault),
      ...(other === undefined
        ? []
        : [fault(place, `is the same token as ${other}: several outlets and callers may share one`)]),
    ]
  })
}

/** Keepers find their token at the cluster by these: two of them with the same would take turns with each other's. */
function identityOf(token: unknown): string {
  const paths = [['bootstrapServers'], ['login', 'profile'], ['login', 'propertiesFile'], ['owner'], ['renewers']]
  return JSON.stringify(paths.map((path) => textsAt(token, path)))
}

function textsAt(token: unknown, path: readonly string[]): readonly string[] {
  return [valueAt(token, path)].flat().filter((text) => typeof text === 'string')
}

function loginFaults(place: readonly string[], token: unknown, profiles: Section, fault: Fault): ConfigFault[] {
  const profile = valueAt(token, ['login', 'profile'])
  const protocol = valueAt(token, ['securityProtocol'])
  if (typeof profile === 'string' && !Object.hasOwn(profiles, profile)) {
    return [fault([...place, 'login', 'profile'], unknownProfile(profile, Object.keys(profiles)))]
  }
  if (typeof protocol !== 'string') return []
  const isSasl = protocol.startsWith('SASL_')
  if (typeof profile === 'string' && !isSasl) {
    const problem =
      'must be SASL_SSL, or SASL_PLAINTEXT on a listener without TLS: tokens of a profile are presented by SASL'
    return [fault([...place, 'securityProtocol'], problem)]
  }
  if (valueAt(token, ['login']) !== undefined) return []
  if (isSasl) return [fault([...place, 'login'], `is needed with ${protocol}: { profile: … } or { propertiesFile: … }`)]
  return protocol === 'PLAINTEXT' ? [fault([...place, 'securityProtocol'], noLogin)] : []
}

const noLogin = 'is without any login, and brokers make delegation tokens only for who has logged in'

function tlsFaults(place: readonly string[], token: unknown, fault: Fault): ConfigFault[] {
  const [cert, key] = ['certFile', 'keyFile'].map((name) => valueAt(token, ['tls', name]) !== undefined)
  if (cert !== key)
    return [fault([...place, 'tls', cert ? 'keyFile' : 'certFile'], 'is missing: certificate and key go together')]
  if (valueAt(token, ['login']) !== undefined || cert) return []
  return [
    fault(
      [...place, 'login'],
      'is missing, and so is a client certificate (tls.certFile): brokers make delegation tokens only for who has logged in',
    ),
  ]
}
