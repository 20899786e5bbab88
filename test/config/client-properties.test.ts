import { describe, expect, it } from 'vitest'
import { readClientProperties } from '../../src/config/client-properties.ts'
import { Secret } from '../../src/platform/secret.ts'
import { load } from './loading.ts'

const room = 'org.apache.kafka.common.security.oauthbearer'
const endpoint = 'sasl.oauthbearer.token.endpoint.url=https://idp.example/token'
const id = 'sasl.oauthbearer.client.credentials.client.id=orders'
const secret = 'sasl.oauthbearer.client.credentials.client.secret=hunter2'
const iss = 'sasl.oauthbearer.assertion.claim.iss=orders'
const keyFile = 'sasl.oauthbearer.assertion.private.key.file=/keys/orders.pem'
const jwtBearer = `sasl.oauthbearer.jwt.retriever.class=${room}.JwtBearerJwtRetriever`
const jaas = (options: string): string => `sasl.jaas.config=${room}.OAuthBearerLoginModule required ${options};`

const never = (): boolean => false

/** What the properties say, secrets revealed. */
function read(lines: readonly string[], given: readonly string[] = []): Record<string, unknown> {
  const { settings, faults } = readClientProperties(lines.join('\n'), (path) => given.includes(path))
  expect(faults).toEqual([])
  return Object.fromEntries(
    settings.map(({ path, value }) => [path.join('.'), value instanceof Secret ? `secret ${value.reveal()}` : value]),
  )
}

/** Kafka's defaults of a signed assertion. */
const signed = {
  'assertion.algorithm': 'RS256',
  'assertion.privateKeyFile': '/keys/orders.pem',
  'assertion.claim.aud': false,
  'assertion.claim.iss': 'orders',
  'assertion.claim.sub': false,
  'assertion.claim.expSeconds': 300,
  'assertion.claim.nbfSeconds': 60,
  'assertion.claim.jtiInclude': false,
}
const clientCredentials = { source: 'client-credentials', tokenEndpoint: 'https://idp.example/token' }
const bySecret = {
  ...clientCredentials,
  clientId: 'orders',
  clientSecret: 'secret hunter2',
  clientAuth: 'client_secret_basic',
  headerUrlencode: false,
}
const byAssertion = { ...clientCredentials, clientAuth: 'private_key_jwt', ...signed }

