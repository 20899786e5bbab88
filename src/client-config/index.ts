import { beamTools } from './beam.ts'
import { brokerTools } from './broker.ts'
import { camelTools } from './camel.ts'
import { collectorTools } from './collectors.ts'
import { confluentTools } from './confluent.ts'
import { connectTools } from './connect.ts'
import { consoleTools } from './consoles.ts'
import { databaseTools } from './databases.ts'
import { flinkTools } from './flink.ts'
import { goTools } from './go-clients.ts'
import { goCollectorTools } from './go-collectors.ts'
import { javaTools } from './java.ts'
import { kubernetesTools } from './kubernetes.ts'
import { librdkafkaTools } from './librdkafka.ts'
import { logstashTools } from './logstash.ts'
import { nodeTools } from './node-clients.ts'
import { pythonTools } from './python-clients.ts'
import { sparkTools } from './spark.ts'
import { strimziTools } from './strimzi.ts'
import type { Tool } from './tool.ts'

/** Every client, tool and broker whose settings can be printed. */
export const tools: readonly Tool[] = [
  ...javaTools,
  ...connectTools,
  ...confluentTools,
  ...sparkTools,
  ...flinkTools,
  ...beamTools,
  ...camelTools,
  ...librdkafkaTools,
  ...goTools,
  ...pythonTools,
  ...nodeTools,
  ...logstashTools,
  ...collectorTools,
  ...goCollectorTools,
  ...kubernetesTools,
  ...databaseTools,
  ...consoleTools,
  ...brokerTools,
  ...strimziTools,
]

/** By name or by one of its other names. */
export function toolNamed(name: string): Tool | undefined {
  const wanted = name.toLowerCase()
  return tools.find((tool) => tool.name === wanted || tool.aliases?.includes(wanted))
}
