import { bootstrapOf, commonNotes, credentials, everyClient, extensions, hasTls } from './credentials.ts'
import { doubleQuoted, yamlScalar } from './quoting.ts'
import { lines } from './setting.ts'
import type { Target, Tool } from './tool.ts'

/** The exporter; the receiver has the same brokers, tls and auth. */
function otel(target: Target): string {
  const { id, secret } = credentials(target)
  const { scope, endpointCaFile } = target
  const brokers = bootstrapOf(target).split(',').map(doubleQuoted).join(', ')
  return lines([
    'extensions:',
    '  oauth2client:',
    `    token_url: ${yamlScalar(target.tokenEndpoint)}`,
    `    client_id: ${yamlScalar(id)}`,
    `    client_secret: ${yamlScalar(secret)}`,
    ...(scope === undefined ? [] : [`    scopes: [${scope.split(/\s+/).map(doubleQuoted).join(', ')}]`]),
    ...(endpointCaFile === undefined ? [] : ['    tls:', `      ca_file: ${yamlScalar(endpointCaFile)}`]),
    'exporters:',
    '  kafka:',
    `    brokers: [${brokers}]`,
    ...(hasTls(target) ? ['    tls:', '      insecure: false'] : []),
    '    auth:',
    '      sasl:',
    '        mechanism: OAUTHBEARER',
    '        oauthbearer_token_source: oauth2client',
    'service:',
    '  extensions: [oauth2client]',
    '  pipelines:',
    '    logs:',
    '      receivers: [otlp]',
    '      exporters: [kafka]',
  ])
}

/** Telegraf renews secrets of such a store by itself, and asks for it at each login. */
function telegraf(target: Target): string {
  const { id, secret } = credentials(target)
  const added = extensions(target).map(([name, value]) => `${name} = ${doubleQuoted(value)}`)
  return lines([
    '[[secretstores.oauth2]]',
    '  id = "kafka"',
    '  service = "custom"',
    `  token_endpoint = ${doubleQuoted(target.tokenEndpoint)}`,
    '  [[secretstores.oauth2.token]]',
    '    key = "token"',
    `    client_id = ${doubleQuoted(id)}`,
    `    client_secret = ${doubleQuoted(secret)}`,
    ...(target.scope === undefined ? [] : [`    scopes = [${target.scope.split(/\s+/).map(doubleQuoted).join(', ')}]`]),
    '',
    '[[outputs.kafka]]',
    `  brokers = [${bootstrapOf(target).split(',').map(doubleQuoted).join(', ')}]`,
    '  topic = "telegraf"',
    `  enable_tls = ${hasTls(target)}`,
    '  sasl_mechanism = "OAUTHBEARER"',
    '  sasl_access_token = "@{kafka:token}"',
    ...(added.length === 0 ? [] : [`  sasl_extensions = { ${added.join(', ')} }`]),
  ])
}

export const goCollectorTools: readonly Tool[] = [
  {
    name: 'otel-collector',
    aliases: ['otel', 'opentelemetry', 'opentelemetry-collector', 'otelcol'],
    title: 'OpenTelemetry Collector, exporter and receiver kafka',
    library: 'go',
    takes: 'endpoint',
    uses: [...everyClient, 'endpointCaFile'],
    notRun: 'its current modules cannot be had as Go modules; franz-go with x/oauth2, which is inside, is run',
    source:
      'READMEs of exporter/kafkaexporter and extension/oauth2clientauthextension of opentelemetry-collector-contrib, internal/kafka 0.164.1',
    settings: (target) => ({
      snippets: [{ where: 'otel-collector.yaml', format: 'yaml', text: otel(target) }],
      notes: [
        'oauthbearer_token_source came in 2026 (https://github.com/open-telemetry/opentelemetry-collector-contrib/pull/49302); the extension is in the distribution contrib. It sends no SASL extensions, so not for Confluent Cloud.',
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'telegraf',
    title: 'Telegraf, output and input kafka',
    library: 'go',
    takes: 'endpoint',
    uses: [...everyClient, 'logicalCluster', 'identityPoolId'],
    notRun: 'its program is no part of the tests; sarama with x/oauth2, which is inside, is run',
    source: 'plugins/secretstores/oauth2 and plugins/common/kafka of influxdata/telegraf 1.37.2',
    settings: (target) => ({
      snippets: [{ where: 'telegraf.conf', format: 'toml', text: telegraf(target) }],
      notes: [
        'sasl_access_token by itself is a text that does not change; from a secret store it is asked for at each login, and the store oauth2 renews it.',
        '[[inputs.kafka_consumer]] has the same sasl_ settings.',
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'filebeat',
    aliases: ['beats', 'metricbeat', 'elastic-agent'],
    title: 'Filebeat and other Beats, Elastic Agent',
    library: 'go',
    takes: 'none',
    uses: [],
    notRun: 'there is nothing to run',
    source:
      'https://github.com/elastic/beats/issues/51265, https://github.com/elastic/beats/pull/53215, https://github.com/elastic/elastic-agent/pull/16198',
    settings: () => ({
      snippets: [],
      notes: [
        'No released Beat has OAUTHBEARER for its Kafka output. Do not try it with a made-up username and password: builds that know the word fall back to PLAIN and send them.',
        'Elastic Agent has merged auth.oauth2client.token_url in August 2026; look into the notes of your release. Until then send to Logstash or the OpenTelemetry Collector.',
      ],
    }),
  },
]
