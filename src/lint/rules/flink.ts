import { shadingPrefixes } from '../../client-config/names.ts'
import { splitName } from '../names.ts'
import type { Rule } from '../rule.ts'
import { shownKey } from '../shown.ts'
import { unshadedIn } from './spark.ts'

export const flinkRules: readonly Rule[] = [
  {
    name: 'flink-old-connector',
    severity: 'warning',
    about: '`FlinkKafkaConsumer` and `FlinkKafkaProducer`, which Flink 2 does not have',
    of: 'Flink',
    printed: 'java.lang.ClassNotFoundException: org.apache.flink.streaming.connectors.kafka.FlinkKafkaConsumer',
    run: { not: 'the class is missing in the connector for Flink 2' },
    *check(file) {
      const found = /\bFlinkKafka(Consumer|Producer)\w{0,6}\b/.exec(file.text)
      if (!found) return
      const isSource = found[1] === 'Consumer'
      yield {
        line: file.lineAt(found.index),
        key: found[0],
        problem: `${found[0]} is gone in Flink 2, and deprecated since 1.14`,
        remedy: `Use ${isSource ? 'KafkaSource' : 'KafkaSink'}, with the same properties.`,
        paste: isSource
          ? 'KafkaSource.<String>builder().setProperties(properties)'
          : 'KafkaSink.<String>builder().setKafkaProducerConfig(properties)',
      }
    },
  },
  {
    name: 'flink-option-without-prefix',
    severity: 'error',
    about: 'Kafka settings in `WITH (…)` without `properties.` before them',
    of: 'Flink',
    run: { not: 'Flink is not among what is installed for the tests of this rule' },
    *check(file) {
      if (file.kind !== 'flink') return
      for (const setting of file.settings) {
        const name = splitName(setting.path)
        if (name?.prefix !== '' || !/^\s{0,80}'[\w.]{1,200}'\s{0,9}=/.test(file.lineText(setting.line))) continue
        yield {
          at: setting,
          problem: 'the connector has no such option; what is for Kafka begins with properties.',
          remedy: 'Put properties. before it.',
          paste: `'properties.${shownKey(setting.key)}' = '…'`,
        }
      }
    },
  },
  {
    name: 'unshaded-class-flink-sql',
    severity: 'warning',
    about:
      "Kafka's classes by their own names with `flink-sql-connector-kafka`, whose classes are named `org.apache.flink.kafka.shaded.…`",
    of: 'Flink',
    printed: 'No LoginModule found for org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule',
    trouble: 'login-module-not-found',
    run: { not: 'Flink is not among what is installed for the tests of this rule' },
    *check(file) {
      if (file.kind !== 'flink' || !/\bWITH\s*\(/i.test(file.text.slice(0, 1_000_000))) return
      yield* unshadedIn(file, shadingPrefixes['flink-sql'])
    },
  },
]
