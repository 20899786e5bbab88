import { isLoopback } from '../platform/loopback.ts'
import type { Secret } from '../platform/secret.ts'
import { readJwtShape } from '../token/jwt-shape.ts'
import type { KafkaLogin } from '../kafka/access.ts'
import type { Patient } from './patient.ts'
import { broken, type Outcome } from './step.ts'
import { hostAndPort } from './words.ts'

/** `bootstrap.<cluster>.<region>.managedkafka.<project>.cloud.goog`, and `broker-0.…` */
const managedKafka = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.managedkafka\.[a-z0-9-]+(\.[a-z0-9-]+)*\.cloud\.goog\.?$/i

/** Google's Managed Kafka: only a host below a domain of Google can have this name, and TLS proves it. */
export function isManagedKafka(host: string): boolean {
  return managedKafka.test(host)
}

/** Whether somebody who is given it can use an access token of Google's: in an envelope, or bare. */
export function isGoogleToken(token: Secret): boolean {
  const text = token.reveal()
  if (text.startsWith('ya29.')) return true
  const alg = readJwtShape(text)?.header['alg']
  if (alg === 'GOOG_OAUTH2_TOKEN') return true
  return Buffer.from(text.slice(text.lastIndexOf('.') + 1), 'base64url')
    .toString('latin1')
    .startsWith('ya29.')
}

export interface Sending {
  /** `host:port` */
  readonly address: string
  readonly isTls: boolean
  /** The name in the certificate of the broker is checked. */
  readonly checksName: boolean
  readonly login: KafkaLogin | undefined
  /** What is sent, of a login by a token. */
  readonly token: Secret | undefined
}

/**
 * Why the secret of the login must not be sent there; undefined where it may. A broker that refuses a token writes it into its
 * log as a whole, and on plaintext everybody on the way reads it.
 */
export function reasonNotToSend(
  { address, isTls, checksName, login, token }: Sending,
  { allow }: Pick<Patient, 'allow'>,
): Outcome | undefined {
  const host = hostAndPort(address)?.host ?? ''
  const secret =
    login?.mechanism === 'OAUTHBEARER' ? 'the token' : login?.mechanism === 'PLAIN' ? 'the password' : undefined
  if (secret === undefined) return undefined
  if (!isTls && !isLoopback(host) && !allow.tokenOverPlaintext) {
    return broken(`${secret} was not sent: ${address} is asked without TLS, where everybody on the way reads it`, {
      remedies: [
        { say: 'Use the listener of the brokers that has TLS.', paste: 'security.protocol=SASL_SSL' },
        { say: 'If the way there is safe, allow it.', paste: '--allow-token-over-plaintext' },
      ],
    })
  }
  if (!token || !isGoogleToken(token) || allow.googleTokenElsewhere) return undefined
  if (isManagedKafka(host) && isTls && checksName) return undefined
  const why = isManagedKafka(host) ? 'its certificate is not checked' : "it is no broker of Google's Managed Kafka"
  return broken(`the token was not sent to ${address}: ${why}, and brokers write what they refuse into their log`, {
    remedies: [
      {
        say: "The token is a live access token of Google's in an envelope. Other brokers want a JWT: use the source that your brokers trust, or for brokers that trust https://accounts.google.com an ID token.",
        paste: '--format id-token --audience kafka',
      },
      {
        say: 'If this is a way to Managed Kafka, such as a tunnel or a proxy of yours, allow it.',
        paste: '--allow-google-token-elsewhere',
      },
    ],
  })
}
