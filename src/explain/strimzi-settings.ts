import type { Found, PrintedText, Trouble } from './trouble.ts'

const seen = { in: 'explain-others-strimzi.e2e.ts' } as const
const broker = (text: string): PrintedText => ({ by: ['strimzi-broker'], text })
const jaas = (option: string) => `# among the options of the listener's sasl.jaas.config\n${option}`

/** What keeps Strimzi's validator from starting, or says in the log of the broker why it cannot check tokens. */
export const strimziSettingTroubles: readonly Trouble[] = [
  {
    id: 'strimzi-keys-unreadable',
    title: "Strimzi's validator cannot read the keys of the issuer",
    texts: [
      broker('Failed to fetch public keys needed to validate JWT signatures: <url>'),
      broker('[IGNORED] Fetching JWKS keys has failed, but fail-fast is disabled'),
    ],
    cause: ({ url = '' }: Found) =>
      `${url === '' ? 'oauth.jwks.endpoint.uri' : url} did not give keys: see what stands below. With oauth.fail.fast, which is the default, the broker does not start then.`,
    fixes: [
      { say: 'Ask it from where the broker runs.', paste: 'curl -v <oauth.jwks.endpoint.uri>' },
      {
        say: 'Connection refused: the issuer has to run before the broker, or the broker starts without.',
        paste: jaas('oauth.fail.fast="false"'),
      },
      { say: '404: take jwks_uri of the issuer.', paste: 'curl <issuer>/.well-known/openid-configuration' },
      {
        say: 'PKIX: name the CA.',
        paste: jaas('oauth.ssl.truststore.location="/tls/ca.crt" oauth.ssl.truststore.type="PEM"'),
      },
    ],
    seen,
  },
  {
    id: 'strimzi-introspection-fails',
    title: "Strimzi's validator cannot ask the issuer about tokens",
    texts: [
      broker('Failed to introspect token - send, fetch or parse failed:'),
      broker('Failed to introspect token - invalid response: "active" attribute is missing or not a boolean'),
      broker('Introspection response contains no expires information ("exp")'),
    ],
    cause:
      'The introspection endpoint is away, refuses the broker, or answers something else. Clients see a runtime failure only.',
    fixes: [
      {
        say: 'Ask it from where the broker runs.',
        paste: 'curl -i -u <oauth.client.id>:<oauth.client.secret> -d token=x <oauth.introspection.endpoint.uri>',
      },
    ],
    seen,
  },
  {
    id: 'strimzi-principal',
    title: "Strimzi's validator finds no claim for the principal",
    texts: [broker('Failed to extract principal - check usernameClaim, fallbackUsernameClaim configuration')],
    cause:
      'The claim that oauth.username.claim names, or sub where it names none, is not in the token. Clients see a runtime failure only.',
    fixes: [
      {
        say: 'Name a claim that tokens have, and one for those that lack it.',
        paste: jaas('oauth.username.claim="preferred_username" oauth.fallback.username.claim="azp"'),
      },
    ],
    seen,
  },
  {
    id: 'strimzi-validator-settings',
    title: "The options of Strimzi's validator do not go together",
    texts: [
      broker("OAuth validator configuration error: '<option>' must be set"),
      broker("OAuth validator configuration error: either '<option>' (for fast local signature validation) or"),
      broker("OAuth validator configuration error: only one of '<option>' (for fast local signature validation) and"),
      broker(
        "OAuth validator configuration error: '<option>' (for fast local signature validation) is not compatible with",
      ),
    ],
    cause: ({ option = '' }: Found) =>
      `Keys (oauth.jwks.endpoint.uri) or introspection, one of them; an issuer; and with oauth.check.audience a client id. Here it is ${option}.`,
    fixes: [
      {
        say: 'These are enough.',
        paste: jaas('oauth.jwks.endpoint.uri="https://idp.example/jwks" oauth.valid.issuer.uri="https://idp.example"'),
      },
      {
        say: 'With a check of the audience these too.',
        paste: jaas('oauth.check.audience="true" oauth.client.id="kafka"'),
      },
    ],
    seen,
  },
  {
    id: 'strimzi-keys-url',
    title: 'oauth.jwks.endpoint.uri is no URL',
    texts: [broker('Invalid keys endpoint uri: <url>')],
    cause: ({ url = '' }: Found) => `It is ${url}.`,
    fixes: [{ say: 'Write it in full.', paste: jaas('oauth.jwks.endpoint.uri="https://idp.example/jwks"') }],
    seen,
  },
  {
    id: 'strimzi-claim-query',
    title: 'oauth.custom.claim.check cannot be read',
    texts: [broker('Failed to parse filter query: "<query>"')],
    cause: 'It is a JSONPath filter: each claim is @.claim, texts are in single quotes.',
    fixes: [{ say: 'For example so.', paste: jaas(`oauth.custom.claim.check="@.aud == 'kafka'"`) }],
    seen,
  },
]
