import { ConfigError, type ConfigFault } from '../../config/fault.ts'
import { delegationTokenOptions } from '../../config/delegation-token-options.ts'
import { securityProtocols, type SecurityProtocol } from '../../kafka/access.ts'
import type { Flag } from '../command.ts'
import { ownFlags } from '../own-flags.ts'

const operations = ['read', 'write', 'both'] as const
const versions = ['3', '4'] as const

export const doctorFlags = [
  {
    name: '--bootstrap-server',
    value: 'HOST:PORT[,HOST:PORT...]',
    about:
      'Brokers to go to. Default: bootstrap.servers of the properties of the client; without any the walk ends before.',
  },
  {
    name: '--command-config',
    value: 'FILE',
    about:
      'Properties of the Java client that does not work. The doctor goes its way: asks its token endpoint as it would, such as a sidecar that runs on this host, and logs in as it would, by OAUTHBEARER, SCRAM, PLAIN, a delegation token or a certificate.',
  },
  {
    name: '--profile',
    value: 'NAME',
    about:
      'A profile of the configuration whose token is looked at. Default: default, unless there is a --command-config.',
  },
  { name: '--topic', value: 'NAME', about: 'Also find out what may be done with this topic, without doing it.' },
  {
    name: '--operation',
    value: 'NAME',
    choices: operations,
    about: 'What the client needs with the topic: read, write or both. Default: one of them is enough.',
  },
  {
    name: '--client-version',
    value: 'MAJOR',
    choices: versions,
    about: 'Kafka of the client, 3 or 4, for what differs between them. Default: both are told of.',
  },
  {
    name: '--broker-config',
    value: 'FILE',
    about:
      'The server.properties of a broker, if you have them: then a refused token is compared with what they expect.',
  },
  {
    name: '--security-protocol',
    value: 'NAME',
    choices: securityProtocols,
    about: 'How brokers are reached without --command-config. Default: SASL_SSL.',
  },
  { name: '--broker-ca-file', value: 'FILE', about: 'CA certificates of the brokers (PEM), without --command-config.' },
  {
    name: '--allow-token-over-plaintext',
    about:
      'Send a token or a password without TLS to brokers that are not on this host. Everybody on the way reads it.',
  },
  {
    name: '--allow-google-token-elsewhere',
    about:
      "Send an access token of Google's, as in the envelope for Managed Kafka, to other brokers than *.managedkafka.<project>.cloud.goog. Brokers write tokens that they refuse into their log.",
  },
  { name: '--json', about: 'The report as JSON; its format is versioned.' },
] as const satisfies readonly Flag[]

export interface DoctorFlags {
  readonly servers: readonly string[] | undefined
  readonly commandConfig: string | undefined
  readonly profile: string | undefined
  readonly topic: string | undefined
  readonly operation: (typeof operations)[number] | undefined
  readonly clientVersion: (typeof versions)[number] | undefined
  readonly brokerConfig: string | undefined
  readonly securityProtocol: SecurityProtocol | undefined
  readonly brokerCaFile: string | undefined
  readonly tokenOverPlaintext: boolean
  readonly googleTokenElsewhere: boolean
  readonly json: boolean
  /** Options of the configuration. */
  readonly rest: readonly string[]
}

const texts = [
  '--bootstrap-server',
  '--command-config',
  '--profile',
  '--topic',
  '--operation',
  '--client-version',
  '--broker-config',
  '--security-protocol',
  '--broker-ca-file',
] as const
const switches = ['--allow-token-over-plaintext', '--allow-google-token-elsewhere', '--json'] as const

/** Throws ConfigError with all faults. */
export function readDoctorFlags(argv: readonly string[]): DoctorFlags {
  const given = ownFlags(argv, { texts, switches })
  const faults: ConfigFault[] = []
  const text = (flag: (typeof texts)[number]): string | undefined => given.texts[flag]
  const one = <Value extends string>(flag: (typeof texts)[number], choices: readonly Value[]): Value | undefined => {
    const value = text(flag)
    const known = choices.find((choice) => choice === value)
    if (value !== undefined && known === undefined) {
      faults.push({ option: flag, given: value, problem: `must be one of ${choices.join(', ')}` })
    }
    return known
  }
  const read = {
    servers: serversIn(text('--bootstrap-server'), faults),
    commandConfig: text('--command-config'),
    profile: text('--profile'),
    topic: text('--topic'),
    operation: one('--operation', operations),
    clientVersion: one('--client-version', versions),
    brokerConfig: text('--broker-config'),
    securityProtocol: one('--security-protocol', securityProtocols),
    brokerCaFile: text('--broker-ca-file'),
    tokenOverPlaintext: given.switches['--allow-token-over-plaintext'],
    googleTokenElsewhere: given.switches['--allow-google-token-elsewhere'],
    json: given.switches['--json'],
    rest: given.rest,
  }
  for (const flag of ['--security-protocol', '--broker-ca-file'] as const) {
    if (read.commandConfig === undefined || text(flag) === undefined) continue
    faults.push({ option: flag, problem: 'goes without --command-config: that file says how brokers are reached' })
  }
  if (read.topic === undefined && read.operation !== undefined) {
    faults.push({ option: '--operation', problem: 'goes with --topic' })
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return read
}

function serversIn(given: string | undefined, faults: ConfigFault[]): readonly string[] | undefined {
  if (given === undefined) return undefined
  const parsed = delegationTokenOptions().shape.bootstrapServers.safeParse(given)
  if (parsed.success) return parsed.data
  faults.push({
    option: '--bootstrap-server',
    given,
    problem: parsed.error.issues[0]?.message ?? 'is no list of brokers',
  })
  return undefined
}
