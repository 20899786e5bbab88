import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import type { KafkaLogin } from '../../src/kafka/access.ts'
import { type BrokerOptions } from '../../src/kafka/broker.ts'
import { Secret } from '../../src/platform/secret.ts'
import { TokenError } from '../../src/token/error.ts'
import { eventually } from '../fakes/eventually.ts'
import { type Reaction, type Script } from './scripted-broker.ts'
import { ask, connect, scripted } from './echo-broker.ts'

const plainLogin: KafkaLogin = { mechanism: 'PLAIN', username: 'admin', password: new Secret('admin-secret') }

interface Said {
  readonly code?: number
  readonly words?: string
  readonly bytes?: string
  readonly lifetimeMs?: number
}

const handshake =
  (code = 0, mechanisms = ['PLAIN', 'SCRAM-SHA-512', 'OAUTHBEARER']) =>
  (): Reaction =>
  (out) => {
    out.int16(code)
    out.array(mechanisms, (name) => {
      out.string(name)
    })
  }

const authenticate = (...answers: readonly Said[]) => {
  const left = [...answers]
  return (): Reaction => {
    const { code = 0, words = null, bytes = '', lifetimeMs = 0 } = left.shift() ?? {}
    return (out) => {
      out.int16(code)
      out.nullableString(words)
      out.bytes(Buffer.from(bytes))
      out.int64(lifetimeMs)
      out.tags()
    }
  }
}

describe('the login', () => {
  const connectWith = async (login: KafkaLogin, own: Script, options: Partial<BrokerOptions> = {}) => {
    const server = await scripted({ SaslHandshake: handshake(), ...own })
    const outcome = await connect(server.address, { login }, options).catch((thrown: unknown) => thrown as TokenError)
    return { server, outcome, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
  }

  it('names the mechanism, then speaks it', async () => {
    const sent: string[] = []
    await using world = await connectWith(plainLogin, {
      SaslHandshake: (asked) => {
        sent.push(asked.body.string())
        return handshake()()
      },
      SaslAuthenticate: (asked) => {
        sent.push(asked.body.bytes().toString())
        return authenticate({ lifetimeMs: 60_000 })()
      },
    })
    expect(sent).toEqual(['PLAIN', '\0admin\0admin-secret'])
    expect(world.outcome).toMatchObject({ isOpen: true, sessionLifetimeMs: 60_000 })
  })

  const token = (lifetimeMs: number): KafkaLogin => ({
    mechanism: 'OAUTHBEARER',
    getToken: () => Promise.resolve({ value: new Secret('a.b.c'), expiresAt: Date.now() + lifetimeMs }),
  })

  it.each<[string, KafkaLogin, number, number | undefined]>([
    ['PLAIN, that never ends', plainLogin, 0, undefined],
    ['a token that has expired', token(-10_000), 0, 0],
    ['a token that lives, at a broker that does not look', token(3_600_000), 0, undefined],
    ['a token', token(3_600_000), 3_590_000, 3_590_000],
  ])('tells how long the session lasts with %s', async (_, login, said, expected) => {
    await using world = await connectWith(login, { SaslAuthenticate: authenticate({ lifetimeMs: said }) })
    expect(world.outcome).toMatchObject({ isOpen: true, sessionLifetimeMs: expected })
  })

  it('says that the session is over when a broker cuts it', async () => {
    await using world = await connectWith(token(-10_000), {
      SaslAuthenticate: authenticate({}),
      Metadata: () => 'close',
    })
    const { outcome } = world
    if (outcome instanceof Error) throw outcome
    await expect(ask(outcome, 'a')).rejects.toMatchObject({
      code: 'ERR_KAFKA_UNREACHABLE',
      message: `${world.server.address} cut the connection at Metadata: the session of the login is over`,
    })
  })

  it.each<[string, KafkaLogin, Script, string, string, string]>([
    [
      'a wrong password',
      plainLogin,
      { SaslAuthenticate: authenticate({ code: 58, words: 'Authentication failed' }) },
      'ERR_KAFKA_LOGIN',
      'refuses the login with PLAIN (58, SASL_AUTHENTICATION_FAILED): Authentication failed',
      'password',
    ],
    [
      'a token it does not know',
      { ...plainLogin, mechanism: 'SCRAM-SHA-512', tokenAuth: true },
      { SaslAuthenticate: authenticate({ code: 58 }) },
      'ERR_KAFKA_LOGIN',
      'refuses the login with SCRAM-SHA-512',
      'delegation token',
    ],
    [
      'the mechanism',
      { ...plainLogin, mechanism: 'SCRAM-SHA-256' },
      { SaslHandshake: handshake(33, ['OAUTHBEARER', 'PLAIN']) },
      'ERR_KAFKA_MECHANISM',
      'has SCRAM-SHA-256 not enabled (33, UNSUPPORTED_SASL_MECHANISM): it has OAUTHBEARER, PLAIN',
      "Google's Managed Kafka has no SCRAM",
    ],
    [
      'any login',
      plainLogin,
      { SaslHandshake: handshake(34, []) },
      'ERR_KAFKA_MECHANISM',
      'refuses SaslHandshake (34, ILLEGAL_SASL_STATE)',
      'PLAINTEXT',
    ],
    [
      'a JWT',
      token(60_000),
      {
        SaslAuthenticate: authenticate(
          { bytes: '{"status":"invalid_token"}' },
          { code: 58, words: '{"status":"invalid_token"}' },
        ),
      },
      'ERR_KAFKA_LOGIN',
      'refuses the token: invalid_token',
      'audience',
    ],
    [
      'to answer',
      plainLogin,
      { SaslAuthenticate: () => 'hang' },
      'ERR_KAFKA_TIMEOUT',
      'took the connection and did not let us in within 0.3 s',
      'log of the broker',
    ],
  ])('fails in words where the broker refuses %s', async (_, login, own, code, problem, hint) => {
    await using world = await connectWith(login, own, { timeoutMs: 300 })
    expect(world.outcome).toMatchObject({
      code,
      message: expect.stringContaining(`${world.server.address} ${problem}`) as string,
    })
    expect((world.outcome as TokenError).hint).toContain(hint)
    expect(inspect(world.outcome)).not.toContain('admin-secret')
    await eventually(() => world.server.sockets.size).toBe(0)
  })

  it('fails with what the token fails with, and does not even connect', async () => {
    await using server = await scripted()
    const failure = new TokenError('ERR_TOKEN_TIMEOUT', 'no token in time')
    const login: KafkaLogin = { mechanism: 'OAUTHBEARER', getToken: () => Promise.reject(failure) }
    await expect(connect(server.address, { login })).rejects.toBe(failure)
    expect(server.sockets.size).toBe(0)
  })

  it('ends with the reason of the signal', async () => {
    await using server = await scripted({ SaslHandshake: () => 'hang' })
    const caller = new AbortController()
    const connecting = connect(server.address, { login: plainLogin }, { signal: caller.signal })
    await vi.waitUntil(() => server.asked.length === 2)
    const reason = new Error('no longer wanted')
    caller.abort(reason)
    await expect(connecting).rejects.toBe(reason)
    await eventually(() => server.sockets.size).toBe(0)
  })
})
