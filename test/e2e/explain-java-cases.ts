import type { Answer, TokenFault } from './explain-endpoint.ts'
import type { Version } from './explain-cases.ts'

/** One thing that goes wrong at a Java client, and what mends it. */
export interface JavaCase {
  readonly name: string
  /** The trouble that `explain` has to name first, from what this client printed. */
  readonly trouble: string
  /** Where it only has to be among those that are named. */
  readonly isAmong?: true
  /** The one that it has to find in the log of the broker. */
  readonly atBroker?: string
  /** Default: both. */
  readonly versions?: readonly Version[]
  /** What differs from the good settings; undefined takes one out. */
  readonly broken?: Changes
  readonly answer?: Answer
  /** What the fix changes at the good settings; default: nothing, as the fix is to take away what was broken. */
  readonly fixed?: Changes
}

type Changes = (world: World, version: Version) => Readonly<Record<string, string | undefined>>

/** What cases refer to. */
export interface World {
  /** Bootstrap servers by listener, as in `listeners`. */
  readonly bootstrap: Readonly<Record<string, string>>
  readonly endpoint: string
  /** The same by https. */
  readonly secureEndpoint: string
  readonly caFile: string
  /** Who issued the certificate of `secureEndpoint`. */
  readonly endpointCaFile: string
  /** Authorities and certificates of listeners that are for another name, or have expired. */
  readonly odd: Readonly<Record<'otherName' | 'expired', { readonly caFile: string; readonly serverFile: string }>>
  /** Key and certificate of a client in one file. */
  readonly clientFile: string
  /** Keys in the forms that circulate, and an assertion. */
  readonly files: Readonly<Record<'pkcs8' | 'unlisted' | 'pkcs1' | 'pbes2' | 'template' | 'assertion', string>>
  /** Delegation tokens of alice: the id and HMAC of one, the HMAC of one that has expired. */
  readonly tokens: Readonly<Record<'id' | 'own' | 'expired', string>>
}

const module = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required'
const credentials = 'sasl.oauthbearer.client.credentials.client'
const jaas = (options: string) => ({ 'sasl.jaas.config': `${module} ${options};` })
const idAndSecret = 'clientId="unused" clientSecret="unused"'
const at =
  (listener: string): Changes =>
  ({ bootstrap }) => ({ 'bootstrap.servers': bootstrap[listener] })
const does =
  (task: string): Changes =>
  () => ({ 'case.do': task })
const noSecret = { [`${credentials}.id`]: undefined, [`${credentials}.secret`]: undefined }
const refusedToken = (
  name: string,
  atBroker: string | undefined,
  token: TokenFault,
  more: Partial<JavaCase> = {},
): JavaCase => ({
  name: `token-${name}`,
  trouble: 'invalid-token',
  ...(atBroker !== undefined && { atBroker }),
  answer: { token },
  ...more,
})
const sounds = (name: string, trouble: string, answer: Answer, more: Partial<JavaCase> = {}): JavaCase => ({
  name: `answer-${name}`,
  trouble,
  answer,
  ...more,
})
const scram = (user: string, password: string, more = '') => ({
  'sasl.mechanism': 'SCRAM-SHA-512',
  'sasl.login.callback.handler.class': undefined,
  'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${user}" password="${password}"${more};`,
})
const plain = (password: string) => ({
  'sasl.mechanism': 'PLAIN',
  'sasl.login.callback.handler.class': undefined,
  'sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="${password}";`,
})
const assertion = (world: World) => ({
  ...noSecret,
  'sasl.oauthbearer.assertion.claim.iss': 'unused',
  'sasl.oauthbearer.assertion.claim.sub': 'unused',
  'sasl.oauthbearer.assertion.private.key.file': world.files.pkcs8,
})
const unlisted: Changes = (world) => ({
  ...assertion(world),
  'sasl.oauthbearer.assertion.private.key.file': world.files.unlisted,
})
const inBase64 = (text: string) => Buffer.from(text).toString('base64url')
const only43 = { versions: ['4.3'] } as const
const only39 = { versions: ['3.9'] } as const

