import type { Settings } from './lint-world.ts'

const oauthbearer = 'org.apache.kafka.common.security.oauthbearer'
const allowed = '-Dorg.apache.kafka.sasl.oauthbearer.allowed.'

/** What the settings of this run are about. */
export interface Target {
  readonly bootstrap: string
  readonly endpoint: string
  readonly secureEndpoint: string
  /** Who issued the certificate of the secure endpoint; a file that clients of brokers may trust too. */
  readonly caFile: string
  /** Keys in each form, and a template with an issuer. */
  readonly keys: Readonly<Record<'pkcs8' | 'pkcs1' | 'encrypted', string>>
  readonly template: string
}

type Properties = Readonly<Record<string, string | undefined>>

/** One rule, broken at the settings that work. */
export interface JavaSettingsCase {
  readonly rule: string
  readonly version: '4.3' | '3.9'
  /** Among other cases of the same rule. */
  readonly name?: string
  readonly wrong: (target: Target) => Properties
  /** Default: the endpoint is allowed. */
  readonly jvm?: (target: Target) => string
  /** Default: what the finding says to paste. */
  readonly right?: (target: Target) => { readonly properties?: Properties; readonly jvm?: string }
  /** Where that is less than the rule says, or it says nothing. */
  readonly printed?: string
}

const jaas = (options: string): string => `${oauthbearer}.OAuthBearerLoginModule required${options};`
const unused = ' clientId="unused" clientSecret="unused"'

export function goodProperties({ bootstrap, endpoint }: Target): Properties {
  return {
    'bootstrap.servers': bootstrap,
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': 'OAUTHBEARER',
    'sasl.login.callback.handler.class': `${oauthbearer}.OAuthBearerLoginCallbackHandler`,
    'sasl.oauthbearer.token.endpoint.url': endpoint,
    'sasl.jaas.config': jaas(unused),
  }
}

export function settingsOf(properties: Properties, jvm: string): Settings {
  const lines = Object.entries(properties).filter(([, value]) => value !== undefined)
  return { file: lines.map(([key, value]) => `${key}=${value ?? ''}`).join('\n'), jvm }
}

export const allowedUrls = ({ endpoint }: Target): string => `${allowed}urls=${endpoint}`
const assertion = 'sasl.oauthbearer.assertion.'

const byAssertion = (key: string): Properties => ({
  'sasl.jaas.config': jaas(''),
  [`${assertion}claim.iss`]: 'client',
  [`${assertion}claim.aud`]: 'endpoint',
  [`${assertion}private.key.file`]: key,
})
const allowing = (target: Target, ...files: readonly string[]): string =>
  `${allowedUrls(target)}\n${allowed}files=${files.join()}`

const url = 'sasl.oauthbearer.token.endpoint.url'
const handler = 'sasl.login.callback.handler.class'

