import { librdkafkaNames } from '../client-config/names.ts'
import type { Found, Trouble } from './trouble.ts'

const by = ['librdkafka', 'curl'] as const
const seen = { in: 'explain-others.e2e.ts' } as const
const failed = 'Failed to acquire SASL OAUTHBEARER token:'

const tryIt = {
  say: 'Ask the endpoint yourself, from where the client runs.',
  paste: `curl --noproxy '*' -d grant_type=client_credentials http://localhost:14293/token`,
}

/** What keeps librdkafka from asking its token endpoint, mostly in the words of libcurl; and what the endpoint says. */
export const librdkafkaEndpointTroubles: readonly Trouble[] = [
  {
    id: 'librdkafka-endpoint-refused',
    title: 'Nobody listens at the token endpoint of librdkafka',
    texts: [
      { by, text: 'Failed to connect to <endpoint> after <ms> ms: Could not connect to server' },
      { by, text: "Failed to connect to <endpoint> after <ms> ms: Couldn't connect to server" },
    ],
    cause: ({ endpoint = '' }: Found) =>
      `The token endpoint at ${endpoint} could not be reached: it is not running, or listens elsewhere. librdkafka tries again only after 10 seconds.`,
    fixes: [
      {
        say: 'Start the sidecar before the client, and wait until it has a token.',
        paste: 'kafka-token-sidecar wait --timeout 30s',
      },
      tryIt,
      {
        say: 'In a container localhost is that container: the sidecar has to be in the same pod, or a Service with callers.',
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-proxy',
    title: 'The token request goes to a proxy',
    texts: [
      { by, text: 'Failed to connect to <endpoint> over proxy <proxy> after <ms> ms: Could not connect to server' },
    ],
    cause: ({ proxy = '' }: Found) =>
      `The variable http_proxy, https_proxy or all_proxy is set: libcurl asks the proxy ${proxy} for localhost too, where nobody knows of the sidecar.`,
    fixes: [
      {
        say: 'Except localhost from it, in the environment of the client.',
        paste: 'export no_proxy=localhost,127.0.0.1,::1',
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-endpoint-unknown-host',
    title: 'The host of the token endpoint is unknown',
    texts: [{ by, text: `${failed} Could not resolve host: <host>` }],
    cause: ({ host = '' }: Found) => `DNS knows no ${host}. librdkafka tries again only after 10 seconds.`,
    fixes: [{ say: 'Correct the host.', paste: `${librdkafkaNames.tokenEndpointUrl}=http://localhost:14293/token` }],
    seen,
  },
  {
    id: 'librdkafka-endpoint-url',
    title: 'The URL of the token endpoint is none',
    texts: [{ by, text: `${failed} URL rejected: <reason>` }],
    cause: 'sasl.oauthbearer.token.endpoint.url is not a URL that libcurl can read.',
    fixes: [{ say: 'Write it so.', paste: `${librdkafkaNames.tokenEndpointUrl}=http://localhost:14293/token` }],
    seen,
  },
  {
    id: 'librdkafka-endpoint-silent',
    title: 'The token endpoint does not answer librdkafka in time',
    texts: [{ by, text: 'Operation timed out after <ms> milliseconds with <bytes> bytes received' }],
    cause:
      'librdkafka waits for 20 seconds. Whoever took the connection did not answer: an overloaded provider, or a firewall.',
    fixes: [tryIt, { say: 'Let the sidecar ask the provider: it has a token at hand while the provider is slow.' }],
    seen,
  },
  {
    id: 'librdkafka-endpoint-closes',
    title: 'The token endpoint hangs up',
    texts: [{ by, text: `${failed} Empty reply from server` }],
    cause:
      'The connection was closed without an answer. Mostly the URL begins with http:// and the endpoint speaks TLS.',
    fixes: [
      {
        say: 'Begin the URL with https://, and name the CA of the endpoint.',
        paste: `${librdkafkaNames.tokenEndpointUrl}=https://...\n${librdkafkaNames.httpsCaLocation}=/tls/ca.crt`,
      },
      tryIt,
    ],
    seen,
  },
  {
    id: 'librdkafka-endpoint-not-tls',
    title: 'The token endpoint speaks no TLS',
    texts: [{ by, text: 'TLS connect error: error:<number>:SSL routines::wrong version number' }],
    cause: 'The URL begins with https:// and what answers is plain HTTP.',
    fixes: [
      { say: 'Begin the URL with http://.', paste: `${librdkafkaNames.tokenEndpointUrl}=http://localhost:14293/token` },
    ],
    seen,
  },
  {
    id: 'librdkafka-endpoint-no-ca-file',
    title: 'librdkafka has no list of CAs for the token endpoint',
    texts: [
      { by, text: 'error adding trust anchors from file: <file>' },
      { by, text: 'error setting certificate file: <file>' },
    ],
    cause: ({ file = '' }: Found) =>
      `The libcurl within looks for CAs in ${file}, which is not on this machine: wheels are built on Red Hat. ssl.ca.location is for brokers and does not count here.`,
    fixes: [
      {
        say: 'Name the file of this machine; for a CA of your own its certificate.',
        paste: `${librdkafkaNames.httpsCaLocation}=/etc/ssl/certs/ca-certificates.crt`,
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-endpoint-unknown-ca',
    title: 'librdkafka does not trust the certificate of the token endpoint',
    texts: [
      { by, text: 'SSL certificate OpenSSL verify result: <reason>' },
      { by, text: 'SSL certificate problem: <reason>' },
    ],
    cause:
      'Its CA is not in the file that https.ca.location names. ssl.ca.location is for brokers and does not count here.',
    fixes: [{ say: 'Name the CA of the token endpoint.', paste: `${librdkafkaNames.httpsCaLocation}=/tls/ca.crt` }],
    seen,
  },
  {
    id: 'librdkafka-endpoint-refuses',
    title: 'The token endpoint refuses librdkafka',
    texts: [
      { by, text: `${failed} {"error":"<code>","error_description":"<why>"}` },
      { by, text: 'Failed to retrieve OIDC token from "<url>": {"error":"<code>"<why>} (<status>)' },
    ],
    cause: ({ code = '' }: Found) =>
      refusals[code] ?? `The endpoint answered ${code}, which is its own word; what stands beside it says why.`,
    fixes: [
      {
        say: ({ code = '' }: Found) =>
          code === 'invalid_scope'
            ? 'Remove sasl.oauthbearer.scope, or set one that the provider knows.'
            : 'Compare these two with what the provider has registered.',
        paste: ({ code = '' }: Found) =>
          code === 'invalid_scope'
            ? `${librdkafkaNames.scope}=`
            : `${librdkafkaNames.clientId}=...\n${librdkafkaNames.clientSecret}=...`,
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-endpoint-other-answer',
    title: 'What answers is no token endpoint',
    texts: [
      { by, text: 'Response is not JSON encoded: <type>' },
      { by, text: 'Failed to acquire SASL OAUTHBEARER token: <html<page>' },
      { by, text: 'Server did not provide an error string' },
    ],
    cause:
      'The answer is a page, or an error without words: another path of the provider, a login page, a proxy, or a web server before it.',
    fixes: [
      tryIt,
      {
        say: 'Of a provider take the token endpoint, not the issuer; of this sidecar any of these.',
        paste: `${librdkafkaNames.tokenEndpointUrl}=http://localhost:14293/token\n${librdkafkaNames.tokenEndpointUrl}=http://localhost:14293/token/<profile>`,
      },
    ],
    seen,
  },
]

const refusals: Readonly<Record<string, string>> = {
  invalid_client: 'The endpoint does not know this client id, or the secret is another one.',
  unauthorized_client: 'The client is known, but may not ask for tokens in this way.',
  invalid_scope: 'The client asks for a scope that it may not have.',
}