const settingCases: readonly JavaCase[] = [
  // The URL of this one is not in the JVM flag of the first run.
  { name: 'url-not-allowed', trouble: 'allowed-urls' },
  {
    name: 'file-not-allowed',
    trouble: 'allowed-files',
    broken: unlisted,
    fixed: unlisted,
    ...only43,
  },
  {
    name: 'secured-class',
    trouble: 'class-not-found',
    broken: () => ({
      'sasl.login.callback.handler.class':
        'org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler',
    }),
    ...only43,
  },
  {
    name: 'missing-class',
    trouble: 'class-not-found',
    broken: () => ({
      'sasl.login.callback.handler.class': 'com.google.cloud.hosted.kafka.auth.GcpLoginCallbackHandler',
    }),
  },
  {
    name: 'misspelled-module',
    trouble: 'login-module-not-found',
    broken: () => ({ 'sasl.jaas.config': `${module.replace('OAuth', 'Oauth')} ${idAndSecret};` }),
  },
  {
    name: 'no-handler',
    trouble: 'unsecured-handler',
    broken: () => ({ 'sasl.login.callback.handler.class': undefined, ...jaas('') }),
  },
  {
    name: 'no-handler-scope',
    trouble: 'unsecured-handler',
    broken: () => ({ 'sasl.login.callback.handler.class': undefined, ...jaas('scope="kafka"') }),
  },
  { name: 'no-client-id', trouble: 'client-id-missing', broken: () => jaas(''), ...only39 },
  { name: 'no-client-id-43', trouble: 'client-id-missing', broken: () => noSecret, ...only43 },
  {
    name: 'no-client-secret-43',
    trouble: 'client-secret-missing',
    broken: () => ({ [`${credentials}.secret`]: undefined }),
    ...only43,
  },
  {
    name: 'iss-in-template',
    trouble: 'client-secret-missing',
    broken: (world) => ({
      ...assertion(world),
      'sasl.oauthbearer.assertion.claim.iss': undefined,
      'sasl.oauthbearer.assertion.template.file': world.files.template,
      [`${credentials}.id`]: 'unused',
    }),
    fixed: (world) => ({ ...assertion(world), 'sasl.oauthbearer.assertion.template.file': world.files.template }),
    ...only43,
  },
  {
    name: 'no-endpoint-url',
    trouble: 'token-url-missing',
    broken: () => ({ 'sasl.oauthbearer.token.endpoint.url': undefined }),
  },
  {
    name: 'no-scheme',
    trouble: 'token-url-malformed',
    broken: () => ({ 'sasl.oauthbearer.token.endpoint.url': 'localhost:14293/token' }),
  },
  { name: 'no-jaas', trouble: 'jaas-missing', broken: () => ({ 'sasl.jaas.config': undefined }) },
  {
    name: 'no-semicolon',
    trouble: 'jaas-malformed',
    broken: () => ({ 'sasl.jaas.config': `${module} ${idAndSecret}` }),
  },
  {
    name: 'no-control-flag',
    trouble: 'jaas-malformed',
    broken: () => ({ 'sasl.jaas.config': `${module.replace(' required', '')} ${idAndSecret};` }),
  },
  {
    name: 'module-alone',
    trouble: 'jaas-malformed',
    broken: () => ({ 'sasl.jaas.config': module.replace(' required', ';') }),
  },
  { name: 'option-without-value', trouble: 'jaas-malformed', broken: () => jaas('clientId') },
  {
    name: 'two-modules',
    trouble: 'jaas-malformed',
    broken: () => ({ 'sasl.jaas.config': `${module}; ${module};` }),
  },
  { name: 'no-words-in-jaas', trouble: 'jaas-malformed', broken: () => ({ 'sasl.jaas.config': ' ' }) },
  {
    name: 'forbidden-module',
    trouble: 'login-module-not-allowed',
    broken: () => ({ 'sasl.jaas.config': 'com.sun.security.auth.module.JndiLoginModule required;' }),
  },
  {
    name: 'no-jaas-consumer',
    trouble: 'jaas-missing',
    broken: () => ({ 'sasl.jaas.config': undefined, 'case.do': 'consume' }),
  },
  {
    name: 'no-jaas-admin',
    trouble: 'jaas-missing',
    broken: () => ({ 'sasl.jaas.config': undefined, 'case.do': 'describe-cluster' }),
    fixed: does('describe-cluster'),
  },
  {
    name: 'extension-value',
    trouble: 'sasl-extension',
    broken: () => jaas(`${idAndSecret} extension_pool="\u0001"`),
  },
  {
    name: 'extension-without-token',
    trouble: 'unsecured-handler',
    broken: () => ({ 'sasl.login.callback.handler.class': undefined, ...jaas('extension_pool="p"') }),
  },
  { name: 'no-client-secret', trouble: 'client-secret-missing', broken: () => jaas('clientId="unused"'), ...only39 },
  {
    name: 'no-mechanism',
    trouble: 'mechanism-default-gssapi',
    broken: () => ({ 'sasl.mechanism': undefined, 'sasl.login.callback.handler.class': undefined }),
  },
  { name: 'bad-extension', trouble: 'sasl-extension', broken: () => jaas(`${idAndSecret} extension_pool_id="p"`) },
  { name: 'no-jackson', trouble: 'jackson-missing', broken: () => ({ 'case.without': 'jackson' }) },
  {
    name: 'two-class-loaders',
    trouble: 'class-loaders-mixed',
    broken: () => ({ 'case.without': 'nothing' }),
  },
  { name: 'no-jose4j', trouble: 'jose4j-missing', broken: () => ({ 'case.without': 'jose4j' }), ...only43 },
  {
    name: 'pbes2-key',
    trouble: 'assertion-key-encrypted',
    broken: (world) => ({
      ...assertion(world),
      'sasl.oauthbearer.assertion.private.key.file': world.files.pbes2,
      'sasl.oauthbearer.assertion.private.key.passphrase': 'passphrase',
    }),
    fixed: assertion,
    ...only43,
  },
  {
    name: 'pkcs1-key',
    trouble: 'assertion-key-form',
    broken: (world) => ({ ...assertion(world), 'sasl.oauthbearer.assertion.private.key.file': world.files.pkcs1 }),
    fixed: assertion,
    ...only43,
  },
  {
    name: 'no-key-file',
    trouble: 'assertion-file-missing',
    broken: (world) => ({ ...assertion(world), 'sasl.oauthbearer.assertion.private.key.file': '/nonexistent/key.pem' }),
    fixed: assertion,
    ...only43,
  },
  {
    name: 'no-assertion-file',
    trouble: 'assertion-file-missing',
    broken: () => ({ ...noSecret, 'sasl.oauthbearer.assertion.file': '/nonexistent/assertion.jwt' }),
    fixed: ({ files }) => ({ ...noSecret, 'sasl.oauthbearer.assertion.file': files.assertion }),
    ...only43,
  },
  {
    name: 'folder-for-file',
    trouble: 'assertion-file-missing',
    broken: () => ({ ...noSecret, 'sasl.oauthbearer.assertion.file': '/' }),
    fixed: ({ files }) => ({ ...noSecret, 'sasl.oauthbearer.assertion.file': files.assertion }),
    ...only43,
  },
  {
    name: 'template',
    trouble: 'assertion-template',
    broken: (world) => ({ ...assertion(world), 'sasl.oauthbearer.assertion.template.file': world.files.pkcs8 }),
    fixed: (world) => ({ ...assertion(world), 'sasl.oauthbearer.assertion.template.file': world.files.template }),
    ...only43,
  },
  {
    name: 'assertion-algorithm',
    trouble: 'assertion-algorithm',
    broken: (world) => ({ ...assertion(world), 'sasl.oauthbearer.assertion.algorithm': 'PS256' }),
    fixed: assertion,
    ...only43,
  },
]

