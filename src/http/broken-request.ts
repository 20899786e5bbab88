import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { TokenError } from '../token/error.ts'
import { refusal } from './token-answer.ts'

/** What never became a request: too slow, too large, or not HTTP. Undefined where nobody is there to be answered. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): TokenError | undefined {
  // An answer that has begun would be garbled by another.
  const inFlight = (socket as Socket & { _httpMessage?: { headersSent: boolean } })._httpMessage
  if (!socket.writable || inFlight?.headersSent || error.code === 'ECONNRESET') {
    socket.destroy()
    return undefined
  }
  const broken = brokenRequest(error.code, 'encrypted' in socket)
  socket.end(rawAnswer(broken))
  return broken
}

/** An answer as it stands on the wire, for connections that have no response to write to. */
export function rawAnswer(error: TokenError): string {
  const { status, headers, body } = refusal(error)
  const isLate = status === 408
  const lines = Object.entries({
    ...headers,
    'Content-Length': isLate ? '0' : headers['Content-Length'],
    Connection: 'close',
  })
  const head = lines.map(([name, value]) => `${name}: ${value ?? ''}\r\n`).join('')
  // Who was too slow to say who it is may be librdkafka, which must not get a body with a 408.
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${isLate ? '' : body}`
}

function brokenRequest(code: string | undefined, isSecure: boolean): TokenError {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new TokenError('ERR_REQUEST_HEADERS_TOO_LARGE', 'the request headers are too large')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new TokenError('ERR_REQUEST_TIMEOUT', 'the request did not arrive in time')
  const hint = isSecure ? { hint: 'Send HTTP/1.1 within TLS, as every Kafka client does.' } : {}
  return new TokenError('ERR_REQUEST_MALFORMED', 'the request is not HTTP/1.1', hint)
}
