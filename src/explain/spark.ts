import { classNames, propertyNames, shaded } from '../client-config/names.ts'
import type { Trouble } from './trouble.ts'

/** What only Spark prints. */
export const sparkTroubles: readonly Trouble[] = [
  {
    id: 'spark-databricks-class',
    title: 'The class names are those of Databricks, and this is another Spark',
    texts: [
      { by: ['spark'], text: 'Class kafkashaded.<class> could not be found.' },
      { by: ['spark'], text: 'No LoginModule found for kafkashaded.<class>' },
    ],
    cause:
      "Databricks carries Kafka's client with kafkashaded. before each class. Spark itself, EMR, Dataproc and Synapse have Kafka's own names.",
    fixes: [
      {
        say: 'Without the prefix, in both options.',
        paste: `.option("kafka.${propertyNames.loginCallbackHandlerClass}", "${classNames.loginCallbackHandler}")
.option("kafka.${propertyNames.jaasConfig}", "${classNames.loginModule} required clientId=\\"unused\\" clientSecret=\\"unused\\";")`,
      },
    ],
    seen: { in: 'explain-others-jars.e2e.ts' },
  },
  {
    id: 'spark-on-databricks',
    title: "Databricks has Kafka's classes under another name",
    texts: [
      {
        by: ['spark'],
        text: 'kafkashaded.org.apache.kafka.common.config.ConfigException: Invalid value org.apache.kafka.<class> for configuration sasl.login.callback.handler.class: Class <name> could not be found.',
      },
    ],
    cause: "There Kafka's client has kafkashaded. before each class, so names in options need it too.",
    fixes: [
      {
        say: 'With the prefix, in both options.',
        paste: `.option("kafka.${propertyNames.loginCallbackHandlerClass}", "${shaded(classNames.loginCallbackHandler, 'databricks')}")
.option("kafka.${propertyNames.jaasConfig}", "${shaded(classNames.loginModule, 'databricks')} required clientId=\\"unused\\" clientSecret=\\"unused\\";")`,
      },
    ],
    seen: { notRun: 'the runtime of Databricks is not to be had; the texts follow from the same classes, renamed' },
  },
]
