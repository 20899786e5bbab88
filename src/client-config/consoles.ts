import { bootstrapOf, commonNotes, confluent, credentials, everyClient, hasTls } from './credentials.ts'
import { javaNotes, javaSettings, jvmVariable } from './java-settings.ts'
import { doubleQuoted, shellWord, yamlScalar } from './quoting.ts'
import { lines, yamlMapping, type Setting } from './setting.ts'
import type { Target, Tool } from './tool.ts'

const withoutBootstrap = (target: Target): Setting[] => javaSettings({ ...target, bootstrapServers: undefined })

const kafkaUi = (target: Target): string => `kafka:
  clusters:
    - name: kafka
      bootstrapServers: ${yamlScalar(bootstrapOf(target))}
      properties:
${yamlMapping(withoutBootstrap(target), 8)}`

const akhq = (target: Target): string => `akhq:
  connections:
    kafka:
      properties:
        bootstrap.servers: ${yamlScalar(bootstrapOf(target))}
${yamlMapping(withoutBootstrap(target), 8)}`

function redpandaConsole(target: Target): string {
  const { id, secret } = credentials(target)
  return lines([
    'kafka:',
    `  brokers: [${bootstrapOf(target).split(',').map(doubleQuoted).join(', ')}]`,
    '  sasl:',
    '    enabled: true',
    '    mechanism: OAUTHBEARER',
    '    oauth:',
    `      tokenEndpoint: ${yamlScalar(target.tokenEndpoint)}`,
    `      clientId: ${yamlScalar(id)}`,
    `      clientSecret: ${yamlScalar(secret)}`,
    ...(target.scope === undefined ? [] : [`      scope: ${yamlScalar(target.scope)}`]),
    '  tls:',
    `    enabled: ${hasTls(target)}`,
  ])
}

/** The token, by whoever calls: from the command of this sidecar where it has credentials, else from the endpoint. */
const fetched = ({ tokenEndpoint }: Target): string =>
  `$(curl -sS -d grant_type=client_credentials ${shellWord(tokenEndpoint)} | jq -r .access_token)`

const rpk = (target: Target): string =>
  `rpk topic list --brokers ${shellWord(bootstrapOf(target))}${hasTls(target) ? ' --tls-enabled' : ''} --sasl-mechanism OAUTHBEARER --password "token:${fetched(target)}"\n`

const redpandaConnect = (target: Target): string => `output:
  kafka_franz:
    seed_brokers: [${bootstrapOf(target).split(',').map(doubleQuoted).join(', ')}]
    topic: orders
    tls:
      enabled: ${hasTls(target)}
    sasl:
      - mechanism: OAUTHBEARER
        token: "\${KAFKA_TOKEN}"
`

const images = 'its program cannot be had from package registries'
const fromJava = [...everyClient, ...confluent, 'clientVersion', 'endpointCaFile'] as const

export const consoleTools: readonly Tool[] = [
  {
    name: 'kafka-ui',
    aliases: ['kafbat', 'kafbat-ui', 'provectus'],
    title: 'kafka-ui (kafbat)',
    library: 'java',
    takes: 'endpoint',
    uses: fromJava,
    notRun: `${images}; the same settings are run in Kafka Connect 4.3 and in Spark (Kafka 3.9)`,
    source: 'https://github.com/kafbat/kafka-ui/issues/1504',
    settings: (target) => ({
      snippets: [
        { where: 'application.yaml', format: 'yaml', text: kafkaUi(target) },
        ...jvmVariable(target, 'JAVA_TOOL_OPTIONS'),
      ],
      notes: [
        'As a variable each property is KAFKA_CLUSTERS_0_PROPERTIES_ and its name in capitals with _ for each dot.',
        ...javaNotes(target),
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'akhq',
    title: 'AKHQ',
    library: 'java',
    takes: 'endpoint',
    uses: fromJava,
    notRun: `${images}; the same settings are run in Kafka Connect 4.3 and in Spark (Kafka 3.9)`,
    source: 'https://akhq.io/docs/configuration/brokers.html, https://github.com/tchiotludo/akhq/issues/591',
    settings: (target) => ({
      snippets: [
        { where: 'application.yml', format: 'yaml', text: akhq(target) },
        ...jvmVariable(target, 'JAVA_TOOL_OPTIONS'),
      ],
      notes: [...javaNotes(target), ...commonNotes(target)],
    }),
  },
  {
    name: 'redpanda-console',
    aliases: ['kowl'],
    title: 'Redpanda Console',
    library: 'go',
    takes: 'endpoint',
    uses: everyClient,
    notRun: images,
    source: 'backend/pkg/config/kafka_sasl_oauth.go of redpanda-data/console',
    settings: (target) => ({
      snippets: [{ where: 'console.yaml', format: 'yaml', text: redpandaConsole(target) }],
      notes: [
        'Releases without tokenEndpoint take oauth.token only, a text that does not change. It sends no SASL extensions.',
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'rpk',
    title: 'rpk, the command of Redpanda',
    library: 'go',
    takes: 'static',
    uses: ['tokenEndpoint', 'bootstrapServers', 'securityProtocol'],
    notRun: images,
    source: 'https://github.com/redpanda-data/redpanda/pull/30169, https://github.com/redpanda-data/docs/pull/1696',
    settings: (target) => ({
      snippets: [{ where: 'command', format: 'sh', text: rpk(target) }],
      notes: [
        'Releases of rpk since April 2026 (26.1, and 25.3 by a backport). Where this sidecar has its credentials at hand, $(kafka-token-sidecar token) gives the token as well.',
        'A token lives as long as it says: a command that runs longer ends with it.',
      ],
    }),
  },
  {
    name: 'redpanda-connect',
    aliases: ['bento', 'benthos'],
    title: 'Redpanda Connect, Bento',
    library: 'go',
    takes: 'static',
    uses: ['tokenEndpoint', 'bootstrapServers', 'securityProtocol'],
    notRun: images,
    source:
      'https://docs.redpanda.com/redpanda-connect/components/outputs/kafka_franz/, https://github.com/redpanda-data/connect/pull/4482 (open), https://github.com/warpstreamlabs/bento/issues/437',
    settings: (target) => ({
      snippets: [
        { where: 'connect.yaml', format: 'yaml', text: redpandaConnect(target) },
        { where: 'KAFKA_TOKEN', format: 'sh', text: `export KAFKA_TOKEN="${fetched(target)}"\n` },
      ],
      notes: [
        'It takes a token that does not change and logs in with it until it ends: for jobs that end before, or restart it within the life of a token. The kafka_franz of a pipeline that runs on has no way to renew it.',
      ],
    }),
  },
]
