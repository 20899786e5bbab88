import { describe, expect, it } from 'vitest'
import { dispatch } from '../../src/http/route.ts'
import type { WireRequest, WireResponse } from '../../src/http/wire-message.ts'
import { tokenRoutes } from '../../src/http/token-route.ts'
import { cached } from '../../src/token/cache.ts'
import { TokenError } from '../../src/token/error.ts'
import type { SidecarEvent } from '../../src/token/event.ts'
import { profiles } from '../../src/token/profiles.ts'
import { openTo } from '../fakes/open-gate.ts'
import { fakePlatform } from '../fakes/platform.ts'
import { fakeSource } from '../fakes/source.ts'
import { realClients } from './real-clients.ts'
import { expectRefusal, wire } from './wire.ts'

function endpoint({ holdTimeoutMs = 5_000 } = {}) {
  const platform = fakePlatform()
  const source = fakeSource(platform)
  const events: SidecarEvent[] = []
  const emit = (event: SidecarEvent): void => void events.push(event)
  const known = profiles(['default', 'orders'], () => cached(source, { platform, emit }))
  const answer = dispatch(tokenRoutes({ platform, ...openTo(known), emit, holdTimeoutMs }))
  const ask = async (changes: Partial<WireRequest> = {}): Promise<WireResponse> => answer(wire(changes))
  const answered = () => events.filter((event) => event.type === 'request-answered')
  return { platform, source, ask, answered }
}

describe('the token endpoint', () => {
  it.each(['/', '/token', '/token/', '/oauth/token', '/oauth2/token', '/token/default'])(
    'gives the default token at %s',
    async (path) => {
      const { ask, source } = endpoint()
      const answer = await ask({ path })
      expect(JSON.parse(answer.body)).toMatchObject({ token_type: 'Bearer', expires_in: 3_600 })
      expect(source.calls).toMatchObject([{ profile: 'default' }])
    },
  )

  it.each(realClients)('answers $name', async ({ headers, body }) => {
    const { ask } = endpoint()
    const answer = await ask({ headers: { host: 'localhost:14293', 'user-agent': undefined, ...headers }, body })
    expect(answer).toMatchObject({ status: 200 })
  })

  it('gives the token of the profile in the path', async () => {
    const { ask, source } = endpoint()
    await ask({ path: '/token/orders' })
    expect(source.calls).toMatchObject([{ profile: 'orders' }])
  })

  it.each(['nope', 'constructor', '__proto__', 'toString', 'default%20', 'DEFAULT', 'a'.repeat(10_000)])(
    'knows no profile %s',
    async (name) => {
      const { ask, source } = endpoint()
      expectRefusal(await ask({ path: `/token/${name}` }), 404, 'ERR_REQUEST_PROFILE')
      expect(source.calls).toEqual([])
    },
  )

  it('counts expires_in when it answers', async () => {
    const { ask, platform } = endpoint()
    await ask()
    await platform.pass(10_500)
    expect(JSON.parse((await ask()).body)).toMatchObject({ expires_in: 3_589 })
  })

  it('holds a request while the source gets over a failure', async () => {
    const { ask, platform, source } = endpoint()
    source.answer(new TokenError('ERR_GCP_UNAVAILABLE', 'down'), 'token')
    const answer = ask()
    await platform.pass(4_000)
    expect((await answer).status).toBe(200)
  })

  it('holds no request longer than configured, and then tells why', async () => {
    const { ask, platform, source } = endpoint({ holdTimeoutMs: 2_000 })
    source.answer(new TokenError('ERR_GCP_UNAVAILABLE', 'down'))
    const java = ask()
    const librdkafka = ask({ headers: { 'user-agent': undefined } })
    let done = false
    void java.then(() => (done = true))
    await platform.pass(1_900)
    expect(done).toBe(false)
    await platform.pass(200)
    expectRefusal(await java, 503, 'ERR_GCP_UNAVAILABLE')
    expect(await librdkafka).toMatchObject({ status: 503, body: '', headers: { 'Retry-After': '1' } })
  })

  it('tells at once what no waiting mends', async () => {
    const { ask, source } = endpoint()
    source.answer(new TokenError('ERR_GCP_REFUSED', 'the account is disabled'))
    const answer = await ask({ headers: { 'user-agent': undefined } })
    expectRefusal(answer, 400, 'ERR_GCP_REFUSED')
    expect(answer.body).toContain('the account is disabled')
  })

  it('reports each answer, with no field that could hold a token', async () => {
    const { ask, answered, platform, source } = endpoint()
    await ask()
    await ask({ path: '/token/nope', headers: { 'user-agent': 'Go-http-client/1.1' } })
    await ask({ body: 'grant_type=nope' })
    source.answer(new TokenError('ERR_TOKEN_INTERNAL', 'boom'))
    const failing = ask({ path: '/token/orders' })
    await platform.pass(6_000)
    await failing
    expect(answered()).toMatchObject([
      { profile: 'default', outcome: 'token', status: 200, client: 'java' },
      { profile: undefined, outcome: 'refused', status: 404, code: 'ERR_REQUEST_PROFILE', client: 'go' },
      { outcome: 'refused', status: 400, code: 'ERR_REQUEST_GRANT_UNSUPPORTED' },
      { profile: 'orders', outcome: 'failed', status: 500, code: 'ERR_TOKEN_INTERNAL' },
    ])
    expect(JSON.stringify(answered())).not.toContain('token-1')
  })

  it.each([
    [undefined, 'librdkafka'],
    ['Java/17.0.15', 'java'],
    ['Go-http-client/2.0', 'go'],
    ['python-requests/2.32.0', 'python'],
    ['curl/8.5.0', 'curl'],
    ['node', 'node'],
    ['undici', 'node'],
    ['Mozilla/5.0', 'other'],
    ['', 'other'],
  ])('knows the client by its User-Agent %j', async (agent, client) => {
    const { ask, answered } = endpoint()
    await ask({ headers: { 'user-agent': agent } })
    expect(answered()).toMatchObject([{ client }])
  })
})