describe('the properties of a Java client', () => {
  it.each<[string, string[], Record<string, unknown>]>([
    ['id and secret', [endpoint, id, secret], bySecret],
    ['id and secret as JAAS options', [endpoint, jaas('clientId="orders" clientSecret="hunter2"')], bySecret],
    [
      'a property before the JAAS option',
      [endpoint, id, secret, 'sasl.oauthbearer.scope=a b', jaas('clientId="x" clientSecret="y" scope="z"')],
      { ...bySecret, scope: 'a b' },
    ],
    ['a scope as JAAS option', [endpoint, id, secret, jaas('scope=kafka')], { ...bySecret, scope: 'kafka' }],
    [
      'header.urlencode',
      [endpoint, id, secret, 'sasl.oauthbearer.header.urlencode=TRUE'],
      { ...bySecret, headerUrlencode: true },
    ],
    [
      'values with blanks around them, as Kafka trims them',
      ['sasl.oauthbearer.token.endpoint.url=https://idp.example/token \t', id, `${secret}   `],
      bySecret,
    ],
    [
      'an empty property that hides the JAAS option',
      [endpoint, id, secret, 'sasl.oauthbearer.scope=', jaas('scope="z"')],
      bySecret,
    ],
    ['empty ones that Kafka takes as missing', [endpoint, id, secret, 'sasl.oauthbearer.scope=  '], bySecret],
    [
      'the claim of the principal',
      [endpoint, id, secret, 'sasl.oauthbearer.sub.claim.name=azp'],
      { ...bySecret, principalClaim: 'azp' },
    ],
    ['an assertion, as claim.iss is there', [endpoint, iss, keyFile], byAssertion],
    [
      'an assertion with everything that can be said of one',
      [
        endpoint,
        id,
        keyFile,
        iss,
        'sasl.oauthbearer.scope=kafka',
        'sasl.oauthbearer.assertion.algorithm=ES256',
        'sasl.oauthbearer.assertion.private.key.passphrase=hunter2',
        'sasl.oauthbearer.assertion.template.file=/keys/template.json',
        'sasl.oauthbearer.assertion.claim.aud=https://idp.example',
        'sasl.oauthbearer.assertion.claim.sub=subject',
        'sasl.oauthbearer.assertion.claim.exp.seconds=+60',
        'sasl.oauthbearer.assertion.claim.nbf.seconds=0',
        'sasl.oauthbearer.assertion.claim.jti.include=True',
      ],
      {
        ...byAssertion,
        clientId: 'orders',
        scope: 'kafka',
        'assertion.algorithm': 'ES256',
        'assertion.privateKeyPassphrase': 'secret hunter2',
        'assertion.templateFile': '/keys/template.json',
        'assertion.claim.aud': 'https://idp.example',
        'assertion.claim.sub': 'subject',
        'assertion.claim.expSeconds': 60,
        'assertion.claim.nbfSeconds': 0,
        'assertion.claim.jtiInclude': true,
      },
    ],
    [
      'a ready-made assertion, first of all',
      [endpoint, id, 'sasl.oauthbearer.assertion.file=/run/assertion.jwt'],
      {
        ...clientCredentials,
        clientId: 'orders',
        clientAuth: 'private_key_jwt',
        'assertion.file': '/run/assertion.jwt',
      },
    ],
    [
      'jwt-bearer by its retriever, where id, secret and the JAAS scope mean nothing',
      [endpoint, jwtBearer, iss, keyFile, id, secret, 'sasl.oauthbearer.scope=kafka', jaas('clientId="a" scope="b"')],
      { ...clientCredentials, source: 'jwt-bearer', scope: 'kafka', clientAuth: 'none', ...signed },
    ],
    [
      'jwt-bearer with the issuer in the template only, which Kafka takes there',
      [endpoint, jwtBearer, keyFile, 'sasl.oauthbearer.assertion.template.file=t.json'],
      {
        ...clientCredentials,
        source: 'jwt-bearer',
        clientAuth: 'none',
        ...signed,
        'assertion.claim.iss': false,
        'assertion.templateFile': 't.json',
      },
    ],
    [
      'the retriever of client credentials by its name',
      [endpoint, id, secret, `sasl.oauthbearer.jwt.retriever.class=${room}.ClientCredentialsJwtRetriever`],
      bySecret,
    ],
    [
      'a token in a file',
      ['sasl.oauthbearer.token.endpoint.url=file:///run/kafka/token', id, secret],
      { source: 'file', file: '/run/kafka/token' },
    ],
    [
      'a token in a file, its name as Java takes it',
      [
        'sasl.oauthbearer.token.endpoint.url=file:/run/a%20b',
        `sasl.oauthbearer.jwt.retriever.class=${room}.FileJwtRetriever`,
      ],
      { source: 'file', file: '/run/a%20b' },
    ],
    [
      'what is not about tokens, and what only brokers need',
      [
        endpoint,
        id,
        secret,
        'bootstrap.servers=k:9092',
        'security.protocol=SASL_SSL',
        'sasl.mechanism=OAUTHBEARER',
        `sasl.login.callback.handler.class=${room}.OAuthBearerLoginCallbackHandler`,
        'sasl.oauthbearer.jwks.endpoint.url=https://idp.example/jwks',
        'sasl.oauthbearer.expected.audience=kafka',
        'sasl.oauthbearer.future.thing=1',
        'client.id=${env:POD}',
        'group.id=x',
      ],
      bySecret,
    ],
    [
      'the handler of Kafka 3',
      [endpoint, id, secret, `sasl.login.callback.handler.class=${room}.secured.OAuthBearerLoginCallbackHandler`],
      bySecret,
    ],
  ])('say it as Kafka 4.3 takes it: %s', async (_case, lines, expected) => {
    expect(read(lines)).toEqual(expected)
    const { profiles } = await load({ properties: lines.join('\n') })
    expect(profiles['default']).toMatchObject({ source: expected['source'] })
  })

  it('keep their secrets', () => {
    const { settings } = readClientProperties([endpoint, id, secret].join('\n'), never)
    expect(JSON.stringify(settings)).not.toContain('hunter2')
  })
})

