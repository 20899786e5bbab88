import { brokerProperties } from '../config/java-client-names.ts'

/** Names that Kafka's Java clients (4.3) have for security, beside those of `brokerProperties`. */
export const javaNames: ReadonlySet<string> = new Set([
  ...brokerProperties,
  ...[
    'security.providers',
    'sasl.login.class',
    'sasl.kerberos.kinit.cmd',
    'sasl.kerberos.min.time.before.relogin',
    'sasl.kerberos.service.name',
    'sasl.kerberos.ticket.renew.jitter',
    'sasl.kerberos.ticket.renew.window.factor',
    'sasl.login.connect.timeout.ms',
    'sasl.login.read.timeout.ms',
    'sasl.login.refresh.buffer.seconds',
    'sasl.login.refresh.min.period.seconds',
    'sasl.login.refresh.window.factor',
    'sasl.login.refresh.window.jitter',
    'sasl.login.retry.backoff.max.ms',
    'sasl.login.retry.backoff.ms',
    'ssl.cipher.suites',
    'ssl.enabled.protocols',
    'ssl.engine.factory.class',
    'ssl.keymanager.algorithm',
    'ssl.protocol',
    'ssl.provider',
    'ssl.secure.random.implementation',
    'ssl.trustmanager.algorithm',
  ],
  ...[
    'assertion.algorithm',
    'assertion.claim.aud',
    'assertion.claim.exp.seconds',
    'assertion.claim.iss',
    'assertion.claim.jti.include',
    'assertion.claim.nbf.seconds',
    'assertion.claim.sub',
    'assertion.file',
    'assertion.private.key.file',
    'assertion.private.key.passphrase',
    'assertion.template.file',
    'client.credentials.client.id',
    'client.credentials.client.secret',
    'clock.skew.seconds',
    'expected.audience',
    'expected.issuer',
    'header.urlencode',
    'jwks.endpoint.refresh.ms',
    'jwks.endpoint.retry.backoff.max.ms',
    'jwks.endpoint.retry.backoff.ms',
    'jwks.endpoint.url',
    'jwt.retriever.class',
    'jwt.validator.class',
    'scope',
    'scope.claim.name',
    'sub.claim.name',
    'token.endpoint.url',
  ].map((name) => `sasl.oauthbearer.${name}`),
])

/** What brokers (3.9 and 4.3) have besides. */
export const brokerNames: ReadonlySet<string> = new Set([
  'sasl.enabled.mechanisms',
  'sasl.server.callback.handler.class',
  'sasl.server.max.receive.size',
  'sasl.mechanism.inter.broker.protocol',
  'sasl.mechanism.controller.protocol',
  'sasl.kerberos.principal.to.local.rules',
  'security.inter.broker.protocol',
  'ssl.client.auth',
  'ssl.principal.mapping.rules',
  'ssl.allow.dn.changes',
  'ssl.allow.san.changes',
])

/** Names of librdkafka (2.16) that Java does not have. */
export const librdkafkaOnly: ReadonlySet<string> = new Set([
  'metadata.broker.list',
  'enable.sasl.oauthbearer.unsecure.jwt',
  'enable.ssl.certificate.verification',
  'https.ca.location',
  'https.ca.pem',
  'sasl.mechanisms',
  'sasl.username',
  'sasl.password',
  'sasl.kerberos.keytab',
  'sasl.kerberos.principal',
  'sasl.oauthbearer.assertion.jwt.template.file',
  'sasl.oauthbearer.assertion.private.key.pem',
  'sasl.oauthbearer.client.id',
  'sasl.oauthbearer.client.secret',
  'sasl.oauthbearer.config',
  'sasl.oauthbearer.extensions',
  'sasl.oauthbearer.grant.type',
  'sasl.oauthbearer.metadata.authentication.type',
  'sasl.oauthbearer.method',
  'ssl.ca.certificate.stores',
  'ssl.ca.location',
  'ssl.ca.pem',
  'ssl.certificate.location',
  'ssl.certificate.pem',
  'ssl.crl.location',
  'ssl.curves.list',
  'ssl.engine.id',
  'ssl.engine.location',
  'ssl.key.location',
  'ssl.key.pem',
  'ssl.providers',
  'ssl.sigalgs.list',
])

/** Names of Java that librdkafka has too; any other it refuses. */
export const librdkafkaShared: ReadonlySet<string> = new Set([
  'bootstrap.servers',
  'security.protocol',
  'sasl.mechanism',
  'sasl.kerberos.kinit.cmd',
  'sasl.kerberos.min.time.before.relogin',
  'sasl.kerberos.service.name',
  'sasl.oauthbearer.assertion.algorithm',
  'sasl.oauthbearer.assertion.claim.aud',
  'sasl.oauthbearer.assertion.claim.exp.seconds',
  'sasl.oauthbearer.assertion.claim.iss',
  'sasl.oauthbearer.assertion.claim.jti.include',
  'sasl.oauthbearer.assertion.claim.nbf.seconds',
  'sasl.oauthbearer.assertion.claim.sub',
  'sasl.oauthbearer.assertion.file',
  'sasl.oauthbearer.assertion.private.key.file',
  'sasl.oauthbearer.assertion.private.key.passphrase',
  'sasl.oauthbearer.client.credentials.client.id',
  'sasl.oauthbearer.client.credentials.client.secret',
  'sasl.oauthbearer.scope',
  'sasl.oauthbearer.sub.claim.name',
  'sasl.oauthbearer.token.endpoint.url',
  'ssl.cipher.suites',
  'ssl.endpoint.identification.algorithm',
  'ssl.key.password',
  'ssl.keystore.location',
  'ssl.keystore.password',
])

/** Every name above, for telling what is meant where a key has another form. */
export const allNames: ReadonlySet<string> = new Set([
  ...javaNames,
  ...brokerNames,
  ...librdkafkaOnly,
  ...librdkafkaShared,
])

/** How a name of Kafka's security begins; what stands before it in a key is where the key belongs to. */
const roots = [
  'sasl.',
  'ssl.',
  'security.protocol',
  'security.providers',
  'security.inter.broker.protocol',
  'bootstrap.servers',
  'metadata.broker.list',
  'enable.sasl.',
  'enable.ssl.',
  'https.ca.',
  'connections.max.reauth.ms',
]

/** `producer.sasl.mechanism` is `sasl.mechanism` of `producer.`; undefined for what is no name of Kafka's security. */
export function splitName(path: string): { readonly prefix: string; readonly name: string } | undefined {
  const listener = /^(.{0,100}?)listener\.name\.[^.]{1,100}\./i.exec(path.slice(0, 400))
  for (let at = listener ? listener[0].length : 0; at >= 0 && at < path.length; at = path.indexOf('.', at) + 1) {
    const rest = path.slice(at)
    // A property of the JVM, as org.apache.kafka.sasl.oauthbearer.allowed.urls.
    if (path.slice(0, at).endsWith('org.apache.kafka.')) return undefined
    if (roots.some((root) => (root.endsWith('.') ? rest.startsWith(root) : rest === root)))
      return { prefix: path.slice(0, at), name: rest }
    if (!path.includes('.', at)) break
  }
  return undefined
}
