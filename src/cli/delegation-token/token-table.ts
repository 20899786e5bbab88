import type { DelegationToken } from '../../kafka/delegation-token.ts'
import { dateText, durationText, table } from './table.ts'

export interface TokenTableOptions {
  /** By the wall clock, in milliseconds. */
  readonly now: number
  readonly showsHmac: boolean
}

/** Tokens in the columns of Kafka's tool, and what is left of their life. */
export function tokenTable(tokens: readonly DelegationToken[], { now, showsHmac }: TokenTableOptions): string {
  const hmacColumn = (text: string): readonly string[] => (showsHmac ? [text] : [])
  const head = ['OWNER', 'REQUESTER', 'RENEWERS', 'ISSUEDATE', 'EXPIRYDATE', 'MAXDATE', 'LEFT']
  const rows = tokens.map((token) => [
    token.tokenId,
    ...hmacColumn(token.hmac.reveal()),
    token.owner,
    token.requester ?? '',
    token.renewers.join(','),
    dateText(token.issuedAt),
    dateText(token.expiresAt),
    dateText(token.maxLifetimeAt),
    isExpired(token, now) ? 'expired, not swept yet' : durationText(token.expiresAt - now),
  ])
  return table([['TOKENID', ...hmacColumn('HMAC'), ...head], ...rows])
}

/** Brokers let in who has an expired token until it is swept, and cut the connection. */
export function isExpired({ expiresAt }: DelegationToken, now: number): boolean {
  return expiresAt <= now
}
