import type { Form } from './form.ts'
import type { FileKind } from './lint.ts'
import { librdkafkaOnly, splitName } from './names.ts'
import type { Setting } from './setting.ts'

/** Whose settings they are, by names that nobody else has. */
export function kindOf(text: string, form: Form, settings: readonly Setting[]): FileKind {
  const head = text.slice(0, 200_000)
  const has = (pattern: RegExp): boolean => settings.some(({ path }) => pattern.test(path))
  if (/^\s*apiVersion:\s*["']?kafka\.strimzi\.io/m.test(head)) return 'strimzi'
  if (has(/^(?:receivers|exporters)\./) && has(/^service\./)) return 'otel'
  if (form === 'xml' && /<(?:clickhouse|yandex|kafka)[\s>]/.test(head)) return 'clickhouse'
  if (
    has(
      /(?:^|\.)(?:process\.roles|broker\.id|node\.id|advertised\.listeners|controller\.quorum\.\w+|listener\.security\.protocol\.map)$|listener\.name\./,
    )
  )
    return 'broker'
  if (
    /\bspark\.(?:readStream|read|conf)\b|\bpyspark\b|org\.apache\.spark|spark-submit|SparkSession|writeStream/.test(
      head,
    ) ||
    has(/^spark\./)
  )
    return 'spark'
  if (/'connector'\s*=\s*'(?:upsert-)?kafka'|org\.apache\.flink|\bFlinkKafka|KafkaSource[.<]|\bpyflink\b/.test(head))
    return 'flink'
  if (has(/(?:^|\.)(?:connector\.class|(?:config|offset|status)\.storage\.\w+|kafkastore\.bootstrap\.servers)$/))
    return 'connect'
  const names = settings.flatMap(({ path }) => splitName(path)?.name ?? [])
  const isCode = form === 'code'
  if (/confluent_kafka|rdkafka|Confluent\.Kafka|confluent-kafka|kafkacat|\bkcat\b/.test(head)) return 'librdkafka'
  if (names.length === 0) return isCode && /kafka/i.test(head) ? 'code' : 'unknown'
  const ofLibrdkafka = names.filter((name) => librdkafkaOnly.has(name)).length
  const ofJava = names.filter((name) =>
    /^sasl\.(?:jaas|login)|^ssl\.truststore|^sasl\.oauthbearer\.(?:jwt|jwks)/.test(name),
  ).length
  if (ofLibrdkafka > ofJava) return 'librdkafka'
  return isCode ? 'code' : 'java-client'
}
