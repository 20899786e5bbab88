import type { Api } from './api.ts'
import {
  delegationTokenPeriod,
  type DelegationTokenPeriodAnswer,
  type DelegationTokenPeriodRequest,
} from './delegation-token-period.ts'

export const expireDelegationToken: Api<DelegationTokenPeriodRequest, DelegationTokenPeriodAnswer> = {
  name: 'ExpireDelegationToken',
  key: 40,
  ...delegationTokenPeriod,
}
