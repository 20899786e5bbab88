import type { Rule } from './rule.ts'
import { allowedRules } from './rules/allowed.ts'
import { assertionRules } from './rules/assertion.ts'
import { brokerSecurityRules } from './rules/broker-security.ts'
import { brokerListenerRules } from './rules/broker-listener.ts'
import { brokerValidatorRules } from './rules/broker-validator.ts'
import { clientIdRules } from './rules/client-id.ts'
import { connectRules } from './rules/connect.ts'
import { delegationRules } from './rules/delegation.ts'
import { endpointRules } from './rules/endpoint.ts'
import { fileRules } from './rules/file.ts'
import { flinkRules } from './rules/flink.ts'
import { jaasRules } from './rules/jaas.ts'
import { jaasOptionRules } from './rules/jaas-options.ts'
import { loginHandlerRules } from './rules/login-handler.ts'
import { loginModuleRules } from './rules/login-module.ts'
import { privateKeyRules } from './rules/private-key.ts'
import { librdkafkaRules } from './rules/librdkafka.ts'
import { mechanismRules } from './rules/mechanism.ts'
import { sparkRules } from './rules/spark.ts'
import { toolRules } from './rules/tools.ts'
import { unknownNameRules } from './rules/unknown-name.ts'

/** Everything that is looked for, in the order of the documentation. */
export const rules: readonly Rule[] = [
  ...mechanismRules,
  ...loginHandlerRules,
  ...loginModuleRules,
  ...jaasRules,
  ...jaasOptionRules,
  ...endpointRules,
  ...clientIdRules,
  ...allowedRules,
  ...assertionRules,
  ...privateKeyRules,
  ...delegationRules,
  ...unknownNameRules,
  ...librdkafkaRules,
  ...sparkRules,
  ...flinkRules,
  ...connectRules,
  ...toolRules,
  ...brokerValidatorRules,
  ...brokerListenerRules,
  ...brokerSecurityRules,
  ...fileRules,
]
