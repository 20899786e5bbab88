import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Platform } from '../../platform/platform.ts'
import { TokenError, type ErrorCode } from '../../token/error.ts'
import { rawAnswer } from '../broken-request.ts'

export interface TlsFailuresOptions {
  readonly platform: Pick<Platform, 'monotonicNow'>
  /** Hears of each reason once a minute. */
  readonly onRefusal?: ((error: TokenError, from: string | undefined) => void) | undefined
}

/** Listens to `tlsClientError`: tells in words why a handshake failed, and ends its connection. */
export type TlsFailures = (error: NodeJS.ErrnoException & { readonly reason?: string }, socket: TLSSocket) => void

const silentMs = 60_000

export function tlsFailures({ platform, onRefusal }: TlsFailuresOptions): TlsFailures {
  const toldAt = new Map<Reason, number>()

  return (error, socket) => {
    const { remoteAddress } = socket
    const text = `${error.code ?? ''} ${error.reason ?? ''}`.toLowerCase()
    const reason = reasons.find(({ looks }) => looks.test(text)) ?? other
    // TLS has no words for this; HTTP has. Only the connection below TLS can still be written to.
    if (reason === plainHttp) below(socket)?.end(rawAnswer(refusedFor(reason, error)))
    socket.destroy()
    // Load balancers and probes open connections and close them again, and mean nothing by it.
    if (reason === gone) return
    const now = platform.monotonicNow()
    if (now - (toldAt.get(reason) ?? -Infinity) < silentMs) return
    toldAt.set(reason, now)
    onRefusal?.(refusedFor(reason, error), remoteAddress)
  }
}

function refusedFor({ code = 'ERR_REQUEST_TLS', message, hint }: Reason, cause: Error): TokenError {
  return new TokenError(code, message, { cause, ...(hint !== undefined && { hint }) })
}

/** The connection that TLS runs on. Node keeps it in a field without documentation; without that the log alone tells. */
function below(socket: TLSSocket): Socket | undefined {
  const { _parent: parent } = socket as TLSSocket & { _parent?: Socket | null }
  return parent?.writable ? parent : undefined
}

interface Reason {
  /** Node's code and OpenSSL's reason, in lower case. Alerts are what the client said. */
  readonly looks: RegExp
  readonly code?: ErrorCode
  readonly message: string
  readonly hint?: string
}

const plainHttp: Reason = {
  looks: /http request|https proxy request/,
  code: 'ERR_REQUEST_MALFORMED',
  message: 'plain HTTP was sent to a port that speaks TLS',
  hint: 'Use https:// in sasl.oauthbearer.token.endpoint.url.',
}
const gone: Reason = { looks: /econnreset|epipe/, message: 'the client has gone' }
const other: Reason = { looks: /^/, message: 'a TLS handshake failed' }

const reasons: readonly Reason[] = [
  plainHttp,
  gone,
  {
    looks: /alert (unknown ca|bad certificate|certificate unknown|unsupported certificate|unknown)/,
    message: 'a client does not trust the TLS certificate of this sidecar',
    hint: 'Let it trust the CA (Java: ssl.truststore.location and ssl.truststore.type in sasl.jaas.config; librdkafka: https.ca.location). The certificate has to name the host in the URL, and listen.tls.certFile has to hold those between it and the CA too.',
  },
  {
    looks: /alert (certificate expired|certificate revoked)/,
    message: 'to a client the TLS certificate of this sidecar has expired or is revoked',
    hint: 'Put a new certificate into listen.tls.certFile: it is read without a restart. Compare the clocks of both hosts, too.',
  },
  {
    looks: /timeout/,
    code: 'ERR_REQUEST_TIMEOUT',
    message: 'a TLS handshake did not end in time',
    hint: 'Look for a network that loses packets, or for something that only opens connections.',
  },
  {
    looks: /unsupported protocol|protocol version|version too low/,
    message: 'a client speaks no version of TLS from 1.2 on',
    hint: 'Let the client use TLS 1.2 or 1.3 (ssl.enabled.protocols in sasl.jaas.config for Java).',
  },
  {
    looks: /no shared cipher|no suitable signature|no suitable key share|handshake failure|no shared group/,
    message: 'a client and this sidecar have no cipher or signature in common',
    hint: 'Update the client, or use a certificate with an RSA key of 2048 bits or an EC key on P-256.',
  },
  {
    looks: /no.application.protocol/,
    message: 'a client insists on another protocol than HTTP/1.1',
    hint: 'Let the client use HTTP/1.1, as every Kafka client does.',
  },
  {
    looks:
      /wrong version number|packet length|unknown protocol|bad record|unexpected message|record layer|decode error/,
    code: 'ERR_REQUEST_MALFORMED',
    message: 'something that is not TLS was sent to a port that speaks TLS',
    hint: 'Use https:// in sasl.oauthbearer.token.endpoint.url, and the port of the sidecar nowhere else.',
  },
]
