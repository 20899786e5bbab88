import { librdkafkaNames, propertyNames } from '../client-config/names.ts'
import type { Found, Trouble } from './trouble.ts'

const by = ['librdkafka'] as const
const seen = { in: 'explain-others.e2e.ts' } as const

/** What librdkafka says about brokers. A refused token itself has `{"status":"invalid_token"}`, as with every client. */
export const librdkafkaBrokerTroubles: readonly Trouble[] = [
  {
    id: 'librdkafka-mechanism-not-enabled',
    title: 'This listener of the broker has another mechanism',
    texts: [
      {
        by,
        text: "<mechanism> mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported mechanisms: <enabled> (after",
      },
    ],
    cause: ({ mechanism = '', enabled = '' }: Found) =>
      `The client wants ${mechanism}, and this listener has ${enabled || 'others'}. The port is that of another listener, or the mechanism is not enabled.`,
    fixes: [
      {
        say: 'Take the port of the listener that has the mechanism.',
        paste: `${propertyNames.bootstrapServers}=broker:9093`,
      },
      {
        say: 'Or enable it at the broker.',
        paste: 'listener.name.<listener>.sasl.enabled.mechanisms=OAUTHBEARER',
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-tls-at-plaintext',
    title: 'The client speaks TLS, the listener does not',
    texts: [
      {
        by,
        text: 'SSL handshake failed: Disconnected: SSL connection closed by peer: connecting to a PLAINTEXT broker listener?',
      },
      { by, text: 'SSL handshake failed: error:<number>:SSL routines::unexpected eof while reading' },
    ],
    cause: 'security.protocol is SASL_SSL, and the listener of this port has no TLS.',
    fixes: [
      { say: 'Take the port of the listener with TLS.', paste: `${propertyNames.bootstrapServers}=broker:9093` },
      {
        say: 'Only on a machine or network of your own: speak to it without TLS. Tokens can be read then.',
        paste: `${propertyNames.securityProtocol}=SASL_PLAINTEXT`,
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-plaintext-at-tls',
    title: 'The listener speaks TLS, the client does not',
    texts: [
      {
        by,
        text: 'Disconnected: connection closed by peer: receive 0 after POLLIN (after <ms> in state APIVERSION_QUERY',
      },
      {
        by,
        text: 'Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol configuration (connecting to a SSL listener?)',
      },
    ],
    cause:
      'The broker hung up at the first request: it waits for TLS, and security.protocol is SASL_PLAINTEXT or PLAINTEXT.',
    fixes: [{ say: 'Speak TLS.', paste: `${propertyNames.securityProtocol}=SASL_SSL` }],
    seen,
  },
  {
    id: 'librdkafka-no-login',
    title: 'The broker wants a login, and the client does not log in',
    texts: [
      { by, text: 'Disconnected: connection closed by peer: receive 0 after POLLIN (after <ms> in state UP' },
      {
        by,
        text: 'Disconnected: verify that security.protocol is correctly configured, broker might require SASL authentication',
      },
    ],
    weight: 'symptom',
    cause:
      'The broker hung up. Right after the start that is a listener with SASL, and security.protocol is PLAINTEXT or SSL. Later on it is an idle connection, and harmless.',
    fixes: [
      {
        say: 'Log in.',
        paste: `${propertyNames.securityProtocol}=SASL_SSL\n${librdkafkaNames.saslMechanisms}=OAUTHBEARER`,
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-broker-unknown-ca',
    title: 'librdkafka does not trust the certificate of the broker',
    texts: [
      {
        by,
        text: 'certificate verify failed: broker certificate could not be verified, verify that ssl.ca.location is correctly configured',
      },
      { by, text: 'SSL routines::certificate verify failed' },
    ],
    cause:
      'The CA of the broker is not among those that the client trusts, or the file is not there: librdkafka does not say so.',
    fixes: [{ say: 'Name the CA, as PEM.', paste: 'ssl.ca.location=/tls/ca.crt' }],
    seen,
  },
  {
    id: 'librdkafka-broker-refused',
    title: 'Nobody listens at the address of the broker',
    texts: [{ by, text: 'Connect to <address> failed: Connection refused' }],
    cause: ({ address = '' }: Found) => `No broker listens at ${address}. The login was not even tried.`,
    fixes: [
      { say: 'Correct host and port.', paste: `${propertyNames.bootstrapServers}=broker:9093` },
      {
        say: 'If the bootstrap address is right: the broker tells clients where to go on, by this.',
        paste: 'advertised.listeners=...',
      },
    ],
    seen,
  },
  {
    id: 'librdkafka-brokers-down',
    title: 'librdkafka has no connection to any broker',
    texts: [{ by, text: '<down> brokers are down' }],
    weight: 'wrapper',
    cause: 'This line only counts. Why is in the lines before.',
    fixes: [{ say: 'Show the lines before, or let the client tell more.', paste: 'debug=security,broker' }],
    seen,
  },
  {
    id: 'librdkafka-no-token',
    title: 'librdkafka got no token',
    texts: [
      { by, text: 'Failed to acquire SASL OAUTHBEARER token: <reason>' },
      { by, text: 'Failed to retrieve OIDC token from "<url>": <reason> (-1)' },
    ],
    weight: 'wrapper',
    cause: ({ reason = '' }: Found) => `The request for a token failed: ${reason}`,
    fixes: [
      {
        say: 'Ask the endpoint yourself, from where the client runs.',
        paste: `curl -i -d grant_type=client_credentials http://localhost:14293/token`,
      },
    ],
    seen,
  },
]
