import type { Found, Trouble } from './trouble.ts'

const by = ['go'] as const
const seen = { in: 'explain-others.e2e.ts' } as const

const tokenUrl = `clientcredentials.Config{ClientID: "unused", ClientSecret: "unused", TokenURL: "http://localhost:14293/token"}`
const askEndpoint = {
  say: 'Look at what the endpoint answers.',
  paste: 'curl -i -d grant_type=client_credentials -u unused:unused http://localhost:14293/token',
}

const codes: Readonly<Record<string, string>> = {
  invalid_client: 'The endpoint does not know this client id, or the secret is another one.',
  invalid_grant: 'The endpoint does not accept what is presented, such as an assertion.',
  invalid_request: 'The endpoint misses something in the request, or has something too much.',
  invalid_scope: 'The client asks for a scope that it may not have.',
  unauthorized_client: 'The client is known, but may not ask for tokens in this way.',
  unsupported_grant_type: 'The endpoint does not give tokens by client_credentials.',
  temporarily_unavailable:
    'The endpoint cannot give a token just now. x/oauth2 does not try again; the Kafka client does.',
  server_error: 'The endpoint failed.',
}

/** What `golang.org/x/oauth2` says about token endpoints. */
export const goEndpointTroubles: readonly Trouble[] = [
  {
    id: 'go-expires-in',
    title: 'expires_in is not an integer, and x/oauth2 takes nothing else',
    texts: [
      { by, text: 'oauth2: cannot parse json: strconv.ParseInt: parsing "<value>": invalid syntax' },
      {
        by,
        text: 'oauth2: cannot parse json: json: invalid number literal, trying to unmarshal "<value>" into Number',
      },
    ],
    cause: ({ value = '' }: Found) =>
      `The endpoint answers expires_in: ${value}. Java and librdkafka do not read it, so it went unnoticed; Google's own local server for Python does so.`,
    fixes: [
      {
        say: 'Let the endpoint give whole seconds, or use this sidecar in its place.',
        paste: 'npx kafka-token-sidecar serve --source gcp',
      },
    ],
    seen,
  },
  {
    id: 'go-answer-not-json',
    title: 'What answers is no token endpoint',
    texts: [
      { by, text: "oauth2: cannot parse json: invalid character '<' looking for beginning of value" },
      { by, text: 'oauth2: cannot parse json: unexpected end of JSON input' },
      { by, text: 'oauth2: server response missing access_token' },
    ],
    cause:
      'The answer is a page, empty, or JSON without access_token: another path of the provider, a login page, or a proxy.',
    fixes: [askEndpoint, { say: 'Take the token endpoint as TokenURL, not the issuer.', paste: tokenUrl }],
    seen,
  },
  {
    id: 'go-endpoint-refuses',
    title: 'The token endpoint refuses the client',
    texts: Object.keys(codes).map((code) => ({ by, text: `oauth2: "${code}"` })),
    weight: 'symptom',
    cause: `The endpoint answered an OAuth error, and what stands behind it in quotes says why. ${codes['invalid_client'] ?? ''}`,
    fixes: [
      {
        say: 'Compare ClientID and ClientSecret with what the endpoint has registered, and Scopes with what it allows.',
        paste: tokenUrl,
      },
      askEndpoint,
    ],
    seen,
  },
  {
    id: 'go-endpoint-status',
    title: 'The token endpoint refuses without an OAuth error',
    texts: [{ by, text: 'oauth2: cannot fetch token: <status> <reason>' }],
    cause: ({ status = '' }: Found) =>
      `It answered ${status}, not in the words of OAuth, so it is hardly the token endpoint that spoke: another path, a proxy, or a web server before it.`,
    fixes: [askEndpoint, { say: 'Take the token endpoint as TokenURL, not the issuer.', paste: tokenUrl }],
    seen,
  },
  {
    id: 'go-endpoint-connection-refused',
    title: 'Nobody listens at the token endpoint',
    texts: [{ by, text: 'Post "<url>": dial tcp <address>: connect: connection refused' }],
    cause: ({ url = '' }: Found) => `Nothing listens at ${url}: the sidecar is not running yet, or listens elsewhere.`,
    fixes: [
      {
        say: 'Start the sidecar before the client, and wait until it has a token.',
        paste: 'kafka-token-sidecar wait --timeout 30s',
      },
      { say: 'In a container localhost is that container: the sidecar has to be in the same pod.' },
    ],
    seen,
  },
  {
    id: 'go-endpoint-unknown-host',
    title: 'The host of the token endpoint is unknown',
    texts: [{ by, text: 'Post "<url>": dial tcp: lookup <host>' }],
    cause: ({ host = '' }: Found) => `DNS knows no ${host}.`,
    fixes: [{ say: 'Correct the host.', paste: tokenUrl }],
    seen,
  },
  {
    id: 'go-endpoint-not-tls',
    title: 'The token endpoint speaks no TLS',
    texts: [{ by, text: 'Post "<url>": http: server gave HTTP response to HTTPS client' }],
    cause: 'The URL begins with https:// and what answers is plain HTTP.',
    fixes: [{ say: 'Begin it with http://.', paste: tokenUrl }],
    seen,
  },
  {
    id: 'go-endpoint-scheme',
    title: 'The URL of the token endpoint has no http://',
    texts: [{ by, text: 'Post "<url>": unsupported protocol scheme' }],
    cause: 'librdkafka takes localhost:14293, programs in Go do not.',
    fixes: [{ say: 'Write it in full.', paste: tokenUrl }],
    seen,
  },
  {
    id: 'go-endpoint-closes',
    title: 'The token endpoint hangs up',
    texts: [{ by, text: 'Post "<url>": EOF' }],
    cause:
      'The connection was closed without an answer. Mostly the URL begins with http:// and the endpoint speaks TLS.',
    fixes: [{ say: 'Begin the URL with https://.' }, askEndpoint],
    seen,
  },
  {
    id: 'go-endpoint-unknown-ca',
    title: 'The program does not trust the certificate of the token endpoint',
    texts: [
      { by, text: 'Post "<url>": tls: failed to verify certificate: x509: certificate signed by unknown authority' },
    ],
    cause:
      'Its CA is not among those that the program knows. Programs in Go read the CAs of the system, or the file that SSL_CERT_FILE names.',
    fixes: [{ say: 'Name the CA in the environment of the program.', paste: 'export SSL_CERT_FILE=/tls/ca.crt' }],
    seen,
  },
]
