import { brokerNotes, brokerUses, trustOf, validatorSettings } from './broker-settings.ts'
import { protocolOf } from './credentials.ts'
import { classNames, propertyNames, systemProperties } from './names.ts'
import { commented, exported, lines, prefixed, propertiesText, type Setting } from './setting.ts'
import type { Target, Tool } from './tool.ts'

/** Lines that have to be merged with those that a broker has already. */
function listeners(target: Target, names: readonly string[]): string {
  const each = (write: (name: string, index: number) => string): string =>
    names.map((name, index) => `,${write(name, index)}`).join('')
  return lines(
    [
      'beside the listeners you have:',
      `listeners=...${each((name, index) => `${name}://:${9094 + index}`)}`,
      `advertised.listeners=...${each((name, index) => `${name}://<host>:${9094 + index}`)}`,
      `listener.security.protocol.map=...${each((name) => `${name}:${protocolOf(target)}`)}`,
    ].map((line) => commented(line).trimEnd()),
  )
}

/** Delegation tokens are used by SCRAM, whose mechanism has no users here. */
function scram(listener: string): Setting[] {
  return [
    [propertyNames.delegationTokenSecretKey, '<the same secret on all brokers and controllers>'],
    ...prefixed(`listener.name.${listener.toLowerCase()}.`, [
      ['sasl.enabled.mechanisms', 'SCRAM-SHA-512'],
      [`scram-sha-512.${propertyNames.jaasConfig}`, `${classNames.scramLoginModule} required;`],
    ]),
  ]
}

function properties(target: Target): string {
  const { listener } = trustOf(target)
  const withTokens = target.trust?.delegationTokens === true
  const tokenListener = `${listener}_TOKENS`
  const text = [
    listeners(target, withTokens ? [listener, tokenListener] : [listener]),
    propertiesText(prefixed(`listener.name.${listener.toLowerCase()}.`, validatorSettings(target))),
    ...(withTokens ? [propertiesText(scram(tokenListener))] : []),
  ]
  return text.join('')
}

export const brokerTools: readonly Tool[] = [
  {
    name: 'broker',
    aliases: ['kafka', 'server'],
    title: "A broker's side: Apache Kafka 3.4 to 4.x",
    library: 'java',
    takes: 'broker',
    uses: brokerUses,
    source:
      'https://kafka.apache.org/43/security/authentication-using-sasl/, BrokerSecurityConfigs and SaslConfigs of Kafka 3.9 and 4.3',
    settings: (target) => ({
      snippets: [
        { where: 'server.properties', format: 'properties', text: properties(target) },
        {
          where: 'KAFKA_OPTS',
          format: 'sh',
          text: exported('KAFKA_OPTS', `-D${systemProperties.allowedUrls}=${trustOf(target).jwksUrl}`),
        },
      ],
      notes: [
        'Kafka 4 needs the URL of the keys in KAFKA_OPTS, byte by byte as in server.properties; 3.9 does without it, and is content with it. Before 3.4 the handler class has .secured. in its name.',
        'connections.max.reauth.ms ends sessions after half an hour even where a token lives longer; clients renew on open connections.',
        ...(target.trust?.delegationTokens === true
          ? [
              'Delegation tokens: openssl rand -base64 32 makes a secret; before Kafka 3.0 its name is delegation.token.master.key. They are made by whoever is logged in at the first listener, and used at the second.',
            ]
          : []),
        ...brokerNotes(target),
      ],
    }),
  },
]
