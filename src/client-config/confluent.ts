import { bootstrapOf, commonNotes, confluent, credentials, everyClient } from './credentials.ts'
import { javaNotes, javaSettings, javaUses, jvmVariable } from './java-settings.ts'
import { prefixed, propertiesText, type Setting } from './setting.ts'
import type { Target, Tool } from './tool.ts'

const uses = [...everyClient, ...javaUses, ...confluent] as const
const notRun =
  'its jars are not at Maven Central; the same settings are run in Kafka Connect 4.3 and in Spark (Kafka 3.9)'

/** Serializers of Confluent ask for a token of their own. */
function serializer(target: Target): string {
  const { id, secret } = credentials(target)
  const { scope, logicalCluster, identityPoolId } = target
  const settings: Setting[] = [
    ['schema.registry.url', '<https://schema-registry:8081>'],
    ['bearer.auth.credentials.source', 'OAUTHBEARER'],
    ['bearer.auth.issuer.endpoint.url', target.tokenEndpoint],
    ['bearer.auth.client.id', id],
    ['bearer.auth.client.secret', secret],
    ...(scope === undefined ? [] : ([['bearer.auth.scope', scope]] as const)),
    ...(logicalCluster === undefined ? [] : ([['bearer.auth.logical.cluster', logicalCluster]] as const)),
    ...(identityPoolId === undefined ? [] : ([['bearer.auth.identity.pool.id', identityPoolId]] as const)),
  ]
  return propertiesText(settings)
}

export const confluentTools: readonly Tool[] = [
  {
    name: 'ksqldb',
    aliases: ['ksql'],
    title: 'ksqlDB',
    library: 'java',
    takes: 'endpoint',
    uses,
    notRun,
    source: 'https://docs.confluent.io/platform/current/ksqldb/operate-and-deploy/installation/security.html',
    settings: (target) => ({
      snippets: [
        {
          where: 'ksql-server.properties',
          format: 'properties',
          text: propertiesText(javaSettings({ ...target, bootstrapServers: bootstrapOf(target) })),
        },
        ...jvmVariable(target, 'KSQL_OPTS'),
      ],
      notes: [...javaNotes(target), ...commonNotes(target)],
    }),
  },
  {
    name: 'schema-registry',
    aliases: ['sr'],
    title: 'Schema Registry, towards Kafka',
    library: 'java',
    takes: 'endpoint',
    uses,
    notRun,
    source:
      'https://docs.confluent.io/platform/current/schema-registry/security/index.html, https://github.com/confluentinc/schema-registry/issues/4037',
    settings: (target) => ({
      snippets: [
        {
          where: 'schema-registry.properties',
          format: 'properties',
          text: propertiesText(
            prefixed('kafkastore.', [
              ['bootstrap.servers', `${target.securityProtocol ?? 'SASL_SSL'}://${bootstrapOf(target)}`],
              ...javaSettings({ ...target, bootstrapServers: undefined }),
            ]),
          ),
        },
        ...jvmVariable(target, 'SCHEMA_REGISTRY_OPTS'),
      ],
      notes: [
        'Everything towards Kafka begins with kafkastore.; the same without it would be settings of its own listener.',
        'In the image each property is a variable: kafkastore.sasl.mechanism is SCHEMA_REGISTRY_KAFKASTORE_SASL_MECHANISM.',
        ...javaNotes(target),
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'schema-registry-client',
    aliases: ['serdes', 'avro', 'schema-registry-serializer'],
    title: 'Clients of Schema Registry: serializers of Confluent in Java',
    library: 'java',
    takes: 'endpoint',
    uses: ['tokenEndpoint', 'clientId', 'scope', ...confluent],
    notRun,
    source: 'SchemaRegistryClientConfig of confluentinc/schema-registry',
    settings: (target) => ({
      snippets: [
        { where: 'serializer.properties', format: 'properties', text: serializer(target) },
        ...jvmVariable(target, 'KAFKA_OPTS'),
        ...jvmVariable(target, 'JAVA_TOOL_OPTIONS'),
      ],
      notes: [
        'These stand among the properties of the producer or consumer; a tool that has a prefix for its converters, as Connect value.converter., puts it before each.',
        'The registry checks tokens by itself: it needs the issuer and keys of the profile as brokers do. bearer.auth.logical.cluster is that of the registry (lsrc-...), not of Kafka.',
        'Google’s Schema Registry wants Google’s own access token, not the JWT-shaped one of the source gcp.'.replaceAll(
          '’',
          "'",
        ),
        ...javaNotes({ ...target, clientVersion: '4' }).slice(0, 1),
        ...commonNotes(target),
      ],
    }),
  },
]
