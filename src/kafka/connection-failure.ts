import { errorCode } from '../platform/error-code.ts'
import { TokenError, type ErrorCode } from '../token/error.ts'

export interface FailedConnection {
  /** `host:port` */
  readonly address: string
  readonly isTls: boolean
  /** What was under way, as in `ApiVersions`; undefined while connecting. */
  readonly during?: string | undefined
  /** We would show one, if the broker asks. */
  readonly hasCertificate: boolean
  readonly hasLogin: boolean
  /** Why a broker may well cut the connection, if so. */
  readonly session?: 'over' | 'token expired' | undefined
}

interface Failure {
  readonly problem: string
  readonly code?: ErrorCode
  readonly hint?: string
}

/** What broke a connection to a broker, in words. */
export function connectionFailure(thrown: unknown, about: FailedConnection): TokenError {
  if (thrown instanceof TokenError) return thrown
  const code = errorCode(thrown)
  const { problem, hint, code: row } = failureOf(code, about)
  const authority = issuerOf(thrown)
  const message = `${about.address} ${problem}${authority ? ` (issued by ${authority})` : ''}`
  return new TokenError(row ?? 'ERR_KAFKA_UNREACHABLE', message, { cause: thrown, ...(hint !== undefined && { hint }) })
}

function failureOf(code: string, about: FailedConnection): Failure {
  const known = failures[code]
  if (known) return known
  if (closedCodes.has(code)) return closed(about)
  if (/ALERT/.test(code)) return alert(code, about)
  if (/^ERR_OSSL_/.test(code)) {
    return {
      code: 'ERR_KAFKA_TLS',
      problem: `was not asked: our certificate, its key or the CA cannot be used (${code})`,
      hint: 'Name a certificate in PEM form, the key that belongs to it and the passphrase of the key.',
    }
  }
  if (/CERT|TLS|SSL|SIGNATURE|EPROTO/.test(code)) return { code: 'ERR_KAFKA_TLS', problem: `fails at TLS (${code})` }
  return { problem: `cannot be reached (${code})` }
}

const closedCodes = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE'])

/**
 * A broker that dislikes what it reads closes the connection without a word. So does a proxy before a broker that is down:
 * it may pass by itself.
 */
function closed({ during, isTls, hasCertificate, hasLogin, session }: FailedConnection): Failure {
  if (during === undefined) {
    return isTls
      ? { problem: 'closed the connection in the middle of the TLS handshake', hint: plaintextHint }
      : { problem: 'closed the connection at once' }
  }
  if (session === 'over') {
    return { problem: `cut the connection at ${during}: the session of the login is over`, hint: sessionHint }
  }
  if (session === 'token expired') {
    return {
      problem: `cut the connection at ${during}: the delegation token has expired`,
      code: 'ERR_KAFKA_TOKEN_EXPIRED',
    }
  }
  const problem = `closed the connection before it answered ${during}`
  if (during !== 'ApiVersions') return { problem, hint: hasLogin ? logHint : loginHint }
  if (!isTls) return { problem, hint: tlsHint }
  return { problem, hint: hasCertificate ? logHint : certificateHint }
}

const logHint = 'Ask again: the broker may be restarting. If it lasts, its log tells the reason.'
const loginHint =
  'The listener may want a login: set sasl.mechanism and what belongs to it. Else the log of the broker tells the reason.'
const tlsHint =
  'If the listener has TLS, set security.protocol to SASL_SSL or SSL. Else the log of the broker tells the reason.'
const plaintextHint =
  'If the listener has no TLS, set security.protocol to SASL_PLAINTEXT or PLAINTEXT. Else the log of the broker tells the reason.'
const sessionHint =
  'Log in again: the token of the login has expired, or connections.max.reauth.ms of the broker has passed. If it happens at once, compare the clocks of this host and of the brokers.'
const certificateHint =
  'If the listener demands a client certificate (ssl.client.auth=required), name one that its trust store knows: ssl.keystore.location, or tls.certFile and tls.keyFile.'

/** Java's brokers give away little: a certificate that is missing is a bad one, and so is an unknown one. */
function alert(code: string, { hasCertificate }: FailedConnection): Failure {
  const name = code
    .replace(/^.*_ALERT_/, '')
    .toLowerCase()
    .replaceAll('_', ' ')
  const problem = hasCertificate
    ? `does not take our certificate (TLS alert: ${name})`
    : `breaks TLS off (alert: ${name})`
  return { code: 'ERR_KAFKA_TLS', problem, ...(/cert|unknown ca|handshake/.test(name) && { hint: certificateHint }) }
}

const untrusted: Failure = {
  code: 'ERR_KAFKA_TLS',
  problem: 'shows a certificate from a CA that is not trusted here',
  hint: 'Name that CA: ssl.truststore.location, or tls.caFile; NODE_EXTRA_CA_CERTS adds one for everything.',
}

const notTls: Failure = {
  code: 'ERR_KAFKA_PROTOCOL',
  problem: 'does not speak TLS at this port',
  hint: 'Correct the port, or set security.protocol to SASL_PLAINTEXT or PLAINTEXT.',
}

const failures: Readonly<Record<string, Failure>> = {
  ENOTFOUND: { problem: 'cannot be reached: its name has no address' },
  EAI_AGAIN: { problem: 'cannot be reached: its name could not be looked up' },
  ECONNREFUSED: { problem: 'refuses the connection: nothing listens there' },
  ETIMEDOUT: { problem: 'cannot be reached: no connection within the time limit' },
  EHOSTUNREACH: { problem: 'cannot be reached: there is no route to it' },
  ENETUNREACH: { problem: 'cannot be reached: there is no route to its network' },
  CERT_HAS_EXPIRED: {
    code: 'ERR_KAFKA_TLS',
    problem: 'shows a certificate that has expired',
    hint: 'Renew the certificate of the broker, or correct the clock of this host.',
  },
  CERT_NOT_YET_VALID: {
    code: 'ERR_KAFKA_TLS',
    problem: 'shows a certificate that is not valid yet',
    hint: 'Correct the clock of this host.',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: 'ERR_KAFKA_TLS',
    problem: 'shows a certificate for another name',
    hint: 'Use the name in the bootstrap servers, and in advertised.listeners of the brokers, that the certificate has.',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: { ...untrusted, problem: 'shows a self-signed certificate that is not trusted here' },
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  ERR_SSL_HTTP_REQUEST: notTls,
}

/** The platform notes on an error who issued the certificate that is not trusted. */
function issuerOf(thrown: unknown): string | undefined {
  const { certificateIssuer } = (thrown ?? {}) as { certificateIssuer?: unknown }
  return typeof certificateIssuer === 'string' ? certificateIssuer : undefined
}
