import { propertyNames } from '../client-config/names.ts'
import { decodeToken, seenInJava } from './said.ts'
import type { Printer, Trouble } from './trouble.ts'

const broker: readonly Printer[] = ['broker']
const listener = 'listener.name.<listener>.oauthbearer'

/** What brokers log about tokens that Kafka's own validator refuses (`OAuthBearerValidatorCallbackHandler`, jose4j). */
export const brokerTroubles: readonly Trouble[] = [
  {
    id: 'broker-issuer',
    title: 'The token is of another issuer than the broker expects',
    texts: [{ by: broker, text: "Issuer (iss) claim value (<issuer>) doesn't match expected value of <expected>" }],
    cause:
      'Both are compared as texts: a slash at the end, http instead of https, or another realm is another issuer. Entra ID has two, for versions 1 and 2 of its tokens.',
    fixes: [
      {
        say: 'Expect what the tokens say, or ask the right issuer.',
        paste: ({ issuer = '<issuer>' }) => `${listener}.${propertyNames.expectedIssuer}=${issuer}`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'broker-audience',
    title: 'The token is for another audience than the broker expects',
    texts: [
      {
        by: broker,
        text: "Audience (aud) claim [<audience>] doesn't contain an acceptable identifier. Expected <expected> as an aud value.",
      },
    ],
    cause: 'None of the values of aud is among sasl.oauthbearer.expected.audience.',
    fixes: [
      {
        say: 'Let the client ask for the right audience or scope, or expect this one as well.',
        paste: ({ audience = '<audience>' }) => `${listener}.${propertyNames.expectedAudience}=${audience}`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'broker-no-audience',
    title: 'The token has no audience, and the broker expects one',
    texts: [{ by: broker, text: 'No Audience (aud) claim present.' }],
    cause: 'sasl.oauthbearer.expected.audience is set, so tokens without aud are refused.',
    fixes: [
      { say: 'Let the provider put the audience in (Keycloak: an audience mapper in the client scope).' },
      { say: 'Or expect none: then no token may have one.', paste: `# ${listener}.${propertyNames.expectedAudience}` },
    ],
    seen: seenInJava,
  },
  {
    id: 'broker-audience-unexpected',
    title: 'The token has an audience, and the broker expects none',
    texts: [
      {
        by: broker,
        text: 'Audience (aud) claim [<audience>] present in the JWT but no expected audience value(s) were provided to the JWT Consumer.',
      },
    ],
    cause:
      'Without sasl.oauthbearer.expected.audience the broker does not pass over aud, it refuses tokens that have one.',
    fixes: [
      {
        say: 'Tell the broker the audience.',
        paste: ({ audience = '<audience>' }) => `${listener}.${propertyNames.expectedAudience}=${audience}`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'broker-expired',
    title: 'The token has expired, by the clock of the broker',
    texts: [
      {
        by: broker,
        text: 'The JWT is no longer valid - the evaluation time <now> is on or after the Expiration Time (<exp>) claim value',
      },
    ],
    cause:
      'It ended more than 30 s ago: the client could not get a new one in time, reads it from a file that nobody keeps fresh, or a clock is wrong.',
    fixes: [
      { say: 'Compare the clocks of broker, client and provider.', paste: 'date -u' },
      { say: 'See in the log of the client since when it gets no new token.' },
    ],
    codes: ['ERR_TOKEN_EXPIRED'],
    seen: seenInJava,
  },
  {
    id: 'broker-nbf',
    title: 'The token is not valid yet, by the clock of the broker',
    texts: [
      {
        by: broker,
        text: 'The JWT is not yet valid as the evaluation time <now> is before the Not Before (<nbf>) claim time',
      },
    ],
    cause: 'The clock of the broker is behind that of the provider by more than 30 s.',
    fixes: [
      {
        say: 'Set the clock of the broker (NTP). Until then:',
        paste: `${listener}.sasl.oauthbearer.clock.skew.seconds=120`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'broker-no-iat',
    title: 'The token has no iat, which brokers ask for',
    texts: [{ by: broker, text: 'No Issued At (iat) claim present.' }],
    cause: 'Clients do without, the validator of brokers does not.',
    fixes: [{ say: 'Let the provider put iat in: every token that it signs should have one.' }],
    seen: seenInJava,
  },
  {
    id: 'broker-no-exp',
    title: 'The token has no exp, or no sub',
    texts: [
      { by: broker, text: 'No Expiration Time (exp) claim present.' },
      { by: broker, text: 'No Subject (sub) claim is present.' },
    ],
    cause: 'Brokers need both; clients of other languages do not always check before they send.',
    fixes: [{ say: 'Correct the token mapping of the provider.' }, decodeToken],
    seen: { notRun: 'Java clients refuse such tokens themselves, so none reaches a broker here' },
  },
  {
    id: 'broker-signature',
    title: 'The signature of the token is wrong',
    texts: [
      { by: broker, text: 'JWT rejected due to invalid signature.' },
      { by: broker, text: 'Invalid JWS Signature: ' },
    ],
    cause:
      'It names a key of the JWK Set but was signed by another one, or was changed on the way. The broker has logged the whole token.',
    fixes: [
      {
        say: 'See whether sasl.oauthbearer.jwks.endpoint.url is that of the issuer of the token.',
        paste: 'curl -s <jwks url>',
      },
      { say: 'Take the token out of the log, or treat it as known until it ends.' },
    ],
    seen: seenInJava,
  },
  {
    id: 'broker-kid',
    title: 'The broker does not know the key that signed the token',
    texts: [
      { by: broker, text: 'Unable to find a suitable verification key for JWS w/ header <header> from JWKs' },
      { by: broker, text: 'Unable to find a suitable verification key for JWS w/ header' },
    ],
    cause:
      'The kid of the token is not in the JWK Set that the broker has: the set is of another issuer, or the key is new. A new one is fetched when it is first met, and only the login after that works.',
    fixes: [
      { say: 'Compare the kid with the set.', paste: 'curl -s <jwks url>\nnpx kafka-token-sidecar token --decode' },
      {
        say: 'Publish new keys some time before they sign; the broker reads them once an hour.',
        paste: `${listener}.sasl.oauthbearer.jwks.endpoint.refresh.ms=600000`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'broker-no-key',
    title: 'The token names no key, and none of the JWK Set fits it',
    texts: [{ by: broker, text: 'Cannot invoke "String.length()" because "keyId" is null' }],
    cause:
      'A token without kid is checked with the first key of its kind. There is none for this alg: HS256 (a shared secret), none, or a key of another type. Kafka then trips over the missing kid.',
    fixes: [{ say: 'Let the provider sign with RS256 or ES256 and put kid into the header.' }, decodeToken],
    seen: seenInJava,
  },
  {
    id: 'broker-alg-unknown',
    title: 'The token is signed in a way that Kafka does not know',
    texts: [{ by: broker, text: '<alg> is an unknown, unsupported or unavailable alg algorithm' }],
    cause: 'alg in the header of the token is none of RS*, PS*, ES*, EdDSA and HS*.',
    fixes: [{ say: 'Let the provider sign with RS256 or ES256.' }, decodeToken],
    seen: seenInJava,
  },
  {
    id: 'google-token-at-broker',
    title: "A token for Google's Managed Kafka was shown to another broker, which has logged it",
    texts: [{ by: broker, text: 'GOOG_OAUTH2_TOKEN is an unknown, unsupported or unavailable alg algorithm' }],
    cause:
      'Only Managed Kafka takes a Google access token in the form of a JWT. Other brokers cannot check it and write it to their log, whole: its third part is a live credential for Google Cloud.',
    fixes: [
      {
        say: 'Treat the access token as leaked: it is in the log of the broker. It ends within the hour; take it out of the log, and out of wherever logs go.',
      },
      {
        say: 'Give this client an ID token of Google, which is a real JWT, and let the broker trust its issuer.',
        paste: 'npx kafka-token-sidecar serve --source gcp --format id-token --audience kafka',
      },
    ],
    seen: seenInJava,
  },
]
