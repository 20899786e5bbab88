import { scryptSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { request as requestSecurely } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import express from 'express'
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createSidecar, type ConfigInput, type Sidecar, type SidecarEvent } from '../src/index.ts'
import { clientAssertionType, jwtBearer } from './callers/assertion/assertions.ts'
import { jwt, publicJwk, rsa } from './callers/assertion/jwt.ts'
import { certificateAuthority, type Certificate } from './fakes/certificate-authority.ts'
import { scriptedServer, type ScriptedServer } from './fakes/scripted-server.ts'
import { expectRefusal } from './http/wire.ts'

/** One gateway, several teams: whole sidecars with callers, over real HTTP. */
const folder = mkdtempSync(join(tmpdir(), 'kts-gateway-'))
const jwksFile = join(folder, 'jwks.json')
writeFileSync(jwksFile, JSON.stringify({ keys: [publicJwk(rsa, { kid: 'one', alg: 'RS256' })] }))
const issuer = 'https://kubernetes.default.svc.cluster.local'

const running: Sidecar[] = []
const servers: Server[] = []
const unhandled: unknown[] = []
const noteUnhandled = (reason: unknown): void => void unhandled.push(reason)

beforeAll(() => {
  process.on('unhandledRejection', noteUnhandled)
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((sidecar) => sidecar.stop({ graceMs: 200 })))
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
  expect(unhandled.splice(0)).toEqual([])
})
afterAll(() => {
  process.off('unhandledRejection', noteUnhandled)
  rmSync(folder, { recursive: true })
})

/** A real hash that costs next to nothing. */
function hashOf(secret: string): string {
  const salt = Buffer.alloc(16)
  const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')
  return `scrypt$ln=1,r=1,p=1$${base64(salt)}$${base64(scryptSync(secret, salt, 32, { N: 2, r: 1, p: 1 }))}`
}

const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

function assertion(sub = 'system:serviceaccount:fraud:app'): string {
  const now = Math.floor(Date.now() / 1000)
  return jwt({ iss: issuer, sub, aud: ['kafka-tokens'], exp: now + 3600, iat: now })
}

const selfIssued = (subject: string) => ({ source: 'self-issued' as const, subject })

const teams: ConfigInput = {
  listen: { port: 0 },
  profiles: {
    default: selfIssued('nobody'),
    orders: { ...selfIssued('orders'), allow: { scopes: ['kafka', 'kafka.read'], audiences: ['other'] } },
    fraud: selfIssued('fraud'),
  },
  callers: {
    'orders-app': { secretHashes: [hashOf('s3cret')], profiles: ['orders'] },
    'fraud-app': {
      assertion: { issuer, audience: 'kafka-tokens', subject: 'system:serviceaccount:fraud:*' },
      profiles: ['fraud'],
    },
    batch: { secretHashes: [hashOf('b%tch'), hashOf('old one')], profiles: ['orders', 'fraud'] },
  },
  issuers: { [issuer]: { jwksFile } },
}

function made(config: ConfigInput): { readonly sidecar: Sidecar; readonly events: SidecarEvent[] } {
  const events: SidecarEvent[] = []
  const sidecar = createSidecar(config, { onEvent: (event) => void events.push(event) })
  running.push(sidecar)
  return { sidecar, events }
}

interface Asked {
  readonly path?: string
  readonly authorization?: string
  readonly form?: Readonly<Record<string, string>>
  readonly agent?: string
  readonly body?: string
}

interface Answer {
  readonly status: number
  /** As they came, but for the date. */
  readonly headers: string
  readonly body: string
}

const subjectOf = ({ body }: Answer): string | undefined =>
  decodeJwt((JSON.parse(body) as { access_token: string }).access_token).sub
const tokenOf = ({ body }: Answer): string => (JSON.parse(body) as { access_token: string }).access_token

type Ask = (asked?: Asked) => Promise<Answer>

interface Trust extends Partial<Certificate> {
  readonly ca: string
}