const endpointCases: readonly JavaCase[] = [
  sounds('invalid-client', 'endpoint-invalid-client', {
    status: 401,
    body: '{"error":"invalid_client","error_description":"the secret is another one"}',
  }),
  sounds('invalid-scope', 'endpoint-invalid-scope', { status: 400, body: '{"error":"invalid_scope"}' }),
  sounds('unauthorized-client', 'endpoint-unauthorized-client', {
    status: 400,
    body: '{"error":"unauthorized_client","error_description":"not for you"}',
  }),
  sounds('bad-request', 'endpoint-refuses', { status: 400, body: '{"error":"something_else"}' }),
  sounds('not-found', 'endpoint-not-found', { status: 404, body: '<html><body>Not Found</body></html>' }),
  sounds('method', 'endpoint-not-found', { status: 405, body: '' }),
  sounds('unavailable', 'endpoint-unavailable', {
    status: 503,
    body: '{"error":"temporarily_unavailable","error_description":"later"}',
  }),
  sounds('too-many', 'endpoint-too-many', { status: 429, body: '{"error":"slow_down"}' }),
  sounds('own-code', 'err-caller-unknown', {
    status: 401,
    body: '{"error":"invalid_client","error_description":"no such caller. Compare client id and secret. [ERR_CALLER_UNKNOWN]"}',
  }),
  {
    name: 'refused',
    trouble: 'endpoint-connection-refused',
    broken: () => ({ 'sasl.oauthbearer.token.endpoint.url': 'http://127.0.0.1:9/token' }),
  },
  {
    name: 'unknown-host',
    trouble: 'endpoint-unknown-host',
    broken: () => ({ 'sasl.oauthbearer.token.endpoint.url': 'http://no-such-host.invalid/token' }),
  },
  {
    name: 'endpoint-tls',
    trouble: 'endpoint-not-tls',
    broken: ({ endpoint }) => ({ 'sasl.oauthbearer.token.endpoint.url': endpoint.replace('http:', 'https:') }),
  },
  {
    name: 'hangs',
    trouble: 'endpoint-read-timeout',
    answer: 'hangs',
    broken: () => ({ 'sasl.login.read.timeout.ms': '400' }),
  },
  { name: 'closes', trouble: 'endpoint-closes', answer: 'closes' },
  {
    name: 'bad-protocol',
    trouble: 'token-url-malformed',
    broken: () => ({ 'sasl.oauthbearer.token.endpoint.url': 'ftp://localhost/token' }),
  },
  {
    name: 'endpoint-unknown-ca',
    trouble: 'certificate-unknown-ca',
    broken: ({ secureEndpoint }) => ({ 'sasl.oauthbearer.token.endpoint.url': secureEndpoint }),
    fixed: ({ secureEndpoint, endpointCaFile }, version) => ({
      'sasl.oauthbearer.token.endpoint.url': secureEndpoint,
      ...jaas(
        `${version === '3.9' ? idAndSecret : ''} ssl.truststore.type="PEM" ssl.truststore.location="${endpointCaFile}"`,
      ),
    }),
  },
  sounds('empty', 'endpoint-empty', { body: '' }),
  sounds('html', 'endpoint-no-token', { body: '<html>Please log in</html>' }, only43),
  sounds('html-39', 'endpoint-not-json', { body: '<html>Please log in</html>' }, only39),
  sounds('error-with-200', 'endpoint-no-token', { body: '{"error":"invalid_client"}' }),
  sounds('truncated', 'endpoint-no-token', { body: '{"access_token":"eyJ' }, only43),
  sounds('truncated-39', 'endpoint-not-json', { body: '{"access_token":"eyJ' }, only39),
  sounds('opaque', 'token-opaque', { body: '{"access_token":"opaque"}' }),
  sounds('three-words', 'token-malformed', { body: '{"access_token":"a.b.c"}' }),
  sounds('no-json', 'token-malformed', {
    body: `{"access_token":"${['{}', 'no json', 'x'].map(inBase64).join('.')}"}`,
  }),
  sounds('exp-negative', 'token-claim', { token: { claims: { exp: -5 } } }),
  sounds('iat-negative', 'token-claim', { token: { claims: { iat: -5 } } }),
  sounds('blank-sub', 'token-no-sub', { token: { claims: { sub: ' ' } } }),
  sounds('blank-scope', 'token-scope', { token: { claims: { scope: ' ' } } }),
  sounds('no-exp', 'token-claim', { token: { claims: { exp: undefined } } }),
  sounds('no-sub', 'token-no-sub', { token: { claims: { sub: undefined } } }),
  sounds('exp-text', 'token-claim-type', { token: { claims: { exp: 'tomorrow' } } }),
  sounds('scope-twice', 'token-scope', { token: { claims: { scope: ['a', 'a'] } } }),
]

