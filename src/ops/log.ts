import type { DestinationStream, Logger } from 'pino'
import type { Platform } from '../platform/platform.ts'
import type { Emit } from '../token/event.ts'
import { logLine, type LogLevel, type LogLine } from './log-line.ts'
import { openedLater } from './opened-later.ts'
import { plainStream } from './plain-stream.ts'
import { redact } from './redact.ts'

export interface LogOptions {
  readonly level: LogLevel | 'silent'
  /** 1 is standard output, 2 standard error. */
  readonly fd?: 1 | 2
  /** One line for a person instead of JSON. */
  readonly pretty?: boolean
  readonly platform: Pick<Platform, 'setTimer'>
}

const rank = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 }

/** Structured lines (JSON) from events. This is the one place that writes the log. */
export function log(options: LogOptions): Emit {
  const { level, platform } = options
  const lines = openedLater<LogLine>(platform, async () => {
    const logger = await openLogger(options)
    return (line) => {
      logger[line.level](line.fields, line.message)
    }
  })

  return (event) => {
    // Most events are the answers to requests, which cost nothing unless they are logged.
    if (event.type === 'request-answered' && event.outcome === 'token' && level !== 'debug') return
    const line = logLine(event)
    if (rank[line.level] >= rank[level]) lines.write(line)
  }
}

async function openLogger({ level, fd = 1, pretty = false }: LogOptions): Promise<Logger> {
  const { pino } = await import('pino')
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { ...redact, paths: [...redact.paths, '*.access_token', '*.authorization'] },
    },
    pretty ? await prettyStream(fd) : plainStream(pino, fd),
  )
}

async function prettyStream(fd: 1 | 2): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty')
  return pretty({
    destination: fd,
    sync: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    singleLine: true,
  })
}
