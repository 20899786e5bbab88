import type { Emit } from '../../token/event.ts'
import { instruments } from './instruments.ts'
import { spans, type Spans } from './spans.ts'
import type { OpenTelemetryOptions } from './open-telemetry.ts'

export interface Exporting extends Spans {
  /** Sends what is left, for 2 s at most. */
  close(): Promise<void>
}

const exportTimeoutMs = 5_000
const metricsEveryMs = 15_000
const closeTimeoutMs = 2_000

/** Loads OpenTelemetry and begins to export. */
export async function exporting(options: OpenTelemetryOptions): Promise<Exporting> {
  const { endpoint, sampleRatio, version, instanceId, warn } = options
  const [api, trace, metrics, { OTLPTraceExporter }, { OTLPMetricExporter }, resources] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/sdk-metrics'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/exporter-metrics-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  // What the standard variables say comes before what we say.
  const resource = resources
    .resourceFromAttributes({
      'service.name': 'kafka-token-sidecar',
      'service.version': version,
      'service.instance.id': instanceId,
    })
    .merge(
      resources.detectResources({
        detectors: [resources.resourceAttributesEnvDetector, resources.serviceNameEnvDetector],
      }),
    )
  const base = endpoint.replace(/\/$/, '')
  const to = (path: string): { url: string; timeoutMillis: number } => ({
    url: `${base}/v1/${path}`,
    timeoutMillis: exportTimeoutMs,
  })
  const spanExporter = told(new OTLPTraceExporter(to('traces')), 'traces', warn)
  const metricExporter = told(new OTLPMetricExporter(to('metrics')), 'metrics', warn)
  const tracers = new trace.TracerProvider({
    resource,
    sampler: new trace.ParentBasedSampler({ root: new trace.TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [new trace.BatchSpanProcessor({ exporter: spanExporter })],
  })
  const meters = new metrics.MeterProvider({
    resource,
    readers: [
      new metrics.PeriodicExportingMetricReader({
        exporter: metricExporter,
        exportIntervalMillis: metricsEveryMs,
        exportTimeoutMillis: exportTimeoutMs,
      }),
    ],
  })
  const { tracing, emit: ofSpans } = spans(api, tracers.getTracer('kafka-token-sidecar', version))
  const count = instruments(meters.getMeter('kafka-token-sidecar', version))
  const emit: Emit = (event) => {
    ofSpans(event)
    count(event)
  }
  return {
    tracing,
    emit,
    async close() {
      const closed = Promise.all([tracers.shutdown(), meters.shutdown()]).catch(() => undefined)
      await Promise.race([closed, options.after(closeTimeoutMs)])
    },
  }
}

interface Exported {
  readonly code: number
  readonly error?: Error
}

interface Exporter<Items> {
  export(items: Items, done: (result: Exported) => void): void
}

/** Tells once that nothing arrives, and again after it did: OpenTelemetry itself keeps that to itself. */
function told<Items, Given extends Exporter<Items>>(
  exporter: Given,
  what: string,
  warn: (message: string) => void,
): Given {
  let isFailing = false
  const send: Exporter<Items>['export'] = exporter.export.bind(exporter)
  exporter.export = (items: Items, done: (result: Exported) => void) => {
    send(items, (result) => {
      if (result.code !== 0 && !isFailing) {
        warn(`OpenTelemetry does not get our ${what}: ${result.error?.message ?? 'no reason was given'}`)
      }
      isFailing = result.code !== 0
      done(result)
    })
  }
  return exporter
}
