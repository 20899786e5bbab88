import type { Api } from './api.ts'

export interface DelegationTokenPeriodRequest {
  readonly hmac: Buffer
  /** Counted from now; negative: what the brokers have configured when renewing, the removal of the token when expiring. */
  readonly periodMs: number | bigint
}

export interface DelegationTokenPeriodAnswer {
  readonly errorCode: number
  readonly expiresAt: number
}

/** What renewing and expiring have in common, which is all but the name. */
export const delegationTokenPeriod: Omit<
  Api<DelegationTokenPeriodRequest, DelegationTokenPeriodAnswer>,
  'name' | 'key'
> = {
  versions: [1, 2],
  flexibleFrom: 2,
  write(out, { hmac, periodMs }) {
    out.bytes(hmac)
    out.int64(periodMs)
    out.tags()
  },
  read(from) {
    const answer = { errorCode: from.int16(), expiresAt: from.int64() }
    from.int32()
    from.tags()
    return answer
  },
}
