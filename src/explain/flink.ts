import { classNames, propertyNames, shaded } from '../client-config/names.ts'
import type { Trouble } from './trouble.ts'

const seen = { in: 'explain-others-jars.e2e.ts' } as const
const prefix = shaded('', 'flink-sql')
const sqlOptions = `'properties.${propertyNames.loginCallbackHandlerClass}' = '${shaded(classNames.loginCallbackHandler, 'flink-sql')}',
'properties.${propertyNames.jaasConfig}' = '${shaded(classNames.loginModule, 'flink-sql')} required clientId="unused" clientSecret="unused";',`

/** What only Flink prints: the Kafka client in its SQL jar has another name. */
export const flinkTroubles: readonly Trouble[] = [
  {
    id: 'flink-plain-names',
    title: "Flink's SQL jar has Kafka's classes under another name",
    texts: [
      {
        by: ['flink'],
        text: `${prefix}org.apache.kafka.common.config.ConfigException: Invalid value org.apache.kafka.<class> for configuration sasl.login.callback.handler.class: Class <name> could not be found.`,
      },
    ],
    cause: `flink-sql-connector-kafka carries Kafka's client with ${prefix} before each class. Names in settings need it too, those within sasl.jaas.config as well.`,
    fixes: [
      { say: 'In the options of the table write both so.', paste: sqlOptions },
      { say: "flink-connector-kafka, for programs, has Kafka's own names: no prefix there." },
    ],
    seen,
  },
  {
    id: 'flink-two-clients',
    title: 'Classes of two Kafka clients meet',
    texts: [
      {
        by: ['flink'],
        text: `Callback handler must be castable to org.apache.kafka.common.security.auth.AuthenticateCallbackHandler: ${prefix}<class>`,
      },
      {
        by: ['flink'],
        text: `cannot be cast to class ${prefix}org.apache.kafka.common.security.auth.AuthenticateCallbackHandler`,
      },
    ],
    cause:
      'The SQL jar and a plain kafka-clients are in one JVM. Either the settings name classes of both, or both have logged in: the login module that is loaded first serves the whole JVM, and the other client meets classes of a stranger.',
    fixes: [
      { say: 'In tables of SQL name both with the prefix.', paste: sqlOptions },
      { say: 'Have one of the two jars in lib/, or the job that needs the other one in a cluster of its own.' },
    ],
    seen,
  },
  {
    id: 'kafka-class-loader',
    title: "The class loader of the thread does not see Kafka's classes",
    texts: [
      {
        by: ['java-4', 'java-3', 'flink', 'spark'],
        text: 'KafkaException: Class org.apache.kafka.<class> cannot be found',
      },
    ],
    cause:
      'Kafka looks for classes by the context class loader of the thread that makes the client. In hosts of plug-ins, such as Trino, Connect and Flink, that is often one of the host.',
    fixes: [
      { say: 'Keep all jars of a plug-in, kafka-clients among them, in the folder of that plug-in.' },
      {
        say: 'In a program of your own set the loader while the client is made.',
        paste:
          'Thread.currentThread().setContextClassLoader(org.apache.kafka.clients.producer.KafkaProducer.class.getClassLoader());',
      },
    ],
    seen,
  },
]
