import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/config/fault.ts'
import { readJavaClient, type JavaClient, type JavaClientOptions } from '../../src/config/java-client.ts'

const file = '/etc/kafka/client.properties'
const security = 'org.apache.kafka.common.security'
const scram = `${security}.scram.ScramLoginModule required username="admin" password="hunter2";`
const plain = `${security}.plain.PlainLoginModule required username="admin" password="hunter2";`
const oauth = `${security}.oauthbearer.OAuthBearerLoginModule required`

function read(lines: readonly string[], options: Partial<JavaClientOptions> = {}): Promise<JavaClient> {
  return readJavaClient({ file, bytes: Buffer.from(lines.join('\n')), ...options })
}

/** Faults as lines, and that none of them quotes a secret. */
async function faultsOf(lines: readonly string[], options?: Partial<JavaClientOptions>): Promise<readonly string[]> {
  const thrown: unknown = await read(lines, options).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (thrown === undefined) return []
  if (!(thrown instanceof ConfigError)) throw new Error('no ConfigError', { cause: thrown })
  expect(thrown.message).not.toContain('hunter2')
  return thrown.message.split('\n')
}

const saslSsl = 'security.protocol=SASL_SSL'

describe('the properties of a Java client', () => {
  it('say how it logs in by SCRAM', async () => {
    const client = await read(
      [
        'bootstrap.servers=PLAINTEXT://a:9093, [2001:db8::1]:9094 ,b.example:1',
        'security.protocol=sasl_ssl',
        'sasl.mechanism=SCRAM-SHA-512',
        `sasl.jaas.config=${scram}`,
        'group.id=x',
        'acks=all',
      ],
      { needsServers: true },
    )
    expect(client).toMatchObject({
      bootstrapServers: ['a:9093', '[2001:db8::1]:9094', 'b.example:1'],
      securityProtocol: 'SASL_SSL',
      login: { mechanism: 'SCRAM-SHA-512', username: 'admin' },
      checksName: true,
      warnings: [],
    })
    expect(client.login?.mechanism === 'SCRAM-SHA-512' && client.login.password.reveal()).toBe('hunter2')
    expect(client.login).not.toHaveProperty('tokenAuth')
  })

  it('say how it logs in by PLAIN, over several lines', async () => {
    const { login } = await read([
      saslSsl,
      'sasl.mechanism = PLAIN',
      `sasl.jaas.config = ${security}.plain.PlainLoginModule required \\`,
      '    username="o\'neil" \\',
      '    password="say \\\\"hunter2\\\\"";',
    ])
    expect(login).toMatchObject({ mechanism: 'PLAIN', username: "o'neil" })
    expect(login?.mechanism === 'PLAIN' && login.password.reveal()).toBe('say "hunter2"')
  })

  it('say that it logs in by a delegation token', async () => {
    const jaas = scram.replace(';', ' tokenauth="TRUE";')
    const { login } = await read([saslSsl, 'sasl.mechanism=SCRAM-SHA-256', `sasl.jaas.config=${jaas}`])
    expect(login).toMatchObject({ mechanism: 'SCRAM-SHA-256', username: 'admin', tokenAuth: true })
  })

  it('say how it gets tokens, which is then done in the same way', async () => {
    const { login } = await read([
      'security.protocol=SASL_PLAINTEXT',
      'sasl.mechanism=OAUTHBEARER',
      `sasl.login.callback.handler.class=${security}.oauthbearer.OAuthBearerLoginCallbackHandler`,
      'sasl.oauthbearer.token.endpoint.url=http://localhost:14293/orders',
      `sasl.jaas.config=${oauth} clientId="me" clientSecret="hunter2" extension_logicalCluster="lkc-1" extension_pool="a b";`,
    ])
    expect(login).toMatchObject({
      mechanism: 'OAUTHBEARER',
      profile: {
        source: 'client-credentials',
        tokenEndpoint: 'http://localhost:14293/orders',
        clientId: 'me',
        lazyRenewal: true,
      },
    })
    expect(login?.mechanism === 'OAUTHBEARER' && [...login.extensions]).toEqual([
      ['logicalCluster', 'lkc-1'],
      ['pool', 'a b'],
    ])
  })

  it('say nothing: then it is PLAINTEXT, as in Kafka', async () => {
    expect(await read(['group.id=x'])).toMatchObject({ bootstrapServers: undefined, securityProtocol: 'PLAINTEXT' })
  })

  it('are told when SASL and TLS mean nothing without a protocol', async () => {
    const { warnings, login } = await read([`sasl.jaas.config=${scram}`, 'ssl.truststore.location=/t.jks'])
    expect(login).toBeUndefined()
    expect(warnings).toEqual([
      'security.protocol is missing, which is PLAINTEXT to Kafka: sasl.jaas.config, ssl.truststore.location mean nothing without SASL_SSL, SSL or SASL_PLAINTEXT there',
    ])
  })

  it('name stores, and their passwords', async () => {
    const { trustStore, keyStore, login } = await read([
      'security.protocol=SSL',
      'ssl.truststore.location=/tls/trust.jks',
      'ssl.truststore.password=hunter2',
      'ssl.keystore.location=/tls/client.p12',
      'ssl.keystore.type=pkcs12',
      'ssl.keystore.password= hunter3 ',
      'ssl.key.password=hunter4',
    ])
    expect(login).toBeUndefined()
    expect(trustStore).toMatchObject({ file: '/tls/trust.jks', isPem: false })
    expect(keyStore).toMatchObject({ file: '/tls/client.p12', isPem: false })
    const words = [trustStore, keyStore].map((store) => store && 'file' in store && store.password?.reveal())
    expect([...words, keyStore?.keyPassword?.reveal()]).toEqual(['hunter2', 'hunter3', 'hunter4'])
  })

  it('hold PEM, in files or themselves', async () => {
    const files = await read([
      ...['security.protocol=SSL', 'ssl.truststore.type=PEM', 'ssl.truststore.location=/ca.pem'],
      ...['ssl.keystore.type=PEM', 'ssl.keystore.location=/client.pem'],
    ])
    expect([files.trustStore, files.keyStore]).toMatchObject([{ isPem: true }, { isPem: true }])
    const inline = await read([
      ...['security.protocol=SSL', 'ssl.truststore.type=PEM', 'ssl.truststore.certificates=CA'],
      ...['ssl.keystore.type=PEM', 'ssl.keystore.key=hunter2', 'ssl.keystore.certificate.chain=CHAIN'],
    ])
    expect(inline.trustStore).toEqual({ option: 'ssl.truststore.certificates', certificates: 'CA' })
    expect(inline.keyStore).toMatchObject({ option: 'ssl.keystore.key', certificates: 'CHAIN' })
  })

  it('may leave names unchecked, which is told', async () => {
    const { checksName, warnings } = await read(['security.protocol=SSL', 'ssl.endpoint.identification.algorithm='])
    expect(checksName).toBe(false)
    expect(warnings[0]).toContain('the names in the certificates of brokers are not checked')
    expect(await read(['security.protocol=SSL', 'ssl.endpoint.identification.algorithm=HTTPS'])).toMatchObject({
      checksName: true,
      warnings: [],
    })
  })

  it('give way to what is said elsewhere', async () => {
    const lines = ['security.protocol=nonsense', 'ssl.truststore.type=BCFKS', 'ssl.keystore.location=/k.jks']
    const options = { securityProtocol: 'SSL', isTrustGiven: true, isCertificateGiven: true } as const
    expect(await read(lines, options)).toMatchObject({
      securityProtocol: 'SSL',
      trustStore: undefined,
      keyStore: undefined,
    })
  })

  it('may be ISO 8859-1, as Java reads them', async () => {
    const text = [saslSsl, 'sasl.mechanism=PLAIN', `sasl.jaas.config=${plain.replace('admin', 'Jürgen')}`].join('\n')
    for (const encoding of ['latin1', 'utf8'] as const) {
      const { login } = await readJavaClient({ file, bytes: Buffer.from(text, encoding) })
      expect(login).toMatchObject({ username: 'Jürgen' })
    }
  })

  it('are all told at once', async () => {
    const faults = await faultsOf(
      [
        'bootstrap.servers=a',
        saslSsl,
        'sasl.mechanism=PLAIN',
        'ssl.truststore.type=BCFKS',
        'ssl.keystore.location=/k.p12',
      ],
      { needsServers: true },
    )
    expect(faults.map((fault) => fault.split(/[ :]/)[0])).toEqual([
      'bootstrap.servers',
      'sasl.jaas.config',
      'ssl.truststore.type',
      'ssl.keystore.password',
    ])
  })
})

