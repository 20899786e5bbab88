import type { Found, PrintedText, Trouble } from './trouble.ts'

const seen = { in: 'explain-others-strimzi.e2e.ts' } as const
const client = (text: string): PrintedText => ({ by: ['strimzi-client'], text })

const options = `sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required \\
  oauth.token.endpoint.uri="http://localhost:14293/token" oauth.client.id="unused" oauth.client.secret="unused";`

/** What Strimzi's login handler prints. Its options are other ones than Kafka's. */
export const strimziClientTroubles: readonly Trouble[] = [
  {
    id: 'strimzi-client-endpoint-missing',
    title: "Strimzi's login handler has no token endpoint",
    texts: [
      client(
        "Access token not specified ('oauth.access.token' or 'oauth.access.token.location'). OAuth token endpoint ('oauth.token.endpoint.uri') should then be set.",
      ),
    ],
    cause:
      'The handler of Strimzi reads oauth.token.endpoint.uri out of sasl.jaas.config, or OAUTH_TOKEN_ENDPOINT_URI. It does not read sasl.oauthbearer.token.endpoint.url.',
    fixes: [{ say: 'Write it so.', paste: options }],
    seen,
  },
  {
    id: 'strimzi-client-credentials-missing',
    title: "Strimzi's login handler has nothing to log in with",
    texts: [
      client("No client id specified ('oauth.client.id')"),
      client(
        "No access token or location ('oauth.access.token', 'oauth.access.token.location'), refresh token or location",
      ),
    ],
    cause: 'It wants a client id and a secret, also for an endpoint that asks for neither.',
    fixes: [{ say: 'Set both; any text will do for this sidecar on loopback.', paste: options }],
    seen,
  },
  {
    id: 'strimzi-client-url',
    title: 'oauth.token.endpoint.uri is no URL',
    texts: [client("Specified token endpoint uri is invalid ('oauth.token.endpoint.uri'): <url>")],
    cause: ({ url = '' }: Found) => `It is ${url}.`,
    fixes: [{ say: 'Write it in full.', paste: options }],
    seen,
  },
  {
    id: 'strimzi-client-file',
    title: 'The file with the token is not there',
    texts: [client("Specified access token location is invalid ('oauth.access.token.location'): No such file: <file>")],
    cause: ({ file = '' }: Found) => `There is no ${file}, or the client may not read it.`,
    fixes: [
      {
        say: 'Let the sidecar keep a token there, and start it before the client.',
        paste: `outlets:
  - { from: { profile: default }, to: { file: /run/kafka/token }, format: raw }`,
      },
    ],
    seen,
  },
  {
    id: 'strimzi-client-endpoint-refuses',
    title: 'The token endpoint refuses the client',
    texts: [client('HttpException: POST request to <url> failed with status <status>: <answer>')],
    weight: 'symptom',
    cause: ({ status = '' }: Found) =>
      /^40[13]/.test(status)
        ? 'It does not know this client id, or the secret is another one; what it says stands behind the status.'
        : `It answered ${status}; what it says stands behind that. 404 is another path, 503 a provider that is away.`,
    fixes: [
      { say: 'Compare these with what the provider has registered.', paste: options },
      {
        say: 'Ask it yourself.',
        paste: 'curl -i -u <id>:<secret> -d grant_type=client_credentials <oauth.token.endpoint.uri>',
      },
      {
        say: 'Let the client try again while a provider is away.',
        paste: 'oauth.http.retries="3" oauth.http.retry.pause.millis="1000"',
      },
    ],
    seen,
  },
  {
    id: 'strimzi-client-endpoint-away',
    title: 'Nobody listens at the token endpoint',
    texts: [client('java.io.IOException: Failed to connect to: <url>')],
    cause: ({ url = '' }: Found) =>
      `${url} could not be reached. The error of the client itself does not say so; this line of its log does.`,
    fixes: [
      {
        say: 'Start the sidecar before the client, and wait until it has a token.',
        paste: 'kafka-token-sidecar wait --timeout 30s',
      },
    ],
    seen,
  },
  {
    id: 'strimzi-client-answer',
    title: 'The answer of the token endpoint has no access_token, or no expires_in',
    texts: [
      client('Invalid response from authorization server: no access_token'),
      client('Invalid response from authorization server: no expires_in'),
    ],
    cause: 'This handler wants both, other than the one of Kafka, which reads exp of the token.',
    fixes: [
      { say: 'Look at the answer.', paste: 'curl -i -d grant_type=client_credentials <oauth.token.endpoint.uri>' },
      {
        say: "For JWTs without expires_in beside them Kafka's own handler is enough.",
        paste:
          'sasl.login.callback.handler.class=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler',
      },
    ],
    seen,
  },
]
