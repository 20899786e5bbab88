import { propertyNames } from '../client-config/names.ts'
import { java, seenInJava } from './said.ts'
import type { PrintedText, Trouble } from './trouble.ts'

/** As 400 to 415, 501 and 505 are told: the client gives up at once. */
const refused = (status: string, body: string): readonly PrintedText[] => [
  {
    by: java,
    text: `The response code ${status} and error response {${body}} was encountered reading the token endpoint response; will not attempt further retries`,
  },
]

/** As every other status is told, when it was tried for `sasl.login.retry.backoff.max.ms`. */
const failed = (status: string): readonly PrintedText[] => [
  {
    by: java,
    text: `The unexpected response code ${status} and error message {<answer>} was encountered reading the token endpoint response`,
  },
]

/** What Java clients print about the answers of the token endpoint. */
export const javaEndpointTroubles: readonly Trouble[] = [
  {
    id: 'endpoint-invalid-client',
    title: 'The token endpoint does not accept the client id or its secret',
    texts: refused('<status>', '"invalid_client" - <description>'),
    cause:
      'Unknown or disabled client, another secret, or an authentication that the endpoint does not want of this client. What the endpoint said stands behind the dash.',
    fixes: [
      {
        say: 'Compare id and secret with what is registered. In Kafka 4.1 and later the property wins over sasl.jaas.config; up to 4.0 only sasl.jaas.config is read.',
        paste: `${propertyNames.clientId}=<client id>\n${propertyNames.clientSecret}=<client secret>`,
      },
      {
        say: 'Secrets with + / or spaces: some providers want them form-encoded.',
        paste: 'sasl.oauthbearer.header.urlencode=true',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'endpoint-unauthorized-client',
    title: 'The token endpoint knows the client, but does not give it tokens this way',
    texts: refused('<status>', '"unauthorized_client" - <description>'),
    cause: 'The client is not registered for the client_credentials grant, or may not have what it asks for.',
    fixes: [
      {
        say: 'Switch the grant on where the client is registered (Keycloak: Service accounts roles; Okta and Auth0: Client Credentials among the grant types).',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'endpoint-invalid-scope',
    title: 'The token endpoint does not know the scope, or does not give it to this client',
    texts: refused('<status>', '"invalid_scope" - <description>'),
    cause:
      'The scope is misspelled, not assigned to the client, or in the wrong place: Kafka 4 sends spaces and plus signs as they stand.',
    fixes: [
      { say: 'Ask for one that is assigned to the client, or for none.', paste: `${propertyNames.scope}=<scope>` },
      {
        say: 'Entra ID wants the .default scope of the application.',
        paste: `${propertyNames.scope}=api://<application id>/.default`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'endpoint-not-found',
    title: 'There is no token endpoint at this URL',
    texts: [...refused('404', '<answer>'), ...refused('405', '<answer>')],
    cause:
      'Something answers there, but not a token endpoint: the path is wrong, or it is another service. 405 means that it is there for other methods than POST; a redirect to a login page ends so too.',
    fixes: [
      {
        say: 'The sidecar answers at /token, and at /token/<profile>.',
        paste: `${propertyNames.tokenEndpointUrl}=http://localhost:14293/token`,
      },
      {
        say: 'A provider tells its token endpoint in its metadata.',
        paste: 'curl -s https://<issuer>/.well-known/openid-configuration | grep token_endpoint',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'endpoint-refuses',
    title: 'The token endpoint refuses the request',
    texts: refused('<status>', '<answer>'),
    cause: ({ status = 'status', answer = '' }) =>
      `It answered ${status}${answer === '' ? '' : ` and said ${answer}`}. Kafka clients do not try again on such a status.`,
    fixes: [
      {
        say: 'Ask the endpoint by hand, with the id and secret of the client, and compare.',
        paste: 'curl -i -u <client id>:<client secret> -d grant_type=client_credentials <token endpoint url>',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'endpoint-unavailable',
    title: 'The token endpoint answers with an error of its own',
    texts: failed('<status>'),
    cause: ({ status = 'status' }) =>
      `It answered ${status} for as long as the client tried, which is 10 s by default. What is printed is the first answer, even if later ones were others.`,
    fixes: [
      {
        say: 'Look at the log of the token endpoint. If it is the sidecar, wait for it before the client starts.',
        paste: 'npx kafka-token-sidecar wait --timeout 30s',
      },
      { say: 'Let the client try longer.', paste: 'sasl.login.retry.backoff.max.ms=60000' },
    ],
    seen: seenInJava,
  },
  {
    id: 'endpoint-too-many',
    title: 'The token endpoint is asked too often',
    texts: failed('429'),
    cause:
      'Each client with other sasl settings logs in by itself, and each start of a process asks anew; Kafka does not heed Retry-After.',
    fixes: [
      {
        say: 'Let the clients of a host or pod ask a sidecar: it asks the provider once for all of them.',
        paste:
          'npx kafka-token-sidecar serve --source client-credentials --issuer <issuer> --client-id <id> --client-secret-file <file>',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'endpoint-empty',
    title: 'The token endpoint says yes, and nothing else',
    texts: [
      {
        by: java,
        text: 'The token endpoint response was unexpectedly empty despite response code <status> from <url> and error message',
      },
    ],
    cause: 'It answered well, but with an empty body: a health check, a proxy, or a mock that is not finished.',
    fixes: [
      {
        say: 'Look at what it answers.',
        paste: ({ url = '<url>' }) => `curl -i -d grant_type=client_credentials ${url}`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'endpoint-no-token',
    title: 'What the token endpoint answers has no token in it',
    texts: [
      { by: ['java-4'], text: 'The token endpoint response did not contain a valid JWT. Response: (<answer>)' },
      { by: ['java-4'], text: 'JwtRetrieverException: com.fasterxml.jackson.core.<error>:' },
      {
        by: ['java-3'],
        text: "The value for the token endpoint response's access_token JSON attribute must be non-null",
      },
    ],
    cause:
      'The answer is no JSON (a login page, a proxy, half an answer), or JSON without access_token, such as an error that came with status 200.',
    fixes: [
      {
        say: 'Look at what it answers: a status of 200 and {"access_token":"..."} is wanted.',
        paste: 'curl -i -u <client id>:<client secret> -d grant_type=client_credentials <token endpoint url>',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'endpoint-not-json',
    title: 'Something that should be JSON is not; in the log of a client that is the answer of the token endpoint',
    texts: [
      {
        by: java,
        text: "(code <code>)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
      },
      { by: java, text: 'Unexpected end-of-input: was expecting closing quote for a string value' },
    ],
    cause:
      'A page of HTML (login page, proxy, error page) or half an answer came in the place of a token. Clients also log this for error pages, beside their status.',
    fixes: [
      {
        say: 'Look at what it answers: JSON with access_token is wanted.',
        paste: 'curl -i -u <client id>:<client secret> -d grant_type=client_credentials <token endpoint url>',
      },
    ],
    weight: 'symptom',
    seen: seenInJava,
  },
]
