import { commonNotes, confluent, everyClient } from './credentials.ts'
import { jarsNote, javaNotes, javaSettings, javaUses, jvmVariable } from './java-settings.ts'
import { propertiesText } from './setting.ts'
import type { Target, Tool, ToolSettings } from './tool.ts'

const source =
  'https://kafka.apache.org/43/security/authentication-using-sasl/, SaslConfigs of kafka-clients 3.1 to 4.3'
const uses = [...everyClient, ...javaUses, ...confluent] as const

/** A client of one's own, of Kafka 4 where nothing else is said. */
function settings(target: Target): ToolSettings {
  const chosen = { clientVersion: '4' as const, ...defined(target) }
  // Kafka 3 has no list, unless somebody gives it one.
  const variables =
    chosen.clientVersion === '3'
      ? []
      : [...jvmVariable(chosen, 'KAFKA_OPTS'), ...jvmVariable(chosen, 'JAVA_TOOL_OPTIONS')]
  return {
    snippets: [
      { where: 'client.properties', format: 'properties', text: propertiesText(javaSettings(chosen)) },
      ...variables,
    ],
    notes: [
      ...(variables.length > 0
        ? ["Kafka's own scripts read KAFKA_OPTS, every JVM reads JAVA_TOOL_OPTIONS: one of them is enough."]
        : []),
      ...javaNotes(chosen),
      ...jarsNote(chosen),
      ...commonNotes(target),
    ],
  }
}

/** Without keys whose value is undefined, which would hide a default. */
function defined(target: Target): Target {
  return Object.fromEntries(Object.entries(target).filter(([, value]) => value !== undefined)) as unknown as Target
}

export const javaTools: readonly Tool[] = [
  {
    name: 'java',
    aliases: ['kafka-clients', 'spring', 'quarkus', 'kotlin', 'scala'],
    title: 'Java clients: producers, consumers, admin clients, share consumers',
    library: 'java',
    takes: 'endpoint',
    uses,
    source,
    settings,
  },
  {
    name: 'streams',
    aliases: ['kafka-streams'],
    title: 'Kafka Streams',
    library: 'java',
    takes: 'endpoint',
    uses,
    source,
    settings: (target) => {
      const { snippets, notes } = settings(target)
      return { snippets, notes: [...notes, 'Without a prefix the settings count for every client that Streams makes.'] }
    },
  },
]