describe('TLS towards the provider', () => {
  it('comes from the ssl options of sasl.jaas.config, in PEM', () => {
    const options =
      'ssl.truststore.type="PEM" ssl.truststore.location="/tls/ca.pem" ssl.keystore.type=PEM ssl.keystore.location="/tls/client.pem"'
    expect(read([endpoint, id, secret, jaas(options)])).toEqual({
      ...bySecret,
      'tls.caFile': '/tls/ca.pem',
      'tls.certFile': '/tls/client.pem',
      'tls.keyFile': '/tls/client.pem',
    })
  })

  it('is nothing to plain http', () => {
    const lines = ['sasl.oauthbearer.token.endpoint.url=http://localhost:1/', jaas('ssl.truststore.location="/a.jks"')]
    expect(read([...lines, id, secret])).toEqual({ ...bySecret, tokenEndpoint: 'http://localhost:1/' })
  })

  it.each([
    [
      'ssl.truststore.location="/tls/trust.jks"',
      'ssl.truststore.location',
      'is JKS and must be PEM: keytool -list -rfc -keystore /tls/trust.jks > /tls/trust.pem; then ssl.truststore.type=PEM and ssl.truststore.location=/tls/trust.pem',
    ],
    [
      'ssl.truststore.type="PKCS12" ssl.truststore.location="/tls/it\\\\\'s/trust"',
      'ssl.truststore.location',
      `is PKCS12 and must be PEM: keytool -list -rfc -keystore '/tls/it'\\''s/trust' > '/tls/it'\\''s/trust.pem'`,
    ],
    [
      'ssl.keystore.type=PKCS12 ssl.keystore.location="/tls/client.p12"',
      'ssl.keystore.location',
      '(umask 077; openssl pkcs12 -in /tls/client.p12 -nodes -out /tls/client.pem)',
    ],
    [
      'ssl.keystore.location="/tls/client.jks"',
      'ssl.keystore.location',
      '(umask 077; keytool -importkeystore -srckeystore /tls/client.jks -destkeystore /tls/client.p12 -deststoretype PKCS12 && openssl pkcs12 -in /tls/client.p12 -nodes -out /tls/client.pem)',
    ],
    [
      'ssl.truststore.location="/tls/ca.pem"',
      'ssl.truststore.location',
      'is taken for JKS unless ssl.truststore.type=PEM stands beside it',
    ],
    ['ssl.truststore.type=PEM ssl.truststore.certificates="-----B"', 'ssl.truststore.certificates', 'must be a file'],
    ['ssl.keystore.type=PEM ssl.keystore.key="-----B"', 'ssl.keystore.key', 'must be a file'],
    [
      'ssl.keystore.type=PEM ssl.keystore.location="/c.pem" ssl.key.password="hunter2"',
      'ssl.key.password',
      'is for an encrypted key, and the key must not be: (umask 077; openssl pkey -in /c.pem -out /c.key); then --tls-key-file /c.key',
    ],
  ])('says how to convert %s', (options, option, problem) => {
    const { faults } = readClientProperties([endpoint, id, secret, jaas(options)].join('\n'), never)
    expect(faults.map((fault) => fault.option)).toEqual([`sasl.jaas.config ${option}`])
    expect(faults[0]?.problem).toContain(problem)
    expect(JSON.stringify(faults)).not.toContain('hunter2')
  })

  it('is not asked for where a flag gives it', () => {
    const lines = [endpoint, id, secret, jaas('ssl.truststore.location="/a.jks" ssl.keystore.location="/b.jks"')]
    expect(read(lines, ['tls.caFile', 'tls.certFile'])).toEqual(bySecret)
  })

  it.each([
    ['warns', '', 1],
    ['is silent where JAAS has one', 'ssl.truststore.type=PEM ssl.truststore.location="a"', 0],
  ])('%s where the trust store is that of the brokers, which Java does not ask', (_case, options, count) => {
    const lines = [endpoint, id, secret, jaas(options), 'ssl.truststore.location=/tls/brokers.jks']
    const { faults, warnings } = readClientProperties(lines.join('\n'), never)
    expect(faults).toEqual([])
    expect(warnings).toHaveLength(count)
    for (const warning of warnings) expect(warning).toContain('sasl.jaas.config')
  })
})

const p = (name: string): string => `sasl.oauthbearer.${name}`