describe('near misses', () => {
  it.each([
    ['sasl.mechansim=PLAIN', 'sasl.mechansim is no property of Kafka; did you mean sasl.mechanism?'],
    ['boostrap.servers=a:1', 'boostrap.servers is no property of Kafka; did you mean bootstrap.servers?'],
    [
      'ssl.trustore.location=/x',
      'ssl.trustore.location is no property of Kafka; did you mean ssl.truststore.location?',
    ],
    ['sasl.mechanisms=PLAIN', 'sasl.mechanisms is a property of librdkafka; in Java it is sasl.mechanism'],
    [
      'sasl.password=hunter2',
      'sasl.password is a property of librdkafka; in Java it is password="…" in sasl.jaas.config',
    ],
  ])('are told: %s', async (line, warning) => {
    expect((await read([line])).warnings).toEqual([warning])
  })

  it.each([
    'group.id',
    'security.providers',
    'ssl.protocol',
    'ssl.provider',
    'sasl.login.class',
    'ssl.cipher.suites',
    'client.dns.lookup',
    'key.serializer',
    'sasl.kerberos.service.name',
    'sasl.login.refresh.window.factor',
    'ssl.keymanager.algorithm',
    'sasl.oauthbearer.scope',
    'metadata.max.age.ms',
    'security.inter.broker.protocol',
  ])('are none: %s', async (name) => {
    expect((await read([`${name}=x`])).warnings).toEqual([])
  })
})

