import { folded, histogramSamples, prefix, type Metric } from './metric.ts'

const durationName = `${prefix}request_duration_seconds`

/** What clients ask and are answered. */
export const requestMetrics: readonly Metric[] = [
  {
    name: `${prefix}requests_total`,
    help: 'Requests by profile, outcome (token, refused, failed), error code, and client library.',
    type: 'counter',
    labels: ['profile', 'outcome', 'code', 'client'],
    samples: ({ observed, labelOf }) =>
      folded(
        observed.requests.map(({ profile, outcome, code = '', client, count }) => {
          const labels = { profile: profile === undefined ? '' : labelOf(profile), outcome, code, client }
          return { labels, value: count }
        }),
        'sum',
      ),
  },
  {
    name: `${prefix}cache_hits_total`,
    help: 'Requests that were answered with a token at hand, so that nobody had to be asked for it.',
    type: 'counter',
    labels: ['profile'],
    samples: ({ observed, labelOf }) =>
      folded(
        observed.requests
          .filter(({ outcome, profile }) => outcome === 'token' && profile !== undefined)
          .map(({ profile = '', fromCache }) => ({ labels: { profile: labelOf(profile) }, value: fromCache })),
        'sum',
      ),
  },
  {
    name: durationName,
    help: 'How long answers took, by outcome.',
    type: 'histogram',
    labels: ['outcome'],
    samples: ({ observed }) =>
      Object.entries(observed.durations).flatMap(([outcome, durations]) =>
        histogramSamples(durationName, { outcome }, durations),
      ),
  },
]
