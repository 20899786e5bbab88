import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createSidecar, type ConfigInput, type SidecarEvent } from '../src/index.ts'
import { hashOf } from './http/delegation-tokens.ts'
import { startKafka, type FakeKafka } from './fakes/kafka/cluster.ts'

const secret = 'the-secret-of-the-job'
const callers = {
  job: { secretHashes: [hashOf(secret)], delegationTokens: ['spark'] },
}
const asJob = { headers: { Authorization: `Basic ${Buffer.from(`job:${secret}`).toString('base64')}` } }

async function world() {
  const kafka = await startKafka({ brokers: 2, superUsers: ['User:kafka-client'] })
  const folder = await mkdtemp(join(tmpdir(), 'kept-'))
  onTestFinished(async () => {
    await kafka.close()
    await rm(folder, { recursive: true })
    expect(kafka.malformed).toEqual([])
  })
  return { kafka, file: join(folder, 'spark.properties') }
}

function configOf(kafka: FakeKafka, file: string, token: object = {}): ConfigInput {
  return {
    listen: { port: 0 },
    profiles: { default: { source: 'self-issued' } },
    delegationTokens: {
      spark: {
        bootstrapServers: [...kafka.bootstrap],
        login: { profile: 'default' },
        securityProtocol: 'SASL_PLAINTEXT',
        owner: 'User:spark',
        ...token,
      },
    },
    outlets: [{ from: { delegationToken: 'spark' }, to: { file } }],
    callers,
  }
}

function sidecarOf(config: ConfigInput) {
  const events: SidecarEvent[] = []
  const sidecar = createSidecar(config, { onEvent: (event) => events.push(event) })
  onTestFinished(() => sidecar.stop({ graceMs: 100 }))
  return { sidecar, events }
}

const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')

describe('a sidecar that keeps delegation tokens', () => {
  it('makes one, writes it, gives it to the caller that may have it, and leaves nothing open', async () => {
    const { kafka, file } = await world()
    const { sidecar, events } = sidecarOf(configOf(kafka, file))
    const { port } = await sidecar.start()
    await expect.poll(() => textOf(file)).toContain('tokenauth="true"')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const url = `http://localhost:${port}/delegation-tokens/spark`
    const answer = await fetch(url, asJob)
    expect(answer.status).toBe(200)
    const { tokenId, tokenHmac } = (await answer.json()) as { tokenId: string; tokenHmac: string }
    expect(await textOf(file)).toContain(tokenId)
    expect((await fetch(url)).status).toBe(401)
    expect(JSON.stringify(events)).not.toContain(tokenHmac)
    await sidecar.stop({ graceMs: 100 })
    await expect.poll(() => kafka.connections).toBe(0)
    expect([...kafka.tokens.all.keys()]).toEqual([tokenId])
  })

  it('keeps, drops and expires tokens as the configuration changes', async () => {
    const { kafka, file } = await world()
    const { sidecar, events } = sidecarOf(configOf(kafka, file, { expireOnStop: true }))
    const { port } = await sidecar.start()
    await expect.poll(() => textOf(file)).toContain('tokenauth')
    const before = await textOf(file)
    // What is the same is left alone.
    sidecar.reload(configOf(kafka, file, { expireOnStop: true }))
    // Another way of keeping it: the same token goes on.
    sidecar.reload(configOf(kafka, file, { expireOnStop: true, renewAt: 0.5 }))
    await expect.poll(() => events.filter((event) => 'action' in event && event.action === 'adopted').length).toBe(1)
    expect(await textOf(file)).toBe(before)
    const { delegationTokens: _, outlets: __, callers: ___, ...without } = configOf(kafka, file)
    sidecar.reload(without)
    await expect.poll(() => kafka.tokens.all.size).toBe(0)
    const url = `http://localhost:${port}/delegation-tokens/spark`
    await expect.poll(() => kafka.connections).toBe(0)
    sidecar.reload(configOf(kafka, file))
    await expect.poll(() => textOf(file)).not.toBe(before)
    await expect.poll(async () => (await fetch(url, asJob)).status).toBe(200)
    expect(kafka.tokens.all.size).toBe(1)
  })

  it('expires its token on stop where that is asked for', async () => {
    const { kafka, file } = await world()
    const { sidecar } = sidecarOf(configOf(kafka, file, { expireOnStop: true }))
    await sidecar.start()
    await expect.poll(() => textOf(file)).toContain('tokenauth')
    await sidecar.stop({ graceMs: 100 })
    expect(kafka.tokens.all.size).toBe(0)
    await expect.poll(() => kafka.connections).toBe(0)
  })

  it.each([0, 1, 5, 20, 60])('stops %i ms after it began, wherever that is, and leaves nothing open', async (ms) => {
    const { kafka, file } = await world()
    const { sidecar } = sidecarOf(configOf(kafka, file, { expireOnStop: true }))
    const started = sidecar.start()
    await new Promise((resolve) => setTimeout(resolve, ms))
    await sidecar.stop({ graceMs: 100 })
    await started
    await expect.poll(() => kafka.connections).toBe(0)
    const calls = kafka.calls.length
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(kafka.calls.length).toBe(calls)
  })

  it('does not begin to keep anything when it is told to after it has stopped', async () => {
    const { kafka, file } = await world()
    const { delegationTokens: _, outlets: __, callers: ___, ...without } = configOf(kafka, file)
    const { sidecar } = sidecarOf(without)
    await sidecar.start()
    await sidecar.stop({ graceMs: 100 })
    sidecar.reload(configOf(kafka, file))
    await sidecar.keep()
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(kafka.calls).toEqual([])
  })

  it('keeps no token on after it has stopped, whatever it is told then', async () => {
    const { kafka, file } = await world()
    const { sidecar, events } = sidecarOf(configOf(kafka, file))
    await sidecar.start()
    await expect.poll(() => textOf(file)).toContain('tokenauth')
    await sidecar.stop({ graceMs: 100 })
    const calls = kafka.calls.length
    events.length = 0
    sidecar.reload(configOf(kafka, file, { renewAt: 0.5 }))
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(kafka.calls.length).toBe(calls)
    expect(events.filter(({ type }) => type.startsWith('delegation-token'))).toEqual([])
  })

  it('serves tokens of its profiles while no broker is there', async () => {
    const { kafka, file } = await world()
    await Promise.all(kafka.brokers.map((broker) => broker.stop()))
    const { sidecar, events } = sidecarOf({ ...configOf(kafka, file) })
    const { port } = await sidecar.start()
    const answer = await fetch(`http://localhost:${port}/delegation-tokens/spark`, asJob)
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('ERR_KAFKA_TOKEN_NONE')
    expect((await sidecar.getToken()).subject).toBe('kafka-client')
    await expect.poll(() => events.map(({ type }) => type)).toContain('delegation-token-failed')
    await Promise.all(kafka.brokers.map((broker) => broker.start()))
    await expect.poll(() => textOf(file), { timeout: 5_000 }).toContain('tokenauth')
  })
})
