import { bootstrapOf, commonNotes, confluent, everyClient } from './credentials.ts'
import { allowedUrlsFlag, javaNotes, javaSettings, javaUses } from './java-settings.ts'
import { systemProperties } from './names.ts'
import { doubleQuoted } from './quoting.ts'
import { lines, prefixed, sqlOptions, type Setting } from './setting.ts'
import type { Snippet, Target, Tool, ToolSettings } from './tool.ts'

const uses = [...everyClient, ...javaUses, ...confluent] as const

const options = (target: Target): Setting[] =>
  prefixed('kafka.', javaSettings({ ...target, bootstrapServers: bootstrapOf(target) }))

function python(target: Target): Snippet {
  const text = `options = {
${lines(options(target).map(([name, value]) => `    ${doubleQuoted(name)}: ${doubleQuoted(value)},`))}}
orders = spark.readStream.format("kafka").options(**options).option("subscribe", "orders").load()
`
  return { where: 'job.py', format: 'python', text }
}

/** Batches and streams read such a view; writing is done in code. */
function sql(target: Target): Snippet {
  const pairs: Setting[] = [...options(target), ['subscribe', 'orders']]
  const text = `CREATE TEMPORARY VIEW orders USING kafka OPTIONS (
${sqlOptions(pairs, { between: ' ', quote: '`' })});
`
  return { where: 'orders.sql', format: 'sql', text }
}

/** Driver and executors are JVMs of their own. */
function defaults(target: Target): Snippet[] {
  const flag = allowedUrlsFlag(target)
  if (flag === undefined) return []
  const both =
    target.shading === 'databricks' ? `${flag} -D${systemProperties.allowedUrls}=${target.tokenEndpoint}` : flag
  const text = lines(
    ['spark.driver.extraJavaOptions', 'spark.executor.extraJavaOptions'].map((name) => `${name} ${both}`),
  )
  return [{ where: 'spark-defaults.conf', format: 'text', text }]
}

function settings(target: Target): ToolSettings {
  return {
    snippets: [python(target), sql(target), ...defaults(target)],
    notes: [
      'The Kafka client of Spark 4.0 to 4.2 is 3.9, which does without the flag; where extraJavaOptions are set already, add it to them.',
      'Driver and executors log in: the sidecar has to be beside each, as a container of both pod templates, or as a gateway.',
      ...javaNotes(target),
      ...commonNotes(target),
    ],
  }
}

const source =
  'https://spark.apache.org/docs/latest/structured-streaming-kafka-integration.html, the pom of spark-parent 4.0 to 4.2'

export const sparkTools: readonly Tool[] = [
  {
    name: 'spark',
    aliases: ['pyspark', 'structured-streaming'],
    title: 'Spark Structured Streaming and batches',
    library: 'java',
    takes: 'endpoint',
    uses: [...uses, 'shading'],
    source,
    settings,
  },
  {
    name: 'databricks',
    title: 'Spark on Databricks (classes begin with kafkashaded.)',
    library: 'java',
    takes: 'endpoint',
    uses,
    notRun: 'its runtime cannot be had',
    source: `${source}; that classes begin with kafkashaded. is told by https://docs.databricks.com/aws/en/connect/streaming/kafka/authentication`,
    settings: (target) => {
      const { snippets, notes } = settings({ ...target, shading: 'databricks' })
      return {
        snippets,
        notes: [
          'spark-defaults.conf is the field "Spark config" of the cluster. Both names of the flag are given, as nobody tells whether its shaded Kafka renames that too; Flink’s does.'.replace(
            '’',
            "'",
          ),
          'Serverless compute takes no JVM flag and no sidecar: there a gateway and a client of Kafka 3 are needed.',
          ...notes,
        ],
      }
    },
  },
]
