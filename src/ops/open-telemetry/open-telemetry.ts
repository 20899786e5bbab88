import { pause } from '../../platform/pause.ts'
import type { Platform } from '../../platform/platform.ts'
import { passedOn, type Tracing } from '../../platform/tracing.ts'
import type { Emit, SidecarEvent } from '../../token/event.ts'
import type { Exporting } from './export.ts'

export interface OpenTelemetryOptions {
  /** As in `http://localhost:4318`. */
  readonly endpoint: string
  /** Of traces that begin here: from 0 to 1. */
  readonly sampleRatio: number
  readonly version: string
  readonly instanceId: string
  readonly warn: (message: string) => void
  readonly after: (ms: number) => Promise<void>
}

/** Traces and metrics by OTLP. */
export interface OpenTelemetry {
  readonly tracing: Tracing
  readonly emit: Emit
  /** Resolves once it exports, or cannot. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

export interface ConfiguredOpenTelemetry {
  readonly endpoint?: string | undefined
  readonly sampleRatio: number
}

/** As it is configured; undefined where nothing is exported. */
export function configuredOpenTelemetry(
  { endpoint, sampleRatio }: ConfiguredOpenTelemetry,
  { platform, version, warn }: Pick<OpenTelemetryOptions, 'version' | 'warn'> & { readonly platform: Platform },
): OpenTelemetry | undefined {
  if (endpoint === undefined) return undefined
  const { signal } = new AbortController()
  const after = (ms: number): Promise<void> => pause(platform, ms, signal, { holdsProcess: true })
  return openTelemetry({ endpoint, sampleRatio, version, instanceId: platform.randomUUID(), warn, after })
}

/** So many events are kept until the packages are loaded. */
const mostWaiting = 1_000

/** Exports from the moment on when its packages are loaded, which takes some 100 ms; until then traces are passed on. */
export function openTelemetry(options: OpenTelemetryOptions): OpenTelemetry {
  let exporting: Exporting | undefined
  const waiting: SidecarEvent[] = []
  const loaded = import('./export.ts')
    .then(({ exporting: begin }) => begin(options))
    .then(
      (begun) => {
        exporting = begun
        for (const event of waiting.splice(0)) begun.emit(event)
      },
      (thrown: unknown) => {
        options.warn(`OpenTelemetry cannot be loaded: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
      },
    )
  const tracing = (): Tracing => exporting?.tracing ?? passedOn
  return {
    ready: loaded,
    tracing: {
      request: (request, answer) => tracing().request(request, answer),
      calls: (fetch) => {
        const passing = passedOn.calls(fetch)
        let following: typeof fetch | undefined
        return (url, init) => (exporting ? (following ??= exporting.tracing.calls(fetch)) : passing)(url, init)
      },
    },
    emit(event) {
      if (exporting) exporting.emit(event)
      else if (waiting.length < mostWaiting) waiting.push(event)
    },
    async close() {
      await loaded
      await exporting?.close()
    },
  }
}
