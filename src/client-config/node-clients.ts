import { bootstrapOf, commonNotes, confluent, credentials, everyClient, extensions, hasTls } from './credentials.ts'
import { singleQuoted } from './quoting.ts'
import { lines } from './setting.ts'
import type { Target, Tool } from './tool.ts'

/** Asks the endpoint; the sidecar keeps the token, so nothing is kept here. */
function fetchToken(target: Target): string {
  const { id, secret } = credentials(target)
  const form = [
    `      grant_type: 'client_credentials',`,
    `      client_id: ${singleQuoted(id)},`,
    `      client_secret: ${singleQuoted(secret)},`,
    ...(target.scope === undefined ? [] : [`      scope: ${singleQuoted(target.scope)},`]),
  ]
  return `async function accessToken() {
  const answer = await fetch(${singleQuoted(target.tokenEndpoint)}, {
    method: 'POST',
    body: new URLSearchParams({
${lines(form)}    }),
  })
  const body = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Error(\`no token: \${answer.status} \${body.error} \${body.error_description}\`)
  return body.access_token
}
`
}

const extensionsOf = (target: Target): string => {
  const added = extensions(target).map(([name, value]) => `${name}: ${singleQuoted(value)}`)
  return added.length === 0 ? '' : `, extensions: { ${added.join(', ')} }`
}

const brokers = (target: Target): string => bootstrapOf(target).split(',').map(singleQuoted).join(', ')

const kafkajs = (target: Target): string => `const { Kafka } = require('kafkajs')

${fetchToken(target)}
const kafka = new Kafka({
  clientId: 'orders',
  brokers: [${brokers(target)}],
  ssl: ${hasTls(target)},
  reauthenticationThreshold: 5000,
  sasl: {
    mechanism: 'oauthbearer',
    oauthBearerProvider: async () => ({ value: await accessToken()${extensionsOf(target)} }),
  },
})
module.exports = { kafka }
`

function platformatic(target: Target): string {
  const added = extensions(target).map(([name, value]) => `${name}: ${singleQuoted(value)}`)
  return `${fetchToken(target)}
/** Options for Producer, Consumer and Admin of @platformatic/kafka. */
export const kafka = {
  clientId: 'orders',
  bootstrapBrokers: [${brokers(target)}],
${hasTls(target) ? '  tls: {},\n' : ''}  sasl: {
    mechanism: 'OAUTHBEARER',
    token: accessToken,
${added.length === 0 ? '' : `    oauthBearerExtensions: { ${added.join(', ')} },\n`}  },
}
`
}

const uses = [...everyClient, ...confluent] as const
const library =
  'In the same process there is oauthBearerProvider() of this package, without an endpoint (README, "Node, in the same process").'
const caNote = 'For an endpoint with a private CA set NODE_EXTRA_CA_CERTS before Node starts.'

export const nodeTools: readonly Tool[] = [
  {
    name: 'kafkajs',
    title: 'Node: KafkaJS',
    library: 'other',
    takes: 'endpoint',
    uses,
    source: 'https://kafka.js.org/docs/configuration#oauthbearer-example',
    settings: (target) => ({
      snippets: [{ where: 'kafka.js', format: 'js', text: kafkajs(target) }],
      notes: [
        library,
        'KafkaJS asks its provider for each connection, and again at the first request in the last reauthenticationThreshold milliseconds of a session. Its default of ten seconds fails where sessions are not longer: brokers refuse a second login within a second, as ILLEGAL_SASL_STATE.',
        caNote,
        ...commonNotes(target),
      ],
    }),
  },
  {
    name: 'platformatic',
    aliases: ['platformatic-kafka'],
    title: 'Node: @platformatic/kafka',
    library: 'other',
    takes: 'endpoint',
    uses,
    source: 'https://github.com/platformatic/kafka/blob/main/docs/base.md',
    settings: (target) => ({
      snippets: [{ where: 'kafka.mjs', format: 'js', text: platformatic(target) }],
      notes: [library, caNote, ...commonNotes(target)],
    }),
  },
]