const tokenCases: readonly JavaCase[] = [
  refusedToken('issuer', 'broker-issuer', { claims: { iss: 'https://another.example' } }),
  refusedToken('audience', 'broker-audience', { claims: { aud: 'another' } }),
  refusedToken('no-audience', 'broker-no-audience', { claims: { aud: undefined } }),
  refusedToken('audience-unexpected', 'broker-audience-unexpected', {}, { broken: at('NOAUD'), fixed: at('GOOD') }),
  refusedToken('nbf', 'broker-nbf', { starts: 600 }),
  refusedToken('iat', 'broker-no-iat', { claims: { iat: undefined } }),
  refusedToken('signature', 'broker-signature', { signedBy: 'another key' }),
  refusedToken('kid', 'broker-kid', { signedBy: 'another key', header: { kid: 'unknown-key' } }),
  refusedToken('no-kid', 'broker-no-key', { signedBy: 'another key', header: { kid: undefined, alg: 'RS256' } }),
  refusedToken('secret', 'broker-no-key', { signedBy: 'a secret', header: { kid: undefined } }),
  refusedToken('alg-none', 'broker-no-key', { signedBy: 'nobody' }),
  refusedToken('google', 'google-token-at-broker', { signedBy: 'Google' }),
  refusedToken('expired', 'broker-expired', { age: 7200, lives: -3600 }, { trouble: 'token-expired-at-client' }),
  refusedToken('unsecured', undefined, {}, { broken: at('UNSECURED'), fixed: at('GOOD') }),
  {
    name: 'token-large',
    trouble: 'terminated-during-authentication',
    answer: { token: { claims: { groups: 'x'.repeat(600_000) } } },
  },
  { name: 'token-within-skew', trouble: 'token-expired-at-client', answer: { token: { age: 3600, lives: -8 } } },
  {
    name: 'principal-changes',
    trouble: 'principal-changed',
    answer: { first: { token: { lives: 15 } }, then: { token: { claims: { sub: 'bob' } } } },
    broken: does('produce-for 15500'),
  },
  {
    name: 'refresh-fails',
    trouble: 'disconnected',
    isAmong: true,
    answer: { first: { token: { lives: 12 } }, then: { status: 503, body: '{"error":"temporarily_unavailable"}' } },
    broken: does('produce-for 15000'),
  },
]

