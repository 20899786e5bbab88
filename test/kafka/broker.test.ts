import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Api } from '../../src/kafka/wire/api.ts'
import { createDelegationToken } from '../../src/kafka/wire/create-delegation-token.ts'
import { describeDelegationToken } from '../../src/kafka/wire/describe-delegation-token.ts'
import { metadata } from '../../src/kafka/wire/metadata.ts'
import { renewDelegationToken } from '../../src/kafka/wire/renew-delegation-token.ts'
import { TokenError } from '../../src/token/error.ts'
import { eventually } from '../fakes/eventually.ts'
import { framed, offering } from './scripted-broker.ts'
import { ask, connect, script, scripted, signal } from './echo-broker.ts'

const hmac = Buffer.alloc(64)

describe('connectBroker', () => {
  it('asks first what the broker can do, and says who asks', async () => {
    await using server = await scripted()
    const broker = await connect(server.address)
    expect(server.asked).toMatchObject([{ key: 18, version: 3, clientId: 'kafka-token-sidecar' }])
    expect(server.asked[0]?.body.string()).toBe('kafka-token-sidecar')
    expect(broker).toMatchObject({ address: server.address, isOpen: true, sessionLifetimeMs: undefined })
    broker.close()
    expect(broker.isOpen).toBe(false)
    await eventually(() => server.sockets.size).toBe(0)
  })

  it('tells answers to several requests apart, in whatever order they come', async () => {
    const waiting: (() => void)[] = []
    await using server = await scripted({
      Metadata: async (asked) => {
        await new Promise<void>((go) => {
          waiting.push(go)
          if (waiting.length === 3)
            waiting.reverse().forEach((each) => {
              each()
            })
        })
        return script.Metadata(asked)
      },
    })
    const broker = await connect(server.address)
    const names = ['one', 'two', 'three']
    expect(await Promise.all(names.map((name) => ask(broker, name)))).toEqual(names)
    broker.close()
  })

  it('asks in the newest version that both have', async () => {
    await using server = await scripted({}, { offers: [{ key: 39, oldest: 0, newest: 1 }] })
    const broker = await connect(server.address)
    expect(await broker.call(renewDelegationToken, { hmac, periodMs: -1 }, signal)).toEqual({
      errorCode: 0,
      expiresAt: 42,
    })
    expect(server.asked.at(-1)).toMatchObject({ key: 39, version: 1 })
    broker.close()
  })

  it('asks again in the oldest version where a broker does not know the newest', async () => {
    await using server = await scripted({
      ApiVersions: ({ version }) =>
        version === 0
          ? offering([{ key: 3, oldest: 0, newest: 12 }], 0)
          : { raw: framed(1, Buffer.from('002300000000', 'hex')) },
    })
    const broker = await connect(server.address)
    expect(server.asked.map(({ version }) => version)).toEqual([3, 0])
    expect(await ask(broker, 'orders')).toBe('orders')
    broker.close()
  })

  it.each<[string, Api<never, unknown>, { oldest: number; newest: number } | undefined, string, string]>([
    [
      'does not offer',
      describeDelegationToken,
      undefined,
      'does not offer DescribeDelegationToken (API 41)',
      'OAUTHBEARER',
    ],
    [
      'has only older',
      metadata,
      { oldest: 0, newest: 3 },
      'has Metadata in the versions 0 to 3, and here are 4 to 12',
      'Upgrade the brokers.',
    ],
    [
      'has only newer',
      metadata,
      { oldest: 13, newest: 20 },
      'has Metadata in the versions 13 to 20, and here are 4 to 12',
      'Upgrade this program.',
    ],
  ])('does not ask what a broker %s', async (_, api, offer, problem, hint) => {
    await using server = await scripted({}, { offers: offer ? [{ key: api.key, ...offer }] : [] })
    const broker = await connect(server.address)
    const refusal = await broker.call(api, undefined as never, signal).catch((thrown: unknown) => thrown)
    expect(refusal).toMatchObject({ code: 'ERR_KAFKA_VERSION', message: `${server.address} ${problem}` })
    expect((refusal as TokenError).hint).toContain(hint)
    expect(server.asked).toHaveLength(1)
    broker.close()
  })

  it('says which broker is too old for what is asked', async () => {
    await using server = await scripted({}, { offers: [{ key: 38, oldest: 0, newest: 2 }] })
    const broker = await connect(server.address)
    const request = { owner: { type: 'User', name: 'spark' }, renewers: [], maxLifetimeMs: -1 }
    await expect(broker.call(createDelegationToken, request, signal)).rejects.toMatchObject({
      code: 'ERR_KAFKA_VERSION',
      message: `${server.address} has CreateDelegationToken only in version 2: tokens for another owner need Kafka 3.3`,
    })
    expect(broker.isOpen).toBe(true)
    broker.close()
  })

  it.each(['kafka', ':9092', 'kafka:0', 'kafka:99999', 'kafka:x', '[]:9092', ''])(
    'refuses %j for an address',
    async (address) => {
      await expect(connect(address)).rejects.toMatchObject({ code: 'ERR_KAFKA_UNREACHABLE' })
    },
  )
})

