import type { ObservedProfile } from '../observed/observed.ts'
import { folded, histogramSamples, prefix, type Folding, type Metric, type MetricsView, type Sample } from './metric.ts'

const upstreamName = `${prefix}upstream_duration_seconds`

type Value = (profile: ObservedProfile, now: number) => number | undefined

/** One value for each profile that is used. */
function perProfile(name: string, help: string, type: Metric['type'], folding: Folding, value: Value): Metric {
  return {
    name: prefix + name,
    help,
    type,
    labels: ['profile'],
    samples: (view) =>
      folded(
        used(view).flatMap((profile): Sample[] => {
          const found = value(profile, view.now)
          return found === undefined ? [] : [{ labels: { profile: view.labelOf(profile.name) }, value: found }]
        }),
        folding,
      ),
  }
}

function used({ observed }: MetricsView): readonly ObservedProfile[] {
  return [...observed.profiles.values()].filter(({ isUsed }) => isUsed)
}

/** Tokens and where they come from. */
export const profileMetrics: readonly Metric[] = [
  {
    name: `${prefix}upstream_calls_total`,
    help: 'Calls to the provider of a profile: obtained, unchanged (the token that was there already) or failed.',
    type: 'counter',
    labels: ['profile', 'source', 'outcome'],
    samples: (view) =>
      folded(
        used(view).flatMap(({ name, source, upstream: { calls, failures, unchanged } }): Sample[] => {
          if (source === '') return []
          const outcomes = { obtained: calls - failures - unchanged, unchanged, failed: failures }
          const profile = view.labelOf(name)
          return Object.entries(outcomes).map(([outcome, value]) => ({ labels: { profile, source, outcome }, value }))
        }),
        'sum',
      ),
  },
  {
    name: upstreamName,
    help: 'How long calls to providers took, by kind of source.',
    type: 'histogram',
    labels: ['source'],
    samples: ({ observed }) =>
      [...observed.upstreamDurations].flatMap(([source, durations]) =>
        histogramSamples(upstreamName, { source }, durations),
      ),
  },
  perProfile(
    'token_expiry_timestamp_seconds',
    'When the token that a profile gives ends.',
    'gauge',
    'min',
    ({ expiresAt }) => expiresAt && expiresAt / 1000,
  ),
  perProfile(
    'token_remaining_seconds',
    'Life that is left of the token that a profile gives; below 0 where nobody has asked since it ended.',
    'gauge',
    'min',
    ({ expiresAt }, now) => expiresAt && (expiresAt - now) / 1000,
  ),
  perProfile(
    'token_renewals_total',
    'Tokens that took the place of others.',
    'counter',
    'sum',
    ({ renewals }) => renewals,
  ),
  perProfile(
    'profile_ready',
    'Whether a valid token of the profile can be given: 1, or 0 where clients are refused.',
    'gauge',
    'min',
    ({ canAnswer }) => Number(canAnswer),
  ),
  {
    name: `${prefix}profile_failure`,
    help: '1 while the last call to the provider of a profile failed, with the error code; the former token may be given still.',
    type: 'gauge',
    labels: ['profile', 'code'],
    samples: (view) =>
      folded(
        used(view).flatMap(({ name, failure }): Sample[] =>
          failure ? [{ labels: { profile: view.labelOf(name), code: failure.code }, value: 1 }] : [],
        ),
        'max',
      ),
  },
  {
    name: `${prefix}profiles`,
    help: 'Profiles by state: ready, failing (clients are refused), or unused.',
    type: 'gauge',
    labels: ['state'],
    samples({ observed }) {
      const states = { ready: 0, failing: 0, unused: 0 }
      for (const { isUsed, canAnswer } of observed.profiles.values()) {
        states[isUsed ? (canAnswer ? 'ready' : 'failing') : 'unused'] += 1
      }
      return Object.entries(states).map(([state, value]) => ({ labels: { state }, value }))
    },
  },
]
