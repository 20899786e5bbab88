import { askDoctor, decodeToken, java, seenInJava, validatorLogger } from './said.ts'
import type { Printer, Trouble } from './trouble.ts'

const everyClient: readonly Printer[] = ['java-4', 'java-3', 'librdkafka', 'go', 'python', 'broker']

/** What Java clients print when brokers refuse their tokens or cannot be reached. */
export const javaBrokerTroubles: readonly Trouble[] = [
  {
    id: 'invalid-token',
    title: 'The broker refuses the token',
    texts: [{ by: everyClient, text: '{"status":"invalid_token"}' }],
    cause:
      'The broker checked the token and did not accept it. It tells the client no more than this: issuer, audience, expiry, clock, key and form are all possible. Only its own log has the reason.',
    fixes: [askDoctor, decodeToken, validatorLogger],
    seen: seenInJava,
  },
  {
    id: 'terminated-during-authentication',
    title: 'The broker, or something before it, closed the connection in the middle of the login',
    texts: [
      { by: java, text: 'terminated during authentication. This may happen due to any of the following reasons:' },
    ],
    cause:
      'Most often: the client speaks TLS to a listener without, or the other way round; a token of more than 512 KB (sasl.server.max.receive.size); wrong credentials at a broker older than 1.0; a firewall or load balancer that cuts what it does not know.',
    fixes: [
      {
        say: 'Compare security.protocol with the listener behind this port: SASL_SSL where it has TLS.',
        paste: 'openssl s_client -connect <host:port> </dev/null',
      },
      {
        say: 'See how large the token is: groups and roles make it grow.',
        paste: 'npx kafka-token-sidecar token | wc -c',
      },
      askDoctor,
    ],
    codes: ['ERR_TOKEN_TOO_LARGE'],
    seen: seenInJava,
  },
  {
    id: 'no-kafka-there',
    title: 'What answers at this port does not speak SASL as Kafka does',
    texts: [
      { by: java, text: 'Invalid SASL mechanism response, server may be expecting a different protocol' },
      { by: java, text: 'Invalid SASL mechanism response, server may be expecting only GSSAPI tokens' },
    ],
    cause:
      'The port is of something else: HTTP, a proxy, a load balancer that speaks first, or a listener of another kind.',
    fixes: [
      {
        say: 'Compare bootstrap.servers with the listeners of the brokers.',
        paste: 'bootstrap.servers=<host:port of the SASL listener>',
      },
    ],
    seen: { notRun: 'no server at hand answers so' },
  },
  {
    id: 'disconnected',
    title: 'The broker cuts the connection without a word',
    texts: [
      { by: java, text: 'Bootstrap broker <broker> (id: <id> rack: <rack>) disconnected' },
      { by: java, text: 'due to node <node> being disconnected (elapsed time since creation:' },
    ],
    cause:
      'If it comes again and again without an authentication error: the client speaks PLAINTEXT to a listener with SASL; or its credentials have ended. A token in the 30 s after its end, and a delegation token until the controller sweeps it, are let in and cut at the first request.',
    fixes: [
      { say: 'Compare security.protocol with the listener behind this port.', paste: 'security.protocol=SASL_SSL' },
      {
        say: 'See whether the token or delegation token has ended.',
        paste: 'npx kafka-token-sidecar token --decode\nnpx kafka-token-sidecar delegation-token check <file>',
      },
      askDoctor,
    ],
    weight: 'symptom',
    seen: seenInJava,
  },
  {
    id: 'metadata-timeout',
    title: 'The client could not learn of the topic in time; a reason stands elsewhere',
    texts: [
      { by: java, text: 'Topic <topic> not present in metadata after <ms> ms.' },
      { by: java, text: 'Timeout expired while fetching topic metadata' },
      { by: java, text: 'Timed out waiting for a node assignment. Call: <call>' },
      {
        by: java,
        text: 'Timeout of <ms>ms expired before the position for partition <partition> could be determined',
        unseen: true,
      },
    ],
    cause:
      'This is what applications see of almost everything: no connection, TLS, a login that is cut, or a topic that is not there. The client logs why, as warnings of NetworkClient.',
    fixes: [{ say: 'Explain the whole log, from the start of the client on, and not this line alone.' }, askDoctor],
    weight: 'symptom',
    seen: seenInJava,
  },
  {
    id: 'broker-unreachable',
    title: 'No connection to a broker',
    texts: [
      { by: java, text: 'Connection to node <node> (<address>) could not be established. Node may not be available.' },
    ],
    cause:
      'Nothing listens there, or a firewall is in the way. Where bootstrap.servers can be reached and this is another address, it is advertised.listeners of the broker that is wrong for where the client runs.',
    fixes: [
      {
        say: 'Try the port from where the client runs.',
        paste: ({ address = '<host:port>' }) =>
          `nc -vz ${(address.split('/')[0] || '<host>').replace(':', ' ')} ${address.split(':').at(-1) ?? '<port>'}`,
      },
      askDoctor,
    ],
    weight: 'symptom',
    seen: seenInJava,
  },
  {
    id: 'bootstrap-unresolvable',
    title: 'No name in bootstrap.servers has an address',
    texts: [
      { by: java, text: 'No resolvable bootstrap urls given in bootstrap.servers' },
      { by: java, text: "Couldn't resolve server <server> from bootstrap.servers as DNS resolution failed for <host>" },
    ],
    cause: 'The name is wrong, or is only known in another network or namespace.',
    fixes: [{ say: 'Look it up where the client runs.', paste: ({ host = '<host>' }) => `getent hosts ${host}` }],
    seen: seenInJava,
  },
  {
    id: 'plaintext-at-tls',
    title: 'The client speaks without TLS to a listener with TLS',
    texts: [{ by: java, text: "Uncaught exception in thread '<thread>': java.lang.OutOfMemoryError: Java heap space" }],
    cause:
      'The client takes the first bytes of the TLS alert for the length of an answer and asks for that much memory. The heap is not too small.',
    fixes: [{ say: 'Speak TLS.', paste: 'security.protocol=SASL_SSL' }],
    seen: seenInJava,
  },
]
