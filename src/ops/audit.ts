import type { pino as Pino } from 'pino'
import type { Platform, Timer } from '../platform/platform.ts'
import type { Emit, SidecarEvent } from '../token/event.ts'
import { appendedFile } from './appended-file.ts'
import { auditLine, type AuditLine } from './audit-line.ts'
import { isoTime } from './iso-time.ts'
import { openedLater } from './opened-later.ts'
import { longestBacklogBytes, plainStream, type PlainStream } from './plain-stream.ts'
import { redact } from './redact.ts'

export interface AuditOptions {
  /** `stdout`, `stderr` or the path of a file. */
  readonly to: string
  readonly platform: Pick<Platform, 'now' | 'monotonicNow' | 'setTimer'>
  /** Hears a `warning` when the file cannot be written, once a minute; for the log. */
  readonly emit: Emit
}

/**
 * Reads events, and writes who was given which token, who was refused, and what was done with delegation tokens: one line of
 * JSON each.
 */
export interface Audit {
  readonly emit: Emit
  /** Writes the last summary and what waits; resolves within 2 s. */
  close(): Promise<void>
}

/** Lines of so long go out in one write: one for each of them would cost more than all else. */
const gatherMs = 100
/** How often tokens given are held against calls upstream. */
const summaryMs = 15 * 60_000
const warnAgainMs = 60_000

const nothing = { tokensGiven: 0, delegationTokensGiven: 0, refused: 0, failed: 0, upstreamCalls: 0 }
const counterOf = { token: 'tokensGiven', refused: 'refused', failed: 'failed' } as const

/** The audit stream. It keeps no request waiting: lines that cannot be written wait, then are dropped and counted. */
export function audit({ to, platform, emit }: AuditOptions): Audit {
  let counted = { ...nothing }
  let sinceAt = platform.now()
  let nextSummary: Timer | undefined
  let gathered = { text: '', lines: 0 }
  let lost = { lines: 0, sinceAt: 0 }
  let warnedAt = -Infinity

  const file = isStandard(to) ? undefined : appendedFile({ file: to, platform, onTrouble: warn, onDrained: tellLost })
  let destination: Pick<PlainStream, 'take'> | undefined = file

  const lines = openedLater<AuditLine>(platform, async () => {
    const { pino } = await import('pino')
    destination ??= standardStream(pino)
    // An audit line has no level: nobody may choose to see only some of them.
    const formatters = { level: () => ({ stream: 'audit' }) }
    const logger = pino({ base: null, timestamp: false, formatters, redact }, { write: gather })
    return (line) => {
      logger.info(line)
    }
  })

  function standardStream({ destination }: Pick<typeof Pino, 'destination'>): PlainStream {
    const stream = plainStream({ destination }, to === 'stdout' ? 1 : 2)
    stream.onDrained(tellLost)
    return stream
  }

  function gather(line: string): void {
    gathered.text += line
    if (++gathered.lines === 1) platform.setTimer(handOver, gatherMs, { holdsProcess: true })
  }

  function handOver(): void {
    const { text, lines } = gathered
    if (lines === 0) return
    gathered = { text: '', lines: 0 }
    tellLost()
    if (destination?.take(text)) return
    lost = { lines: lost.lines + lines, sinceAt: lost.lines === 0 ? platform.now() : lost.sinceAt }
  }

  function tellLost(): void {
    if (lost.lines === 0) return
    const { lines, sinceAt } = lost
    const line = { stream: 'audit', time: isoTime(platform.now()), event: 'lost', lines, sinceAt: isoTime(sinceAt) }
    if (destination?.take(`${JSON.stringify(line)}\n`)) lost = { lines: 0, sinceAt: 0 }
  }

  function warn(reason: string): void {
    const now = platform.monotonicNow()
    if (now - warnedAt < warnAgainMs) return
    warnedAt = now
    const message = `audit: cannot write to ${to} (${reason}); requests are answered all the same, and newer lines are dropped once ${longestBacklogBytes / 1024 ** 2} MB wait: make room, or name another file in audit.to`
    emit({ type: 'warning', message })
  }

  function count(what: keyof typeof nothing): void {
    counted[what]++
    nextSummary ??= platform.setTimer(summarize, summaryMs)
  }

  function summarize(): void {
    if (!nextSummary) return
    nextSummary.cancel()
    nextSummary = undefined
    const now = platform.now()
    const { tokensGiven, delegationTokensGiven, ...others } = counted
    lines.write({
      time: isoTime(now),
      event: 'summary',
      tokensGiven,
      // Few sidecars have any.
      delegationTokensGiven: delegationTokensGiven || undefined,
      ...others,
      sinceAt: isoTime(sinceAt),
    })
    counted = { ...nothing }
    sinceAt = now
  }

  return {
    emit(event) {
      if (event.type === 'request-answered') {
        count(event.delegationToken ? 'delegationTokensGiven' : counterOf[event.outcome])
      } else if (upstreamCalls.has(event.type)) count('upstreamCalls')
      const line = auditLine(event, platform.now())
      if (line) lines.write(line)
    },
    async close() {
      summarize()
      await lines.flush()
      handOver()
      await file?.close()
    },
  }
}

/** Each of them is the end of one call to a provider. */
const upstreamCalls: ReadonlySet<SidecarEvent['type']> = new Set(['token-obtained', 'token-failed', 'token-unchanged'])

const isStandard = (to: string): boolean => to === 'stdout' || to === 'stderr'
