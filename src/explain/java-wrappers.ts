import { java, seenInJava } from './said.ts'
import type { Trouble } from './trouble.ts'

/** What stands around the reason. */
export const javaWrapperTroubles: readonly Trouble[] = [
  {
    id: 'client-not-built',
    title: 'The Kafka client could not be built; the last Caused by says why',
    texts: [
      { by: java, text: 'Failed to construct kafka producer' },
      { by: java, text: 'Failed to construct kafka consumer' },
      { by: java, text: 'Failed to create new KafkaAdminClient' },
      { by: java, text: 'Failed to create new NetworkClient' },
    ],
    cause: 'This is the outermost of several exceptions; the one that tells the reason is the last.',
    fixes: [{ say: 'Explain the whole stack trace, down to the last Caused by.' }],
    weight: 'wrapper',
    seen: seenInJava,
  },
  {
    id: 'tls-handshake-failed',
    title: 'A TLS handshake failed; the last Caused by says why',
    texts: [{ by: [...java, 'broker'], text: 'SSL handshake failed' }],
    cause:
      'Most often the certificate is not trusted, is for another name, or the listener wants a certificate of the client. A broker only logs that a client hung up: the reason is in the log of that client.',
    fixes: [
      {
        say: 'Explain the whole stack trace of the client. To see the handshake from outside:',
        paste: 'openssl s_client -connect <host:port> </dev/null',
      },
    ],
    weight: 'symptom',
    seen: seenInJava,
  },
  {
    id: 'authentication-failed',
    title: 'A login at a broker failed; the text in brackets says why',
    texts: [
      { by: [...java, 'broker'], text: 'Failed authentication with <address> (channelId=<channel>) (<reason>)' },
      { by: [...java, 'broker'], text: 'failed authentication due to: <reason>' },
    ],
    cause: ({ reason = 'what stands there' }) => `The reason that is given: ${reason}`,
    fixes: [{ say: 'Explain the log of the other side, too: brokers keep reasons to themselves.' }],
    weight: 'wrapper',
    seen: seenInJava,
  },
]
