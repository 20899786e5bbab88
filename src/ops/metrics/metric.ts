import type { Role } from '../health.ts'
import type { Observed, ObservedHistogram } from '../observed/observed.ts'

/** What metrics are read from, at one moment. */
export interface MetricsView {
  readonly observed: Observed
  readonly role: Role
  /** Milliseconds since the epoch. */
  readonly now: number
  /** What a profile is called in labels: its name, or that of those that are counted together. */
  readonly labelOf: (profile: string) => string
}

/** One value, as `prom-client` writes it. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Of a part of a histogram, where it is not that of the metric. */
  readonly metricName?: string
}

/** One metric, declared once: what is scraped and what is documented come from here. */
export interface Metric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  readonly samples: (view: MetricsView) => readonly Sample[]
}

/** How several are told as one, where there are too many to be told apart. */
export type Folding = 'sum' | 'min' | 'max'

/** The prefix of all that is ours. */
export const prefix = 'kafka_token_sidecar_'

/** One sample for each set of labels; those that are alike are folded into one. */
export function folded(samples: Iterable<Sample>, folding: Folding): readonly Sample[] {
  const byLabels = new Map<string, { labels: Sample['labels']; value: number }>()
  for (const { labels, value } of samples) {
    const key = Object.values(labels).join('\n')
    const known = byLabels.get(key)
    if (!known) byLabels.set(key, { labels, value })
    else if (folding === 'sum') known.value += value
    else known.value = folding === 'min' ? Math.min(known.value, value) : Math.max(known.value, value)
  }
  return [...byLabels.values()]
}

/** Buckets count up, in seconds, as Prometheus has them. */
export function histogramSamples(
  name: string,
  labels: Sample['labels'],
  { boundsMs, counts, sumMs, count }: ObservedHistogram,
): readonly Sample[] {
  let upTo = 0
  const buckets = boundsMs.map((bound, at) => {
    upTo += counts[at] ?? 0
    return { metricName: `${name}_bucket`, labels: { ...labels, le: String(bound / 1000) }, value: upTo }
  })
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels, value: sumMs / 1000 },
    { metricName: `${name}_count`, labels, value: count },
  ]
}
