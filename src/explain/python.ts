import { askDoctor } from './said.ts'
import type { Found, Trouble } from './trouble.ts'

const by = ['python'] as const
const seen = { in: 'explain-others.e2e.ts' } as const

const provider = `class Tokens(AbstractTokenProvider):
    def token(self):
        form = b"grant_type=client_credentials"
        with urllib.request.urlopen("http://localhost:14293/token", form, timeout=10) as answer:
            return json.load(answer)["access_token"]`

/** What kafka-python 2 and 3 and aiokafka print. confluent-kafka is librdkafka. */
export const pythonTroubles: readonly Trouble[] = [
  {
    id: 'python-token-refused',
    title: 'The broker refuses the token, and aiokafka does not notice',
    texts: [
      { by, text: 'StaleMetadata: Broker id bootstrap not in current metadata' },
      { by, text: 'No broker metadata found in MetadataResponse -- ignoring.' },
    ],
    cause:
      'aiokafka 0.14 takes the refusal of an OAUTHBEARER login for its success, and then reads an empty answer. The broker refused the token: another issuer or audience, expired, or an unknown key.',
    fixes: [askDoctor],
    seen,
  },
  {
    id: 'python-no-provider',
    title: 'The token provider is missing, or of another class',
    texts: [
      { by, text: 'sasl_oauth_token_provider must implement kafka.net.sasl.oauth.AbstractTokenProvider' },
      { by, text: 'sasl_oauth_token_provider must implement kafka.sasl.oauth.AbstractTokenProvider' },
      { by, text: 'sasl_oauth_token_provider needs to be provided implementing aiokafka.abc.AbstractTokenProvider' },
    ],
    cause:
      'OAUTHBEARER needs an object with the method token(), and the library checks its class. In kafka-python 3 that class stands in another module than in 2.',
    fixes: [
      { say: 'kafka-python 3.', paste: `from kafka.net.sasl.oauth import AbstractTokenProvider\n${provider}` },
      { say: 'kafka-python 2.', paste: `from kafka.sasl.oauth import AbstractTokenProvider\n${provider}` },
      { say: 'aiokafka: from aiokafka.abc, and token() is async.' },
    ],
    seen,
  },
  {
    id: 'python-unknown-setting',
    title: 'kafka-python and aiokafka do not have this setting',
    texts: [
      { by, text: 'Unrecognized configs: {<settings>}' },
      { by, text: "got an unexpected keyword argument 'sasl_oauthbearer_<setting>'" },
    ],
    cause:
      'Only librdkafka and Java ask a token endpoint by settings. These two get tokens from an object of the program.',
    fixes: [{ say: 'Give that object as sasl_oauth_token_provider.', paste: provider }],
    seen,
  },
  {
    id: 'python-unknown-mechanism',
    title: 'The library does not know this SASL mechanism',
    texts: [
      { by, text: 'sasl_mechanism are supported at the moment' },
      { by, text: 'sasl_plain_username and sasl_plain_password required for PLAIN sasl' },
    ],
    cause: 'sasl_mechanism is not set, and aiokafka takes PLAIN then; or it is misspelled.',
    fixes: [{ say: 'Name it exactly so.', paste: 'sasl_mechanism="OAUTHBEARER"' }],
    seen,
  },
  {
    id: 'python-mechanism-not-enabled',
    title: 'This listener of the broker has another mechanism',
    texts: [{ by, text: '[Error 33] UnsupportedSaslMechanismError' }],
    cause: 'The port is that of a listener with other mechanisms, or sasl_mechanism is misspelled.',
    fixes: [
      { say: 'Take the port of the listener with OAUTHBEARER.' },
      { say: 'Or enable it at the broker.', paste: 'listener.name.<listener>.sasl.enabled.mechanisms=OAUTHBEARER' },
    ],
    seen,
  },
  {
    id: 'python-endpoint-refused',
    title: 'The token provider finds nobody at the token endpoint',
    texts: [{ by, text: 'urlopen error [Errno 111] Connection refused' }],
    cause: 'Nothing listens at the URL that token() asks: the sidecar is not running yet, or listens elsewhere.',
    fixes: [
      {
        say: 'Start the sidecar before the client, and wait until it has a token.',
        paste: 'kafka-token-sidecar wait --timeout 30s',
      },
    ],
    seen,
  },
  {
    id: 'python-endpoint-status',
    title: 'The token endpoint refuses the token provider',
    texts: [
      { by, text: 'Unable connect to "<broker>": HTTP Error <status>: <reason>' },
      { by, text: 'urllib.error.HTTPError: HTTP Error <status>: <reason>' },
      { by, text: 'Connection lost: HTTP Error <status>: <reason>' },
    ],
    cause: ({ status = '' }: Found) =>
      `It answered ${status}. The reason is in the body, which urllib keeps to itself: 401 is the id or the secret, 400 the request, 503 a provider that is away.`,
    fixes: [
      {
        say: 'Look at the body.',
        paste: 'curl -i -d grant_type=client_credentials -u <id>:<secret> http://localhost:14293/token',
      },
    ],
    seen,
  },
  {
    id: 'python-no-access-token',
    title: 'The answer of the token endpoint has no access_token',
    texts: [
      { by, text: "KeyError: 'access_token'" },
      { by, text: "Connection lost: 'access_token'" },
    ],
    cause:
      'The token provider reads access_token out of the answer, and there is none: it is an error with status 200, or not the token endpoint.',
    fixes: [
      { say: 'Look at the answer.', paste: 'curl -i -d grant_type=client_credentials http://localhost:14293/token' },
    ],
    seen,
  },
  {
    id: 'python-tls-at-plaintext',
    title: 'The client speaks TLS, the listener does not',
    texts: [
      { by, text: 'Handshake failed: [SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol' },
      { by, text: 'SSL connection closed by server during handshake' },
    ],
    cause: 'security_protocol is SASL_SSL, and the listener of this port has no TLS.',
    fixes: [
      { say: 'Take the port of the listener with TLS.' },
      { say: 'Or, on a network of your own, speak without.', paste: 'security_protocol="SASL_PLAINTEXT"' },
    ],
    seen,
  },
  {
    id: 'python-broker-unknown-ca',
    title: 'The client does not trust the certificate of the broker',
    texts: [{ by, text: '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: <reason> (_ssl.c' }],
    cause: ({ reason = '' }: Found) => `Its certificate was not accepted: ${reason}.`,
    fixes: [
      {
        say: 'Name the CA.',
        paste: 'ssl_cafile="/tls/ca.crt"   # aiokafka: ssl_context=create_ssl_context(cafile="/tls/ca.crt")',
      },
    ],
    seen,
  },
  {
    id: 'python-ssl-context',
    title: 'aiokafka wants an ssl_context',
    texts: [{ by, text: "`ssl_context` is mandatory if security_protocol=='SSL'" }],
    cause: 'security_protocol is SSL or SASL_SSL, and aiokafka makes no TLS settings by itself.',
    fixes: [{ say: 'Give it one.', paste: 'ssl_context=aiokafka.helpers.create_ssl_context(cafile="/tls/ca.crt")' }],
    seen,
  },
  {
    id: 'python-disconnected',
    title: 'The broker hangs up',
    texts: [
      { by, text: 'KafkaConnectionError: socket disconnected' },
      { by, text: 'KafkaConnectionError: Connection at <address> closed' },
    ],
    weight: 'symptom',
    cause:
      'Its listener speaks TLS and the client does not; or it wants a login and security_protocol is PLAINTEXT, the default; or kafka-python 3 read the end of a refused login before the reason.',
    fixes: [
      {
        say: 'Compare both with the listener of this port.',
        paste: 'security_protocol="SASL_SSL"\nsasl_mechanism="OAUTHBEARER"',
      },
      askDoctor,
    ],
    seen,
  },
  {
    id: 'python-no-brokers',
    title: 'No broker could be used',
    texts: [
      { by, text: 'kafka.errors.NoBrokersAvailable: NoBrokersAvailable' },
      { by, text: 'KafkaTimeoutError: Unable to bootstrap from <address>' },
      { by, text: 'KafkaConnectionError: Unable to bootstrap from <addresses>' },
      { by, text: 'KafkaTimeoutError: Failed to update metadata after <seconds> secs.' },
    ],
    weight: 'symptom',
    cause:
      'This is only the end of it. Why is in the log of the library, which Python does not show unless it is set up.',
    fixes: [{ say: 'Show it, at the beginning of the program.', paste: 'logging.basicConfig(level=logging.INFO)' }],
    seen,
  },
]
