import { librdkafkaNames, propertyNames } from '../client-config/names.ts'
import { oidcSettings } from './librdkafka-settings.ts'
import type { Trouble } from './trouble.ts'

const by = ['librdkafka'] as const
const seen = { in: 'explain-others.e2e.ts' } as const

/** Settings of librdkafka that are each all right, and make no login. */
export const librdkafkaLoginTroubles: readonly Trouble[] = [
  {
    id: 'librdkafka-unsecured',
    title: 'Made-up tokens and a token endpoint exclude each other',
    texts: [
      { by, text: '`enable.sasl.oauthbearer.unsecure.jwt` and `sasl.oauthbearer.method=oidc` are mutually exclusive' },
    ],
    cause: 'enable.sasl.oauthbearer.unsecure.jwt makes unsigned tokens for tests, which real brokers refuse.',
    fixes: [
      {
        say: 'Remove enable.sasl.oauthbearer.unsecure.jwt and sasl.oauthbearer.config; keep these.',
        paste: oidcSettings,
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-extension',
    title: 'A SASL extension has a name that there cannot be',
    texts: [
      { by, text: 'SASL/OAUTHBEARER extension keys must only consist of A-Z or a-z characters: <key> (' },
      { by, text: 'Cannot explicitly set the reserved `auth` SASL/OAUTHBEARER extension key' },
    ],
    cause: 'Names of extensions are letters only (RFC 7628): no underscore, no dash; and auth is the token itself.',
    fixes: [
      {
        say: 'For Confluent Cloud they are spelled so; other clusters need none.',
        paste: `${librdkafkaNames.extensions}=logicalCluster=lkc-...,identityPoolId=pool-...`,
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-protocol-without-sasl',
    title: 'A mechanism is set, but no SASL',
    texts: [
      {
        by,
        text: 'Configuration property `sasl.mechanism` set to `<mechanism>` but `security.protocol` is not configured for SASL',
      },
    ],
    cause:
      'security.protocol is PLAINTEXT, which is the default, or SSL: the client does not log in at all, and the broker hangs up.',
    fixes: [
      { say: 'Set it to what the listener of the broker speaks.', paste: `${propertyNames.securityProtocol}=SASL_SSL` },
      {
        say: 'SASL_PLAINTEXT is for listeners without TLS.',
        paste: `${propertyNames.securityProtocol}=SASL_PLAINTEXT`,
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-callback-failed',
    title: 'The token callback of the program gave no token',
    texts: [{ by: ['librdkafka', 'python'], text: 'OAuth token not set within 10 seconds timeout' }],
    cause: 'oauth_cb raised an error, which confluent-kafka does not print, or takes longer than 10 seconds.',
    fixes: [
      {
        say: 'Leave the callback out and let librdkafka ask the endpoint by itself, in the background.',
        paste: oidcSettings,
      },
      {
        say: 'Or catch and print what goes wrong within oauth_cb: it returns the token and when it expires, in seconds.',
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-silent',
    title: 'Nothing is sent, and librdkafka does not say why',
    texts: [
      { by, text: 'Failed to get metadata: Local: Broker transport failure' },
      { by, text: 'Failed to acquire metadata: Local: <reason> (Are the brokers reachable?' },
      { by, text: 'Local: Message timed out' },
    ],
    weight: 'symptom',
    cause:
      'No broker could be used. If nothing else was printed, the client waits for a token that nobody gets: with OAUTHBEARER and neither method=oidc nor a callback librdkafka is silent.',
    fixes: [
      { say: 'Set what makes the client ask for a token.', paste: `${librdkafkaNames.method}=oidc` },
      { say: 'See what it does.', paste: 'debug=security,broker' },
    ],
    seen,
  },
]