const onBoth: readonly JavaSettingsCase[] = (['4.3', '3.9'] as const).flatMap((version): JavaSettingsCase[] => [
  { rule: 'login-handler-missing', version, wrong: () => ({ [handler]: undefined }) },
  {
    rule: 'login-handler-misplaced',
    version,
    wrong: () => ({
      [handler]: undefined,
      'sasl.client.callback.handler.class': `${oauthbearer}.OAuthBearerLoginCallbackHandler`,
    }),
  },
  {
    rule: 'login-handler-unknown',
    version,
    wrong: () => ({ [handler]: `${oauthbearer}.OauthBearerLoginCallbackHandler` }),
  },
  {
    rule: 'login-module-wrong',
    version,
    wrong: () => ({ 'sasl.mechanism': 'PLAIN' }),
    printed: 'Unexpected SASL mechanism: PLAIN',
    right: () => ({ properties: { 'sasl.mechanism': 'OAUTHBEARER' } }),
  },
  {
    rule: 'login-handler-of-tokens',
    version,
    wrong: () => ({
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required username="a" password="b";',
    }),
    right: ({ bootstrap, endpoint }) => ({ properties: goodProperties({ bootstrap, endpoint } as Target) }),
  },
  {
    rule: 'login-module-unknown',
    version,
    wrong: () => ({ 'sasl.jaas.config': jaas(unused).replace('OAuthBearerLoginModule', 'OauthBearerLoginModule') }),
    right: () => ({ properties: { 'sasl.jaas.config': jaas(unused) } }),
  },
  {
    rule: 'shaded-class-not-here',
    version,
    wrong: () => ({ 'sasl.jaas.config': `kafkashaded.${jaas(unused)}` }),
    right: () => ({ properties: { 'sasl.jaas.config': jaas(unused) } }),
  },
  {
    rule: 'mechanism-of-librdkafka',
    version,
    wrong: () => ({ 'sasl.mechanism': undefined, 'sasl.mechanisms': 'OAUTHBEARER' }),
  },
  { rule: 'mechanism-misspelled', version, wrong: () => ({ 'sasl.mechanism': 'OAuthBearer' }) },
  { rule: 'value-in-quotes', version, wrong: () => ({ 'sasl.mechanism': '"OAUTHBEARER"' }) },
  {
    rule: 'security-protocol-missing',
    version,
    wrong: () => ({ 'security.protocol': undefined }),
    printed: 'TimeoutException',
    right: () => ({ properties: { 'security.protocol': 'SASL_PLAINTEXT' } }),
  },
  {
    rule: 'security-protocol-missing',
    name: 'plaintext',
    version,
    wrong: () => ({ 'security.protocol': 'PLAINTEXT' }),
    printed: 'TimeoutException',
  },
  {
    rule: 'security-protocol-unknown',
    version,
    wrong: () => ({ 'security.protocol': 'SASL-PLAINTEXT' }),
  },
  { rule: 'jaas-syntax', version, wrong: () => ({ 'sasl.jaas.config': jaas(unused).slice(0, -1) }) },
  {
    rule: 'jaas-syntax',
    name: 'commas',
    version,
    wrong: () => ({ 'sasl.jaas.config': jaas(' clientId="unused", clientSecret="unused"') }),
  },
  {
    rule: 'jaas-syntax',
    name: 'flag',
    version,
    wrong: () => ({ 'sasl.jaas.config': `${oauthbearer}.OAuthBearerLoginModule${unused};` }),
  },
  {
    rule: 'jaas-syntax',
    name: 'lines',
    version,
    wrong: () => ({
      'sasl.jaas.config': `${oauthbearer}.OAuthBearerLoginModule required\n  clientId="unused"\n  clientSecret="unused";`,
    }),
    right: () => ({
      properties: {
        'sasl.jaas.config': `${oauthbearer}.OAuthBearerLoginModule required \\\n  clientId="unused" \\\n  clientSecret="unused";`,
      },
    }),
  },
  { rule: 'jaas-missing', version, wrong: () => ({ 'sasl.jaas.config': undefined }) },
  {
    rule: 'extension-name',
    version,
    wrong: () => ({ 'sasl.jaas.config': jaas(`${unused} extension_identity_pool_id="pool-1"`) }),
    right: () => ({ properties: { 'sasl.jaas.config': jaas(`${unused} extension_identityPoolId="pool-1"`) } }),
  },
  {
    rule: 'strimzi-options',
    version,
    wrong: ({ endpoint }) => ({
      'sasl.jaas.config': jaas(` oauth.client.id="a" oauth.client.secret="b" oauth.token.endpoint.uri="${endpoint}"`),
    }),
    ...(version === '3.9' && { printed: 'The OAuth configuration option clientId value must be non-null' }),
  },
  {
    rule: 'jaas-unknown-option',
    version,
    wrong: ({ endpoint }) => ({
      [url]: undefined,
      'sasl.jaas.config': jaas(`${unused} tokenEndpointUrl="${endpoint}"`),
    }),
    right: ({ endpoint }) => ({ properties: { [url]: endpoint, 'sasl.jaas.config': jaas(unused) } }),
    printed: version === '4.3' ? `${url} value is required` : 'null is not allowed',
  },
  {
    rule: 'token-endpoint-missing',
    version,
    wrong: () => ({ [url]: undefined }),
    ...(version === '3.9' && { printed: 'null is not allowed' }),
  },
  {
    rule: 'token-endpoint-without-scheme',
    version,
    wrong: ({ endpoint }) => ({ [url]: endpoint.slice('http://'.length) }),
    ...(version === '3.9' && { jvm: () => '' }),
  },
  {
    rule: 'client-id-missing',
    version,
    wrong: () => ({ 'sasl.jaas.config': jaas('') }),
    ...(version === '3.9' && { printed: 'The OAuth configuration option clientId value must be non-null' }),
  },
  {
    rule: 'unknown-setting',
    version,
    wrong: ({ endpoint }) => ({ [url]: undefined, 'sasl.oauthbearer.token.endpoint.uri': endpoint }),
    printed: version === '4.3' ? `${url} value is required` : 'null is not allowed',
    right: ({ endpoint }) => ({
      properties: { [url]: endpoint, 'sasl.oauthbearer.token.endpoint.uri': undefined },
    }),
  },
  {
    rule: 'setting-of-librdkafka',
    version,
    wrong: () => ({
      'sasl.jaas.config': jaas(''),
      'sasl.oauthbearer.client.id': 'unused',
      'sasl.oauthbearer.client.secret': 'unused',
    }),
    printed: version === '4.3' ? 'Invalid value null for configuration' : 'clientId value must be non-null',
    right: () => ({
      properties: {
        'sasl.jaas.config': jaas(unused),
        'sasl.oauthbearer.client.id': undefined,
        'sasl.oauthbearer.client.secret': undefined,
      },
    }),
  },
  {
    rule: 'allowed-urls-mismatch',
    version,
    wrong: () => ({}),
    jvm: (target) => `${allowedUrls(target)}/`,
    ...(version === '3.9' && { printed: 'is not allowed. Update system property' }),
  },
  {
    rule: 'allowed-urls-wildcard',
    version,
    wrong: () => ({}),
    jvm: () => `${allowed}urls=*`,
    ...(version === '3.9' && { printed: 'is not allowed. Update system property' }),
  },
  {
    rule: 'token-endpoint-trust',
    version,
    wrong: ({ secureEndpoint, caFile }) => ({
      [url]: secureEndpoint,
      'ssl.truststore.location': caFile,
      'ssl.truststore.type': 'PEM',
      // Ten seconds of retries are the default.
      'sasl.login.retry.backoff.max.ms': '500',
    }),
    jvm: ({ secureEndpoint }) => `${allowed}urls=${secureEndpoint}`,
    // The reason is in the log.
    ...(version === '3.9' && { printed: 'An internal error occurred while retrieving token from callback handler' }),
    right: ({ caFile }) => ({
      properties: {
        'sasl.jaas.config': jaas(`${unused} ssl.truststore.type="PEM" ssl.truststore.location="${caFile}"`),
      },
    }),
  },
  {
    rule: 'unicode-escape',
    version,
    wrong: () => ({ 'ssl.truststore.location': 'C:\\users\\kafka' }),
    right: () => ({ properties: { 'ssl.truststore.location': 'C:/users/kafka' } }),
  },
])

