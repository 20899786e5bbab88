import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterAll } from 'vitest'

/** A span as OTLP's JSON has it. */
export interface OtlpSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  readonly kind: number
  readonly status: { readonly code?: number }
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface OtlpPoint {
  readonly metric: string
  readonly unit: string
  readonly value: number
  readonly attributes: Readonly<Record<string, unknown>>
}

/** Takes what OTLP over HTTP (JSON) sends, and can refuse it. */
export interface OtlpCollector {
  readonly endpoint: string
  readonly spans: OtlpSpan[]
  readonly points: OtlpPoint[]
  readonly resources: Readonly<Record<string, unknown>>[]
  answerWith(status: number): void
}

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface Sent {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<OtlpSpan, 'attributes'> & { attributes: Attribute[] })[]
    }[]
  }[]
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string
        readonly unit: string
        readonly sum?: { readonly dataPoints: readonly Point[] }
        readonly gauge?: { readonly dataPoints: readonly Point[] }
        readonly histogram?: { readonly dataPoints: readonly Point[] }
      }[]
    }[]
  }[]
}

interface Point {
  readonly asDouble?: number
  readonly asInt?: number | string
  readonly count?: number | string
  readonly attributes: readonly Attribute[]
}

export async function otlpCollector(): Promise<OtlpCollector> {
  const spans: OtlpSpan[] = []
  const points: OtlpPoint[] = []
  const resources: Record<string, unknown>[] = []
  let status = 200
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      if (status === 200) take(body as Sent)
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })
  })

  function take({ resourceSpans = [], resourceMetrics = [] }: Sent): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      resources.push(plain(resource.attributes))
      for (const scope of scopeSpans) {
        for (const span of scope.spans) spans.push({ ...span, attributes: plain(span.attributes) })
      }
    }
    for (const metric of resourceMetrics.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) => metrics),
    )) {
      const found = metric.sum?.dataPoints ?? metric.gauge?.dataPoints ?? metric.histogram?.dataPoints ?? []
      for (const { asDouble, asInt, count, attributes } of found) {
        const value = Number(asDouble ?? asInt ?? count)
        points.push({ metric: metric.name, unit: metric.unit, value, attributes: plain(attributes) })
      }
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => void server.close())
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    points,
    resources,
    answerWith(changed) {
      status = changed
    },
  }
}

function plain(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      'intValue' in value ? Number(value['intValue']) : Object.values(value)[0],
    ]),
  )
}
