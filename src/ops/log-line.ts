import { shortened } from '../platform/shortened.ts'
import type { SidecarEvent } from '../token/event.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** An event as a line of the log. */
export interface LogLine {
  readonly level: LogLevel
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Info: start, stop, first token, recovery. Warn: failed while an old token still serves. Error: a client got none. */
export function logLine(event: SidecarEvent): LogLine {
  const line = (level: LogLevel, message: string): LogLine => ({ level, message, fields: readable(event) })
  switch (event.type) {
    case 'request-answered':
      if (event.outcome === 'token') return line('debug', 'token given')
      return line(event.outcome === 'failed' ? 'error' : 'warn', event.message ?? 'refused')
    case 'token-obtained':
      if (event.reason === 'renewal') return line('debug', 'token renewed')
      return line('info', event.reason === 'first' ? 'first token obtained' : 'token obtained again after failures')
    case 'token-failed': {
      const { isRepeated, servingForMs, message } = event
      if (servingForMs > 0)
        return line(isRepeated ? 'debug' : 'warn', `${message}; the former token is served meanwhile`)
      return line(isRepeated ? 'debug' : 'error', message)
    }
    case 'token-dropped':
      return line('error', 'the provider refuses this identity; the former token is no longer given')
    case 'token-unchanged':
      return line('debug', 'the renewal brought the same token')
    case 'files-reloaded':
      return line('info', `${event.what} changed and counts from now on`)
    case 'reload-failed':
      return line('error', `${event.what} changed and cannot be used, the former one is: ${event.message}`)
    case 'former-credential-used':
      return line('warn', `the provider refuses the new key or secret, the former one still works: ${event.message}`)
    case 'newest-credential-taken':
      return line('info', 'the provider takes the new key or secret now')
    case 'outlet-written':
      return line(event.isFirst ? 'info' : 'debug', `${event.file} written`)
    case 'outlet-failed':
      return line(event.isRepeated ? 'debug' : 'error', `${event.file} could not be kept fresh: ${event.message}`)
    case 'started':
      return line('info', `listening on ${event.urls.join(' and ')}`)
    case 'stopping':
      return line('info', 'stopping')
    case 'stopped':
      return line('info', 'stopped')
    case 'warning':
      return line('warn', event.message)
  }
}

/** Said by the message already, or, as a token, for the audit stream only. */
const unsaid: readonly string[] = ['type', 'message', 'token', 'isRepeated', 'isFirst']

/** Times as people read them: whole milliseconds, dates in ISO form. */
function readable(event: SidecarEvent): Record<string, unknown> {
  const shown = Object.entries(event).flatMap(([name, value]: [string, unknown]): [string, unknown][] => {
    if (unsaid.includes(name) || value === undefined) return []
    if (name === 'reason' && event.type !== 'request-answered') return []
    if (name === 'reason' && typeof value === 'string') return [[name, shortened(value)]]
    if (name.endsWith('Ms') && typeof value === 'number') return [[name, Math.round(value)]]
    if (name.endsWith('At') && typeof value === 'number') return [[name, new Date(value).toISOString()]]
    return [[name, value]]
  })
  return Object.fromEntries(shown)
}
