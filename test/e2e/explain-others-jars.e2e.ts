import { writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { type Attempted, attempted, expectFirst, unprinted } from './attempts.ts'

const { tools, folder, jwks, sidecar } = inject('e2e')
const tokenEndpoint = `${sidecar}/token`
const oauthbearer = 'org.apache.kafka.common.security.oauthbearer'
const flink = 'org.apache.flink.kafka.shaded.'

interface Client {
  /** What stands before the names of Kafka's classes in its jar. */
  readonly prefix: string
  readonly classpath: readonly string[]
}

const { attempts, flinkSql, flinkSqlWithJackson } = tools.attempts
const clients = {
  'the SQL jar of Flink alone': { prefix: flink, classpath: [flinkSql] },
  'the SQL jar of Flink': { prefix: flink, classpath: [flinkSqlWithJackson] },
  'the SQL jar of Flink beside kafka-clients': { prefix: flink, classpath: [flinkSqlWithJackson, tools.java43] },
  'the jars of Spark': { prefix: '', classpath: [attempts, tools.spark] },
  'a host of plug-ins': { prefix: '', classpath: [attempts, tools.java43] },
} satisfies Record<string, Client>

type Name = keyof typeof clients

interface Settings {
  /** Before the names of classes. */
  readonly handler: string | undefined
  readonly module: string
  readonly loader?: 'isolated'
}

/** A client, how it is named wrongly, and what says so. */
const cases: readonly (readonly [client: Name, is: string, name: string, settings: Settings])[] = [
  ['the SQL jar of Flink alone', 'jackson-missing', 'jackson', { handler: flink, module: flink }],
  ['the SQL jar of Flink', 'flink-plain-names', 'handler', { handler: '', module: flink }],
  ['the SQL jar of Flink', 'login-module-not-found', 'module', { handler: flink, module: '' }],
  ['the SQL jar of Flink beside kafka-clients', 'flink-two-clients', 'handler', { handler: '', module: flink }],
  ['the SQL jar of Flink beside kafka-clients', 'flink-two-clients', 'module', { handler: flink, module: '' }],
  ['the jars of Spark', 'spark-databricks-class', 'handler', { handler: 'kafkashaded.', module: '' }],
  ['the jars of Spark', 'spark-databricks-class', 'module', { handler: '', module: 'kafkashaded.' }],
  ['a host of plug-ins', 'class-not-found', 'handler', { handler: '', module: '', loader: 'isolated' }],
  ['a host of plug-ins', 'kafka-class-loader', 'default', { handler: undefined, module: '', loader: 'isolated' }],
]

/** With names as the jar has them, and a class loader that sees it. */
const works: readonly Name[] = (Object.keys(clients) as Name[]).filter(
  (client) => client !== 'the SQL jar of Flink alone',
)

const results = new Map<string, Attempted>()
const slug = (client: string, name: string) => `${client.replaceAll(' ', '-')}-${name}`

function file(client: Name, name: string, { handler, module, loader }: Settings): string {
  const properties = {
    'bootstrap.servers': jwks,
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': 'OAUTHBEARER',
    ...(handler !== undefined && {
      'sasl.login.callback.handler.class': `${handler}${oauthbearer}.OAuthBearerLoginCallbackHandler`,
    }),
    'sasl.oauthbearer.token.endpoint.url': tokenEndpoint,
    'sasl.jaas.config': `${module}${oauthbearer}.OAuthBearerLoginModule required clientId="unused" clientSecret="unused";`,
    'attempt.topic': 'attempts-jars',
    ...(loader && { 'attempt.loader': loader }),
  }
  const path = join(folder, `${slug(client, name)}.properties`)
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(path, lines.join(''))
  return path
}

beforeAll(async () => {
  // One after the other: what works logs in again every few seconds, which a JVM that gets no turn misses.
  for (const client of Object.keys(clients) as Name[]) {
    const { prefix, classpath }: Client = clients[client]
    const wrong = cases.filter((one) => one[0] === client).map(([, , name, settings]) => file(client, name, settings))
    const right = works.includes(client) ? [file(client, 'works', { handler: prefix, module: prefix })] : []
    const jvm = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
    const allowed = `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${tokenEndpoint}`
    const args = [...jvm, allowed, '-cp', classpath.join(delimiter), 'Attempts', prefix]
    // Apart, as a login module serves all clients of its JVM, those of the other name too.
    const all = await Promise.all([
      attempted({ name: slug(client, 'wrong'), command: 'java', args: [...args, ...wrong] }),
      attempted({ name: slug(client, 'right'), command: 'java', args: [...args, ...right] }),
    ])
    for (const some of all) for (const [name, result] of some) results.set(name, result)
  }
})

describe("names of Kafka's classes are those of the jar at hand:", () => {
  it.each(cases)('%s says %s: %s', (client, is, name) => {
    const broken = results.get(slug(client, name))
    expect(broken?.works).toBe(false)
    expectFirst(broken?.text ?? '', is)
  })

  it.each(works)('%s goes with its own names', (client) => {
    const found = results.get(slug(client, 'works'))
    expect(found?.works, found?.text).toBe(true)
  })

  it('and each text of the table was printed', () => {
    const printed = [...results.values()].map(({ text }) => text).join('\n')
    expect(unprinted('explain-others-jars.e2e.ts', printed)).toEqual([])
  })
})
