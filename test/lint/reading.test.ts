import { describe, expect, it } from 'vitest'
import { lint, type Linted } from '../../src/lint/lint.ts'

const wrong = 'sasl.mechanism'
async function placesOf(text: string, name?: string): Promise<readonly (string | undefined)[]> {
  const { findings } = await lint({ text, name })
  return findings
    .filter(({ rule }) => rule === 'mechanism-misspelled')
    .map(({ line, key }) => `${key ?? ''}:${line ?? 0}`)
}
const kindOf = async (text: string, name?: string): Promise<Linted['kind']> => (await lint({ text, name })).kind

describe('lines are those of the file', () => {
  it.each([
    ['properties', 'x.properties', `# a\r\n\r\na=b \\\r\n  c\r\n${wrong}=OAuthBearer\r\n`, 'sasl.mechanism:5'],
    ['properties of an old Mac', 'x.properties', `# a\ra=b\r${wrong}=OAuthBearer`, 'sasl.mechanism:3'],
    ['a key over two lines', 'x.properties', `sasl.\\\n  mechanism=OAuthBearer`, 'sasl.mechanism:1'],
    ['INI', 'x.ini', `[kafka]\n; none\n${wrong} = "OAuthBearer"`, 'kafka.sasl.mechanism:3'],
    [
      'TOML',
      'x.toml',
      `[sinks.kafka.librdkafka_options]\n"${wrong}" = "OAuthBearer"`,
      'sinks.kafka.librdkafka_options.sasl.mechanism:2',
    ],
    ['YAML', 'x.yaml', `a:\n  - b\nc:\n  sasl:\n    mechanism: OAuthBearer`, 'c.sasl.mechanism:5'],
    ['the second document', 'x.yaml', `a: b\n---\n${wrong}: OAuthBearer`, 'sasl.mechanism:3'],
    ['JSON', 'x.json', `{\n "a": {\n  "${wrong}": "OAuthBearer"\n }\n}`, 'a.sasl.mechanism:3'],
    [
      'XML of ClickHouse',
      'x.xml',
      `<clickhouse>\n <kafka>\n  <sasl_mechanism>OAuthBearer</sasl_mechanism>\n </kafka>\n</clickhouse>`,
      'kafka.sasl_mechanism:3',
    ],
    [
      'XML of Hadoop',
      'x.xml',
      `<configuration>\n<property>\n<name>kafka.${wrong}</name>\n<value>OAuthBearer</value>\n</property>\n</configuration>`,
      'kafka.sasl.mechanism:3',
    ],
    [
      'a file within a ConfigMap',
      'x.yaml',
      `data:\n  a.properties: |\n    # one\n\n    ${wrong}=OAuthBearer\n`,
      'sasl.mechanism:5',
    ],
    [
      'variables of a pod',
      'x.yaml',
      `env:\n- name: A\n  value: b\n- name: KAFKA_SASL_MECHANISM\n  value: OAuthBearer`,
      'KAFKA_SASL_MECHANISM:4',
    ],
    [
      'variables of Compose',
      'x.yaml',
      `environment:\n- A=b\n- CONNECT_PRODUCER_SASL_MECHANISM=OAuthBearer`,
      'CONNECT_PRODUCER_SASL_MECHANISM:3',
    ],
    ['Java', 'X.java', `// put("x", "y")\nprops.put("${wrong}", "OAuthBearer");`, 'sasl.mechanism:2'],
    ['constants', 'X.java', `props.put(\n  SaslConfigs.SASL_MECHANISM, "OAuthBearer");`, 'SASL_MECHANISM:2'],
    ['Python', 'x.py', `conf = {\n  # it's one\n  '${wrong}': 'OAuthBearer',\n}`, 'sasl.mechanism:3'],
    ['keywords of Python', 'x.py', `KafkaProducer(\n  sasl_mechanism="OAuthBearer")`, 'sasl_mechanism:2'],
    [
      'SQL',
      'x.sql',
      `CREATE TABLE t (a STRING) WITH (\n  'properties.${wrong}' = 'OAuthBearer')`,
      'properties.sasl.mechanism:2',
    ],
    ['a command', 'x.sh', `kcat -b x \\\n  -X ${wrong}=OAuthBearer -L`, 'sasl.mechanism:2'],
    ['a script that writes a file', 'x.sh', `cat <<EOF > x\n${wrong}=OAuthBearer\nEOF`, 'sasl.mechanism:2'],
    ['Scala', 'X.scala', `Map(\n  "${wrong}" -> "OAuthBearer")`, 'sasl.mechanism:2'],
  ])('%s', async (_what, name, text, place) => {
    expect(await placesOf(text, name)).toEqual([place])
  })
})

