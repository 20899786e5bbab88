import { askDoctor } from './said.ts'
import type { Trouble } from './trouble.ts'

const by = ['go'] as const
const seen = { in: 'explain-others.e2e.ts' } as const

/** What franz-go, sarama and kafka-go say about brokers. */
export const goBrokerTroubles: readonly Trouble[] = [
  {
    id: 'go-token-refused',
    title: 'The broker refuses the token',
    texts: [
      // franz-go reads the answer of the broker and does not print it.
      { by, text: 'unable to initialize sasl; broker: <broker>, err: unexpected data in oauth response' },
      { by, text: 'unexpected data in oauth response' },
      {
        by,
        text: 'kafka server: SASL Authentication failed: Authentication failed during authentication due to invalid credentials with SASL mechanism OAUTHBEARER',
      },
    ],
    cause:
      'The broker checked the token and did not accept it: another issuer or audience than it expects, expired, or signed by a key that it does not have. These libraries do not print even the little that it says; its own log has the reason. Google takes tokens in its envelope alone.',
    fixes: [askDoctor],
    seen,
  },
  {
    id: 'go-mechanism-not-enabled',
    title: 'This listener of the broker has another mechanism',
    texts: [
      { by, text: 'UNSUPPORTED_SASL_MECHANISM: The broker does not support the requested SASL mechanism.' },
      { by, text: 'kafka server: The broker does not support the requested SASL mechanism' },
      { by, text: '[33] Unsupported SASL Mechanism: the broker does not support the requested SASL mechanism' },
    ],
    cause: 'The port is that of a listener with other mechanisms, or OAUTHBEARER is not enabled there.',
    fixes: [
      { say: 'Take the port of the listener that has the mechanism.' },
      { say: 'Or enable it at the broker.', paste: 'listener.name.<listener>.sasl.enabled.mechanisms=OAUTHBEARER' },
    ],
    seen,
  },
  {
    id: 'go-sasl-missing',
    title: 'The broker wants a login, or TLS, and the program does not do so',
    texts: [
      {
        by,
        text: 'broker closed the connection immediately after a request was issued, which often happens when SASL is required but not provided: is SASL missing?',
      },
      { by, text: 'killing connection after <count> successful responses (is SASL missing?)' },
    ],
    cause: 'The broker hung up at the first request, as listeners with SASL do when no login comes.',
    fixes: [
      {
        say: 'Log in: franz-go.',
        paste: 'kgo.SASL(oauth.Oauth(func(ctx context.Context) (oauth.Auth, error) { ... }))',
      },
      { say: 'Or take the port of a listener without login.' },
    ],
    seen,
  },
  {
    id: 'go-tls-at-plaintext',
    title: 'The program speaks TLS, the listener does not',
    texts: [
      { by, text: 'is TLS misconfigured on the client or the broker?' },
      {
        by,
        text: 'which often means the client is using TLS when the broker is not expecting it (is TLS misconfigured?)',
      },
    ],
    cause: 'The broker hung up while TLS was begun: the listener of this port has none.',
    fixes: [{ say: 'Take the port of the listener with TLS, or leave out the TLS configuration of the dialer.' }],
    seen,
  },
  {
    id: 'go-plaintext-at-tls',
    title: 'The listener speaks TLS, the program does not',
    texts: [
      { by, text: 'is this a plaintext connection speaking to a tls endpoint?' },
      { by, text: 'unexpected EOF: broker appears to be expecting TLS' },
      { by, text: 'kafka: client has run out of available brokers to talk to: unexpected EOF' },
    ],
    cause: 'The broker waits for TLS, and the program sent its first request without.',
    fixes: [
      {
        say: 'Speak TLS: franz-go, kafka-go, sarama.',
        paste: `kgo.DialTLSConfig(new(tls.Config))
kafka.Transport{TLS: &tls.Config{}}
config.Net.TLS.Enable = true`,
      },
    ],
    seen,
  },
  {
    id: 'go-broker-closes',
    title: 'The broker hangs up at the first request',
    texts: [{ by, text: 'kafka: client has run out of available brokers to talk to: EOF' }],
    cause:
      'The program speaks TLS to a listener without, or does not log in at a listener that wants a login: sarama cannot tell them apart.',
    fixes: [
      {
        say: 'Compare both with the listener of this port.',
        paste: `config.Net.TLS.Enable = true
config.Net.SASL.Enable = true
config.Net.SASL.Mechanism = sarama.SASLTypeOAuth`,
      },
    ],
    seen,
  },
  {
    id: 'go-broker-unknown-ca',
    title: 'The program does not trust the certificate of the broker',
    texts: [{ by, text: 'tls: failed to verify certificate: x509: certificate signed by unknown authority' }],
    cause: 'The CA of the broker is not among those of the system, and the program names none.',
    fixes: [
      {
        say: 'Name the CA in the environment of the program, or as RootCAs in its TLS configuration.',
        paste: 'export SSL_CERT_FILE=/tls/ca.crt',
      },
    ],
    seen,
  },
  {
    id: 'go-sarama-no-provider',
    title: 'sarama has no source of tokens',
    texts: [
      {
        by,
        text: 'kafka: invalid configuration (An AccessTokenProvider instance must be provided to Net.SASL.TokenProvider)',
      },
    ],
    cause: 'sarama asks no token endpoint by itself: the program has to give it an AccessTokenProvider.',
    fixes: [
      {
        say: 'Give it one that asks the sidecar.',
        paste: `source := (&clientcredentials.Config{ClientID: "unused", ClientSecret: "unused", TokenURL: "http://localhost:14293/token"}).TokenSource(ctx)
// func (p provider) Token() (*sarama.AccessToken, error) { t, err := source.Token(); ...; return &sarama.AccessToken{Token: t.AccessToken}, nil }
config.Net.SASL.TokenProvider = provider{}`,
      },
    ],
    seen,
  },
  {
    id: 'go-broker-refused',
    title: 'Nobody listens at the address of the broker',
    texts: [{ by, text: 'dial tcp <address>: connect: connection refused' }],
    cause: 'No broker listens there. The login was not even tried.',
    fixes: [
      { say: 'Correct host and port; if the first address is right, look at advertised.listeners of the broker.' },
    ],
    seen,
  },
  {
    id: 'go-sarama-out-of-brokers',
    title: 'sarama could use no broker, and keeps the reason to itself',
    texts: [{ by, text: 'kafka: client has run out of available brokers to talk to' }],
    weight: 'wrapper',
    cause:
      'What went wrong goes to sarama.Logger, which prints nothing unless it is set. Where the reason stands behind the colon, it is that.',
    fixes: [
      { say: 'Let it print.', paste: 'sarama.Logger = log.New(os.Stderr, "[sarama] ", log.LstdFlags)' },
      {
        say: 'Without more words it is mostly the mechanism: sarama uses PLAIN unless it is told.',
        paste: 'config.Net.SASL.Mechanism = sarama.SASLTypeOAuth',
      },
    ],
    seen,
  },
]
