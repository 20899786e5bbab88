import type { Api } from './api.ts'
import {
  delegationTokenPeriod,
  type DelegationTokenPeriodAnswer,
  type DelegationTokenPeriodRequest,
} from './delegation-token-period.ts'

/** The period may also be shorter than what is left. */
export const renewDelegationToken: Api<DelegationTokenPeriodRequest, DelegationTokenPeriodAnswer> = {
  name: 'RenewDelegationToken',
  key: 39,
  ...delegationTokenPeriod,
}
