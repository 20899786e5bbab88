import type { RequestAnswered } from '../token/event.ts'
import type { WireRequest } from './wire-message.ts'

/** Which client library asks, by its User-Agent; librdkafka sends none. */
export function clientOf({ headers }: WireRequest): RequestAnswered['client'] {
  const agent = headers['user-agent']
  if (typeof agent !== 'string') return 'librdkafka'
  if (agent.startsWith('Java')) return 'java'
  if (agent.startsWith('Go-http-client')) return 'go'
  if (agent.startsWith('python')) return 'python'
  if (agent.startsWith('curl')) return 'curl'
  if (agent.startsWith('node') || agent.startsWith('undici')) return 'node'
  return 'other'
}
