import { bootstrapOf } from './credentials.ts'
import { librdkafkaSettings } from './librdkafka-settings.ts'
import { doubleQuoted, singleQuoted } from './quoting.ts'
import { entries, lines, type Setting } from './setting.ts'
import type { Target } from './tool.ts'

/** The settings of librdkafka as they stand in the code of each language. */

/** In code the bootstrap servers belong to it. */
const whole = (target: Target): Setting[] => librdkafkaSettings({ ...target, bootstrapServers: bootstrapOf(target) })

export const python = (target: Target): string => `from confluent_kafka import Consumer, Producer

configuration = {
${entries(whole(target), 4)}}
producer = Producer(configuration)
consumer = Consumer({**configuration, "group.id": "orders"})
`

/** Aligned as gofmt does it. */
export function go(target: Target): string {
  const settings = whole(target)
  const width = Math.max(...settings.map(([name]) => name.length)) + 4
  const pairs = settings.map(([name, value]) => `\t\t${`${doubleQuoted(name)}:`.padEnd(width)}${doubleQuoted(value)},`)
  return `package main

import "github.com/confluentinc/confluent-kafka-go/v2/kafka"

// Hand it to kafka.NewProducer or kafka.NewConsumer; a consumer adds "group.id".
func kafkaConfig() *kafka.ConfigMap {
	return &kafka.ConfigMap{
${lines(pairs)}	}
}
`
}

export const csharp = (target: Target): string => `using Confluent.Kafka;

var config = new ClientConfig(new Dictionary<string, string>
{
${lines(whole(target).map(([name, value]) => `    [${doubleQuoted(name)}] = ${doubleQuoted(value)},`))}});
using var producer = new ProducerBuilder<Null, string>(config).Build();
`

export const javascript = (
  target: Target,
): string => `const { Producer, KafkaConsumer } = require('@confluentinc/kafka-javascript')

const configuration = {
${lines(whole(target).map(([name, value]) => `  ${singleQuoted(name)}: ${singleQuoted(value)},`))}}
const producer = new Producer(configuration)
const consumer = new KafkaConsumer({ ...configuration, 'group.id': 'orders' }, {})
`

export const ruby = (target: Target): string => `require "rdkafka"

config = Rdkafka::Config.new(
${lines(whole(target).map(([name, value]) => `  ${singleQuoted(name)} => ${singleQuoted(value)},`))})
producer = config.producer
`

export const rust = (
  target: Target,
): string => `// Cargo.toml: rdkafka = { version = "0.39", features = ["cmake-build", "ssl", "curl"] }
use rdkafka::config::ClientConfig;

pub fn kafka_config() -> ClientConfig {
    let mut config = ClientConfig::new();
    config
${whole(target)
  .map(([name, value]) => `        .set(${doubleQuoted(name)}, ${doubleQuoted(value)})`)
  .join('\n')};
    config
}
`
