import { delegationTokenOptions, type DelegationTokenConfig } from '../../config/delegation-token-options.ts'
import { defaultProfile } from '../../token/profiles.ts'
import { checkedBy, type Places } from './checked.ts'
import type { Given } from './flags.ts'

/** How the brokers are reached: as the properties of a Java client say, or by flags. */
export type Access =
  | { readonly by: 'properties'; readonly file: string; readonly servers: readonly string[] | undefined }
  | { readonly by: 'flags'; readonly settings: DelegationTokenConfig; readonly profile: string | undefined }

const tlsFlags = ['--broker-ca-file', '--broker-cert-file', '--broker-key-file'] as const
/** Flags that say what is in the file of `--command-config` otherwise. */
const connectionFlags = ['--security-protocol', ...tlsFlags] as const

/** Flags by the option of a configured token that they are. */
const places: Places = {
  bootstrapServers: '--bootstrap-server',
  scramBootstrapServers: '--scram-bootstrap-server',
  'login.profile': '--profile',
  'login.propertiesFile': '--command-config',
  securityProtocol: '--security-protocol',
  'tls.caFile': '--broker-ca-file',
  'tls.certFile': '--broker-cert-file',
  'tls.keyFile': '--broker-key-file',
  principal: '--login-principal',
}

/**
 * Finds out how the brokers are reached, and what is wrong with that. Undefined where there are faults.
 *
 * @param needsLogin false where the token itself is all that is logged in with
 */
export function accessIn(given: Given, { needsLogin = true } = {}): Access | undefined {
  const file = given.text('--command-config')
  const profile = profileIn(given)
  if (file === undefined) {
    if (profile !== undefined || given.has('--broker-cert-file') || !needsLogin) return byFlags(given, profile)
    given.fault('--command-config', loginProblem)
    return undefined
  }
  checkCommandConfig(given)
  const principal = given.text('--login-principal')
  if (principal?.startsWith('User:') === false) given.fault('--login-principal', 'must be User:name', principal)
  return { by: 'properties', file, servers: serversIn(given, '--bootstrap-server') }
}

export const loginProblem =
  'must name the properties of a Java client to log in with, or --profile NAME a profile whose token is used'

/** The profile that is logged in by: whoever gives options of the configuration means its default profile. */
export function profileIn(given: Given): string | undefined {
  return given.text('--profile') ?? (given.rest.length > 0 ? defaultProfile : undefined)
}

/** Finds faults in what stands beside `--command-config`. */
export function checkCommandConfig(given: Given): void {
  for (const flag of connectionFlags) {
    const problem = 'goes with --profile: the file of --command-config says how brokers are reached'
    if (given.has(flag)) given.fault(flag, problem)
  }
  const other = given.has('--profile') ? '--profile' : given.rest[0]
  if (other !== undefined) given.fault(other, 'stands beside --command-config: log in by one of them')
}

/** Addresses of brokers, as `bootstrap.servers` of Kafka has them. */
export function serversIn(
  given: Given,
  flag: '--bootstrap-server' | '--scram-bootstrap-server',
): readonly string[] | undefined {
  const text = given.text(flag)
  if (text === undefined) return undefined
  const parsed = delegationTokenOptions().shape.bootstrapServers.safeParse(text)
  if (parsed.success) return parsed.data
  given.fault(flag, parsed.error.issues[0]?.message ?? 'is no list of brokers', text)
  return undefined
}

/** A token as the configuration has one, from flags; `more` is what else is known of it. */
export function settingsIn(
  given: Given,
  login: DelegationTokenConfig['login'],
  more: object = {},
): DelegationTokenConfig | undefined {
  const written = {
    bootstrapServers: given.text('--bootstrap-server'),
    scramBootstrapServers: given.text('--scram-bootstrap-server'),
    login,
    securityProtocol: given.text('--security-protocol'),
    tls: tlsIn(given),
    principal: given.text('--login-principal'),
    ...more,
  }
  return checkedBy(delegationTokenOptions(), written, places, given)
}

function tlsIn(given: Given): object | undefined {
  const [caFile, certFile, keyFile] = tlsFlags.map((flag) => given.text(flag))
  return (caFile ?? certFile ?? keyFile) ? { caFile, certFile, keyFile } : undefined
}

function byFlags(given: Given, profile: string | undefined): Access | undefined {
  const servers = given.text('--bootstrap-server') ?? given.text('--scram-bootstrap-server')
  const protocol = given.text('--security-protocol')
  const settings = settingsIn(given, profile === undefined ? undefined : { profile }, {
    bootstrapServers: servers,
    // A listener is named for what its users do there; who only brings a token has no other login.
    ...(profile === undefined && { securityProtocol: protocol?.replace('SASL_', '') }),
  })
  return settings && { by: 'flags', settings, profile }
}
