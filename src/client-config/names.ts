/**
 * Names of Kafka's settings and classes, byte for byte: a class under another name is not found, and a property under
 * another name is passed over with a warning at most. What prints, reads or explains them takes them from here.
 */

const oauthBearer = 'org.apache.kafka.common.security.oauthbearer'

/** Classes of Kafka's own OAUTHBEARER; the same in 3.4 to 4.x unless their line says otherwise. */
export const classNames = {
  loginModule: `${oauthBearer}.OAuthBearerLoginModule`,
  /** What asks a token endpoint. Without it the client makes up unsigned tokens of its own. */
  loginCallbackHandler: `${oauthBearer}.OAuthBearerLoginCallbackHandler`,
  /** The same class by the name that it had first, in Kafka 3.1; gone in 4.0. */
  securedLoginCallbackHandler: `${oauthBearer}.secured.OAuthBearerLoginCallbackHandler`,
  /** The one of brokers. */
  validatorCallbackHandler: `${oauthBearer}.OAuthBearerValidatorCallbackHandler`,
  securedValidatorCallbackHandler: `${oauthBearer}.secured.OAuthBearerValidatorCallbackHandler`,
  /** What runs when no handler is named, at clients and at brokers. */
  unsecuredLoginCallbackHandler: `${oauthBearer}.internals.unsecured.OAuthBearerUnsecuredLoginCallbackHandler`,
  unsecuredValidatorCallbackHandler: `${oauthBearer}.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler`,
  /** These are of 4.1 and later. */
  defaultJwtRetriever: `${oauthBearer}.DefaultJwtRetriever`,
  clientCredentialsJwtRetriever: `${oauthBearer}.ClientCredentialsJwtRetriever`,
  jwtBearerJwtRetriever: `${oauthBearer}.JwtBearerJwtRetriever`,
  fileJwtRetriever: `${oauthBearer}.FileJwtRetriever`,
  defaultJwtValidator: `${oauthBearer}.DefaultJwtValidator`,
  clientJwtValidator: `${oauthBearer}.ClientJwtValidator`,
  brokerJwtValidator: `${oauthBearer}.BrokerJwtValidator`,
  fileConfigProvider: 'org.apache.kafka.common.config.provider.FileConfigProvider',
  scramLoginModule: 'org.apache.kafka.common.security.scram.ScramLoginModule',
  plainLoginModule: 'org.apache.kafka.common.security.plain.PlainLoginModule',
} as const

/** Classes of Strimzi's OAuth library, which its images have and Apache Kafka's do not. */
export const strimziClassNames = {
  loginCallbackHandler: 'io.strimzi.kafka.oauth.client.JaasClientOauthLoginCallbackHandler',
  validatorCallbackHandler: 'io.strimzi.kafka.oauth.server.JaasServerOauthValidatorCallbackHandler',
  principalBuilder: 'io.strimzi.kafka.oauth.server.OAuthKafkaPrincipalBuilder',
} as const

/** Properties of the JVM without which Kafka 4 calls no URL and reads no file, each a list of exact texts. */
export const systemProperties = {
  allowedUrls: 'org.apache.kafka.sasl.oauthbearer.allowed.urls',
  /** Of 4.1 and later. */
  allowedFiles: 'org.apache.kafka.sasl.oauthbearer.allowed.files',
} as const

/** What a jar that carries Kafka's classes under another name puts before that name. */
export const shadingPrefixes = {
  none: '',
  databricks: 'kafkashaded.',
  /** Of `flink-sql-connector-kafka`; `flink-connector-kafka` has Kafka's own names. */
  'flink-sql': 'org.apache.flink.kafka.shaded.',
} as const
export type Shading = keyof typeof shadingPrefixes

/**
 * The name of a class or system property of Kafka in a jar that is shaded. Relocation renames texts too: what
 * `flink-sql-connector-kafka` 4.0.1-2.0 reads is `org.apache.flink.kafka.shaded.org.apache.kafka.sasl.oauthbearer.allowed.urls`.
 */
export function shaded(name: string, shading: Shading = 'none'): string {
  return shadingPrefixes[shading] + name
}

/** Settings of Java clients. */
export const propertyNames = {
  bootstrapServers: 'bootstrap.servers',
  securityProtocol: 'security.protocol',
  saslMechanism: 'sasl.mechanism',
  jaasConfig: 'sasl.jaas.config',
  loginCallbackHandlerClass: 'sasl.login.callback.handler.class',
  serverCallbackHandlerClass: 'sasl.server.callback.handler.class',
  tokenEndpointUrl: 'sasl.oauthbearer.token.endpoint.url',
  scope: 'sasl.oauthbearer.scope',
  /** These two are of 4.1 and later; before, id and secret stand in the JAAS configuration. */
  clientId: 'sasl.oauthbearer.client.credentials.client.id',
  clientSecret: 'sasl.oauthbearer.client.credentials.client.secret',
  jwksEndpointUrl: 'sasl.oauthbearer.jwks.endpoint.url',
  expectedIssuer: 'sasl.oauthbearer.expected.issuer',
  expectedAudience: 'sasl.oauthbearer.expected.audience',
  subClaimName: 'sasl.oauthbearer.sub.claim.name',
  jwtRetrieverClass: 'sasl.oauthbearer.jwt.retriever.class',
  jwtValidatorClass: 'sasl.oauthbearer.jwt.validator.class',
  connectionsMaxReauthMs: 'connections.max.reauth.ms',
  delegationTokenSecretKey: 'delegation.token.secret.key',
} as const

/** Settings of librdkafka that go by other names than Java's, or that Java does not have. */
export const librdkafkaNames = {
  /** Alias `sasl.mechanism`. */
  saslMechanisms: 'sasl.mechanisms',
  method: 'sasl.oauthbearer.method',
  tokenEndpointUrl: 'sasl.oauthbearer.token.endpoint.url',
  clientId: 'sasl.oauthbearer.client.id',
  clientSecret: 'sasl.oauthbearer.client.secret',
  scope: 'sasl.oauthbearer.scope',
  extensions: 'sasl.oauthbearer.extensions',
  /** CA of the token endpoint, of 2.11 and later. */
  httpsCaLocation: 'https.ca.location',
} as const

/**
 * SASL extensions of Confluent, as its brokers compare them, and spellings that circulate. Clients refuse those with `_` and
 * `-`, as names are letters; the broker takes a login with any other for one without the extension.
 */
export const confluentExtensions = {
  logicalCluster: ['logical_cluster', 'logical-cluster', 'logicalcluster', 'LogicalCluster', 'logicalClusterId'],
  identityPoolId: [
    'identity_pool_id',
    'identity-pool-id',
    'identityPool',
    'identitypoolid',
    'identityPoolID',
    'IdentityPoolId',
    'poolId',
  ],
} as const
/** Before the name of an extension among the options of the JAAS configuration. */
export const jaasExtensionPrefix = 'extension_'
