import { shortened } from '../platform/shortened.ts'
import type { DelegationTokenChanged, SidecarEvent } from '../token/event.ts'
import { isoTime } from './iso-time.ts'

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
      if (event.outcome === 'token')
        return line('debug', event.delegationToken ? 'delegation token given' : 'token given')
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
      return line(event.isFirst ? 'info' : 'debug', `${event.target} written`)
    case 'outlet-failed':
      return line(event.isRepeated ? 'debug' : 'error', `${event.target} could not be kept fresh: ${event.message}`)
    case 'delegation-token-changed':
      return line(event.action === 'renewed' ? 'debug' : 'info', changed(event))
    case 'delegation-token-failed': {
      const { isRepeated, expiresAt, name, message } = event
      const said = `delegation token ${name}: ${message}`
      if (expiresAt === undefined) return line(isRepeated ? 'debug' : 'error', said)
      return line(isRepeated ? 'debug' : 'warn', `${said}; the one that is published stays so meanwhile`)
    }
    case 'started':
      return line('info', `listening on ${event.urls.join(' and ')}`)
    case 'admin-listening':
      return line('info', `health, metrics and admin page at ${event.urls.join(' and ')}`)
    case 'admin-action':
      if (event.action === 'quit') return line('info', 'asked to end by POST /quitquitquit')
      return line('info', 'the token was dropped by POST /flush, the next client gets a new one')
    case 'draining':
      // On loopback nobody balances load, and there is nothing to wait for.
      return line(event.delayMs > 0 ? 'info' : 'debug', 'draining: answered on, but no longer ready')
    case 'stopping':
      return line('info', 'stopping')
    case 'stopped':
      return line('info', 'stopped')
    case 'warning':
      return line('warn', event.message)
  }
}

function changed({ action, name, unreachable = [], differing = [] }: DelegationTokenChanged): string {
  const token = `delegation token ${name}`
  switch (action) {
    case 'created':
      return `${token} made`
    case 'adopted':
      return `${token} found at the cluster`
    case 'renewed':
      return `${token} renewed`
    case 'usable':
      if (differing.length > 0)
        return `${token} is given from now on, although not every broker takes it: its former one ends`
      return `${token} is taken by every broker${unreachable.length > 0 ? ' that could be asked' : ''}, and given from now on`
    case 'rekeyed':
      return `${token} has another HMAC, as the secret key of the brokers changed, and is given with it from now on`
    case 'lapsing':
      return `the former ${token} is left to lapse: its successor is given`
    case 'expired':
      return `${token} expired by us`
  }
}

/** Said by the message already, or, as a token, for the audit stream only. */
const unsaid: readonly string[] = ['type', 'message', 'token', 'isRepeated', 'isFirst']

/** Times as people read them: whole milliseconds, dates in ISO form. */
function readable(event: SidecarEvent): Record<string, unknown> {
  // Its fields are those of the events about it.
  const { delegationToken, ...rest } = 'delegationToken' in event ? event : { ...event, delegationToken: undefined }
  const shown = Object.entries({ ...rest, ...delegationToken }).flatMap(
    ([name, value]: [string, unknown]): [string, unknown][] => {
      if (unsaid.includes(name) || value === undefined) return []
      if (name === 'reason' && event.type !== 'request-answered') return []
      if (name === 'reason' && typeof value === 'string') return [[name, shortened(value)]]
      if (name.endsWith('Ms') && typeof value === 'number') return [[name, Math.round(value)]]
      if (name.endsWith('At') && typeof value === 'number') return [[name, isoTime(value)]]
      return [[name, value]]
    },
  )
  return Object.fromEntries(shown)
}
