import { bootstrapOf, commonNotes } from './credentials.ts'
import { csharp, go, javascript, python, ruby, rust } from './librdkafka-code.ts'
import { librdkafkaNotes, librdkafkaSettings, librdkafkaUses } from './librdkafka-settings.ts'
import { shellWord } from './quoting.ts'
import { propertiesText } from './setting.ts'
import type { Format, Target, Tool } from './tool.ts'

const configuration = 'https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md'
const sameLibrary = 'the same settings are run with librdkafka itself, in Python'

interface Face {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly title: string
  readonly where: string
  readonly format: Format
  readonly text: (target: Target) => string
  readonly note?: string
  readonly notRun?: string
  readonly source?: string
}

const faces: readonly Face[] = [
  {
    name: 'python',
    aliases: ['confluent-kafka-python', 'confluent-kafka'],
    title: 'Python: confluent-kafka',
    where: 'client.py',
    format: 'python',
    text: python,
    note: 'Wheels of confluent-kafka have curl.',
  },
  {
    name: 'go',
    aliases: ['confluent-kafka-go', 'golang'],
    title: 'Go: confluent-kafka-go',
    where: 'config.go',
    format: 'go',
    text: go,
    note: 'The library that comes with confluent-kafka-go has curl; with -tags dynamic it is that of the machine. Other Go clients: franz-go, sarama, kafka-go.',
  },
  {
    name: 'dotnet',
    aliases: ['csharp', 'confluent-kafka-dotnet', '.net', 'net'],
    title: '.NET: Confluent.Kafka',
    where: 'Client.cs',
    format: 'csharp',
    text: csharp,
    notRun: `.NET is no part of the tests; ${sameLibrary}`,
  },
  {
    name: 'node',
    aliases: ['confluent-kafka-javascript', 'node-rdkafka'],
    title: 'Node: @confluentinc/kafka-javascript, node-rdkafka',
    where: 'client.js',
    format: 'js',
    text: javascript,
    note: 'node-rdkafka takes the same object. Without a native build: kafkajs and platformatic.',
    notRun: `its native build was not to be had; ${sameLibrary}`,
  },
  {
    name: 'ruby',
    aliases: ['rdkafka-ruby', 'karafka', 'waterdrop'],
    title: 'Ruby: rdkafka, Karafka, WaterDrop',
    where: 'client.rb',
    format: 'ruby',
    text: ruby,
    note: 'The gem has to be built with curl (https://github.com/karafka/rdkafka-ruby/issues/156). In Karafka the pairs go into config.kafka.',
    notRun: `Ruby is no part of the tests; ${sameLibrary}`,
  },
  {
    name: 'rust',
    aliases: ['rdkafka', 'rust-rdkafka'],
    title: 'Rust: rdkafka',
    where: 'kafka_config.rs',
    format: 'rust',
    text: rust,
    note: 'Without the feature curl the crate has no oidc.',
    notRun: `its build with curl was not tried; ${sameLibrary}`,
    source: 'https://docs.rs/crate/rdkafka/latest/features',
  },
]

const bare: readonly Tool[] = [
  {
    name: 'librdkafka',
    aliases: ['c', 'cpp', 'php-rdkafka', 'php'],
    title: 'librdkafka, and whatever takes its settings',
    library: 'librdkafka',
    takes: 'endpoint',
    uses: librdkafkaUses,
    source: configuration,
    settings: (target) => ({
      snippets: [{ where: 'librdkafka.conf', format: 'ini', text: propertiesText(librdkafkaSettings(target)) }],
      notes: [...librdkafkaNotes(target), ...commonNotes(target)],
    }),
  },
  {
    name: 'kcat',
    aliases: ['kafkacat'],
    title: 'kcat',
    library: 'librdkafka',
    takes: 'endpoint',
    uses: librdkafkaUses,
    notRun: 'not in the suites; tried by hand, kcat 1.7.1 of Debian 12 with librdkafka 2.16.0 in the place of its own',
    source: `${configuration}, https://github.com/edenhill/kcat`,
    settings: (target) => ({
      snippets: [
        { where: 'kcat.conf', format: 'ini', text: propertiesText(librdkafkaSettings(target)) },
        {
          where: 'command',
          format: 'sh',
          text: `kcat -F kcat.conf -b ${shellWord(bootstrapOf(target))} -L\n`,
        },
      ],
      notes: [
        'kcat uses the librdkafka of the machine. That of Debian 12 (2.0.2) is built without curl: the same kcat does with another librdkafka, as that of Confluent.',
        ...librdkafkaNotes(target),
        ...commonNotes(target),
      ],
    }),
  },
]

export const librdkafkaTools: readonly Tool[] = [
  ...bare,
  ...faces.map(({ where, format, text, note, notRun, source = configuration, ...about }): Tool => ({
    ...about,
    ...(notRun !== undefined && { notRun }),
    library: 'librdkafka',
    takes: 'endpoint',
    uses: librdkafkaUses,
    source,
    settings: (target) => ({
      snippets: [{ where, format, text: text(target) }],
      notes: [...(note === undefined ? [] : [note]), ...librdkafkaNotes(target), ...commonNotes(target)],
    }),
  })),
]