function askAt(port: number, tls?: Trust): Ask {
  return async ({ path = '/token', authorization, form = {}, agent = 'Java/21', body } = {}) => {
    const sent = body ?? new URLSearchParams({ grant_type: 'client_credentials', ...form }).toString()
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(Buffer.byteLength(sent)),
      ...(agent !== '' && { 'user-agent': agent }),
      ...(authorization !== undefined && { authorization }),
    }
    const options = { port, host: '127.0.0.1', path, method: 'POST', headers, agent: false }
    const call = tls ? requestSecurely({ ...options, ...tls }) : request(options)
    call.end(sent)
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    const pairs = answer.rawHeaders.flatMap((name, at, all) =>
      at % 2 === 0 && name.toLowerCase() !== 'date' ? [`${name}: ${all[at + 1] ?? ''}`] : [],
    )
    return { status: answer.statusCode ?? 0, headers: pairs.join('\n'), body: await text(answer) }
  }
}

async function listening(config: ConfigInput = teams) {
  const { sidecar, events } = made(config)
  const { port } = await sidecar.start()
  return { sidecar, events, ask: askAt(port), port }
}

async function served(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function inNodeHttp(config: ConfigInput = teams) {
  const { sidecar, events } = made(config)
  return { events, ask: askAt(await served(sidecar.nodeHandler())) }
}

/** Each way to mount a gateway. */
const mounts: Readonly<Record<string, (config?: ConfigInput) => Promise<{ ask: Ask; events: SidecarEvent[] }>>> = {
  'on its own': listening,
  'in node:http': inNodeHttp,
  async 'in Express, behind a body parser'(config = teams) {
    const { sidecar, events } = made(config)
    const app = express().use(express.urlencoded()).use('/kafka', sidecar.expressRouter())
    const ask = askAt(await served(app))
    return { events, ask: (asked = {}) => ask({ ...asked, path: `/kafka${asked.path ?? '/token'}` }) }
  },
  'as a fetch handler'(config = teams) {
    const { sidecar, events } = made(config)
    const handle = sidecar.fetchHandler()
    return Promise.resolve({
      events,
      ask: async ({ path = '/token', authorization, form = {}, agent = 'Java/21', body } = {}) => {
        const answer = await handle(
          new Request(`http://localhost:1${path}`, {
            method: 'POST',
            body: body ?? new URLSearchParams({ grant_type: 'client_credentials', ...form }),
            headers: {
              'content-type': 'application/x-www-form-urlencoded',
              ...(agent !== '' && { 'user-agent': agent }),
              ...(authorization !== undefined && { authorization }),
            },
          }),
        )
        return { status: answer.status, headers: JSON.stringify([...answer.headers]), body: await answer.text() }
      },
    })
  },
}

const orders = { authorization: basic('orders-app', 's3cret') }

describe.each(Object.entries(mounts))('a gateway %s', (_name, mount) => {
  it('gives each caller the token of its own profile', async () => {
    const { ask } = await mount()
    const client = { client_id: 'orders-app', client_secret: 's3cret' }
    const presented = { client_assertion_type: clientAssertionType, client_assertion: assertion() }
    for (const [asked, subject] of [
      [orders, 'orders'],
      [{ ...orders, path: '/token/orders' }, 'orders'],
      [{ form: client }, 'orders'],
      [{ form: presented }, 'fraud'],
      [{ form: { grant_type: jwtBearer, assertion: assertion('system:serviceaccount:fraud:other') } }, 'fraud'],
      [{ authorization: basic('batch', 'b%tch') }, 'orders'],
      [{ authorization: basic('batch', 'old+one'), path: '/token/fraud' }, 'fraud'],
      [{ authorization: basic('batch', 'old one'), path: '/token/fraud' }, 'fraud'],
    ] as const) {
      const answer = await ask(asked)
      expect(answer).toMatchObject({ status: 200 })
      expect(subjectOf(answer)).toBe(subject)
    }
  })

  it('refuses everything else', async () => {
    const { ask } = await mount()
    for (const [asked, status, code] of [
      [{}, 401, 'ERR_CALLER_MISSING'],
      [{ path: '/token/orders' }, 401, 'ERR_CALLER_MISSING'],
      [{ form: { client_id: 'orders-app' } }, 401, 'ERR_CALLER_MISSING'],
      [{ ...orders, path: '/token/fraud' }, 403, 'ERR_CALLER_PROFILE'],
      [{ ...orders, path: '/token/default' }, 403, 'ERR_CALLER_PROFILE'],
      [{ ...orders, path: '/token/nope' }, 403, 'ERR_CALLER_PROFILE'],
      [
        { form: { client_assertion_type: clientAssertionType, client_assertion: assertion('stranger') } },
        401,
        'ERR_CALLER_ASSERTION',
      ],
      [{ path: '/token/orders', form: { grant_type: jwtBearer, assertion: assertion() } }, 403, 'ERR_CALLER_PROFILE'],
    ] as const) {
      expectRefusal(await ask(asked), status, code)
    }
  })

  it('answers one and the same, byte for byte, whatever is wrong before it knows who asks', async () => {
    const { ask, events } = await mount()
    await ask(orders)
    const byHeader: Asked[] = [
      { authorization: basic('orders-app', 'wrong') },
      { authorization: basic('nobody', 's3cret') },
      { authorization: basic('fraud-app', 's3cret') },
      { authorization: basic('orders-app', 'wrong'), path: '/token/orders' },
      { authorization: basic('orders-app', 'wrong'), path: '/token/fraud' },
      { authorization: basic('nobody', 'x'), path: '/token/nope' },
      { authorization: 'Basic ?' },
    ]
    const inForm: Asked[] = [
      { form: { client_id: 'orders-app', client_secret: 'wrong' } },
      { form: { client_id: 'nobody', client_secret: 'wrong' } },
      { form: { client_id: 'nobody', client_secret: 'wrong' }, path: '/token/nope' },
    ]
    const heard = await Promise.all(byHeader.map(ask))
    expect(new Set(heard.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expectRefusal(heard[0] as Answer, 401, 'ERR_CALLER_UNKNOWN')
    expect(JSON.parse((heard[0] as Answer).body)).toMatchObject({ error: 'invalid_client' })
    expect(heard[0]?.headers.toLowerCase()).toContain('basic realm=')
    const others = await Promise.all(inForm.map(ask))
    expect(new Set(others.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(others[0]?.body).toBe(heard[0]?.body)
    expect(others[0]?.headers.toLowerCase()).not.toContain('www-authenticate')
    // Without a word to the client the audit stream tells them apart.
    const reasons = events.flatMap((event) => (event.type === 'request-answered' ? (event.reason ?? []) : []))
    expect(new Set(reasons)).toEqual(
      new Set([
        'wrong secret of orders-app',
        'no caller nobody',
        'caller fraud-app has no secretHashes',
        'id and secret cannot be read',
      ]),
    )
  })

  it('tells who it was, what was given, and never a secret', async () => {
    const { ask, events } = await mount()
    const given = tokenOf(await ask(orders))
    await ask({ ...orders, path: '/token/fraud' })
    const presented = assertion()
    await ask({ form: { grant_type: jwtBearer, assertion: presented } })
    const answered = events.filter((event) => event.type === 'request-answered')
    expect(answered).toMatchObject([
      { outcome: 'token', caller: 'orders-app', provedBy: 'secret', profile: 'orders', token: { subject: 'orders' } },
      { outcome: 'refused', caller: 'orders-app', code: 'ERR_CALLER_PROFILE', status: 403 },
      { outcome: 'token', caller: 'fraud-app', provedBy: 'assertion', profile: 'fraud' },
    ])
    expect(answered[0]?.token?.id()).toBe(decodeJwt(given).jti)
    const all = JSON.stringify(events)
    for (const secret of [given, given.split('.')[2], presented, presented.split('.')[2], 's3cret', hashOf('s3cret')]) {
      expect(all).not.toContain(secret)
    }
  })

  it('gives librdkafka, which tries again what is empty, words where trying again is no use', async () => {
    const { ask } = await mount()
    expectRefusal(await ask({ agent: '' }), 401, 'ERR_CALLER_MISSING')
    expectRefusal(await ask({ agent: '', ...orders, path: '/token/fraud' }), 403, 'ERR_CALLER_PROFILE')
  })
})

describe('a gateway without callers', () => {
  const profiles = { default: selfIssued('nobody'), orders: selfIssued('orders'), fraud: selfIssued('fraud') }

  it('knows the profile by the path, else by the client id, whatever the secret', async () => {
    const { ask } = await listening({ listen: { port: 0 }, profiles })
    for (const [asked, subject] of [
      [{}, 'nobody'],
      [{ path: '/token/fraud' }, 'fraud'],
      [{ authorization: basic('orders', 'unused') }, 'orders'],
      [{ authorization: basic('orders', '') }, 'orders'],
      [{ form: { client_id: 'orders' } }, 'orders'],
      [{ authorization: basic('orders', 'x'), path: '/token/fraud' }, 'fraud'],
      [{ authorization: basic('unused', 'unused') }, 'nobody'],
    ] as const) {
      expect(subjectOf(await ask(asked))).toBe(subject)
    }
  })

  it('knows its only profile by the client id too', async () => {
    const { ask } = await listening({ listen: { port: 0 }, profiles: { default: selfIssued('nobody') } })
    const { ask: askOther } = await inNodeHttp({ profiles: { orders: selfIssued('orders') } })
    expect(subjectOf(await ask({ authorization: basic('orders', 'x') }))).toBe('nobody')
    expect(subjectOf(await askOther({ authorization: basic('orders', 'x') }))).toBe('orders')
    expectRefusal(await askOther(), 404, 'ERR_REQUEST_PROFILE')
  })
})

describe('what clients may ask for', () => {
  it('is given by a self-issued profile where it is allowed, and said in the answer', async () => {
    const { ask } = await listening()
    const asking = async (form: Record<string, string>) => {
      const answer = await ask({ ...orders, form })
      const { scope } = JSON.parse(answer.body) as { scope?: string }
      const { scope: claim, aud } = decodeJwt(tokenOf(answer))
      return { scope, claim, aud }
    }
    expect(await asking({})).toEqual({ scope: undefined, claim: undefined, aud: 'kafka' })
    expect(await asking({ scope: 'kafka.read kafka' })).toEqual({
      scope: 'kafka kafka.read',
      claim: 'kafka kafka.read',
      aud: 'kafka',
    })
    expect(await asking({ scope: 'admin' })).toEqual({ scope: undefined, claim: undefined, aud: 'kafka' })
    expect(await asking({ scope: 'admin kafka' })).toMatchObject({ scope: 'kafka', claim: 'kafka' })
    expect(await asking({ audience: 'other' })).toMatchObject({ aud: 'other' })
    expect(await asking({ audience: 'elsewhere' })).toMatchObject({ aud: 'kafka' })
  })

  it('is one token for all that ask for the same in other words', async () => {
    const { ask } = await listening()
    const tokens = await Promise.all(
      ['kafka kafka.read', 'kafka.read kafka', ' kafka  kafka.read kafka', 'x kafka kafka.read'].map(async (scope) =>
        tokenOf(await ask({ ...orders, form: { scope } })),
      ),
    )
    expect(new Set(tokens).size).toBe(1)
  })

  it('is always the scope that the profile has itself', async () => {
    const allow = { scopes: ['kafka.read'], others: 'refuse' as const }
    const own = { ...selfIssued('app'), scope: 'kafka', audience: 'brokers', allow }
    const { ask } = await listening({ listen: { port: 0 }, profiles: { default: own } })
    for (const form of [{ scope: 'kafka' }, { audience: 'brokers' }, { scope: 'kafka.read' }]) {
      expect(await ask({ form })).toMatchObject({ status: 200 })
    }
  })

  it('uses nothing up that others of the same profile need', async () => {
    const scopes = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const { ask } = await listening({
      listen: { port: 0 },
      profiles: { default: selfIssued('nobody'), shared: { ...selfIssued('shared'), allow: { scopes } } },
    })
    for (let bits = 1; bits < 128; bits++) {
      const scope = scopes.filter((_, place) => bits & (1 << place)).join(' ')
      await ask({ path: '/token/shared', form: { scope } })
    }
    expect((await ask({ path: '/token/shared' })).status).toBe(200)
  })

  it('is refused in words where that is configured', async () => {
    const allow = { scopes: ['kafka'], others: 'refuse' as const }
    const { ask } = await listening({ listen: { port: 0 }, profiles: { default: { ...selfIssued('app'), allow } } })
    expect((await ask({ form: { scope: 'kafka' } })).status).toBe(200)
    const scope = await ask({ form: { scope: 'kafka admin' } })
    expectRefusal(scope, 400, 'ERR_REQUEST_SCOPE')
    expect(JSON.parse(scope.body)).toMatchObject({ error: 'invalid_scope' })
    const audience = await ask({ form: { audience: 'elsewhere' } })
    expectRefusal(audience, 400, 'ERR_REQUEST_AUDIENCE')
    expect(JSON.parse(audience.body)).toMatchObject({ error: 'invalid_target' })
  })
})

describe('profiles of a provider', () => {
  let provider: ScriptedServer
  let tokens = 0
  beforeAll(async () => {
    provider = await scriptedServer(({ body }) => {
      const { client_id: sub, scope } = Object.fromEntries(new URLSearchParams(body))
      const now = Math.floor(Date.now() / 1000)
      const token = jwt({ sub, iat: now, exp: now + 3600, jti: `t${++tokens}`, ...(scope && { scope }) })
      return { body: { access_token: token, expires_in: 3600, token_type: 'Bearer' } }
    })
  })
  afterEach(() => {
    provider.heal()
  })
  afterAll(() => provider.close())

  const from = (clientId: string, changes: object = {}) => ({
    source: 'client-credentials' as const,
    tokenEndpoint: `${provider.origin}/${clientId}`,
    clientId,
    clientAuth: 'none' as const,
    ...changes,
  })
  const callsOf = (name: string): number => provider.callsTo(`/${name}`).length

  it('pass the scope on that is allowed, and say which was granted', async () => {
    const allow = { scopes: ['kafka', 'kafka.read'] }
    const { ask } = await listening({
      listen: { port: 0 },
      profiles: { default: from('scoped', { scope: 'kafka', allow }) },
    })
    const asking = async (scope?: string): Promise<unknown> =>
      (JSON.parse((await ask({ form: scope === undefined ? {} : { scope } })).body) as { scope?: string }).scope
    expect(await asking()).toBe('kafka')
    expect(await asking('kafka.read')).toBe('kafka.read')
    expect(await asking('admin')).toBe('kafka')
    const asked = provider.callsTo('/scoped').map(({ body }) => new URLSearchParams(body).get('scope'))
    expect(asked).toEqual(['kafka', 'kafka.read'])
  })

  it('fail alone: others are answered while one hangs, one is refused and one has no key', async () => {
    const { ask } = await listening({
      listen: { port: 0, holdTimeout: '1s' },
      limits: { profileUpstreamCalls: 2 },
      profiles: {
        default: selfIssued('nobody'),
        well: from('well'),
        hung: from('hung', { allow: { scopes: ['a', 'b', 'c', 'd'] } }),
        refused: from('refused'),
        broken: { ...selfIssued('x'), keyFile: '/nowhere/key.pem' },
      },
    })
    provider.fail('/hung', 'hang')
    provider.fail('/refused', { status: 401, body: { error: 'invalid_client' } })
    const hanging = ['a', 'b', 'c', 'd'].map((scope) => ask({ path: '/token/hung', form: { scope } }))
    expect((await ask({ path: '/token/well' })).status).toBe(200)
    expect((await ask({ path: '/token/refused' })).status).toBeLessThan(500)
    expectRefusal(await ask({ path: '/token/broken' }), 400, 'ERR_KEY_FILE')
    expect((await ask()).status).toBe(200)
    for (const answer of await Promise.all(hanging)) expectRefusal(answer, 503, 'ERR_TOKEN_TIMEOUT')
    expect(callsOf('hung')).toBe(2)
    expect((await ask({ path: '/token/well' })).status).toBe(200)
    expect(callsOf('well')).toBe(1)
  })

  it('are named where one fails before it asks anybody', async () => {
    const { ask, events } = await listening({
      listen: { port: 0 },
      profiles: { default: selfIssued('nobody'), broken: { ...selfIssued('x'), keyFile: '/nowhere/key.pem' } },
    })
    await ask({ path: '/token/broken' })
    expect(events.filter(({ type }) => type === 'request-answered')).toMatchObject([
      { code: 'ERR_KEY_FILE', profile: 'broken' },
    ])
  })

  it('do not wait for places that one hung provider has taken', async () => {
    const { ask } = await listening({
      listen: { port: 0, holdTimeout: '1s' },
      limits: { waitingRequests: 3, callerWaitingRequests: 2 },
      profiles: { orders: from('slow'), fraud: from('quick') },
      callers: {
        greedy: { secretHashes: [hashOf('g')], profiles: ['orders'] },
        other: { secretHashes: [hashOf('o')], profiles: ['fraud'] },
      },
    })
    const [greedy, other] = [{ authorization: basic('greedy', 'g') }, { authorization: basic('other', 'o') }]
    expect((await ask(other)).status).toBe(200)
    provider.fail('/slow', 'hang')
    const first = ask(greedy)
    await expect.poll(() => callsOf('slow')).toBe(1)
    const waiting = [first, ask(greedy)]
    const more = await Promise.all([ask(greedy), ask({ ...greedy, agent: '' })])
    expectRefusal(more[0], 503, 'ERR_REQUEST_OVERLOAD')
    expect(more[0].body).toContain('2 requests of greedy wait')
    // Librdkafka comes again where the body is empty.
    expect(more[1]).toMatchObject({ status: 503, body: '' })
    for (const { headers } of more) expect(headers.toLowerCase()).toContain('retry-after: 1')
    expect((await ask(other)).status).toBe(200)
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(503)
  })

  it('come, change and go while it runs; what stays keeps its token and asks nobody', async () => {
    const callers = { app: { secretHashes: [hashOf('a')], profiles: ['stays', 'changes', 'goes'] } }
    const config = (profiles: ConfigInput['profiles'], who: ConfigInput['callers'] = callers): ConfigInput => ({
      listen: { port: 0 },
      profiles,
      callers: who,
    })
    const { sidecar, ask } = await listening(
      config({ stays: from('stays'), changes: from('changes'), goes: from('goes') }),
    )
    const app = (path: string): Asked => ({ path: `/token/${path}`, authorization: basic('app', 'a') })
    const before = {
      stays: tokenOf(await ask(app('stays'))),
      changes: tokenOf(await ask(app('changes'))),
      goes: tokenOf(await ask(app('goes'))),
    }
    const who = { app: { ...callers.app, profiles: ['stays', 'changes', 'comes'] } }
    sidecar.reload(config({ stays: from('stays'), changes: from('changed'), comes: from('comes') }, who))
    expect(tokenOf(await ask(app('stays')))).toBe(before.stays)
    expect(subjectOf(await ask(app('changes')))).toBe('changed')
    expect(subjectOf(await ask(app('comes')))).toBe('comes')
    expectRefusal(await ask(app('goes')), 403, 'ERR_CALLER_PROFILE')
    expect(['stays', 'changes', 'goes', 'changed', 'comes'].map(callsOf)).toEqual([1, 1, 1, 1, 1])

    // And back: a profile that was gone begins anew, one that stayed still has its token.
    sidecar.reload(config({ stays: from('stays'), changes: from('changes'), goes: from('goes') }))
    expect(tokenOf(await ask(app('stays')))).toBe(before.stays)
    expect(tokenOf(await ask(app('goes')))).not.toBe(before.goes)
    expect(callsOf('stays')).toBe(1)
  })

  it('answer whoever waited for them when they went', async () => {
    const { sidecar, ask } = await listening({
      listen: { port: 0 },
      profiles: { default: selfIssued('nobody'), going: from('going') },
    })
    provider.delay(300)
    const waiting = ask({ path: '/token/going' })
    await expect.poll(() => callsOf('going')).toBe(1)
    sidecar.reload({ listen: { port: 0 }, profiles: { default: selfIssued('nobody') } })
    provider.delay(0)
    expectRefusal(await ask({ path: '/token/going' }), 404, 'ERR_REQUEST_PROFILE')
    expect(subjectOf(await waiting)).toBe('going')
  })

  it('stay as they are when what comes is not valid', async () => {
    const config: ConfigInput = { listen: { port: 0 }, profiles: { default: from('kept') } }
    const { sidecar, ask, events } = await listening(config)
    const before = tokenOf(await ask())
    for (const wrong of [
      { ...config, profiles: { default: { source: 'nope' } } },
      { ...config, profiles: { other: from('other'), Other: from('other') } },
      { ...config, callers: { app: { profiles: ['default'] } } },
      { ...config, lisen: {} },
    ]) {
      expect(() => {
        sidecar.reload(wrong as ConfigInput)
      }).toThrow()
    }
    expect(tokenOf(await ask())).toBe(before)
    expect(callsOf('kept')).toBe(1)
    expect(events.filter(({ type }) => type === 'warning')).toEqual([])
  })
})

describe('callers that change while it runs', () => {
  it('close an open gate, and nobody slips through', async () => {
    const { sidecar, ask } = await listening({ listen: { port: 0 }, profiles: teams.profiles })
    expect((await ask()).status).toBe(200)
    sidecar.reload(teams)
    const answers = await Promise.all([ask(), ask({ path: '/token/orders' }), ask(orders)])
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 200])
  })

  it('lose what was taken from them at once', async () => {
    const { sidecar, ask } = await listening()
    const batch = { authorization: basic('batch', 'b%tch') }
    expect((await ask({ ...batch, path: '/token/fraud' })).status).toBe(200)
    sidecar.reload({
      ...teams,
      callers: { batch: { secretHashes: [hashOf('b%tch')], profiles: ['orders'] } },
      issuers: {},
    })
    expectRefusal(await ask({ ...batch, path: '/token/fraud' }), 403, 'ERR_CALLER_PROFILE')
    expectRefusal(await ask(orders), 401, 'ERR_CALLER_UNKNOWN')
    expectRefusal(await ask({ form: { grant_type: jwtBearer, assertion: assertion() } }), 401, 'ERR_CALLER_ASSERTION')
  })

  // How it listens stays as it was at the start; whoever reads only the new configuration would not see the open port.
  it('cannot all go from a server on a network, also where the new file would listen on loopback', async () => {
    const network = { host: '0.0.0.0', port: 0, allowPlaintextNetwork: true }
    const { sidecar } = made({ ...teams, listen: network })
    const handle = sidecar.fetchHandler()
    const open: ConfigInput = { profiles: teams.profiles }
    try {
      sidecar.reload(open)
    } catch {
      // Refused, as it may be.
    }
    const answer = await handle(
      new Request('http://127.0.0.1/token', {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      }),
    )
    expect(answer.status).toBe(401)
  })
})

describe('limits', () => {
  it('of a caller are told with the time to come again', async () => {
    const { ask } = await listening({
      ...teams,
      limits: { callerRequestsPerMinute: 2 },
    })
    const answers = []
    for (let times = 0; times < 3; times++) answers.push(await ask(orders))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
    expectRefusal(answers[2] as Answer, 429, 'ERR_CALLER_LIMIT')
    expect(answers[2]?.headers).toMatch(/retry-after: (29|30)/i)
    expect(await ask({ ...orders, agent: '' })).toMatchObject({ status: 429, body: '' })
    expect((await ask({ authorization: basic('batch', 'b%tch') })).status).toBe(200)
  })

  it('of all together come before everything else', async () => {
    const { ask } = await listening({ ...teams, limits: { requestsPerMinute: 2 } })
    expect((await ask(orders)).status).toBe(200)
    expect((await ask()).status).toBe(401)
    const late = await ask(orders)
    expectRefusal(late, 503, 'ERR_REQUEST_OVERLOAD')
    expect(late.headers).toMatch(/retry-after: (29|30)/i)
    expect(await ask({ ...orders, agent: '' })).toMatchObject({ status: 503, body: '' })
  })

  it('of all together are not given anew by an edit of the file', async () => {
    const config = { ...teams, limits: { requestsPerMinute: 1 } }
    const { sidecar, ask } = await listening(config)
    expect((await ask(orders)).status).toBe(200)
    sidecar.reload({ ...config, audit: { to: 'off' } })
    expect((await ask(orders)).status).toBe(503)
  })

  it('of what waits are told to strangers too, and end nothing else', async () => {
    const { ask } = await listening({ ...teams, limits: { waitingRequests: 1 } })
    await ask(orders)
    const guesses = await Promise.all(['a', 'b', 'c', 'd'].map((id) => ask({ authorization: basic(id, 'x') })))
    expect(guesses.map(({ status }) => status).sort()).toEqual([401, 503, 503, 503])
    expect((await ask(orders)).status).toBe(200)
    // A later guess is answered after those that were sent away have come to their ends: see afterEach.
    expect((await ask({ authorization: basic('e', 'x') })).status).toBe(401)
  })

  it('of guessing keep an address waiting, and let in who is known', async () => {
    const { ask } = await listening()
    await ask(orders)
    const guess = (index: number) => ask({ authorization: basic('orders-app', `guess-${index}`) })
    const first = await Promise.all(Array.from({ length: 25 }, (_, index) => guess(index)))
    expect(first.every(({ status }) => status === 401 || status === 429)).toBe(true)
    const late = await guess(99)
    expectRefusal(late, 429, 'ERR_CALLER_LIMIT')
    expect((await ask(orders)).status).toBe(200)
  })
})

describe('a gateway with TLS', () => {
  const authority = certificateAuthority()
  const elsewhere = certificateAuthority()
  const files = Object.entries({ ...authority.issue('localhost', '127.0.0.1'), ca: authority.cert }).map(
    ([name, pem]): [string, string] => {
      const file = join(folder, `tls.${name}`)
      writeFileSync(file, pem, { mode: 0o600 })
      return [name, file]
    },
  )
  const { cert = '', key = '', ca = '' } = Object.fromEntries(files)
  const config: ConfigInput = {
    ...teams,
    listen: { port: 0, tls: { certFile: cert, keyFile: key, clientCaFile: ca } },
    callers: { ...teams.callers, machine: { certificate: { sanDns: 'machine.example' }, profiles: ['fraud'] } },
  }
  const machine = authority.issue('machine.example')
  const forged = elsewhere.issue('machine.example')
  const stranger = authority.issue('stranger.example')

  it('knows callers by certificate, by secret and by JWT on one port', async () => {
    const { port } = await listening(config)
    const trust = { ca: authority.cert }
    const [plain, withCertificate] = [askAt(port, trust), askAt(port, { ...trust, ...machine })]
    expect(subjectOf(await withCertificate())).toBe('fraud')
    expect(subjectOf(await withCertificate({ authorization: basic('unused', 'unused') }))).toBe('fraud')
    expect(subjectOf(await withCertificate(orders))).toBe('orders')
    expect(subjectOf(await plain(orders))).toBe('orders')
    expect(subjectOf(await plain({ form: { grant_type: jwtBearer, assertion: assertion() } }))).toBe('fraud')
    expectRefusal(await plain(), 401, 'ERR_CALLER_MISSING')
    expectRefusal(await withCertificate({ path: '/token/orders' }), 403, 'ERR_CALLER_PROFILE')
  })

  it('tells nobody who shows a certificate of his own which client ids there are', async () => {
    const { port } = await listening(config)
    for (const shown of [forged, stranger]) {
      const ask = askAt(port, { ca: authority.cert, ...shown })
      expectRefusal(await ask(), 401, 'ERR_CALLER_CERTIFICATE')
      const [known, unknown] = await Promise.all([
        ask({ authorization: basic('orders-app', 'wrong') }),
        ask({ authorization: basic('nobody', 'wrong') }),
      ])
      expect(known).toEqual(unknown)
      expectRefusal(known, 401, 'ERR_CALLER_UNKNOWN')
      expect(subjectOf(await ask(orders))).toBe('orders')
    }
  })

  it('gives nothing to whom it could read on the way', async () => {
    const { port } = await listening(config)
    const answer = await askAt(port)(orders).catch((thrown: unknown) => (thrown as NodeJS.ErrnoException).code)
    if (typeof answer === 'object') {
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.body).not.toContain('access_token')
    }
  })
})

describe('what strangers may read', () => {
  it('is how to prove who one is, and nothing of callers', async () => {
    const { port } = await listening()
    const answer = await fetch(`http://localhost:${port}/.well-known/openid-configuration`)
    const metadata = (await answer.json()) as { token_endpoint_auth_methods_supported: string[] }
    expect(metadata.token_endpoint_auth_methods_supported).toEqual([
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'tls_client_auth',
    ])
    expect(JSON.stringify(metadata)).not.toContain('orders-app')
  })

  it('is the same of a profile that has no keys and of one that is not there', async () => {
    const { port } = await listening({
      ...teams,
      profiles: { ...teams.profiles, foreign: { source: 'file', file: '/nowhere/token' } },
    })
    const texts = await Promise.all(
      ['foreign', 'nowhere'].map(async (name) => {
        const answer = await fetch(`http://localhost:${port}/jwks/${name}`)
        return `${answer.status} ${(await answer.text()).replaceAll(name, 'NAME')}`
      }),
    )
    expect(texts[0]).toBe(texts[1])
    expect(texts[0]).toMatch(/^404 /)
  })
})

describe('a stop', () => {
  it('answers who still waits to be recognized, before it cuts the connection', async () => {
    const silent = await served(() => undefined)
    const { sidecar, ask } = await listening({
      ...teams,
      issuers: { [issuer]: { jwksUri: `http://127.0.0.1:${silent}/keys`, allowPlaintext: true } },
    })
    const form = { client_assertion_type: clientAssertionType, client_assertion: assertion() }
    const waiting = ask({ form })
    await expect.poll(() => ask({ authorization: basic('orders-app', 's3cret') })).toMatchObject({ status: 200 })
    await Promise.all([sidecar.stop({ graceMs: 500 }), waiting])
    expectRefusal(await waiting, 503, 'ERR_CALLER_KEYS')
  })
})
