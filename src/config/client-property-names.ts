import { didYouMean } from './did-you-mean.ts'

const prefix = 'sasl.oauthbearer.'

/** Properties that Kafka 4.3 gets tokens by. What is `filled` must not be empty; elsewhere Kafka takes that as missing. */
export const tokenProperties: ReadonlyMap<string, 'filled' | 'optional'> = new Map([
  ['sasl.mechanism', 'optional'],
  ['sasl.login.callback.handler.class', 'optional'],
  ...[
    'token.endpoint.url',
    'jwt.retriever.class',
    'sub.claim.name',
    'header.urlencode',
    'client.credentials.client.secret',
    'assertion.algorithm',
    'assertion.claim.aud',
    'assertion.claim.iss',
    'assertion.claim.sub',
    'assertion.claim.exp.seconds',
    'assertion.claim.nbf.seconds',
    'assertion.claim.jti.include',
    'assertion.private.key.file',
    'assertion.private.key.passphrase',
    'assertion.template.file',
  ].map((name) => [prefix + name, 'filled'] as const),
  ...['scope', 'client.credentials.client.id', 'assertion.file'].map((name) => [prefix + name, 'optional'] as const),
])

/** What Kafka knows besides and a sidecar has no use for: it checks no token for a broker. */
const ignored = [
  'jwt.validator.class',
  'scope.claim.name',
  'jwks.endpoint.url',
  'jwks.endpoint.refresh.ms',
  'jwks.endpoint.retry.backoff.ms',
  'jwks.endpoint.retry.backoff.max.ms',
  'clock.skew.seconds',
  'expected.audience',
  'expected.issuer',
].map((name) => prefix + name)

/** Names of librdkafka, which has properties of its own for the same. */
const ofLibrdkafka: Readonly<Record<string, string>> = {
  'sasl.oauthbearer.client.id': 'sasl.oauthbearer.client.credentials.client.id',
  'sasl.oauthbearer.client.secret': 'sasl.oauthbearer.client.credentials.client.secret',
  'sasl.oauthbearer.assertion.jwt.template.file': 'sasl.oauthbearer.assertion.template.file',
}

/** What is wrong with a name that begins like those; undefined where it is known, or like none. */
export function unknownTokenProperty(name: string): string | undefined {
  if (!name.startsWith(prefix) || tokenProperties.has(name) || ignored.includes(name)) return undefined
  const java = ofLibrdkafka[name]
  if (java !== undefined) return `is a property of librdkafka; in Java it is ${java}`
  const known = [...tokenProperties.keys(), ...ignored].filter((other) => other.startsWith(prefix))
  const meant = didYouMean(
    name.slice(prefix.length),
    known.map((other) => other.slice(prefix.length)),
  )
  return meant && `is no property of Kafka; did you mean ${prefix}${meant}?`
}

const room = 'org.apache.kafka.common.security.oauthbearer'

/** What `jwt.retriever.class` may be, and the source that does the same. */
export const retrievers: ReadonlyMap<string, 'client-credentials' | 'jwt-bearer' | 'file'> = new Map([
  [`${room}.DefaultJwtRetriever`, 'client-credentials'],
  [`${room}.ClientCredentialsJwtRetriever`, 'client-credentials'],
  [`${room}.JwtBearerJwtRetriever`, 'jwt-bearer'],
  [`${room}.FileJwtRetriever`, 'file'],
])

/** Handlers that read these properties; the second is that of Kafka 3. */
export const ownHandlers: readonly string[] = [
  `${room}.OAuthBearerLoginCallbackHandler`,
  `${room}.secured.OAuthBearerLoginCallbackHandler`,
]

export const loginModule = `${room}.OAuthBearerLoginModule`
