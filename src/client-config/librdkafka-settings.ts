import { confluent, credentials, everyClient, extensions, protocolOf } from './credentials.ts'
import { librdkafkaNames } from './names.ts'
import type { Setting } from './setting.ts'
import type { Target } from './tool.ts'

/** Settings of librdkafka, and of all that hand settings on to it. Both id and secret are mandatory. */
export function librdkafkaSettings(target: Target): Setting[] {
  const { bootstrapServers, scope, endpointCaFile } = target
  const { id, secret } = credentials(target)
  const added = extensions(target).map((pair) => pair.join('='))
  return [
    ...(bootstrapServers === undefined ? [] : ([['bootstrap.servers', bootstrapServers]] as const)),
    ['security.protocol', protocolOf(target)],
    [librdkafkaNames.saslMechanisms, 'OAUTHBEARER'],
    [librdkafkaNames.method, 'oidc'],
    [librdkafkaNames.tokenEndpointUrl, target.tokenEndpoint],
    [librdkafkaNames.clientId, id],
    [librdkafkaNames.clientSecret, secret],
    ...(scope === undefined ? [] : ([[librdkafkaNames.scope, scope]] as const)),
    ...(added.length === 0 ? [] : ([[librdkafkaNames.extensions, added.join()]] as const)),
    ...(endpointCaFile === undefined ? [] : ([[librdkafkaNames.httpsCaLocation, endpointCaFile]] as const)),
  ]
}

export function librdkafkaNotes(target: Target): string[] {
  return [
    'librdkafka has to be 1.9 or later and built with curl: builtin.features then lists oidc. Otherwise sasl.oauthbearer.method is "not supported in this build".',
    'Where http_proxy is set, set no_proxy=localhost,127.0.0.1 too: curl would ask the proxy for the token.',
    ...(target.endpointCaFile === undefined ? [] : ['https.ca.location is of librdkafka 2.11 and later.']),
  ]
}

/** Options that count for librdkafka. It cannot log in with delegation tokens, which need SCRAM with tokenauth. */
export const librdkafkaUses = [...everyClient, ...confluent, 'endpointCaFile'] as const
