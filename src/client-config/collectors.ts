import { bootstrapOf, commonNotes, hasTls } from './credentials.ts'
import { librdkafkaNotes, librdkafkaSettings, librdkafkaUses } from './librdkafka-settings.ts'
import { doubleQuoted, yamlScalar } from './quoting.ts'
import { jsonText, prefixed, yamlMapping } from './setting.ts'
import type { Target, Tool } from './tool.ts'

const withoutBootstrap = (target: Target) => librdkafkaSettings({ ...target, bootstrapServers: undefined })

/** Vector sets security.protocol from these two; they say the same as the option. */
const vector = (target: Target): string => `sinks:
  kafka:
    type: kafka
    inputs: ["*"]
    bootstrap_servers: ${yamlScalar(bootstrapOf(target))}
    topic: orders
    encoding:
      codec: json
    sasl:
      enabled: true
    tls:
      enabled: ${hasTls(target)}
    librdkafka_options:
${yamlMapping(
  withoutBootstrap(target).map(([name, value]) => [doubleQuoted(name), value]),
  6,
)}`

const fluentBit = (target: Target): string => `pipeline:
  outputs:
    - name: kafka
      match: "*"
      brokers: ${yamlScalar(bootstrapOf(target))}
      topics: orders
${yamlMapping(prefixed('rdkafka.', withoutBootstrap(target)), 6)}`

const fluentd = (target: Target): string => `<match **>
  @type rdkafka2
  brokers ${bootstrapOf(target)}
  default_topic orders
  <format>
    @type json
  </format>
  rdkafka_options ${jsonText(Object.fromEntries(withoutBootstrap(target)))
    .replaceAll(/\n\s*/g, ' ')
    .trim()}
</match>
`

const library = 'librdkafka' as const
const images = 'its program cannot be had from package registries'

export const collectorTools: readonly Tool[] = [
  {
    name: 'vector',
    title: 'Vector, sink and source kafka',
    library,
    takes: 'endpoint',
    uses: librdkafkaUses,
    notRun: `${images}; the same options are run with librdkafka itself`,
    source: 'src/kafka.rs of vectordotdev/vector, https://github.com/vectordotdev/vector/issues/25328',
    settings: (target) => ({
      snippets: [{ where: 'vector.yaml', format: 'yaml', text: vector(target) }],
      notes: [
        'Leave sasl.mechanism out: recent Vector refuses OAUTHBEARER there, as it means IAM of MSK by it.',
        'A source has the same, with topics and group_id in the place of topic, inputs and encoding. In the place of "*" name your inputs.',
        ...librdkafkaNotes(target),
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'fluent-bit',
    aliases: ['fluentbit'],
    title: 'Fluent Bit, output and input kafka',
    library,
    takes: 'endpoint',
    uses: librdkafkaUses,
    notRun: `${images}; the same options are run with librdkafka itself`,
    source:
      'https://docs.fluentbit.io/manual/data-pipeline/outputs/kafka, https://github.com/fluent/fluent-bit/issues/706',
    settings: (target) => ({
      snippets: [{ where: 'fluent-bit.yaml', format: 'yaml', text: fluentBit(target) }],
      notes: [
        'Whether its own librdkafka has curl differs from build to build, and was not found out here.',
        ...librdkafkaNotes(target),
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'fluentd',
    aliases: ['fluent-plugin-kafka'],
    title: 'fluentd, output rdkafka2',
    library,
    takes: 'endpoint',
    uses: librdkafkaUses,
    notRun: 'Ruby is no part of the tests; the same options are run with librdkafka itself',
    source:
      'lib/fluent/plugin/out_rdkafka2.rb of fluent/fluent-plugin-kafka, https://github.com/karafka/rdkafka-ruby/issues/156',
    settings: (target) => ({
      snippets: [{ where: 'fluent.conf', format: 'text', text: fluentd(target) }],
      notes: [
        'Only rdkafka2 (gem rdkafka) can; kafka2 is ruby-kafka, which asks no endpoint. The gem has to be built with curl.',
        ...librdkafkaNotes(target),
        ...commonNotes(target),
      ],
    }),
  },
]