describe('a connection in use', () => {
  it('ends for all that wait when the broker closes it', async () => {
    await using server = await scripted({ Metadata: ({ socket }) => (socket.destroy(), 'hang') })
    const broker = await connect(server.address)
    const failures = await Promise.allSettled([ask(broker, 'a'), ask(broker, 'b')])
    for (const failure of failures) {
      expect(failure).toMatchObject({
        reason: {
          code: 'ERR_KAFKA_UNREACHABLE',
          message: `${server.address} closed the connection before it answered Metadata`,
          hint: expect.stringContaining('sasl.mechanism') as string,
        },
      })
    }
    expect(broker.isOpen).toBe(false)
    await expect(ask(broker, 'c')).rejects.toMatchObject({ code: 'ERR_KAFKA_UNREACHABLE' })
  })

  it('reads a long list of tokens, and nothing else of that length', async () => {
    const apis = [metadata, describeDelegationToken]
    const tokenIds = Array.from({ length: 1100 }, () => 'x'.repeat(1024))
    await using server = await scripted(
      {
        DescribeDelegationToken: () => (out) => {
          out.int16(0)
          out.array(tokenIds, (tokenId) => {
            for (const text of ['User', 'spark']) out.string(text)
            for (const at of [1, 2, 3]) out.int64(at)
            out.string(tokenId)
            out.bytes(hmac)
            out.array([], () => undefined)
          })
          out.int32(0)
        },
        Metadata: () => ({ raw: framed(3, Buffer.alloc(1024 * 1024)) }),
      },
      { apis, offers: apis.map(({ key }) => ({ key, oldest: 1, newest: key === 41 ? 1 : 12 })) },
    )
    const broker = await connect(server.address)
    const { tokens: read } = await broker.call(describeDelegationToken, { owners: null }, signal)
    expect(read.map(({ tokenId }) => tokenId)).toEqual(tokenIds)
    await expect(ask(broker, 'orders')).rejects.toMatchObject({
      code: 'ERR_KAFKA_PROTOCOL',
      message: `${server.address} announces an answer of 1048580 bytes`,
    })
  })

  it('is noticed to be closed while it rests', async () => {
    await using server = await scripted()
    const broker = await connect(server.address)
    server.sockets.forEach((socket) => socket.end())
    await eventually(() => broker.isOpen).toBe(false)
  })

  it('ends when a request is not answered in time', async () => {
    await using server = await scripted({ Metadata: () => 'hang' })
    const broker = await connect(server.address, {}, { requestTimeoutMs: 50 })
    await expect(ask(broker, 'a')).rejects.toMatchObject({
      code: 'ERR_KAFKA_TIMEOUT',
      message: `${server.address} did not answer Metadata within 0.05 s`,
    })
    expect(broker.isOpen).toBe(false)
    await eventually(() => server.sockets.size).toBe(0)
  })

  it('goes on when one caller leaves', async () => {
    let answer: () => void = () => undefined
    const first = new Promise<void>((go) => (answer = go))
    await using server = await scripted({
      Metadata: async (asked) => {
        if (server.asked.length === 2) await first
        return script.Metadata(asked)
      },
    })
    const broker = await connect(server.address)
    const caller = new AbortController()
    const left = ask(broker, 'left', caller.signal)
    const reason = new Error('no longer wanted')
    caller.abort(reason)
    await expect(left).rejects.toBe(reason)
    expect(await ask(broker, 'stayed')).toBe('stayed')
    answer()
    expect(await ask(broker, 'after')).toBe('after')
    await expect(ask(broker, 'never', AbortSignal.abort(reason))).rejects.toBe(reason)
    broker.close()
  })

  it('ends when an answer cannot be read', async () => {
    await using server = await scripted({
      Metadata: () => (out) => {
        out.int16(1)
      },
    })
    const broker = await connect(server.address)
    await expect(ask(broker, 'a')).rejects.toMatchObject({
      code: 'ERR_KAFKA_PROTOCOL',
      message: `${server.address} answers Metadata with what cannot be read: an int32 of 4 bytes where 2 are left`,
    })
    expect(broker.isOpen).toBe(false)
  })

  it('fails what still waits when it is closed here', async () => {
    await using server = await scripted({ Metadata: () => 'hang' })
    const broker = await connect(server.address)
    const waiting = ask(broker, 'a')
    broker.close()
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_KAFKA_UNREACHABLE' })
  })

  it('keeps the process alive for an answer, and not while it rests', async () => {
    await using server = await scripted({
      Metadata: async (asked) => {
        await new Promise((go) => setTimeout(go, 300))
        return script.Metadata(asked)
      },
    })
    const src = join(import.meta.dirname, '../../src')
    const program = `
      const { connectBroker } = await import(${JSON.stringify(join(src, 'kafka/broker.ts'))})
      const { metadata } = await import(${JSON.stringify(join(src, 'kafka/wire/metadata.ts'))})
      const { nodePlatform } = await import(${JSON.stringify(join(src, 'platform/platform.ts'))})
      const { signal } = new AbortController()
      const broker = await connectBroker({ platform: nodePlatform(), address: ${JSON.stringify(server.address)}, access: {}, signal })
      console.log((await broker.call(metadata, { topics: ['held'] }, signal)).clusterId, broker.isOpen)`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      timeout: 10_000,
    })
    expect(stdout).toBe('held true\n')
  }, 15_000)
})
