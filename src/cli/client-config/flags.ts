import { ConfigError, type ConfigFault } from '../../config/fault.ts'
import { defaultTokenEndpoint, endpointOf, shadings, targetFaults } from '../../client-config/target.ts'
import type { Target, Tool, Trust } from '../../client-config/tool.ts'
import type { Flag } from '../command.ts'

/** A flag, and what of the target it says. */
interface TargetFlag extends Flag {
  readonly of?: keyof Target
  readonly ofTrust?: keyof Trust
}

export const targetFlags: readonly TargetFlag[] = [
  {
    name: '--url',
    value: 'URL',
    of: 'tokenEndpoint',
    about: `Token endpoint, written as the client is to have it. Default: ${defaultTokenEndpoint}`,
  },
  { name: '--profile', value: 'NAME', of: 'tokenEndpoint', about: 'Profile: the URL ends in /token/NAME.' },
  {
    name: '--bootstrap-server',
    value: 'HOST:PORT',
    of: 'bootstrapServers',
    about: 'Brokers, with commas between them.',
  },
  { name: '--plaintext', of: 'securityProtocol', about: 'SASL_PLAINTEXT: the brokers have no TLS.' },
  {
    name: '--client-id',
    value: 'ID',
    of: 'clientId',
    about: 'Id of a caller (docs/gateway.md); its secret is left open.',
  },
  { name: '--scope', value: 'SCOPE', of: 'scope', about: 'Scope that the client asks for.' },
  {
    name: '--client-version',
    value: 'N',
    choices: ['3', '4'],
    of: 'clientVersion',
    about: 'Kafka of the client. Default: what suits 3.4 to 4.x alike; for java, streams 4.',
  },
  {
    name: '--shading',
    value: 'KIND',
    choices: shadings,
    of: 'shading',
    about: 'How the classes of Kafka are renamed in the jar.',
  },
  { name: '--logical-cluster', value: 'LKC', of: 'logicalCluster', about: 'Confluent: the extension logicalCluster.' },
  {
    name: '--identity-pool-id',
    value: 'POOL',
    of: 'identityPoolId',
    about: 'Confluent: the extension identityPoolId.',
  },
  {
    name: '--delegation-token-file',
    value: 'FILE',
    of: 'delegationTokenFile',
    about: 'Log in with the delegation token that a keeper writes to this file (properties), where the tool can.',
  },
  { name: '--ca-file', value: 'FILE', of: 'endpointCaFile', about: 'CA certificates of an endpoint with TLS (PEM).' },
]

/** For `broker` and `strimzi`. Where the options of a profile are given, the last three are its. */
export const trustFlags: readonly TargetFlag[] = [
  { name: '--listener', value: 'NAME', ofTrust: 'listener', about: 'Name of the listener. Default: CLIENT.' },
  { name: '--jwks-url', value: 'URL', ofTrust: 'jwksUrl', about: 'Where the public keys of the issuer are.' },
  {
    name: '--delegation-tokens',
    ofTrust: 'delegationTokens',
    about: 'Also a listener for delegation tokens, and their secret key.',
  },
  { name: '--issuer', value: 'ISSUER', ofTrust: 'issuer', about: 'Issuer (iss) of the tokens.' },
  { name: '--audience', value: 'AUDIENCE', ofTrust: 'audience', about: 'Audience (aud) of the tokens.' },
  {
    name: '--principal-claim',
    value: 'CLAIM',
    ofTrust: 'principalClaim',
    about: 'Claim that names the principal. Default: sub.',
  },
]

type Texts = Readonly<Partial<Record<string, string>>>

/** The target that the flags describe, for this tool. Throws ConfigError with all that is wrong. */
export function targetFrom(tool: Tool, texts: Texts, switches: Readonly<Partial<Record<string, boolean>>>): Target {
  const given = [...targetFlags, ...trustFlags].filter(({ name }) => texts[name] !== undefined || switches[name])
  const target: Record<string, unknown> = {}
  const trust: Record<string, unknown> = {}
  for (const { name, of, ofTrust } of given) {
    const value = name === '--plaintext' ? 'SASL_PLAINTEXT' : (texts[name] ?? true)
    if (ofTrust) trust[ofTrust] = value
    else if (of && name !== '--profile') target[of] = value
  }
  const url = texts['--url'] ?? defaultTokenEndpoint
  const profile = texts['--profile']
  const whole: Target = {
    ...(target as Partial<Target>),
    tokenEndpoint: url,
    ...(Object.keys(trust).length > 0 && { trust: trust }),
  }
  const faults = [...useless(tool, given, texts), ...choiceFaults(texts), ...valueFaults(whole, given)]
  if (faults.length > 0) throw new ConfigError(faults)
  return { ...whole, tokenEndpoint: profile === undefined ? url : endpointOf(url, profile) }
}

/** What a tool has no place for is refused: settings that lack it silently would be taken for complete. */
function useless(tool: Tool, given: readonly TargetFlag[], texts: Texts): ConfigFault[] {
  const takes = ({ of, ofTrust }: TargetFlag): boolean =>
    tool.uses.includes(ofTrust ? 'trust' : (of ?? 'tokenEndpoint'))
  const known = [...targetFlags, ...trustFlags].filter(takes).map(({ name }) => name)
  return given
    .filter((flag) => !takes(flag))
    .map(({ name }) => ({
      option: name,
      ...(texts[name] !== undefined && { given: texts[name] }),
      problem:
        known.length === 0
          ? `is of no use: ${tool.title} takes no token`
          : `is of no use to ${tool.name}, which takes ${known.join(', ')}`,
    }))
}

function choiceFaults(texts: Texts): ConfigFault[] {
  return targetFlags.flatMap(({ name, choices }): ConfigFault[] => {
    const given = texts[name]
    if (given === undefined || !choices || choices.includes(given)) return []
    return [{ option: name, given, problem: `must be one of ${choices.join(', ')}` }]
  })
}

function valueFaults(target: Target, given: readonly TargetFlag[]): ConfigFault[] {
  return targetFaults(target).map(({ key, given: value, problem }) => ({
    option:
      given.find(({ name, of, ofTrust }) => name !== '--profile' && (of === key || ofTrust === key))?.name ?? '--url',
    given: value,
    problem,
  }))
}
