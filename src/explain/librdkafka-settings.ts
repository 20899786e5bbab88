import { librdkafkaNames, propertyNames } from '../client-config/names.ts'
import type { Found, Trouble } from './trouble.ts'

const by = ['librdkafka'] as const
const seen = { in: 'explain-others.e2e.ts' } as const

/** The settings that go together; id and secret have to be there even where nobody looks at them. */
export const oidcSettings = `${propertyNames.securityProtocol}=SASL_SSL
${librdkafkaNames.saslMechanisms}=OAUTHBEARER
${librdkafkaNames.method}=oidc
${librdkafkaNames.tokenEndpointUrl}=http://localhost:14293/token
${librdkafkaNames.clientId}=unused
${librdkafkaNames.clientSecret}=unused`

/** What librdkafka says before it connects to anything. */
export const librdkafkaSettingTroubles: readonly Trouble[] = [
  {
    id: 'librdkafka-client-id-missing',
    title: 'librdkafka wants a client id and a client secret',
    texts: [
      { by, text: '`sasl.oauthbearer.client.id` is mandatory when `sasl.oauthbearer.method=oidc` is set' },
      { by, text: '`sasl.oauthbearer.client.secret` is mandatory when `sasl.oauthbearer.method=oidc` is set' },
    ],
    cause: 'With method=oidc both have to be set, also for an endpoint that asks for neither.',
    fixes: [
      {
        say: 'Set both; any text will do for an endpoint without callers of its own, such as this sidecar on loopback.',
        paste: `${librdkafkaNames.clientId}=unused\n${librdkafkaNames.clientSecret}=unused`,
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-token-url-missing',
    title: 'librdkafka has no token endpoint',
    texts: [
      { by, text: '`sasl.oauthbearer.token.endpoint.url` is mandatory when `sasl.oauthbearer.method=oidc` is set' },
    ],
    cause: 'With method=oidc the client asks a token endpoint, and no URL of one is set.',
    fixes: [{ say: 'Set it.', paste: `${librdkafkaNames.tokenEndpointUrl}=http://localhost:14293/token` }],
    seen,
  },
  {
    id: 'librdkafka-assertion-key-missing',
    title: 'The grant jwt-bearer of librdkafka needs a key or an assertion file',
    texts: [
      {
        by,
        text: '`sasl.oauthbearer.assertion.private.key.file` or `sasl.oauthbearer.assertion.private.key.pem` is mandatory when `sasl.oauthbearer.grant.type` is set to `urn:ietf:params:oauth:grant-type:jwt-bearer`',
      },
    ],
    cause: 'That grant presents an assertion, which librdkafka signs by a key or reads from a file. Neither is set.',
    fixes: [
      {
        say: 'Let the sidecar do the assertion, and ask it by client id and secret: leave out the grant type.',
        paste: oidcSettings,
      },
      { say: 'Or name a file with the assertion.', paste: 'sasl.oauthbearer.assertion.file=/run/kafka/assertion.jwt' },
    ],
    seen,
  },
  {
    id: 'librdkafka-no-mechanism',
    title: 'sasl.mechanisms is not set, so librdkafka tries Kerberos',
    texts: [
      { by, text: 'No provider for SASL mechanism GSSAPI: recompile librdkafka with libsasl2 or openssl support.' },
      { by, text: 'Invalid sasl.kerberos.kinit.cmd value: Property not available: "sasl.kerberos.keytab"' },
    ],
    cause:
      'The default of sasl.mechanisms is GSSAPI, which is Kerberos. The advice to recompile misleads: the build is all right.',
    fixes: [{ say: 'Name the mechanism.', paste: `${librdkafkaNames.saslMechanisms}=OAUTHBEARER` }],
    seen,
  },
  {
    id: 'librdkafka-unknown-mechanism',
    title: 'librdkafka does not know this SASL mechanism',
    texts: [{ by, text: 'Failed to create <client>: Unsupported SASL mechanism: <mechanism>' }],
    cause: ({ mechanism = '' }: Found) => `sasl.mechanisms is ${mechanism}, which is none of librdkafka's mechanisms.`,
    fixes: [
      { say: 'For tokens it is OAUTHBEARER, exactly so.', paste: `${librdkafkaNames.saslMechanisms}=OAUTHBEARER` },
    ],
    seen,
  },
  {
    id: 'librdkafka-method',
    title: 'sasl.oauthbearer.method is neither default nor oidc',
    texts: [{ by, text: 'Invalid value "<value>" for configuration property "sasl.oauthbearer.method"' }],
    cause: 'The value is one of these two words; a blank or a quote beside it is too much.',
    fixes: [{ say: 'Write it so.', paste: `${librdkafkaNames.method}=oidc` }],
    seen,
  },
  {
    id: 'librdkafka-java-settings',
    title: 'sasl.jaas.config is a setting of Java, not of librdkafka',
    texts: [{ by, text: 'Java JAAS configuration is not supported, see https://github.com/<page>' }],
    cause: 'librdkafka is no Java: it has settings of its own in the place of JAAS.',
    fixes: [{ say: 'Use these in the place of sasl.jaas.config and the callback handler.', paste: oidcSettings }],
    seen,
  },
  {
    id: 'librdkafka-unknown-property',
    title: 'librdkafka does not know this setting',
    texts: [{ by, text: 'No such configuration property: "<property>"' }],
    cause: ({ property = '' }: Found) =>
      property.startsWith('sasl.oauthbearer.')
        ? `${property} is misspelt, or younger than this librdkafka: method, client.id and token.endpoint.url came with 1.9, assertion.* and https.ca.location with 2.11.`
        : `${property} is misspelt, or a setting of Java clients.`,
    fixes: [
      {
        say: ({ property = '' }: Found) =>
          /identity|logical/i.test(property)
            ? 'Extensions of Confluent Cloud go into one setting, spelled exactly so.'
            : 'For a token endpoint librdkafka has exactly these.',
        paste: ({ property = '' }: Found) =>
          /identity|logical/i.test(property)
            ? `${librdkafkaNames.extensions}=logicalCluster=lkc-...,identityPoolId=pool-...`
            : oidcSettings,
      },
      {
        say: 'Look at the version of librdkafka, and renew the package if it is older.',
        paste: 'python3 -c "import confluent_kafka; print(confluent_kafka.libversion())"',
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-without-oidc',
    title: 'This librdkafka was built without OIDC',
    texts: [
      {
        by,
        text: 'Configuration property "<property>" not supported in this build: OAuth/OIDC depends on libcurl and OpenSSL which were not available at build time',
      },
    ],
    cause:
      'It was built without libcurl, as the packages of Debian and some gems, crates and images are. Settings cannot mend that.',
    fixes: [
      {
        say: 'Use a build that has it: builtin.features lists oidc. The wheels of confluent-kafka, the NuGet and npm packages of Confluent have it.',
        paste: 'kcat -V   # ... builtin.features=...,sasl_oauthbearer,oidc',
      },
      {
        say: 'Where the program has a callback for tokens, or takes one from a file, give it the token of the sidecar so.',
        paste: 'kafka-token-sidecar token',
      },
    ],
    seen,
  },
]
