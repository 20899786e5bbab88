import type { ObservedDelegationToken, ObservedOutlet } from '../observed/observed.ts'
import { prefix, type Metric, type MetricsView, type Sample } from './metric.ts'

/** More of them are not told: whoever keeps thousands looks at the log. */
const mostTold = 1_000

function perToken(
  name: string,
  help: string,
  type: Metric['type'],
  value: (token: ObservedDelegationToken | undefined) => number | undefined,
): Metric {
  const samples = ({ observed, role }: MetricsView): readonly Sample[] => {
    const known = observed.delegationTokens
    return role.delegationTokens.slice(0, mostTold).flatMap((token): Sample[] => {
      const found = value(known.get(token))
      return found === undefined ? [] : [{ labels: { name: token }, value: found }]
    })
  }
  return { name: `${prefix}delegation_token_${name}`, help, type, labels: ['name'], samples }
}

function perOutlet(
  name: string,
  help: string,
  type: Metric['type'],
  value: (outlet: ObservedOutlet) => number | undefined,
): Metric {
  const samples = ({ observed }: MetricsView): readonly Sample[] =>
    [...observed.outlets.values()].slice(0, mostTold).flatMap((outlet): Sample[] => {
      const found = value(outlet)
      return found === undefined ? [] : [{ labels: { target: outlet.target }, value: found }]
    })
  return { name: `${prefix}outlet_${name}`, help, type, labels: ['target'], samples }
}

const inSeconds = (at: number | undefined): number | undefined => (at === undefined ? undefined : at / 1000)

/** What is kept for clients that do not come: delegation tokens, and where tokens are written to. */
export const delegationTokenMetrics: readonly Metric[] = [
  perToken('ready', 'Whether clients are given the delegation token: 1 or 0.', 'gauge', (token) =>
    Number(token?.isUsable ?? false),
  ),
  perToken(
    'expiry_timestamp_seconds',
    'When the delegation token that is given ends unless it is renewed.',
    'gauge',
    (token) => inSeconds(token?.expiresAt),
  ),
  perToken(
    'max_lifetime_timestamp_seconds',
    'Until when it can be renewed; another one takes its place before.',
    'gauge',
    (token) => inSeconds(token?.maxLifetimeAt),
  ),
  perToken('renewals_total', 'How often it was renewed or replaced.', 'counter', (token) => token?.renewals ?? 0),
  perToken(
    'failures_total',
    'How often it could not be made, checked or renewed.',
    'counter',
    (token) => token?.failures ?? 0,
  ),
  perToken('failing', '1 while that fails, 0 otherwise; the one that is given stays so meanwhile.', 'gauge', (token) =>
    Number(token?.failure !== undefined),
  ),
  perOutlet('last_written_timestamp_seconds', 'When a file or Secret was last written.', 'gauge', ({ writtenAt }) =>
    inSeconds(writtenAt),
  ),
  perOutlet('writes_total', 'How often a file or Secret was written.', 'counter', ({ writes }) => writes),
  perOutlet(
    'failures_total',
    'How often a file or Secret could not be kept fresh.',
    'counter',
    ({ failures }) => failures,
  ),
  perOutlet('failing', '1 while that fails, 0 otherwise.', 'gauge', ({ failure }) => Number(failure !== undefined)),
]
