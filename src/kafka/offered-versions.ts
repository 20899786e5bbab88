import { TokenError } from '../token/error.ts'
import { version } from '../version.ts'
import { kafkaRefusal } from './refusal.ts'
import type { Api } from './wire/api.ts'
import { apiVersions } from './wire/api-versions.ts'
import type { WireConnection } from './wire/connection.ts'

/** The version in which to ask this broker. Throws ERR_KAFKA_VERSION where there is none. */
export type VersionOf = (api: Api<never, unknown>) => number

const unsupportedVersion = 35
/** Brokers count connections by these (KIP-511). */
const software = { clientSoftwareName: 'kafka-token-sidecar', clientSoftwareVersion: version }

/** What a broker has in common with us. It may be asked before the login. */
export async function offeredVersions(
  connection: WireConnection,
  broker: string,
  signal: AbortSignal,
): Promise<VersionOf> {
  const [oldest, newest] = apiVersions.versions
  let answer = await connection.exchange(apiVersions, newest, software, signal)
  // Kafka before 2.4.
  if (answer.errorCode === unsupportedVersion) {
    answer = await connection.exchange(apiVersions, oldest, software, signal)
  }
  if (answer.errorCode !== 0) throw kafkaRefusal(answer.errorCode, { api: apiVersions.name, broker })
  const offered = new Map(answer.apis.map((api) => [api.key, api]))
  return (api) => {
    const theirs = offered.get(api.key)
    if (!theirs) throw notOffered(api, broker)
    const version = Math.min(theirs.newest, api.versions[1])
    if (version >= Math.max(theirs.oldest, api.versions[0])) return version
    throw new TokenError(
      'ERR_KAFKA_VERSION',
      `${broker} has ${api.name} in the versions ${theirs.oldest} to ${theirs.newest}, and here are ${api.versions.join(' to ')}`,
      { hint: theirs.newest < api.versions[0] ? 'Upgrade the brokers.' : 'Upgrade this program.' },
    )
  }
}

function notOffered({ name, key }: Api<never, unknown>, broker: string): TokenError {
  const hint = name.endsWith('DelegationToken')
    ? 'Brokers have delegation tokens from Kafka 2.0 on, in KRaft mode from 3.6 on. Services that only speak its protocol, such as Azure Event Hubs, have none: let clients log in with OAUTHBEARER there.'
    : 'Make sure that this is a broker of Kafka 2.0 or newer.'
  return new TokenError('ERR_KAFKA_VERSION', `${broker} does not offer ${name} (API ${key})`, { hint })
}
