import { bootstrapOf, commonNotes, confluent, everyClient } from './credentials.ts'
import { javaNotes, javaSettings, javaUses, jvmVariable } from './java-settings.ts'
import { jsonText, prefixed, propertiesText, type Setting } from './setting.ts'
import type { Target, Tool } from './tool.ts'

const uses = [...everyClient, ...javaUses, ...confluent] as const

/** Where the providers of a worker are is said once. */
const login = (target: Target): Setting[] =>
  javaSettings({ ...target, bootstrapServers: undefined }).filter(([name]) => !name.startsWith('config.providers'))
const providers = (target: Target): Setting[] =>
  javaSettings(target).filter(([name]) => name.startsWith('config.providers'))
const bootstrap = ({ bootstrapServers }: Target): Setting[] =>
  bootstrapServers === undefined ? [] : [['bootstrap.servers', bootstrapServers]]

/** A worker has a client of its own, and makes others for connectors. */
const worker = (target: Target): string =>
  propertiesText([
    ...bootstrap(target),
    ...providers(target),
    ...['', 'producer.', 'consumer.', 'admin.'].flatMap((prefix) => prefixed(prefix, login(target))),
  ])

/** Both clusters the same way; whoever has another login on one side takes its lines out. */
const mirrorMaker = (target: Target): string =>
  propertiesText([
    ['clusters', 'source, target'],
    ['source.bootstrap.servers', bootstrapOf(target)],
    ['target.bootstrap.servers', bootstrapOf(target)],
    ['source->target.enabled', 'true'],
    ['source->target.topics', '.*'],
    ...providers(target),
    ...['source.', 'target.'].flatMap((prefix) => prefixed(prefix, login(target))),
  ])

/** Connectors with a schema history make clients that no setting of the worker reaches. */
const debezium = (target: Target): string =>
  jsonText(
    Object.fromEntries([
      ['schema.history.internal.kafka.bootstrap.servers', bootstrapOf(target)],
      ['schema.history.internal.kafka.topic', 'schema-history.<database>'],
      ...['schema.history.internal.producer.', 'schema.history.internal.consumer.'].flatMap((prefix) =>
        prefixed(prefix, login(target)),
      ),
    ]),
  )

const connectDocs = 'https://kafka.apache.org/43/kafka-connect/'

export const connectTools: readonly Tool[] = [
  {
    name: 'connect',
    aliases: ['kafka-connect'],
    title: 'Kafka Connect',
    library: 'java',
    takes: 'endpoint',
    uses,
    source: connectDocs,
    settings: (target) => ({
      snippets: [
        { where: 'worker.properties', format: 'properties', text: worker(target) },
        ...jvmVariable(target, 'KAFKA_OPTS'),
      ],
      notes: [
        'A connector that needs another identity has the same lines with producer.override., consumer.override. or admin.override., where connector.client.config.override.policy allows it (as All does).',
        ...javaNotes(target),
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'mirrormaker',
    aliases: ['mirror-maker', 'mm2', 'mirrormaker2'],
    title: 'MirrorMaker 2',
    library: 'java',
    takes: 'endpoint',
    uses,
    source: 'https://kafka.apache.org/43/operations/geo-replication-cross-cluster-data-mirroring/',
    settings: (target) => ({
      snippets: [
        { where: 'mm2.properties', format: 'properties', text: mirrorMaker(target) },
        ...jvmVariable(target, 'KAFKA_OPTS'),
      ],
      notes: [
        'Put the other cluster in the place of one bootstrap.servers, and a profile of its own into its URL, as /token/<profile>; the flag then lists both URLs with a comma between them.',
        ...javaNotes(target),
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'debezium',
    title: 'Debezium, schema history of a connector',
    library: 'java',
    takes: 'endpoint',
    uses,
    notRun: 'its connectors need a database; the worker is run as connect is',
    source:
      'https://debezium.io/documentation/reference/stable/connectors/mysql.html (pass-through properties of the schema history)',
    settings: (target) => ({
      snippets: [
        { where: 'connector.json', format: 'json', text: debezium(target) },
        ...jvmVariable(target, 'KAFKA_OPTS'),
      ],
      notes: [
        'These go into the configuration of the connector, beside what it has; the worker gets what "config connect" prints. Postgres and MongoDB connectors have no schema history.',
        ...(target.delegationTokenFile === undefined
          ? []
          : ['The worker needs config.providers as "config connect" prints it: connectors use those of their worker.']),
        ...javaNotes(target),
        ...commonNotes(target),
      ],
    }),
  },
]
