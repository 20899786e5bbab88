import { describe, expect, it } from 'vitest'
import { openTelemetry, type OpenTelemetry } from '../../../src/ops/open-telemetry/open-telemetry.ts'
import type { OutwardFetch } from '../../../src/platform/outward-fetch.ts'
import { currentTrace } from '../../../src/platform/tracing.ts'
import { eventually } from '../../fakes/eventually.ts'
import { otlpCollector, type OtlpCollector } from '../../fakes/otlp-collector.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const callerSpan = 'b7ad6b7169203331'
const signal = new AbortController().signal

interface World {
  readonly collector: OtlpCollector
  readonly telemetry: OpenTelemetry
  readonly warnings: string[]
  /** Headers of calls that went out. */
  readonly sent: Readonly<Record<string, string>>[]
  readonly fetch: OutwardFetch
}

async function world({ sampleRatio = 1, status = 200 } = {}): Promise<World> {
  const collector = await otlpCollector()
  const warnings: string[] = []
  const sent: Readonly<Record<string, string>>[] = []
  const telemetry = openTelemetry({
    endpoint: collector.endpoint,
    sampleRatio,
    version: '1.2.3',
    instanceId: 'instance',
    warn: (message) => warnings.push(message),
    after: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
  })
  const fetch = telemetry.tracing.calls((_url, { headers = {} }) => {
    sent.push(headers)
    return status === 0
      ? Promise.reject(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }))
      : Promise.resolve(new Response('', { status }))
  })
  // Until the packages are loaded, nothing is recorded: an unsampled trace becomes a span of ours once they are.
  await eventually(() => {
    void fetch('http://idp.example/', { signal }).catch(() => undefined)
    return sent.at(-1)
  }).toHaveProperty('traceparent')
  sent.length = 0
  return { collector, telemetry, warnings, sent, fetch }
}

function request(headers: Readonly<Record<string, string>> = {}): {
  readonly method: string
  readonly route: string
  readonly headers: Readonly<Record<string, string>>
} {
  return { method: 'POST', route: '/token/:profile', headers }
}

describe('OpenTelemetry', () => {
  it('makes spans of a request and of the call that is made for it, within the trace of the caller', async () => {
    const { collector, telemetry, sent, fetch } = await world()
    const headers = { traceparent: `00-${traceId}-${callerSpan}-01`, tracestate: 'vendor=1', 'user-agent': 'Java/17' }
    await telemetry.tracing.request(request(headers), async () => {
      await fetch('https://idp.example/token?secret=1', { method: 'POST', signal })
      expect(currentTrace()?.traceId).toBe(traceId)
      telemetry.emit({
        type: 'request-answered',
        profile: 'orders',
        outcome: 'token',
        status: 200,
        code: undefined,
        message: undefined,
        client: 'java',
        tookMs: 2,
      })
      return { status: 200 }
    })
    await telemetry.close()
    const [server] = collector.spans.filter(({ kind }) => kind === 2)
    const client = collector.spans.find(({ kind, parentSpanId }) => kind === 3 && parentSpanId === server?.spanId)
    expect(server).toMatchObject({
      name: 'POST /token/:profile',
      traceId,
      parentSpanId: callerSpan,
      traceState: 'vendor=1',
    })
    expect(server?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/token/:profile',
      'user_agent.original': 'Java/17',
      'http.response.status_code': 200,
      'kafka_token_sidecar.outcome': 'token',
      'kafka_token_sidecar.client': 'java',
      'kafka_token_sidecar.profile': 'orders',
    })
    expect(client).toMatchObject({ name: 'POST', traceId })
    expect(client?.attributes).toMatchObject({ 'server.address': 'idp.example', 'server.port': 443 })
    expect(client?.attributes['url.full']).toBe('https://idp.example/token')
    expect(sent).toEqual([{ traceparent: `00-${traceId}-${client?.spanId}-01`, tracestate: 'vendor=1' }])
    expect(collector.resources[0]).toMatchObject({
      'service.name': 'kafka-token-sidecar',
      'service.version': '1.2.3',
      'service.instance.id': 'instance',
    })
  })

  it('tells failures: of calls, of the provider, and of ours', async () => {
    const { collector, telemetry, fetch } = await world({ status: 0 })
    await telemetry.tracing.request(request({ traceparent: `00-${traceId}-${callerSpan}-01` }), async () => {
      await fetch('http://idp.example:8080/token', { signal }).catch(() => undefined)
      return { status: 503 }
    })
    await telemetry.close()
    const ours = collector.spans.filter((span) => span.traceId === traceId)
    expect(ours.map(({ kind, status }) => [kind, status.code])).toEqual([
      [3, 2],
      [2, 2],
    ])
    expect(ours[0]?.attributes).toMatchObject({ 'error.type': 'ECONNREFUSED', 'server.port': 8080 })
  })

  it('leaves traces that nobody samples to themselves, and passes that on', async () => {
    const { collector, telemetry, sent, fetch } = await world()
    await telemetry.tracing.request(request({ traceparent: `00-${traceId}-${callerSpan}-00` }), async () => {
      await fetch('http://idp.example/', { signal })
      return { status: 200 }
    })
    await telemetry.close()
    expect(collector.spans.filter((span) => span.traceId === traceId)).toEqual([])
    expect(sent[0]?.['traceparent']).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`))
  })

  it('begins no sampled trace with a ratio of 0', async () => {
    const { collector, telemetry } = await world({ sampleRatio: 0 })
    telemetry.tracing.request(request(), () => ({ status: 200 }))
    await telemetry.close()
    expect(collector.spans).toEqual([])
  })

  it('sends the figures of requests, calls and tokens', async () => {
    const { collector, telemetry } = await world()
    const answered = {
      type: 'request-answered',
      profile: 'orders',
      status: 200,
      code: undefined,
      message: undefined,
      client: 'java',
      tookMs: 2,
    } as const
    telemetry.emit({ ...answered, outcome: 'token' })
    telemetry.emit({ ...answered, outcome: 'token' })
    telemetry.emit({ ...answered, outcome: 'refused', status: 400, code: 'ERR_REQUEST_PATH' })
    telemetry.emit({
      type: 'token-obtained',
      profile: 'orders',
      source: 'gcp',
      tookMs: 20,
      expiresAt: 1_700_000_000_000,
      reason: 'first',
    })
    await telemetry.close()
    const found = collector.points.map(({ metric, value, attributes }) => [metric, value, attributes])
    expect(found).toContainEqual([
      'kafka_token_sidecar.requests',
      2,
      { profile: 'orders', outcome: 'token', code: '', client: 'java' },
    ])
    expect(found).toContainEqual([
      'kafka_token_sidecar.upstream.calls',
      1,
      { profile: 'orders', source: 'gcp', outcome: 'token' },
    ])
    expect(found).toContainEqual(['kafka_token_sidecar.token.expiry.timestamp', 1_700_000_000, { profile: 'orders' }])
    expect(found).toContainEqual(['kafka_token_sidecar.request.duration', 2, { outcome: 'token' }])
  })

  it('says once that nothing arrives', async () => {
    const { collector, telemetry, warnings } = await world()
    collector.answerWith(400)
    telemetry.tracing.request(request(), () => ({ status: 200 }))
    await telemetry.close()
    expect(warnings.filter((warning) => warning.includes('traces'))).toHaveLength(1)
    expect(warnings[0]).toMatch(/^OpenTelemetry does not get our (traces|metrics): /)
  })
})
