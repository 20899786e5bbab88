import { version } from '../../version.ts'
import { readiness } from '../health.ts'
import { prefix, type Metric } from './metric.ts'

/** The sidecar itself. What Node tells of memory, CPU, files and its event loop has the usual names of `prom-client`. */
export const processMetrics: readonly Metric[] = [
  {
    name: `${prefix}build_info`,
    help: 'Always 1, with the version of the sidecar and of Node.',
    type: 'gauge',
    labels: ['version', 'node'],
    samples: () => [{ labels: { version, node: process.version }, value: 1 }],
  },
  {
    name: `${prefix}ready`,
    help: 'What /readyz says: 1 or 0.',
    type: 'gauge',
    labels: [],
    samples: ({ observed, role }) => [{ labels: {}, value: Number(readiness(role, observed).isReady) }],
  },
  {
    name: `${prefix}draining`,
    help: '1 from the signal to stop on, 0 before.',
    type: 'gauge',
    labels: [],
    samples: ({ observed }) => [{ labels: {}, value: Number(observed.phase === 'draining') }],
  },
  {
    name: `${prefix}reloads_total`,
    help: 'Changed configuration, keys, secrets and certificates that were taken.',
    type: 'counter',
    labels: [],
    samples: ({ observed }) => [{ labels: {}, value: observed.reloads }],
  },
  {
    name: `${prefix}reload_failures_total`,
    help: 'Changed configuration, keys, secrets and certificates that cannot be used; the former ones are.',
    type: 'counter',
    labels: [],
    samples: ({ observed }) => [{ labels: {}, value: observed.reloadFailures }],
  },
]
