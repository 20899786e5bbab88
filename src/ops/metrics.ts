import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Registry } from 'prom-client'
import type { Route } from '../http/route.ts'
import type { Platform } from '../platform/platform.ts'
import type { Role } from './health.ts'
import { metrics } from './metrics/declared.ts'
import type { Metric, MetricsView } from './metrics/metric.ts'
import { namedProfiles } from './metrics/named-profiles.ts'
import type { Observed } from './observed/observed.ts'
import { plainText } from './plain-text.ts'

export interface MetricsOptions {
  readonly platform: Pick<Platform, 'now' | 'monotonicNow'>
  readonly observed: () => Observed
  readonly role: () => Role
  readonly mostNamedProfiles?: number
}

/** Anybody may ask; who asks more often than this is told the same again. */
const freshMs = 1_000

/** `GET /metrics` in the text format of Prometheus. Nothing is loaded, measured or written before the first scrape. */
export function metricsRoute(options: MetricsOptions): Route {
  const { platform, observed, role } = options
  const labelsOf = namedProfiles(options.mostNamedProfiles)
  let loading: Promise<Registry> | undefined
  let last: { readonly at: number; readonly text: Promise<string> } | undefined
  let view: MetricsView | undefined

  async function load(): Promise<Registry> {
    const { collectDefaultMetrics, Registry: Empty } = await import('prom-client')
    const registry = new Empty()
    collectDefaultMetrics({ register: registry })
    for (const metric of metrics) register(registry, metric, () => view)
    return registry
  }

  async function scrape(): Promise<string> {
    const registry = await (loading ??= load())
    const now = observed()
    // Each part of it is made once, however many metrics read it.
    const { phase, startedAt, urls, profiles, delegationTokens, outlets, requests, durations } = now
    const { upstreamDurations, reloads, reloadFailures } = now
    const unread = { minutes: [], moments: [], problems: [] }
    const seen = { phase, startedAt, urls, profiles, delegationTokens, outlets, requests, durations, ...unread }
    const whole = { ...seen, upstreamDurations, reloads, reloadFailures }
    view = { observed: whole, role: role(), now: platform.now(), labelOf: labelsOf(whole) }
    return written(registry)
  }

  return {
    method: 'GET',
    path: '/metrics',
    isPublic: true,
    async handle() {
      const at = platform.monotonicNow()
      if (!last || at - last.at >= freshMs) last = { at, text: scrape() }
      return plainText(200, await last.text, 'text/plain; version=0.0.4; charset=utf-8')
    },
  }
}

/** Requests are answered between one metric and the next: all of ten thousand profiles at once would keep them for 0.1 s. */
async function written(registry: Registry): Promise<string> {
  let text = ''
  for (const { name } of registry.getMetricsAsArray()) {
    text += `${await registry.getSingleMetricAsString(name)}\n\n`
    await nextTurn()
  }
  return text
}

/**
 * `prom-client` asks a metric for its values when it is scraped. Its own counters would be counted at each request, in objects of
 * labels; ours are read from what is counted already.
 */
function register(
  registry: Registry,
  { name, help, type, samples }: Metric,
  view: () => MetricsView | undefined,
): void {
  const get = (): Promise<object> => {
    const now = view()
    return Promise.resolve({ name, help, type, values: now ? samples(now) : [] })
  }
  registry.registerMetric({ name, get } as unknown as Parameters<Registry['registerMetric']>[0])
}