const brokerCases: readonly JavaCase[] = [
  {
    name: 'plaintext-at-sasl',
    trouble: 'disconnected',
    atBroker: 'broker-not-sasl',
    broken: () => ({ 'security.protocol': 'PLAINTEXT', 'case.do': 'describe-cluster' }),
  },
  {
    name: 'plaintext-at-tls',
    trouble: 'plaintext-at-tls',
    broken: at('TLS'),
    fixed: tls,
  },
  {
    name: 'tls-at-plaintext',
    trouble: 'terminated-during-authentication',
    broken: () => ({ 'security.protocol': 'SASL_SSL' }),
  },
  {
    name: 'tls-unknown-ca',
    trouble: 'certificate-unknown-ca',
    broken: (world) => ({ ...tls(world), 'ssl.truststore.location': undefined, 'ssl.truststore.type': undefined }),
    fixed: tls,
  },
  {
    name: 'tls-other-name',
    trouble: 'certificate-other-name',
    broken: (world) => ({
      ...tls(world),
      'bootstrap.servers': world.bootstrap['OTHER'],
      'ssl.truststore.location': world.odd.otherName.caFile,
    }),
    fixed: tls,
  },
  {
    name: 'tls-expired',
    trouble: 'certificate-expired',
    broken: (world) => ({
      ...tls(world),
      'bootstrap.servers': world.bootstrap['EXPIRED'],
      'ssl.truststore.location': world.odd.expired.caFile,
    }),
    fixed: tls,
  },
  {
    name: 'tls-version',
    trouble: 'tls-versions',
    broken: (world) => ({
      ...tls(world),
      'bootstrap.servers': world.bootstrap['OLDTLS'],
      'ssl.protocol': 'TLSv1.3',
      'ssl.enabled.protocols': 'TLSv1.3',
    }),
    fixed: (world) => ({ ...tls(world), 'bootstrap.servers': world.bootstrap['OLDTLS'] }),
  },
  {
    name: 'no-client-certificate',
    trouble: 'client-certificate-refused',
    broken: (world) => ({ ...tls(world), 'security.protocol': 'SSL', 'bootstrap.servers': world.bootstrap['MTLS'] }),
    fixed: (world) => ({
      ...tls(world),
      'security.protocol': 'SSL',
      'bootstrap.servers': world.bootstrap['MTLS'],
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': world.clientFile,
    }),
  },
  { name: 'mechanism', trouble: 'mechanism-not-enabled', broken: at('SCRAM') },
  {
    name: 'scram-password',
    trouble: 'scram-credentials',
    broken: ({ bootstrap }) => ({ 'bootstrap.servers': bootstrap['SCRAM'], ...scram('admin', 'wrong') }),
    fixed: ({ bootstrap }) => ({ 'bootstrap.servers': bootstrap['SCRAM'], ...scram('admin', 'admin-password') }),
  },
  {
    name: 'plain-password',
    trouble: 'plain-credentials',
    broken: ({ bootstrap }) => ({ 'bootstrap.servers': bootstrap['SCRAM'], ...plain('wrong') }),
    fixed: ({ bootstrap }) => ({ 'bootstrap.servers': bootstrap['SCRAM'], ...plain('admin-password') }),
  },
  {
    name: 'no-tokenauth',
    trouble: 'scram-credentials',
    ...only43,
    broken: ({ bootstrap, tokens }) => ({ 'bootstrap.servers': bootstrap['SCRAM'], ...scram(tokens.id, tokens.own) }),
    fixed: ({ bootstrap, tokens }) => ({
      'bootstrap.servers': bootstrap['SCRAM'],
      ...scram(tokens.id, tokens.own, ' tokenauth="true"'),
    }),
  },
  {
    name: 'tls-other-host',
    trouble: 'certificate-other-name',
    broken: (world) => ({
      ...tls(world),
      'bootstrap.servers': world.bootstrap['OTHER']?.replace('127.0.0.1', 'localhost'),
      'ssl.truststore.location': world.odd.otherName.caFile,
    }),
    fixed: tls,
  },
  {
    name: 'tls-disabled-version',
    trouble: 'tls-versions',
    broken: (world) => ({ ...tls(world), 'ssl.enabled.protocols': 'TLSv1' }),
    fixed: tls,
  },
  {
    name: 'truststore-password',
    trouble: 'store-password-of-pem',
    broken: (world) => ({ ...tls(world), 'ssl.truststore.password': 'changeit' }),
    fixed: tls,
  },
  {
    name: 'keystore-password',
    trouble: 'store-password-of-pem',
    broken: (world) => ({
      ...tls(world),
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': world.clientFile,
      'ssl.keystore.password': 'changeit',
    }),
    fixed: tls,
  },
  {
    name: 'truststore-password-alone',
    trouble: 'store-password-of-pem',
    broken: (world) => ({ ...tls(world), 'ssl.truststore.location': undefined, 'ssl.truststore.password': 'changeit' }),
    fixed: tls,
  },
  {
    name: 'truststore-type',
    trouble: 'store-unreadable',
    broken: (world) => ({ ...tls(world), 'ssl.truststore.type': undefined }),
    fixed: tls,
  },
  {
    name: 'truststore-missing',
    trouble: 'store-unreadable',
    broken: (world) => ({ ...tls(world), 'ssl.truststore.location': '/nonexistent/ca.pem' }),
    fixed: tls,
  },
  { name: 'no-broker', trouble: 'broker-unreachable', broken: () => ({ 'bootstrap.servers': '127.0.0.1:9' }) },
  {
    name: 'no-broker-admin',
    trouble: 'broker-unreachable',
    broken: () => ({ 'bootstrap.servers': '127.0.0.1:9', 'case.do': 'describe-cluster' }),
    fixed: does('describe-cluster'),
  },
  {
    name: 'no-broker-topics',
    trouble: 'broker-unreachable',
    broken: () => ({ 'bootstrap.servers': '127.0.0.1:9', 'case.do': 'list-topics' }),
    fixed: does('list-topics'),
  },
  {
    name: 'no-broker-name',
    trouble: 'bootstrap-unresolvable',
    broken: () => ({ 'bootstrap.servers': 'no-such-host.invalid:9092' }),
  },
]

