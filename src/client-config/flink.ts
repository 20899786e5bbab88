import { bootstrapOf, commonNotes, confluent, everyClient } from './credentials.ts'
import { allowedUrlsFlag, jarsNote, javaNotes, javaSettings, javaUses } from './java-settings.ts'
import { classNames, propertyNames, shaded } from './names.ts'
import { doubleQuoted } from './quoting.ts'
import { lines, prefixed, sqlOptions, type Setting } from './setting.ts'
import type { Snippet, Target, Tool } from './tool.ts'

const uses = [...everyClient, ...javaUses, ...confluent] as const

/** Flink has a setter of its own for bootstrap servers, and its table an option. */
const withoutBootstrap = (target: Target): Setting[] => javaSettings({ ...target, bootstrapServers: undefined })

function dataStream(target: Target): Snippet {
  const properties = withoutBootstrap(target).map(
    ([name, value]) => `kafka.setProperty(${doubleQuoted(name)}, ${doubleQuoted(value)});`,
  )
  const text = `Properties kafka = new Properties();
${lines(properties)}
KafkaSource<String> source = KafkaSource.<String>builder()
    .setBootstrapServers(${doubleQuoted(bootstrapOf(target))})
    .setProperties(kafka)
    .setTopics("orders")
    .setGroupId("orders")
    .setStartingOffsets(OffsetsInitializer.earliest())
    .setValueOnlyDeserializer(new SimpleStringSchema())
    .build();
// KafkaSink.builder() has setKafkaProducerConfig(kafka).
`
  return { where: 'Job.java', format: 'java', text }
}

function table(target: Target): Snippet {
  const { shading, delegationTokenFile } = target
  // Otherwise jose4j is looked for, which the jar does not have and no client needs.
  const validator: Setting[] =
    delegationTokenFile === undefined
      ? [[propertyNames.jwtValidatorClass, shaded(classNames.clientJwtValidator, shading)]]
      : []
  const options: Setting[] = [
    ['connector', 'kafka'],
    ['topic', 'orders'],
    ['properties.bootstrap.servers', bootstrapOf(target)],
    ['properties.group.id', 'orders'],
    ...prefixed('properties.', [...withoutBootstrap(target), ...validator]),
    ['scan.startup.mode', 'earliest-offset'],
    ['format', 'raw'],
  ]
  const text = `CREATE TABLE orders (v STRING) WITH (
${sqlOptions(options)});
`
  return { where: 'orders.sql', format: 'sql', text }
}

/** Not `env.java.opts.all`, which Flink's own config.yaml has, with flags that Java 17 needs. */
const both = ['env.java.opts.jobmanager', 'env.java.opts.taskmanager'] as const

function cluster(target: Target): Snippet[] {
  const flag = allowedUrlsFlag(target)
  return flag === undefined
    ? []
    : [{ where: 'config.yaml', format: 'yaml', text: lines(both.map((name) => `${name}: ${doubleQuoted(flag)}`)) }]
}

const everywhere = [
  'config.yaml is that of Flink 1.19 and later (before: flink-conf.yaml), for JobManager and TaskManagers: both log in, so the sidecar has to be beside each, or a gateway.',
  'FlinkKafkaConsumer and FlinkKafkaProducer are gone since connector 4.0: these are settings of KafkaSource, KafkaSink and of tables.',
]

export const flinkTools: readonly Tool[] = [
  {
    name: 'flink',
    aliases: ['flink-datastream'],
    title: 'Flink DataStream, with flink-connector-kafka',
    library: 'java',
    takes: 'endpoint',
    uses,
    source:
      'https://nightlies.apache.org/flink/flink-docs-stable/docs/connectors/datastream/kafka/, flink-connector-kafka 4.0.1-2.0',
    settings: (target) => ({
      snippets: [dataStream(target), ...cluster(target)],
      notes: [...everywhere, ...jarsNote(target), ...javaNotes(target), ...commonNotes(target)],
    }),
  },
  {
    name: 'flink-sql',
    aliases: ['flink-table'],
    title: 'Flink SQL, with flink-sql-connector-kafka (classes begin with org.apache.flink.kafka.shaded.)',
    library: 'java',
    takes: 'endpoint',
    uses: [...uses, 'shading'],
    source:
      'https://nightlies.apache.org/flink/flink-docs-stable/docs/connectors/table/kafka/, flink-sql-connector-kafka 4.0.1-2.0 (classes read)',
    settings: (given) => {
      const target: Target = { ...given, shading: given.shading ?? 'flink-sql' }
      return {
        snippets: [table(target), ...cluster(target)],
        notes: [
          'The flag is renamed like the classes: the jar reads org.apache.flink.kafka.shaded.org.apache.kafka.sasl.oauthbearer.allowed.urls. With flink-connector-kafka on the class path instead, give --shading none.',
          'The lib folder of Flink needs jackson-databind, jackson-core and jackson-annotations beside the jar, which has none: otherwise "NoClassDefFoundError: com/fasterxml/jackson/databind/ObjectMapper". With the validator that the table names it needs no jose4j.',
          ...everywhere,
          ...javaNotes(target),
          ...commonNotes(target),
        ],
      }
    },
  },
]