describe('what is filled in later is not judged', () => {
  it.each([
    '${MECHANISM}',
    '$(MECHANISM)',
    '{{ .Values.mechanism }}',
    '<mechanism>',
    '<MECHANISM>',
    '${env:MECHANISM}',
  ])('%s', async (value) => {
    expect(await placesOf(`${wrong}=${value}`, 'x.properties')).toEqual([])
  })

  it('nor is a text of code with an expression in it', async () => {
    const text = 'props.put("sasl.oauthbearer.token.endpoint.url", host + ":14293/token");'
    const { findings } = await lint({ text, name: 'X.java' })
    expect(findings.map(({ rule }) => rule)).not.toContain('token-endpoint-without-scheme')
  })
})

describe('what a file is', () => {
  it.each([
    ['broker', 'listeners=PLAINTEXT://:9092\nprocess.roles=broker\n', undefined],
    ['connect', 'config.storage.topic=a\nsecurity.protocol=SSL\n', undefined],
    ['spark', 'spark.kafka.clusters.a.auth.bootstrap.servers=b:1\n', undefined],
    ['librdkafka', 'sasl.mechanisms=PLAIN\nsasl.username=a\n', undefined],
    ['java-client', 'security.protocol=SSL\nssl.truststore.location=/a\n', undefined],
    ['strimzi', 'apiVersion: kafka.strimzi.io/v1\nkind: Kafka\n', undefined],
    ['unknown', 'hello: world\n', undefined],
    ['unknown', '', undefined],
  ])('%s', async (kind, text, name) => {
    expect(await kindOf(text, name)).toBe(kind)
  })

  it('is said by the reader, where he knows better', async () => {
    const { findings } = await lint({
      text: 'sasl.mechanism=OAUTHBEARER\nsasl.jaas.config=x required;\n',
      kind: 'librdkafka',
    })
    expect(findings.map(({ rule }) => rule)).toContain('setting-of-java')
  })
})

describe('clients of one file', () => {
  const login = 'sasl.mechanism=OAUTHBEARER\nsecurity.protocol=SASL_SSL\n'

  it('are told apart by what stands before their names', async () => {
    const text = `producer.sasl.mechanism=OAuthBearer\nconsumer.sasl.mechanism=oauth\n`
    expect(await placesOf(text, 'x.properties')).toEqual(['producer.sasl.mechanism:1', 'consumer.sasl.mechanism:2'])
  })

  it('take from a wider prefix what they lack, as Spring has it', async () => {
    const handler = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler'
    const text = `spring.kafka.properties.sasl.login.callback.handler.class=${handler}
spring.kafka.properties.sasl.oauthbearer.token.endpoint.url=http://localhost:14293/token
spring.kafka.producer.properties.sasl.mechanism=OAUTHBEARER
spring.kafka.producer.properties.security.protocol=SASL_SSL
spring.kafka.producer.properties.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="a" clientSecret="b";
`
    const { findings } = await lint({ text, name: 'application.properties' })
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  })

  it('do not lack what a wider prefix has', async () => {
    const { findings } = await lint({
      text: `${login}a.sasl.mechanisms=OAUTHBEARER\na.sasl.jaas.config=x y;`,
      name: 'x.properties',
    })
    expect(findings.filter(({ rule }) => rule === 'mechanism-of-librdkafka')).toEqual([])
  })
})

describe('versions', () => {
  const text =
    'sasl.mechanism=OAUTHBEARER\nsasl.login.callback.handler.class=org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler'
  it.each([
    ['3', undefined],
    [undefined, 'warning'],
    ['4', 'error'],
  ] as const)('what fails on 4 alone is, for %s, %s', async (version, severity) => {
    const { findings } = await lint({ text, name: 'x.properties', version })
    expect(findings.find(({ rule }) => rule === 'login-handler-moved')?.severity).toBe(severity)
  })
})
