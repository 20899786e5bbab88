import { brokerTroubles } from './broker.ts'
import { brokerSettingTroubles } from './broker-settings.ts'
import { codeTroubles } from './codes.ts'
import { flinkTroubles } from './flink.ts'
import { goTroubles } from './go.ts'
import { javaBrokerTroubles } from './java-broker.ts'
import { javaClassTroubles } from './java-classes.ts'
import { javaEndpointTroubles } from './java-endpoint.ts'
import { javaEndpointConnectionTroubles } from './java-endpoint-connection.ts'
import { javaJaasTroubles } from './java-jaas.ts'
import { javaLoginTroubles } from './java-login.ts'
import { javaRightTroubles } from './java-rights.ts'
import { javaSettingTroubles } from './java-settings.ts'
import { javaTlsTroubles } from './java-tls.ts'
import { javaTokenTroubles } from './java-token.ts'
import { javaWrapperTroubles } from './java-wrappers.ts'
import { librdkafkaTroubles } from './librdkafka.ts'
import { pythonTroubles } from './python.ts'
import { sparkTroubles } from './spark.ts'
import { strimziTroubles } from './strimzi.ts'
import type { Trouble } from './trouble.ts'

/** Everything that is known to go wrong. The one table behind `explain`, `doctor`, the admin page and the documentation. */
export const troubles: readonly Trouble[] = [
  ...javaSettingTroubles,
  ...javaClassTroubles,
  ...javaJaasTroubles,
  ...javaEndpointTroubles,
  ...javaEndpointConnectionTroubles,
  ...javaTokenTroubles,
  ...javaBrokerTroubles,
  ...javaLoginTroubles,
  ...javaTlsTroubles,
  ...javaRightTroubles,
  ...brokerTroubles,
  ...brokerSettingTroubles,
  ...librdkafkaTroubles,
  ...goTroubles,
  ...pythonTroubles,
  ...strimziTroubles,
  ...sparkTroubles,
  ...flinkTroubles,
  ...javaWrapperTroubles,
  ...codeTroubles,
]

const byId = new Map(troubles.map((trouble) => [trouble.id, trouble]))

export function troubleById(id: string): Trouble | undefined {
  return byId.get(id)
}
