import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { createSidecar, type ConfigInput, type Sidecar, type SidecarEvent } from '../src/index.ts'
import { otlpCollector } from './fakes/otlp-collector.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const traceparent = `00-${traceId}-b7ad6b7169203331-01`
const folder = mkdtempSync(join(tmpdir(), 'kts-tracing-'))
const secretFile = join(folder, 'secret')
writeFileSync(secretFile, 'unused')
const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** A provider that remembers what it was sent. */
async function provider() {
  const heard: Record<string, unknown>[] = []
  const server = createServer((request, response) => {
    heard.push(request.headers)
    void new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('orders')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(new Uint8Array(32))
      .then((access_token) => response.end(JSON.stringify({ access_token, token_type: 'Bearer', expires_in: 3600 })))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closing.push(() => void server.close())
  return { heard, tokenEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token` }
}

async function started(config: ConfigInput) {
  const { heard, tokenEndpoint } = await provider()
  const events: SidecarEvent[] = []
  const orders = { source: 'client-credentials' as const, tokenEndpoint, clientId: 'o', clientSecretFile: secretFile }
  const sidecar: Sidecar = createSidecar(
    { ...config, listen: { port: 0 }, profiles: { default: { source: 'self-issued', subject: 'x' }, orders } },
    { onEvent: (event) => void events.push(event) },
  )
  closing.push(() => sidecar.stop())
  const { url } = await sidecar.start()
  const ask = (headers: Record<string, string>) =>
    fetch(`${url}/token/orders`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
  return { ask, heard, events, sidecar }
}

describe('a request that belongs to a trace', () => {
  it('has the provider told of the trace, and the log', async () => {
    const { ask, heard, events } = await started({})
    expect((await ask({ traceparent, tracestate: 'vendor=1' })).status).toBe(200)
    expect(heard).toHaveLength(1)
    expect(heard[0]).toMatchObject({ traceparent, tracestate: 'vendor=1' })
    expect(events.find(({ type }) => type === 'request-answered')).toMatchObject({ traceId })
  })

  it('tells nobody of one that is not valid', async () => {
    const { ask, heard, events } = await started({})
    expect(
      (await ask({ traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, tracestate: 'vendor=1' })).status,
    ).toBe(200)
    expect(heard[0]).not.toHaveProperty('traceparent')
    expect(heard[0]).not.toHaveProperty('tracestate')
    expect(events.find(({ type }) => type === 'request-answered')).toMatchObject({ traceId: undefined })
  })

  it('has spans of the request and of the call for it exported where an endpoint is named', async () => {
    const collector = await otlpCollector()
    const { ask, heard, sidecar } = await started({ openTelemetry: { endpoint: collector.endpoint } })
    await ask({ traceparent })
    await sidecar.stop()
    const [client, server] = [3, 2].map((kind) =>
      collector.spans.find((span) => span.kind === kind && span.traceId === traceId),
    )
    expect(server).toMatchObject({ name: 'POST /token/:profile' })
    expect(server?.attributes).toMatchObject({ 'kafka_token_sidecar.profile': 'orders' })
    expect(client).toMatchObject({ parentSpanId: server?.spanId })
    expect(heard[0]).toMatchObject({ traceparent: `00-${traceId}-${client?.spanId}-01` })
    expect(collector.points.map(({ metric }) => metric)).toContain('kafka_token_sidecar.requests')
  })
})
