import { bootstrapOf, commonNotes, confluent, everyClient } from './credentials.ts'
import { allowedUrlsFlag, javaNotes, javaSettings, jvmVariable } from './java-settings.ts'
import { doubleQuoted } from './quoting.ts'
import { entries, lines } from './setting.ts'
import type { Snippet, Target, Tool } from './tool.ts'

const uses = [...everyClient, ...confluent, 'clientVersion', 'endpointCaFile'] as const
const source =
  'KafkaIO of Beam 2.73 and 2.76 (kafka-clients 3.9.2), https://github.com/apache/beam/issues/39789, https://docs.cloud.google.com/dataflow/docs/guides/build-container-image'

function python(target: Target): Snippet {
  const settings = javaSettings({ ...target, bootstrapServers: bootstrapOf(target) })
  const text = `consumer_config = {
${entries(settings, 4)}}
# ReadFromKafka(consumer_config=consumer_config, topics=[...]), WriteToKafka(producer_config=consumer_config, topic=...)
`
  return { where: 'pipeline.py', format: 'python', text }
}

/** `Map.of` ends at ten pairs. */
function java(target: Target): Snippet {
  const pairs = javaSettings(target).map(
    ([name, value]) => `    Map.entry(${doubleQuoted(name)}, ${doubleQuoted(value)})`,
  )
  const text = `Map<String, Object> kafka = Map.ofEntries(
${pairs.join(',\n')});
KafkaIO.<byte[], byte[]>read()
    .withBootstrapServers(${doubleQuoted(bootstrapOf(target))})
    .withConsumerConfigUpdates(kafka);
// KafkaIO.write() has withProducerConfigUpdates(kafka).
`
  return { where: 'Pipeline.java', format: 'java', text }
}

const classNote =
  'Beam 2.76 brings kafka-clients 3.9.2 in its expansion service; a pipeline in Java brings its own. These settings suit 3.4 to 4.x.'

function dockerfile(target: Target): Snippet {
  const flag = allowedUrlsFlag(target) ?? ''
  const text = lines([
    'FROM apache/beam_java17_sdk:<version of Beam>',
    'COPY --from=kafka-token-sidecar:<version> /opt/kafka-token-sidecar /opt/kafka-token-sidecar',
    `ENV JAVA_TOOL_OPTIONS="${flag}"`,
    'ENTRYPOINT ["/opt/kafka-token-sidecar/bin/kafka-token-sidecar", "exec", "--", "/opt/apache/beam/boot"]',
  ])
  return { where: 'Dockerfile', format: 'dockerfile', text }
}

export const beamTools: readonly Tool[] = [
  {
    name: 'beam',
    aliases: ['kafkaio', 'apache-beam'],
    title: 'Apache Beam KafkaIO, Java and Python',
    library: 'java',
    takes: 'endpoint',
    uses,
    source,
    settings: (target) => ({
      snippets: [java(target), python(target), ...jvmVariable(target, 'JAVA_TOOL_OPTIONS')],
      notes: [
        classNote,
        'In Python the Kafka client runs in the Java harness of the expansion service: there the sidecar and the variable have to be.',
        'Reported and not tried here: with the login handlers of Google, Beam 2.69 and later fail at Managed Kafka (beam#39789).',
        ...javaNotes(target),
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'dataflow',
    aliases: ['google-dataflow'],
    title: 'Google Dataflow',
    library: 'java',
    takes: 'endpoint',
    uses,
    notRun: 'it is a service; the settings, the entry point and boot are run, see docs/dataflow.md',
    source,
    settings: (target) => ({
      snippets: [java(target), python(target), dockerfile(target)],
      notes: [
        'Dataflow has no sidecars: a custom container begins with exec and ends in /opt/apache/beam/boot. docs/dataflow.md has the whole.',
        'Of a pipeline in Python it is the container of the Java harness, not that of Python: --sdk_harness_container_image_overrides.',
        classNote,
        ...javaNotes(target),
        ...commonNotes(target),
      ],
    }),
  },
]
