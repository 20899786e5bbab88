import { delegationTokenMetrics } from './delegation-token-metrics.ts'
import type { Metric } from './metric.ts'
import { processMetrics } from './process-metrics.ts'
import { profileMetrics } from './profile-metrics.ts'
import { requestMetrics } from './request-metrics.ts'

/** Every metric of ours. */
export const metrics: readonly Metric[] = [
  ...requestMetrics,
  ...profileMetrics,
  ...delegationTokenMetrics,
  ...processMetrics,
]
