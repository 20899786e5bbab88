import { classNames, propertyNames } from '../client-config/names.ts'
import { java, seenInJava } from './said.ts'
import type { Trouble } from './trouble.ts'

/** What Java clients print when they cannot reach the token endpoint. */
export const javaEndpointConnectionTroubles: readonly Trouble[] = [
  {
    id: 'endpoint-connection-refused',
    title: 'Nobody listens where the token endpoint should be',
    texts: [{ by: java, text: 'java.net.ConnectException: Connection refused' }],
    cause:
      'Host or port in sasl.oauthbearer.token.endpoint.url are wrong, the sidecar is not running yet, or runs in another pod or container network: localhost is the container itself.',
    fixes: [
      {
        say: 'Ask it from where the client runs.',
        paste: 'curl -i -d grant_type=client_credentials http://localhost:14293/token',
      },
      { say: 'Wait for the sidecar before the client starts.', paste: 'npx kafka-token-sidecar wait --timeout 30s' },
    ],
    seen: seenInJava,
  },
  {
    id: 'endpoint-unknown-host',
    title: 'The host of the token endpoint has no address',
    texts: [{ by: java, text: 'java.net.UnknownHostException: <host>' }],
    cause:
      'The name in sasl.oauthbearer.token.endpoint.url (or of another host that is asked) cannot be resolved where the client runs.',
    fixes: [{ say: 'Look it up there.', paste: ({ host = '<host>' }) => `getent hosts ${host}` }],
    seen: seenInJava,
  },
  {
    id: 'endpoint-not-tls',
    title: 'TLS is spoken to something that does not speak it',
    texts: [{ by: [...java, 'broker'], text: 'javax.net.ssl.SSLException: Unsupported or unrecognized SSL message' }],
    cause:
      'The URL of the token endpoint says https but the port is plain http; or a broker is asked by SASL_SSL on a listener without TLS.',
    fixes: [
      {
        say: 'The sidecar speaks plain http on loopback unless it has listen.tls.',
        paste: `${propertyNames.tokenEndpointUrl}=http://localhost:14293/token`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'endpoint-read-timeout',
    title: 'The token endpoint does not answer in time',
    texts: [
      { by: java, text: 'java.net.SocketTimeoutException: Read timed out' },
      { by: java, text: 'java.net.SocketTimeoutException: Connect timed out', unseen: true },
      { by: java, text: 'java.net.SocketTimeoutException: connect timed out', unseen: true },
    ],
    cause:
      'It took the connection (or did not even do that) and said nothing. Without sasl.login.read.timeout.ms a Java client would wait for ever.',
    fixes: [
      {
        say: 'Look for what is in the way: firewall, proxy (http.proxyHost of the JVM), an overloaded provider.',
        paste: 'curl -i --max-time 10 -d grant_type=client_credentials <token endpoint url>',
      },
      {
        say: 'Give it more time, within the time for all attempts.',
        paste:
          'sasl.login.connect.timeout.ms=5000\nsasl.login.read.timeout.ms=10000\nsasl.login.retry.backoff.max.ms=30000',
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'endpoint-closes',
    title: 'The token endpoint closes the connection without an answer',
    texts: [{ by: java, text: 'java.net.SocketException: Unexpected end of file from server' }],
    cause:
      'The port speaks TLS and the URL says http, a proxy hangs up, or the endpoint fell over. Java sends each request twice in this case.',
    fixes: [{ say: 'See which protocol it speaks.', paste: 'curl -ik https://<host:port>/' }],
    seen: seenInJava,
  },
  {
    id: 'endpoint-unknown-ca',
    title: 'Java does not trust the certificate of the token endpoint',
    texts: [
      {
        by: ['java-4'],
        text: 'LoginException: org.apache.kafka.common.KafkaException: javax.net.ssl.SSLHandshakeException: PKIX path building failed',
      },
    ],
    cause:
      'The certificate is of a CA that the JVM does not know. The truststore of the client, ssl.truststore.location, is for brokers only and is not used here.',
    fixes: [
      {
        say: 'Name the CA among the options of sasl.jaas.config.',
        paste: `${propertyNames.jaasConfig}=${classNames.loginModule} required ssl.truststore.type="PEM" ssl.truststore.location="/etc/ssl/ca.pem";`,
      },
    ],
    seen: seenInJava,
  },
  {
    id: 'login-failed-3',
    title: 'The login failed; a line above says why',
    texts: [{ by: ['java-3'], text: 'An internal error occurred while retrieving token from callback handler' }],
    cause:
      'Kafka 3 keeps the reason out of the exception and logs it just before, as an ERROR of OAuthBearerLoginModule.',
    fixes: [
      {
        say: 'Explain the log around it, too: a few lines above are enough.',
        paste: 'grep -B 40 "An internal error occurred" app.log | npx kafka-token-sidecar explain',
      },
    ],
    weight: 'wrapper',
    seen: seenInJava,
  },
  {
    id: 'login-retried',
    title: 'A new token could not be had; the client goes on with the old one and tries again',
    texts: [{ by: java, text: 'LoginException during login retry; will sleep <seconds> seconds before trying again.' }],
    cause: 'A renewal failed. Nothing is broken until the old token ends.',
    fixes: [{ say: 'See what the same log says about the token endpoint.' }],
    weight: 'wrapper',
    seen: seenInJava,
  },
]
