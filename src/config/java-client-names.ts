import { didYouMean } from './did-you-mean.ts'

/** Properties of a Java client (Kafka 4.3) that say how it reaches brokers; token endpoints have a list of their own. */
export const brokerProperties = [
  'bootstrap.servers',
  'security.protocol',
  'sasl.mechanism',
  'sasl.jaas.config',
  'sasl.login.callback.handler.class',
  'sasl.client.callback.handler.class',
  'ssl.truststore.location',
  'ssl.truststore.type',
  'ssl.truststore.password',
  'ssl.truststore.certificates',
  'ssl.keystore.location',
  'ssl.keystore.type',
  'ssl.keystore.password',
  'ssl.keystore.key',
  'ssl.keystore.certificate.chain',
  'ssl.key.password',
  'ssl.endpoint.identification.algorithm',
] as const

export type BrokerProperty = (typeof brokerProperties)[number]

/** What Kafka has besides with names that are near to those. */
const others = [
  'bootstrap.controllers',
  'security.providers',
  'sasl.client.callback.handler.class',
  'sasl.login.class',
  'ssl.protocol',
  'ssl.provider',
  'ssl.engine.factory.class',
  'ssl.keymanager.algorithm',
  'ssl.trustmanager.algorithm',
  'ssl.secure.random.implementation',
  'ssl.enabled.protocols',
  'ssl.cipher.suites',
  'ssl.allow.dn.changes',
  'ssl.allow.san.changes',
]

/** Names of librdkafka, which has properties of its own for the same. */
const ofLibrdkafka: ReadonlyMap<string, string> = new Map([
  ['metadata.broker.list', 'bootstrap.servers'],
  ['sasl.mechanisms', 'sasl.mechanism'],
  ['sasl.username', 'username="…" in sasl.jaas.config'],
  ['sasl.password', 'password="…" in sasl.jaas.config'],
  ['ssl.ca.location', 'ssl.truststore.location, with ssl.truststore.type=PEM'],
  ['ssl.ca.pem', 'ssl.truststore.certificates, with ssl.truststore.type=PEM'],
  ['ssl.certificate.location', 'ssl.keystore.location, with ssl.keystore.type=PEM and the key in the same file'],
  ['ssl.certificate.pem', 'ssl.keystore.certificate.chain, with ssl.keystore.type=PEM'],
  ['ssl.key.location', 'ssl.keystore.location, with ssl.keystore.type=PEM and the certificate in the same file'],
  ['ssl.key.pem', 'ssl.keystore.key, with ssl.keystore.type=PEM'],
])

/** What the writer of a name may have meant; undefined where it is known, or like none. */
export function unknownBrokerProperty(name: string): string | undefined {
  const java = ofLibrdkafka.get(name)
  if (java !== undefined) return `${name} is a property of librdkafka; in Java it is ${java}`
  const known: readonly string[] = [...brokerProperties, ...others]
  if (known.includes(name) || name.startsWith('sasl.oauthbearer.')) return undefined
  const meant = didYouMean(name, known)
  if (meant === undefined || others.includes(meant)) return undefined
  return `${name} is no property of Kafka; did you mean ${meant}?`
}

const security = 'org.apache.kafka.common.security'

/** Login modules, and the mechanisms that each is for. */
export const loginModules: ReadonlyMap<string, readonly string[]> = new Map([
  [`${security}.plain.PlainLoginModule`, ['PLAIN']],
  [`${security}.scram.ScramLoginModule`, ['SCRAM-SHA-256', 'SCRAM-SHA-512']],
  [`${security}.oauthbearer.OAuthBearerLoginModule`, ['OAUTHBEARER']],
])

const iamOfMsk = 'IAM of MSK is not done here, nor has it delegation tokens'

/** Mechanisms that Kafka itself does not have, and what is to be said of them. */
export const otherMechanisms: ReadonlyMap<string, string> = new Map([
  ['AWS_MSK_IAM', `must be another one: ${iamOfMsk}`],
])

/** What to do instead of a handler that only Java can run, by its class. */
export const handlerSources: readonly (readonly [pattern: RegExp, source: string])[] = [
  [/GcpLoginCallbackHandler|ManagedKafka/i, 'with source: gcp'],
  [/azure|entra/i, 'with source: azure'],
  [/strimzi|JaasClientOauth/i, 'with source: client-credentials'],
  [/amazon|\baws\b|msk/i, `with the source of your identity provider; ${iamOfMsk}`],
]