describe('a trap', () => {
  it.each<[string, string[], string, string | RegExp]>([
    ['no endpoint', [id, secret], p('token.endpoint.url'), 'is missing'],
    [
      'an endpoint that is no URL',
      [p('token.endpoint.url=idp'), id, secret],
      p('token.endpoint.url'),
      /http, https or file/,
    ],
    [
      'an endpoint by ftp',
      [p('token.endpoint.url=ftp://idp/'), id, secret],
      p('token.endpoint.url'),
      /http, https or file/,
    ],
    ['an empty endpoint', [p('token.endpoint.url='), id, secret], p('token.endpoint.url'), 'must not be empty'],
    [
      'no secret and no assertion',
      [endpoint, id],
      p('client.credentials.client.secret'),
      /is missing, and there is no assertion/,
    ],
    ['no client id', [endpoint, secret], p('client.credentials.client.id'), 'is missing'],
    [
      'an empty secret',
      [endpoint, id, p('client.credentials.client.secret=')],
      p('client.credentials.client.secret'),
      'must not be empty',
    ],
    [
      'the issuer in the template only',
      [endpoint, keyFile, p('assertion.template.file=t.json')],
      p('assertion.claim.iss'),
      /without it Kafka asks for a client secret, even where the template has iss/,
    ],
    ['a key and no issuer', [endpoint, id, keyFile], p('assertion.claim.iss'), /is missing/],
    ['an empty issuer', [endpoint, keyFile, p('assertion.claim.iss=')], p('assertion.claim.iss'), 'must not be empty'],
    [
      'rs256',
      [endpoint, iss, keyFile, p('assertion.algorithm=rs256')],
      p('assertion.algorithm'),
      /must be RS256: Kafka would write rs256 into the header/,
    ],
    ['Es256', [endpoint, iss, keyFile, p('assertion.algorithm=Es256')], p('assertion.algorithm'), /must be ES256/],
    [
      'PS256',
      [endpoint, iss, keyFile, p('assertion.algorithm=PS256')],
      p('assertion.algorithm'),
      /must be RS256 or ES256/,
    ],
    [
      'a file and an issuer',
      [endpoint, iss, p('assertion.file=a.jwt')],
      p('assertion.file'),
      /stands beside .*claim.iss, and Kafka would take the file in silence/,
    ],
    [
      'a file and a key',
      [endpoint, keyFile, p('assertion.file=a.jwt')],
      p('assertion.file'),
      /stands beside .*private.key.file/,
    ],
    [
      'the same with jwt-bearer',
      [endpoint, jwtBearer, keyFile, p('assertion.file=a.jwt')],
      p('assertion.file'),
      /stands beside/,
    ],
    [
      'an assertion and a secret',
      [endpoint, iss, keyFile, id, secret],
      p('assertion.claim.iss'),
      /Kafka would ignore the secret in silence/,
    ],
    [
      'an assertion file and a JAAS secret',
      [endpoint, p('assertion.file=a'), jaas('clientId=a clientSecret=hunter2')],
      p('assertion.file'),
      /beside a client secret/,
    ],
    [
      'a key and a secret',
      [endpoint, keyFile, id, secret],
      p('assertion.private.key.file'),
      /Kafka \(as there is no claim.iss\) would use the secret in silence/,
    ],
    ['no key', [endpoint, iss], p('assertion.private.key.file'), /is missing/],
    ['no key with jwt-bearer', [endpoint, jwtBearer], p('assertion.private.key.file'), /is missing/],
    [
      'exp below 0',
      [endpoint, iss, keyFile, p('assertion.claim.exp.seconds=-1')],
      p('assertion.claim.exp.seconds'),
      /from 1 to 86400/,
    ],
    [
      'exp above a day',
      [endpoint, iss, keyFile, p('assertion.claim.exp.seconds=86401')],
      p('assertion.claim.exp.seconds'),
      /from 1 to 86400/,
    ],
    [
      'exp that is no number',
      [endpoint, iss, keyFile, p('assertion.claim.exp.seconds=5m')],
      p('assertion.claim.exp.seconds'),
      /from 1 to 86400/,
    ],
    [
      'nbf above an hour',
      [endpoint, iss, keyFile, p('assertion.claim.nbf.seconds=3601')],
      p('assertion.claim.nbf.seconds'),
      /from 0 to 3600/,
    ],
    [
      'jti that is neither',
      [endpoint, iss, keyFile, p('assertion.claim.jti.include=yes')],
      p('assertion.claim.jti.include'),
      'must be true or false',
    ],
    [
      'header.urlencode that is neither',
      [endpoint, id, secret, p('header.urlencode=on')],
      p('header.urlencode'),
      'must be true or false',
    ],
    [
      'a retriever of others',
      [endpoint, p('jwt.retriever.class=com.example.Mine')],
      p('jwt.retriever.class'),
      /must be one of Kafka's own: DefaultJwtRetriever,/,
    ],
    [
      'a file retriever without a file',
      [endpoint, p(`jwt.retriever.class=${room}.FileJwtRetriever`)],
      p('jwt.retriever.class'),
      /a file is read from a file URL/,
    ],
    [
      'jwt-bearer with a file',
      [p('token.endpoint.url=file:/a'), jwtBearer],
      p('jwt.retriever.class'),
      /a file is read from a file URL/,
    ],
    ['another mechanism', [endpoint, id, secret, 'sasl.mechanism=PLAIN'], 'sasl.mechanism', /must be OAUTHBEARER/],
    [
      'another handler',
      [endpoint, id, secret, 'sasl.login.callback.handler.class=com.google.Gcp'],
      'sasl.login.callback.handler.class',
      /must be .*OAuthBearerLoginCallbackHandler/,
    ],
    [
      'another login module',
      [endpoint, id, secret, 'sasl.jaas.config=a.PlainLoginModule required;'],
      'sasl.jaas.config',
      /is for a.PlainLoginModule/,
    ],
    [
      'JAAS without its end',
      [endpoint, `sasl.jaas.config=${room}.OAuthBearerLoginModule required clientId="a"`],
      'sasl.jaas.config',
      'must end in a semicolon',
    ],
    [
      'a misspelt property',
      [endpoint, id, secret, p('asertion.claim.iss=a')],
      p('asertion.claim.iss'),
      /did you mean sasl.oauthbearer.assertion.claim.iss\?/,
    ],
    [
      'a property of librdkafka',
      [endpoint, id, secret, p('client.secret=hunter2')],
      p('client.secret'),
      /of librdkafka; in Java it is sasl.oauthbearer.client.credentials.client.secret/,
    ],
    [
      'a config provider',
      [endpoint, id, p('client.credentials.client.secret=${file:/s.properties:secret}')],
      p('client.credentials.client.secret'),
      /config provider/,
    ],
    [
      'a config provider in JAAS',
      [endpoint, jaas('clientId="a" clientSecret="${env:SECRET}"')],
      'sasl.jaas.config',
      /config provider/,
    ],
    ['half an escape', [endpoint, id, 'a=\\u12'], '--properties', 'line 3: \\u needs four hexadecimal digits'],
  ])('is one fault in words: %s', (_case, lines, option, problem) => {
    const { faults } = readClientProperties(lines.join('\n'), never)
    expect(faults.map((fault) => fault.option)).toEqual([option])
    if (typeof problem === 'string') expect(faults[0]?.problem).toBe(problem)
    else expect(faults[0]?.problem).toMatch(problem)
    expect(JSON.stringify(faults)).not.toContain('hunter2')
  })

  it('is told with the others', () => {
    const lines = [iss, p('assertion.algorithm=rs256'), p('assertion.claim.exp.seconds=x'), p('scop=a')]
    const { faults } = readClientProperties(lines.join('\n'), never)
    expect(faults.map(({ option }) => option).sort()).toEqual([
      p('assertion.algorithm'),
      p('assertion.claim.exp.seconds'),
      p('assertion.private.key.file'),
      p('scop'),
      p('token.endpoint.url'),
    ])
  })

  it.each<[string, string[], string[]]>([
    ['the endpoint', [id, secret], ['tokenEndpoint']],
    ['the endpoint by an issuer', [id, secret], ['issuer']],
    ['the secret', [endpoint, id], ['clientSecretFile']],
    ['the client id', [endpoint, secret], ['clientId']],
    ['the private key', [endpoint, iss], ['assertion.privateKeyFile']],
    ['another client authentication', [endpoint, id], ['clientAuth']],
    ['the issuer of the assertion', [endpoint, keyFile], ['assertion.claim.iss']],
  ])('is none where a flag or variable gives what is missing: %s', (_case, lines, given) => {
    read(lines, given)
  })

  it.each<[string, string[], string[], string]>([
    ['a secret', [endpoint, id, secret], ['clientSecretFile'], 'clientSecret'],
    ['a secret by variable', [endpoint, id, secret], ['clientSecretVariable'], 'clientSecret'],
    [
      'a passphrase',
      [endpoint, iss, keyFile, p('assertion.private.key.passphrase=x')],
      ['assertion.privateKeyPassphraseFile'],
      'assertion.privateKeyPassphrase',
    ],
    ['a key by an assertion', [endpoint, iss, keyFile], ['assertion.file'], 'assertion.privateKeyFile'],
    ['an assertion by a key', [endpoint, p('assertion.file=a')], ['assertion.privateKeyFile'], 'assertion.file'],
  ])('gives way to a flag that says it otherwise: %s', (_case, lines, given, path) => {
    expect(read(lines)).toHaveProperty([path])
    expect(read(lines, given)).not.toHaveProperty([path])
  })
})
