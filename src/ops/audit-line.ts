import { shortened } from '../platform/shortened.ts'
import type { DelegationTokenChanged, RequestAnswered, SidecarEvent, ToldDelegationToken } from '../token/event.ts'
import { isoTime } from './iso-time.ts'

/** Fields of one line of the audit stream. What is unknown is undefined, and not printed. */
export type AuditLine = Readonly<Record<string, string | number | readonly string[] | undefined>>

const events = { token: 'token-given', refused: 'refused', failed: 'failed' } as const

/**
 * Who asked for what, and what became of it; what was done with a delegation token, and where it went. Undefined for what is
 * not audited. `now` in milliseconds since the epoch.
 */
export function auditLine(event: RequestAnswered, now: number): AuditLine
export function auditLine(event: SidecarEvent, now: number): AuditLine | undefined
export function auditLine(event: SidecarEvent, now: number): AuditLine | undefined {
  switch (event.type) {
    case 'request-answered':
      return answeredLine(event, now)
    case 'delegation-token-changed':
      return changedLine(event, now)
    case 'outlet-written':
      if (!event.delegationToken) return undefined
      return {
        time: isoTime(now),
        event: 'delegation-token-published',
        target: event.target,
        ...told(event.delegationToken),
        remainingSeconds: remaining(event.delegationToken, now),
      }
    default:
      return undefined
  }
}

function answeredLine(answered: RequestAnswered, now: number): AuditLine {
  const { outcome, caller, provedBy, from, client, profile, token, delegationToken, code, status } = answered
  const { message, reason, traceId } = answered
  return {
    time: isoTime(now),
    event: delegationToken ? 'delegation-token-given' : events[outcome],
    caller,
    provedBy,
    from,
    client,
    profile,
    name: delegationToken?.name,
    subject: token?.subject,
    tokenId: token?.id() ?? delegationToken?.tokenId,
    owner: delegationToken?.owner,
    renewers: delegationToken?.renewers,
    remainingSeconds: remaining(token ?? delegationToken, now),
    code,
    status,
    message: message === undefined ? undefined : shortened(message),
    reason: reason === undefined ? undefined : shortened(reason),
    traceId,
  }
}

function changedLine(changed: DelegationTokenChanged, now: number): AuditLine {
  return {
    time: isoTime(now),
    event: `delegation-token-${changed.action}`,
    ...told(changed),
    expiresAt: isoTime(changed.expiresAt),
    maxLifetimeAt: isoTime(changed.maxLifetimeAt),
    unreachable: changed.unreachable,
    differing: changed.differing,
  }
}

/** Field by field: whatever else an object brings along stays out. */
function told({ name, tokenId, owner, renewers }: ToldDelegationToken): AuditLine {
  return { name, tokenId, owner, renewers }
}

function remaining(token: { readonly expiresAt: number } | undefined, now: number): number | undefined {
  return token && Math.floor((token.expiresAt - now) / 1000)
}
