import { bootstrapOf, commonNotes, confluent, everyClient } from './credentials.ts'
import { jarsNote, javaNotes, javaSettings, javaUses, jvmVariable } from './java-settings.ts'
import { propertyNames } from './names.ts'
import { propertiesText, type Setting } from './setting.ts'
import type { Target, Tool } from './tool.ts'

/** What the component has options for; all else goes by `additional-properties`. */
const optionOf: ReadonlyMap<string, string> = new Map([
  [propertyNames.bootstrapServers, 'brokers'],
  [propertyNames.securityProtocol, 'security-protocol'],
  [propertyNames.saslMechanism, 'sasl-mechanism'],
  [propertyNames.jaasConfig, 'sasl-jaas-config'],
])

function properties(target: Target): string {
  const settings = javaSettings({ ...target, bootstrapServers: bootstrapOf(target) })
  return propertiesText(
    settings.map(([name, value]): Setting => [
      `camel.component.kafka.${optionOf.get(name) ?? `additional-properties[${name}]`}`,
      value,
    ]),
  )
}

export const camelTools: readonly Tool[] = [
  {
    name: 'camel',
    aliases: ['apache-camel', 'camel-kafka'],
    title: 'Apache Camel, component kafka',
    library: 'java',
    takes: 'endpoint',
    uses: [...everyClient, ...javaUses, ...confluent],
    source: 'https://camel.apache.org/components/next/kafka-component.html, kafka.json of camel-kafka 4.22.1',
    settings: (target) => ({
      snippets: [
        { where: 'application.properties', format: 'properties', text: properties(target) },
        ...jvmVariable(target, 'JAVA_TOOL_OPTIONS'),
      ],
      notes: [
        'Camel 4.22 has saslAuthType=OAUTH with oauthTokenEndpointUri, oauthClientId and oauthClientSecret as well, always with SASL_SSL; 4.14 does not. These settings suit both.',
        ...jarsNote(target),
        ...javaNotes(target),
        ...commonNotes(target),
      ],
    }),
  },
]
