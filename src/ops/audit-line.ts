import { shortened } from '../platform/shortened.ts'
import type { RequestAnswered } from '../token/event.ts'

/** Fields of one line of the audit stream. What is unknown is undefined, and not printed. */
export type AuditLine = Readonly<Record<string, string | number | undefined>>

const events = { token: 'token-given', refused: 'refused', failed: 'failed' } as const

/** Who asked for what, and what became of it. `now` in milliseconds since the epoch. */
export function auditLine(answered: RequestAnswered, now: number): AuditLine {
  const { outcome, caller, provedBy, from, client, profile, token, code, status, message, reason } = answered
  return {
    time: isoTime(now),
    event: events[outcome],
    caller,
    provedBy,
    from,
    client,
    profile,
    subject: token?.subject,
    tokenId: token?.id(),
    remainingSeconds: token && Math.floor((token.expiresAt - now) / 1000),
    code,
    status,
    message: message === undefined ? undefined : shortened(message),
    reason: reason === undefined ? undefined : shortened(reason),
  }
}

export function isoTime(at: number): string {
  return new Date(at).toISOString()
}
