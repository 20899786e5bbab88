import type { DestinationStream, Logger, pino as Pino } from 'pino'
import type { Platform } from '../platform/platform.ts'
import type { Emit } from '../token/event.ts'
import { logLine, type LogLevel, type LogLine } from './log-line.ts'

export interface LogOptions {
  readonly level: LogLevel | 'silent'
  /** 1 is standard output, 2 standard error. */
  readonly fd?: 1 | 2
  /** One line for a person instead of JSON. */
  readonly pretty?: boolean
  readonly platform: Pick<Platform, 'setTimer'>
}

const rank = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 }

/** The first line waits this long, because loading the logger would keep the first token waiting. */
const loadDelayMs = 25

/** Structured lines (JSON) from events. This is the one place that writes the log. */
export function log(options: LogOptions): Emit {
  const { level, platform } = options
  let logger: Logger | undefined
  let early: LogLine[] = []

  async function open(): Promise<void> {
    const opened = await openLogger(options)
    for (const line of early) write(opened, line)
    early = []
    logger = opened
  }

  return (event) => {
    // Most events are the answers to requests, which cost nothing unless they are logged.
    if (event.type === 'request-answered' && event.outcome === 'token' && level !== 'debug') return
    const line = logLine(event)
    if (rank[line.level] < rank[level]) return
    if (logger) write(logger, line)
    else if (early.push(line) === 1) platform.setTimer(() => void open(), loadDelayMs, { holdsProcess: true })
  }
}

function write(logger: Logger, { level, fields, message }: LogLine): void {
  logger[level](fields, message)
}

async function openLogger({ level, fd = 1, pretty = false }: LogOptions): Promise<Logger> {
  const { pino } = await import('pino')
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Events have no field for a secret; this is the second wall.
      redact: {
        paths: ['token', 'access_token', 'value', 'authorization', '*.access_token', '*.authorization'],
        censor: '[secret]',
      },
    },
    pretty ? await prettyStream(fd) : plainStream(pino, fd),
  )
}

/** More than this is not kept for a reader that stalls: newer lines are dropped. */
const longestBacklogBytes = 4 * 1024 * 1024

function plainStream({ destination }: Pick<typeof Pino, 'destination'>, fd: 1 | 2): DestinationStream {
  // A reader that stalls must not stop the endpoint, so lines are written in the background.
  let retries = 0
  const retryEAGAIN = (): boolean => ++retries % 20 !== 0
  const stream = destination({ fd, sync: false, maxLength: longestBacklogBytes, retryEAGAIN })
  // Whoever read our log is gone; that is no reason to stop serving.
  stream.on('error', () => undefined)
  const flush = stream.flushSync.bind(stream)
  stream.flushSync = () => {
    try {
      flush()
    } catch {
      // The reader stalls to the very end: its last lines are lost, but the end is an orderly one.
    }
  }
  return stream
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
