import { decodeToken } from './said.ts'
import type { Found, PrintedText, Trouble } from './trouble.ts'

const seen = { in: 'explain-others-strimzi.e2e.ts' } as const
// Other than Kafka's own, this validator tells clients why it refuses a token.
const told = (text: string): PrintedText => ({
  by: ['strimzi-broker', 'java-4', 'java-3', 'librdkafka', 'go', 'python'],
  text,
})
const jaas = (option: string) => `# among the options of the listener's sasl.jaas.config\n${option}`

export const strimziTokenTroubles: readonly Trouble[] = [
  {
    id: 'strimzi-audience',
    title: "Strimzi's validator misses its audience in the token",
    texts: [
      told('Token validation failed: Expected audience not available in the token'),
      told('Token check failed - Invalid audience: <audience>'),
    ],
    cause: 'oauth.check.audience is on: aud of the token has to name oauth.client.id of the listener, and does not.',
    fixes: [
      { say: 'Let the token have that audience: at Keycloak by an audience mapper, with the sidecar by --audience.' },
      {
        say: 'Or set the client id of the listener to the audience that tokens have.',
        paste: jaas('oauth.client.id="kafka"'),
      },
      decodeToken,
    ],
    seen,
  },
  {
    id: 'strimzi-issuer',
    title: "The token is of another issuer than Strimzi's validator expects",
    texts: [
      told('Token validation failed: Issuer not allowed: <issuer>'),
      told('Token check failed - Invalid issuer: <issuer>'),
      told('Token validation failed: Issuer not set'),
    ],
    cause: ({ issuer = '' }: Found) =>
      issuer === ''
        ? 'The token has no iss, and the listener expects one.'
        : `The token has iss ${issuer}, and oauth.valid.issuer.uri of the listener is another one. Each character counts: host, port, a slash at the end. Keycloak takes the host that the client called.`,
    fixes: [
      { say: 'Set it to iss of the token.', paste: jaas('oauth.valid.issuer.uri="https://idp.example/realms/kafka"') },
      decodeToken,
    ],
    seen,
  },
  {
    id: 'strimzi-unknown-key',
    title: "Strimzi's validator does not have the key of the token",
    texts: [
      told('Token validation failed: Unknown signing key (kid:<kid>)'),
      told('Token validation failed: The signing key is no longer valid (kid:<kid>)'),
      told('No public key for id: <kid>'),
      told("The cached public key with id '<kid>' is expired!"),
    ],
    cause: ({ kid = '' }: Found) =>
      kid === 'null'
        ? 'The token has no kid in its header, and this validator finds keys by kid alone.'
        : `The key ${kid} is not among those that oauth.jwks.endpoint.uri gave: another issuer, a new key, a JWK without "use": "sig", or the keys could not be read.`,
    fixes: [
      { say: 'After a rotation of keys: wait a minute, the keys are read again at once, and the next login works.' },
      {
        say: 'Look at the keys: kid has to be that of the token, and use has to be sig.',
        paste: 'curl <oauth.jwks.endpoint.uri>',
      },
      { say: 'Where keys have no use, let the listener do without.', paste: jaas('oauth.jwks.ignore.key.use="true"') },
      decodeToken,
    ],
    seen,
  },
  {
    id: 'strimzi-signature',
    title: 'The signature of the token is wrong',
    texts: [told('Signature check failed: Invalid token signature')],
    cause:
      'The key of that kid did not sign this token: two issuers use the same kid, or the token was changed on its way.',
    fixes: [{ say: 'Compare iss of the token with the address of the keys.' }, decodeToken],
    seen,
  },
  {
    id: 'strimzi-expired',
    title: 'The token had expired when it came to the broker',
    texts: [
      told('Token expired at: <ms> (<time>)'),
      told('The token expired at: <ms> (<time>)'),
      told('Token validation failed: Expiry not set'),
    ],
    cause: ({ time = '' }: Found) =>
      time === ''
        ? 'The token has no exp.'
        : `It ended at ${time}; this validator grants no clock skew. The client did not renew it, or the clocks differ.`,
    fixes: [
      { say: 'Compare the clocks of client, issuer and broker.', paste: 'date -u' },
      { say: 'Take a client that renews by itself: Java, librdkafka with method=oidc.' },
    ],
    seen,
  },
  {
    id: 'strimzi-token-type',
    title: "Strimzi's validator wants the type of the token among its claims",
    texts: [
      told("Token validation failed: Token type not set ('token_type' or 'typ' claim not present)"),
      told('Token validation failed: Token type not allowed: <type>'),
    ],
    cause:
      'By default the claims have to say "typ": "Bearer", as those of Keycloak do. Other issuers have no such claim.',
    fixes: [
      { say: 'Let the listener do without.', paste: jaas('oauth.check.access.token.type="false"') },
      {
        say: 'In the Kafka resource of Strimzi it is this.',
        paste: 'authentication:\n  type: oauth\n  checkAccessTokenType: false',
      },
    ],
    seen,
  },
  {
    id: 'strimzi-not-jwt',
    title: 'The token is no JWT, and the listener checks signatures',
    texts: [told('Token validation failed: Failed to parse JWT.')],
    cause: 'oauth.jwks.endpoint.uri is for tokens that are JWTs. This one is opaque.',
    fixes: [
      {
        say: 'Let the listener ask the issuer about each token.',
        paste: jaas(
          'oauth.introspection.endpoint.uri="https://idp.example/introspect" oauth.client.id="kafka" oauth.client.secret="..."',
        ),
      },
      { say: 'Or get JWT access tokens from the issuer.' },
    ],
    seen,
  },
  {
    id: 'strimzi-not-active',
    title: 'The issuer says that the token is not active',
    texts: [told('Token validation failed: Token not active')],
    cause:
      'The introspection endpoint does not know the token, or it was revoked or has expired; or it asks for an audience that the token does not have.',
    fixes: [
      {
        say: 'Ask it yourself, with the token of the client.',
        paste: 'curl -u <oauth.client.id>:<secret> -d token=<token> <oauth.introspection.endpoint.uri>',
      },
      { say: 'Compare the issuer of the token with that of the introspection endpoint.' },
    ],
    seen,
  },
  {
    id: 'strimzi-custom-claim',
    title: 'The token does not pass oauth.custom.claim.check',
    texts: [
      told('Token validation failed: Custom claim check failed'),
      told('Token check failed - Custom claim check failed.'),
    ],
    cause: 'The listener has a condition on claims, and this token does not meet it.',
    fixes: [
      {
        say: 'Compare the claims with the condition.',
        paste: jaas(`oauth.custom.claim.check="@.scope =~ /.*kafka.*/"`),
      },
      decodeToken,
    ],
    seen,
  },
  {
    id: 'strimzi-runtime-failure',
    title: "Strimzi's validator could not check the token, and tells nobody why",
    texts: [told('Runtime failure during token validation (ErrId: <id>)')],
    weight: 'symptom',
    cause: ({ id = '' }: Found) =>
      `The token has no claim for the principal, or the introspection endpoint is away or refuses the broker. The reason is in the log of the broker beside ${id === '' ? 'the same ErrId' : id}, at DEBUG only.`,
    fixes: [
      {
        say: 'Let the broker log it: log4j2 (Kafka 4), log4j (Kafka 3).',
        paste: `# log4j2.yaml: under Loggers, Logger
- name: io.strimzi.kafka.oauth
  level: DEBUG
# log4j.properties
log4j.logger.io.strimzi.kafka.oauth=DEBUG`,
      },
      { say: 'Where tokens have no sub, name the claim of the principal.', paste: jaas('oauth.username.claim="azp"') },
      {
        say: 'With introspection: id and secret of the broker, and whether it reaches the endpoint.',
        paste: jaas('oauth.client.id="kafka" oauth.client.secret="..."'),
      },
    ],
    seen,
  },
]