function tls({ bootstrap, caFile }: World): Readonly<Record<string, string | undefined>> {
  return {
    'bootstrap.servers': bootstrap['TLS'],
    'security.protocol': 'SASL_SSL',
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': caFile,
  }
}

const as = (sub: string): Answer => ({ token: { claims: { sub } } })
const authorizationCases: readonly JavaCase[] = [
  { name: 'topic', trouble: 'topic-authorization', answer: as('mallory') },
  {
    name: 'group',
    trouble: 'group-authorization',
    answer: as('reader'),
    broken: does('consume'),
    fixed: does('consume'),
  },
  {
    name: 'cluster',
    trouble: 'cluster-authorization',
    answer: as('mallory'),
    broken: does('describe-acls'),
    fixed: does('describe-acls'),
  },
  {
    name: 'transactional',
    trouble: 'transactional-id-authorization',
    answer: as('mallory'),
    broken: () => ({ 'transactional.id': 'tx' }),
    fixed: () => ({ 'transactional.id': 'tx' }),
  },
]

const unknownHmac = Buffer.alloc(64, 7).toString('base64')
const withToken: Changes = ({ bootstrap, tokens }) => ({
  'bootstrap.servers': bootstrap['SCRAM'],
  ...scram(tokens.id, tokens.own, ' tokenauth="true"'),
})
const renews: Changes = ({ tokens }) => ({ 'case.do': `renew-token ${tokens.own}` })
const creates = does('create-token')
const delegationCases: readonly JavaCase[] = [
  {
    name: 'dt-disabled',
    trouble: 'delegation-tokens-disabled',
    broken: creates,
    fixed: does('describe-cluster'),
    ...only39,
  },
  {
    name: 'dt-unknown',
    trouble: 'delegation-token-not-found',
    broken: does(`renew-token ${unknownHmac}`),
    fixed: renews,
    ...only43,
  },
  { name: 'dt-owner', trouble: 'delegation-token-owner', answer: as('bob'), broken: renews, fixed: renews, ...only43 },
  {
    name: 'dt-by-token',
    trouble: 'delegation-token-not-allowed',
    broken: (world, version) => ({ ...withToken(world, version), 'case.do': 'create-token' }),
    fixed: creates,
    ...only43,
  },
  {
    name: 'dt-for-others',
    trouble: 'delegation-token-authorization',
    answer: as('mallory'),
    broken: does('create-token User:alice'),
    fixed: creates,
    ...only43,
  },
  {
    name: 'dt-expired',
    trouble: 'delegation-token-expired',
    broken: ({ tokens }) => ({ 'case.do': `renew-token ${tokens.expired}` }),
    fixed: renews,
    ...only43,
  },
  {
    name: 'dt-renewer-type',
    trouble: 'delegation-token-principal-type',
    broken: does('create-token User:alice Group:readers'),
    fixed: does('create-token User:alice User:bob'),
    ...only43,
  },
]

export const javaCases: readonly JavaCase[] = [
  ...settingCases,
  ...endpointCases,
  ...tokenCases,
  ...brokerCases,
  ...authorizationCases,
  ...delegationCases,
]