const onOne: readonly JavaSettingsCase[] = [
  {
    rule: 'login-handler-moved',
    version: '4.3',
    wrong: () => ({ [handler]: `${oauthbearer}.secured.OAuthBearerLoginCallbackHandler` }),
  },
  { rule: 'allowed-urls-missing', version: '4.3', wrong: () => ({}), jvm: () => '' },
  {
    rule: 'allowed-urls-as-property',
    version: '4.3',
    wrong: ({ endpoint }) => ({ 'org.apache.kafka.sasl.oauthbearer.allowed.urls': endpoint }),
    jvm: () => '',
    right: (target) => ({
      properties: { 'org.apache.kafka.sasl.oauthbearer.allowed.urls': undefined },
      jvm: allowedUrls(target),
    }),
  },
  {
    rule: 'allowed-files-missing',
    version: '4.3',
    wrong: ({ keys }) => byAssertion(keys.pkcs8),
  },
  {
    rule: 'allowed-files-mismatch',
    version: '4.3',
    wrong: ({ keys }) => byAssertion(keys.pkcs8),
    jvm: (target) => allowing(target, target.keys.pkcs8.slice(0, target.keys.pkcs8.lastIndexOf('/') + 1)),
  },
  {
    rule: 'assertion-issuer-in-template',
    version: '4.3',
    wrong: ({ keys, template }) => ({
      ...byAssertion(keys.pkcs8),
      [`${assertion}claim.iss`]: undefined,
      [`${assertion}template.file`]: template,
    }),
    jvm: (target) => allowing(target, target.keys.pkcs8, target.template),
  },
  {
    rule: 'assertion-algorithm',
    version: '4.3',
    wrong: ({ keys }) => ({ ...byAssertion(keys.pkcs8), [`${assertion}algorithm`]: 'PS256' }),
    jvm: (target) => allowing(target, target.keys.pkcs8),
  },
  {
    rule: 'assertion-key-missing',
    version: '4.3',
    wrong: () => ({ ...byAssertion(''), [`${assertion}private.key.file`]: undefined }),
    jvm: (target) => allowing(target, target.keys.pkcs8),
    right: ({ keys }) => ({ properties: { [`${assertion}private.key.file`]: keys.pkcs8 } }),
  },
  {
    rule: 'assertion-file-as-url',
    version: '4.3',
    wrong: ({ keys }) => byAssertion(`file://${keys.pkcs8}`),
    jvm: (target) => allowing(target, target.keys.pkcs8, `file://${target.keys.pkcs8}`),
  },
  {
    rule: 'private-key-form',
    version: '4.3',
    wrong: ({ keys }) => byAssertion(keys.pkcs1),
    jvm: (target) => allowing(target, target.keys.pkcs1, target.keys.pkcs8),
    right: ({ keys }) => ({ properties: { [`${assertion}private.key.file`]: keys.pkcs8 } }),
  },
  {
    rule: 'private-key-form',
    name: 'encrypted',
    version: '4.3',
    wrong: ({ keys }) => ({ ...byAssertion(keys.encrypted), [`${assertion}private.key.passphrase`]: 'of this run' }),
    jvm: (target) => allowing(target, target.keys.encrypted, target.keys.pkcs8),
    right: ({ keys }) => ({
      properties: { [`${assertion}private.key.file`]: keys.pkcs8, [`${assertion}private.key.passphrase`]: undefined },
    }),
  },
  {
    rule: 'retriever-class',
    version: '4.3',
    wrong: ({ keys }) => ({
      ...byAssertion(keys.pkcs8),
      'sasl.oauthbearer.jwt.retriever.class': 'JwtBearerJwtRetriever',
    }),
    jvm: (target) => allowing(target, target.keys.pkcs8),
  },
  {
    rule: 'broker-settings-on-client',
    version: '4.3',
    wrong: ({ endpoint }) => ({ 'sasl.oauthbearer.jwks.endpoint.url': endpoint.replace('/token', '/jwks') }),
    right: () => ({ properties: { 'sasl.oauthbearer.jwks.endpoint.url': undefined } }),
  },
  {
    rule: 'assertion-on-3',
    version: '3.9',
    wrong: ({ keys }) => byAssertion(keys.pkcs8),
    right: () => ({
      properties: {
        'sasl.jaas.config': jaas(unused),
        ...Object.fromEntries(
          Object.keys(byAssertion(''))
            .slice(1)
            .map((key) => [key, undefined]),
        ),
      },
    }),
  },
]

export const javaSettingsCases: readonly JavaSettingsCase[] = [...onBoth, ...onOne]
