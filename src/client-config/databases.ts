import { bootstrapOf, commonNotes, confluent, credentials, everyClient, protocolOf } from './credentials.ts'
import { allowedUrlsFlag, javaNotes, javaSettings, javaUses } from './java-settings.ts'
import { librdkafkaNotes, librdkafkaSettings, librdkafkaUses } from './librdkafka-settings.ts'
import { librdkafkaNames } from './names.ts'
import { doubleQuoted } from './quoting.ts'
import { lines, prefixed, propertiesText, sqlOptions, xmlElements, type Setting } from './setting.ts'
import type { Target, Tool } from './tool.ts'

/** Its elements are the names of librdkafka with underscores; it knows the singular sasl_mechanism by its own settings. */
function clickhouse(target: Target): string {
  const settings = librdkafkaSettings({ ...target, bootstrapServers: undefined }).map(([name, value]): Setting => [
    (name === librdkafkaNames.saslMechanisms ? 'sasl.mechanism' : name).replaceAll('.', '_'),
    value,
  ])
  return `<clickhouse>
  <kafka>
${xmlElements(settings, 4)}  </kafka>
</clickhouse>
`
}

const clickhouseTable = (target: Target): string => `CREATE TABLE orders_queue (v String) ENGINE = Kafka
SETTINGS kafka_broker_list = '${bootstrapOf(target)}', kafka_topic_list = 'orders', kafka_group_name = 'orders', kafka_format = 'LineAsString';
`

/** Not all of librdkafka's names are known there; these are. */
const risingwave = (target: Target): string => `CREATE SOURCE orders (v VARCHAR) WITH (
${sqlOptions([
  ['connector', 'kafka'],
  ['topic', 'orders'],
  ['properties.bootstrap.server', bootstrapOf(target)],
  ...prefixed(
    'properties.',
    librdkafkaSettings({ ...target, bootstrapServers: undefined }).map(([name, value]): Setting => [
      name === librdkafkaNames.saslMechanisms ? 'sasl.mechanism' : name,
      value,
    ]),
  ),
])}) FORMAT PLAIN ENCODE JSON;
`

function ticdc(target: Target): string {
  const { id, secret } = credentials(target)
  const encoded = secret.startsWith('<') ? `<base64 of the secret of ${id}>` : btoa(secret)
  return lines([
    '[sink.kafka-config]',
    'sasl-mechanism = "OAUTHBEARER"',
    `sasl-oauth-client-id = ${doubleQuoted(id)}`,
    `sasl-oauth-client-secret = ${doubleQuoted(encoded)}`,
    `sasl-oauth-token-url = ${doubleQuoted(target.tokenEndpoint)}`,
    ...(target.scope === undefined
      ? []
      : [`sasl-oauth-scopes = [${target.scope.split(/\s+/).map(doubleQuoted).join(', ')}]`]),
    `enable-tls = ${protocolOf(target) === 'SASL_SSL'}`,
  ])
}

const uses = [...everyClient, ...javaUses, ...confluent] as const

export const databaseTools: readonly Tool[] = [
  {
    name: 'clickhouse',
    title: 'ClickHouse, table engine Kafka',
    library: 'librdkafka',
    takes: 'endpoint',
    uses: librdkafkaUses,
    notRun: 'its server cannot be had from package registries',
    source:
      'https://github.com/ClickHouse/ClickHouse/issues/89921, https://github.com/ClickHouse/ClickHouse/pull/121520',
    settings: (target) => ({
      snippets: [
        { where: 'config.d/kafka.xml', format: 'xml', text: clickhouse(target) },
        { where: 'orders.sql', format: 'sql', text: clickhouseTable(target) },
      ],
      notes: [
        'The section counts for every Kafka table of the server that uses no named collection; those get nothing of it and need the same elements, in <named_collections>, within <kafka>.',
        ...librdkafkaNotes(target),
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'risingwave',
    title: 'RisingWave, connector kafka',
    library: 'librdkafka',
    takes: 'endpoint',
    uses: [...everyClient, ...confluent],
    notRun: 'its server cannot be had from package registries',
    source:
      'https://github.com/risingwavelabs/risingwave/pull/25499 (April 2026); single names were not compared with its source',
    settings: (target) => ({
      snippets: [{ where: 'orders.sql', format: 'sql', text: risingwave(target) }],
      notes: [
        'Releases before that change refuse method=oidc.',
        ...librdkafkaNotes(target).slice(1),
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'ticdc',
    aliases: ['tidb'],
    title: 'TiCDC, changefeeds to Kafka',
    library: 'go',
    takes: 'endpoint',
    uses: ['tokenEndpoint', 'securityProtocol', 'clientId', 'scope'],
    notRun: 'it needs a TiDB',
    source: 'https://docs.pingcap.com/tidb/stable/ticdc-changefeed-config, https://github.com/pingcap/docs/pull/13849',
    settings: (target) => ({
      snippets: [{ where: 'changefeed.toml', format: 'toml', text: ticdc(target) }],
      notes: [
        'The secret is written in base64 (dW51c2Vk is "unused"); the brokers stand in --sink-uri.',
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'trino',
    title: 'Trino, connector kafka',
    library: 'java',
    takes: 'endpoint',
    uses,
    notRun: 'its server is too large for the tests',
    source: 'https://trino.io/docs/current/connector/kafka.html, https://github.com/trinodb/trino/issues/26107',
    settings: (target) => {
      const flag = allowedUrlsFlag(target)
      return {
        snippets: [
          {
            where: 'etc/catalog/kafka.properties',
            format: 'properties',
            text: propertiesText([
              ['connector.name', 'kafka'],
              ['kafka.nodes', bootstrapOf(target)],
              ['kafka.table-names', 'orders'],
              ['kafka.config.resources', 'etc/kafka-client.properties'],
            ]),
          },
          {
            where: 'etc/kafka-client.properties',
            format: 'properties',
            text: propertiesText(javaSettings({ ...target, bootstrapServers: undefined })),
          },
          ...(flag === undefined ? [] : [{ where: 'etc/jvm.config', format: 'text' as const, text: `${flag}\n` }]),
        ],
        notes: [
          'etc/jvm.config has one option on each line: add this one to those that are there. Coordinator and workers log in.',
          'Reported and not tried here: "OAuthBearerLoginCallbackHandler could not be found" by its class loaders, also where the name is right (trino#26107).',
          ...javaNotes(target),
          ...commonNotes(target),
        ],
      }
    },
  },
]
