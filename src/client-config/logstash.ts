import { bootstrapOf, commonNotes, confluent, everyClient } from './credentials.ts'
import { javaNotes, javaSettings, jvmVariable } from './java-settings.ts'
import { propertyNames } from './names.ts'
import { lines } from './setting.ts'
import type { Target, Tool } from './tool.ts'

/** The plugin has an option for each property that it knows. */
const optionOf: ReadonlyMap<string, string> = new Map([
  [propertyNames.bootstrapServers, 'bootstrap_servers'],
  [propertyNames.securityProtocol, 'security_protocol'],
  [propertyNames.saslMechanism, 'sasl_mechanism'],
  [propertyNames.loginCallbackHandlerClass, 'sasl_login_callback_handler_class'],
  [propertyNames.tokenEndpointUrl, 'sasl_oauthbearer_token_endpoint_url'],
  [propertyNames.jaasConfig, 'sasl_jaas_config'],
])

/** Its strings take no escapes, so what holds double quotes stands in single ones. */
const quoted = (text: string): string => (text.includes('"') ? `'${text}'` : `"${text}"`)

function pipeline(target: Target): string {
  // Id and secret stand in the JAAS configuration: there are no options for those of Kafka 4.
  const settings = javaSettings({
    ...target,
    clientVersion: target.clientVersion === '3' ? '3' : undefined,
    bootstrapServers: bootstrapOf(target),
  })
  const options = settings.map(([name, value]) => `    ${optionOf.get(name) ?? name} => ${quoted(value)}`)
  return lines(['input {', '  kafka {', ...options, '    topics => ["orders"]', '  }', '}'])
}

export const logstashTools: readonly Tool[] = [
  {
    name: 'logstash',
    title: 'Logstash, input and output kafka',
    library: 'java',
    takes: 'endpoint',
    uses: [...everyClient, ...confluent, 'clientVersion', 'endpointCaFile'],
    notRun: 'it cannot be had from package registries',
    source:
      'https://github.com/logstash-plugins/logstash-integration-kafka/pull/189, https://github.com/googleapis/managedkafka/issues/52',
    settings: (target) => ({
      snippets: [
        { where: 'pipeline.conf', format: 'text', text: pipeline(target) },
        ...jvmVariable(target, 'LS_JAVA_OPTS'),
      ],
      notes: [
        'sasl_oauthbearer_token_endpoint_url and sasl_login_callback_handler_class are options of logstash-integration-kafka since January 2025; older ones refuse them as unknown settings.',
        'The output has the same options, with topic_id in the place of topics.',
        'A plugin whose Kafka client is still 3.x before 3.4 needs --client-version 3; which client it has, its changelog tells.',
        ...javaNotes(target),
        ...commonNotes(target),
      ],
    }),
  },
]