describe('a fault', () => {
  const scramWith = (jaas: string): string[] => [saslSsl, 'sasl.mechanism=SCRAM-SHA-512', `sasl.jaas.config=${jaas}`]
  const tokensWith = (jaas: string, ...more: string[]): string[] => [
    ...[saslSsl, 'sasl.mechanism=OAUTHBEARER', `sasl.jaas.config=${jaas}`, ...more],
  ]
  const endpoint = 'sasl.oauthbearer.token.endpoint.url=https://idp.example/token'
  const handler = 'sasl.login.callback.handler.class'

  it.each<[string, string[], string]>([
    [
      'no mechanism',
      [saslSsl, `sasl.jaas.config=${scram}`],
      'sasl.mechanism: is missing, which is GSSAPI to Kafka, and Kerberos is not done here: use a listener with PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER or client certificates, or make the token by kinit and kafka-delegation-tokens.sh',
    ],
    [
      'Kerberos',
      [saslSsl, 'sasl.mechanism=GSSAPI', `sasl.jaas.config=${scram}`],
      'sasl.mechanism (given: GSSAPI): must be another one: Kerberos is not done here',
    ],
    [
      'another mechanism',
      [saslSsl, 'sasl.mechanism=DIGEST-MD5', `sasl.jaas.config=${scram}`],
      'sasl.mechanism (given: DIGEST-MD5): must be one of PLAIN, SCRAM-SHA-256',
    ],
    [
      'the mechanism of MSK',
      [saslSsl, 'sasl.mechanism=AWS_MSK_IAM', `sasl.jaas.config=${scram}`],
      'sasl.mechanism (given: AWS_MSK_IAM): must be another one: IAM of MSK is not done here',
    ],
    [
      'another protocol',
      ['security.protocol=TLS'],
      'security.protocol (given: TLS): must be one of SASL_SSL, SSL, SASL_PLAINTEXT, PLAINTEXT',
    ],
    ['no JAAS', [saslSsl, 'sasl.mechanism=SCRAM-SHA-512'], 'sasl.jaas.config: is missing, as in sasl.jaas.config=org'],
    ['broken JAAS', scramWith(scram.replace(';', '')), 'sasl.jaas.config: must end in a semicolon'],
    [
      'another module',
      scramWith('com.example.Own required x="hunter2";'),
      'sasl.jaas.config: names the login module com.example.Own; those that are known here are PlainLoginModule, ScramLoginModule, OAuthBearerLoginModule',
    ],
    [
      'the module of another mechanism',
      scramWith(plain),
      `sasl.jaas.config: names ${security}.plain.PlainLoginModule, which is for PLAIN; sasl.mechanism=SCRAM-SHA-512 needs ${security}.scram.ScramLoginModule`,
    ],
    ['no user', scramWith(scram.replace('admin', '')), 'sasl.jaas.config username: is missing'],
    ['no password', scramWith(scram.replace('hunter2', '')), 'sasl.jaas.config password: is missing'],
    ['a config provider', scramWith('${file:/x:jaas}'), 'sasl.jaas.config: refers to a config provider'],
    [
      'a client handler',
      [...scramWith(scram), 'sasl.client.callback.handler.class=a.B'],
      'sasl.client.callback.handler.class (given: a.B): is a class that only Java can run',
    ],
    [
      "Google's handler",
      tokensWith(`${oauth};`, `${handler}=com.google.cloud.hosted.kafka.auth.GcpLoginCallbackHandler`),
      `${handler} (given: com.google.cloud.hosted.kafka.auth.GcpLoginCallbackHandler): is a class that only Java can run: log in by a token of a profile instead (login: { profile: <name> }, --profile), with source: gcp`,
    ],
    [
      "Amazon's handler",
      tokensWith(`${oauth};`, `${handler}=software.amazon.msk.auth.iam.IAMOAuthBearerLoginCallbackHandler`),
      'IAM of MSK is not done here',
    ],
    [
      'tokens without a signature',
      tokensWith(`${oauth} unsecuredLoginStringClaim_sub="admin";`),
      'sasl.jaas.config unsecuredLoginStringClaim_sub: makes tokens that nobody signs',
    ],
    [
      'no endpoint',
      tokensWith(
        `${oauth};`,
        'sasl.oauthbearer.client.credentials.client.id=a',
        'sasl.oauthbearer.client.credentials.client.secret=hunter2',
      ),
      'sasl.oauthbearer.token.endpoint.url: is missing',
    ],
    [
      'an extension',
      tokensWith(`${oauth} clientId="a" clientSecret="hunter2" extension_auth="x";`, endpoint),
      'sasl.jaas.config extension_auth: must be extension_ and letters, and not auth',
    ],
    [
      'the value of an extension',
      tokensWith(`${oauth} clientId="a" clientSecret="hunter2" extension_x="ü";`, endpoint),
      'sasl.jaas.config extension_x: must have a value of printable ASCII',
    ],
    [
      'a store of another type',
      ['security.protocol=SSL', 'ssl.truststore.location=/t', 'ssl.truststore.type=BCFKS'],
      'ssl.truststore.type (given: BCFKS): must be PKCS12, JKS or PEM',
    ],
    [
      'a key store without a password',
      ['security.protocol=SSL', 'ssl.keystore.location=/k'],
      'ssl.keystore.password: is missing: ssl.keystore.location needs it',
    ],
    [
      'a password without a store',
      ['security.protocol=SSL', 'ssl.truststore.password=hunter2'],
      'ssl.truststore.password: stands without ssl.truststore.location',
    ],
    [
      'a password for PEM',
      [
        'security.protocol=SSL',
        'ssl.truststore.location=/t',
        'ssl.truststore.type=PEM',
        'ssl.truststore.password=hunter2',
      ],
      'ssl.truststore.password: does not go with ssl.truststore.type=PEM',
    ],
    [
      'PEM without its type',
      ['security.protocol=SSL', 'ssl.truststore.certificates=x'],
      'ssl.truststore.certificates: needs ssl.truststore.type=PEM; without it Kafka takes JKS',
    ],
    [
      'PEM twice',
      [
        'security.protocol=SSL',
        'ssl.truststore.type=PEM',
        'ssl.truststore.certificates=x',
        'ssl.truststore.location=/t',
      ],
      'ssl.truststore.certificates: stands beside ssl.truststore.location: keep one of them',
    ],
    [
      'half a key',
      ['security.protocol=SSL', 'ssl.keystore.type=PEM', 'ssl.keystore.key=hunter2'],
      'ssl.keystore.certificate.chain: is missing: ssl.keystore.key is there, and one needs the other',
    ],
    [
      'another check of names',
      ['security.protocol=SSL', 'ssl.endpoint.identification.algorithm=none'],
      'ssl.endpoint.identification.algorithm (given: none): must be https, or empty',
    ],
    ['a broken escape', ['a=\\u12'], `${file}: line 1: \\u needs four hexadecimal digits`],
  ])('is told: %s', async (_what, lines, expected) => {
    const faults = await faultsOf(lines)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(expected)
  })

  it('is a missing server where nobody else names one', async () => {
    expect(await faultsOf([], { needsServers: true })).toEqual([
      'bootstrap.servers: is missing, and so is --bootstrap-server in its place',
    ])
  })

  it.each([
    ['bootstrap.servers=a:1,b', 'bootstrap.servers (given: a:1,b): must be host:port, or a list of them'],
    ['bootstrap.servers=${env:KAFKA}', 'bootstrap.servers: refers to a config provider'],
  ])('is %s, where nobody else names a server', async (line, fault) => {
    expect(await faultsOf([line], { needsServers: true })).toEqual([expect.stringContaining(fault)])
    expect(await faultsOf([line])).toEqual([])
  })
})
