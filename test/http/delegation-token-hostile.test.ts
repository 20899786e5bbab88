import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fetchHandler } from '../../src/http/mount-fetch.ts'
import { nodeHandler } from '../../src/http/mount-node.ts'
import type { WireResponse } from '../../src/http/wire-message.ts'
import { confused, otherRsa, part, rsa } from '../callers/assertion/jwt.ts'
import { basic, bearer, endpoint, hmac, nightly } from './delegation-tokens.ts'
import { exchange } from './raw-connection.ts'
import { expectRefusal } from './wire.ts'

type Endpoint = ReturnType<typeof endpoint>

describe('a JWT that is not good enough', () => {
  const now = Date.UTC(2026, 0, 1) / 1000

  it.each<[string, (of: Endpoint) => string]>([
    ['has expired', ({ jwt }) => jwt({ exp: now - 31 })],
    ['has not begun', ({ jwt }) => jwt({ nbf: now + 31 })],
    ['comes from the future', ({ jwt }) => jwt({ iat: now + 31 })],
    ['never ends', ({ jwt }) => jwt({ exp: undefined })],
    ['is for somebody else', ({ jwt }) => jwt({ aud: 'https://kubernetes.default.svc' })],
    ['is for nobody', ({ jwt }) => jwt({ aud: [] })],
    ['is that of another account', ({ jwt }) => jwt({ sub: 'system:serviceaccount:jobs:spark2' })],
    ['is that of another issuer', ({ jwt }) => jwt({ iss: 'https://evil.example' })],
    ['is signed with another key', ({ jwt }) => jwt({}, { key: otherRsa })],
    ['is signed with the public key', ({ jwt }) => confused(JSON.parse(claimsOf(jwt())) as object, rsa, 'pem')],
    ['is not signed', ({ jwt }) => `${part({ alg: 'none' })}.${jwt().split('.')[1] ?? ''}.`],
    ['has another signature', ({ jwt }) => `${jwt().slice(0, -8)}AAAAAAAA`],
    [
      'has other claims',
      ({ jwt }) => jwt().replace(/\.[^.]+\./, `.${part({ sub: 'system:serviceaccount:jobs:spark' })}.`),
    ],
    ['is cut off', ({ jwt }) => jwt().slice(0, 40)],
    ['has padding', ({ jwt }) => `${jwt()}==`],
    ['stands there twice', ({ jwt }) => `${jwt()}, ${jwt()}`],
    ['has a space in it', ({ jwt }) => jwt().replace('.', ' .')],
    ['is too long', ({ jwt }) => jwt({ more: 'x'.repeat(20_000) })],
    ['is nothing', () => ''],
    ['is two dots', () => '..'],
    ['is no text of this world', () => '\u0000\u00ff.\u2028.💥'],
  ])('gets nothing where it %s', async (_case, tokenOf) => {
    const of = endpoint()
    const answer = await of.ask({ headers: bearer(tokenOf(of)) })
    expectRefusal(answer, 401, 'ERR_CALLER_ASSERTION')
    expect(answer.headers['WWW-Authenticate']).toContain('Bearer realm=')
    expect(of.answered()).toMatchObject([{ outcome: 'refused', caller: undefined, delegationToken: undefined }])
  })

  it('gets nothing where it was used before, by anybody but who sends the same once more', async () => {
    const { ask, jwt, platform } = endpoint({ issuer: { jti: 'once' } })
    const first = bearer(jwt({ jti: 'a' }))
    expect((await ask({ headers: first })).status).toBe(200)
    expect((await ask({ headers: first })).status).toBe(200)
    expectRefusal(await ask({ headers: bearer(jwt({ jti: 'a', more: 1 })) }), 401, 'ERR_CALLER_ASSERTION')
    await platform.pass(61_000)
    expectRefusal(await ask({ headers: first }), 401, 'ERR_CALLER_ASSERTION')
    expectRefusal(await ask({ headers: bearer(jwt()) }), 401, 'ERR_CALLER_ASSERTION')
  })

  it('is used up by the token endpoint as well', async () => {
    const { ask, jwt, platform } = endpoint({ issuer: { jti: 'once' } })
    const token = jwt({ jti: 'b' })
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: token,
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    await ask({ method: 'POST', path: '/token', headers, body: form.toString() })
    await platform.pass(61_000)
    expectRefusal(await ask({ headers: bearer(token) }), 401, 'ERR_CALLER_ASSERTION')
  })

  it('gets nothing a second after it expired, although it was good before', async () => {
    const { ask, jwt, platform } = endpoint()
    const headers = bearer(jwt({ exp: now + 20 }))
    expect((await ask({ headers })).status).toBe(200)
    await platform.pass(49_000)
    expect((await ask({ headers })).status).toBe(200)
    await platform.pass(2_000)
    expectRefusal(await ask({ headers }), 401, 'ERR_CALLER_ASSERTION')
  })
})

function claimsOf(token: string): string {
  return Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
}

describe('a caller that looks for names', () => {
  it('hears one and the same of those that are there and those that are not', async () => {
    const { ask } = endpoint()
    const without = async (name: string): Promise<string> => {
      const { status, headers, body } = await ask({ headers: nightly, path: `/delegation-tokens/${name}` })
      expect(status).toBe(403)
      return JSON.stringify({ headers, body: body.replaceAll(name, '<name>') })
    }
    const heard = new Set(await Promise.all(['flink', 'flonk', 'SPARK', 'Spark', 'spar%', 'spa%6'].map(without)))
    expect(heard.size).toBe(1)
    expect([...heard][0]).toContain('caller nightly may not read a delegation token <name>. It may read spark.')
  })

  it.each(['%73park', 'spark%20', 'spark%00', 'spark%2F', '..%2Fspark', 'spark;a=b', '*', '__proto__', 'constructor'])(
    'reads nothing by the name %s',
    async (name) => {
      const answer = await endpoint().ask({ headers: nightly, path: `/delegation-tokens/${name}` })
      expectRefusal(answer, 403, 'ERR_CALLER_DELEGATION_TOKEN')
    },
  )

  it.each(['', '/', '/spark/x', '//spark', '/spark//', '/a/../spark'])('finds nothing at %j', async (rest) => {
    const answer = await endpoint().ask({ headers: nightly, path: `/delegation-tokens${rest}` })
    expectRefusal(answer, 404, 'ERR_REQUEST_PATH')
  })

  it('hears a long name in short', async () => {
    const answer = await endpoint().ask({ headers: nightly, path: `/delegation-tokens/${'a'.repeat(15_000)}` })
    expectRefusal(answer, 403, 'ERR_CALLER_DELEGATION_TOKEN')
    expect(answer.body.length).toBeLessThan(500)
  })

  it('hears nothing of names before it is known who it is', async () => {
    const { ask, tokens } = endpoint()
    const heard = new Set<string>()
    for (const path of ['spark', 'late', 'flink', 'nope'].map((name) => `/delegation-tokens/${name}`)) {
      heard.add(JSON.stringify(await ask({ path })))
      heard.add(JSON.stringify(await ask({ path, query: 'format=xml' })))
    }
    tokens.clear()
    heard.add(JSON.stringify(await ask()))
    expect(heard.size).toBe(1)
  })

  it('hears the same of every wrong secret', async () => {
    const { ask } = endpoint()
    const heard = new Set<string>()
    for (const shown of ['nightly:wrong', 'nobody:s3cret', 'job:s3cret', ':', '__proto__:x']) {
      heard.add(JSON.stringify(await ask({ headers: { authorization: basic(shown) } })))
    }
    expect(heard.size).toBe(1)
    expectRefusal(JSON.parse([...heard][0] ?? '') as WireResponse, 401, 'ERR_CALLER_UNKNOWN')
  })
})

describe('a request for a delegation token', () => {
  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'get'])('is no %s', async (method) => {
    const answer = await endpoint().ask({ method, headers: nightly })
    expectRefusal(answer, 405, 'ERR_REQUEST_METHOD')
    expect(answer.headers['Allow']).toBe('GET, HEAD')
    expect(answer.body).not.toContain(hmac)
  })

  it.each([
    ['a web page', { origin: 'https://evil.example' }, 'ERR_REQUEST_CROSS_SITE'],
    ['a web page, by its metadata', { 'sec-fetch-site': 'cross-site' }, 'ERR_REQUEST_CROSS_SITE'],
    ['a rebound name', { host: 'evil.example' }, 'ERR_REQUEST_HOST'],
    ['a proxy that nobody trusts', { 'x-forwarded-for': '10.0.0.1' }, 'ERR_REQUEST_FORWARDED'],
  ])('is none of %s', async (_case, headers, code) => {
    expectRefusal(await endpoint().ask({ headers: { ...nightly, ...headers } }), 403, code)
  })

  it.each(['access_token', 'client_assertion', 'client_secret', 'assertion'])('has no %s in its URL', async (name) => {
    const { ask, jwt } = endpoint()
    const answer = await ask({ query: `format=env&${name}=${jwt()}` })
    expectRefusal(answer, 400, 'ERR_REQUEST_CREDENTIALS_IN_URL')
    expect(answer.body).toContain('Move it to the header Authorization')
  })

  it.each([
    ['Negotiate abc', 'ERR_CALLER_MISSING'],
    ['Digest username=nightly', 'ERR_CALLER_MISSING'],
    ['Bearerabc', 'ERR_CALLER_MISSING'],
    ['nightly:s3cret', 'ERR_CALLER_MISSING'],
    ['', 'ERR_CALLER_MISSING'],
    ['Bearer', 'ERR_CALLER_ASSERTION'],
    ['Basic', 'ERR_CALLER_UNKNOWN'],
  ])('proves nothing by the header %j', async (authorization, code) => {
    expectRefusal(await endpoint().ask({ headers: { authorization } }), 401, code)
  })

  it('proves nothing by a form, which GET does not have', async () => {
    const body = 'client_id=nightly&client_secret=s3cret'
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expectRefusal(await endpoint().ask({ body, headers }), 401, 'ERR_CALLER_MISSING')
  })
})

describe('two Authorization headers', () => {
  it('are one in node:http: the first', async () => {
    const { answer, jwt } = endpoint()
    const server = createServer(nodeHandler(answer)).listen(0, '127.0.0.1')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const sent = (...shown: readonly string[]): Promise<string> =>
      exchange(
        port,
        [
          'GET /delegation-tokens/spark HTTP/1.1',
          'Host: localhost',
          'User-Agent: curl/8.5.0',
          'Connection: close',
          ...shown.map((value) => `Authorization: ${value}`),
          '',
          '',
        ].join('\r\n'),
      )
    const good = `Bearer ${jwt()}`
    expect(await sent(good, 'Bearer x.y.z')).toMatch(/^HTTP\/1\.1 200 /)
    const refused = await sent('Bearer x.y.z', good)
    expect(refused).toMatch(/^HTTP\/1\.1 401 /)
    expect(refused).not.toContain(hmac)
  })

  it('are none in Fetch, which joins them', async () => {
    const { answer, jwt } = endpoint()
    const handle = fetchHandler(answer)
    const good = `Bearer ${jwt()}`
    for (const shown of [
      [good, 'Bearer x.y.z'],
      [good, good],
      ['Bearer x.y.z', good],
    ]) {
      const headers = new Headers(shown.map((value): [string, string] => ['authorization', value]))
      const response = await handle(new Request('http://localhost:3000/delegation-tokens/spark', { headers }))
      expect(response.status).toBe(401)
    }
  })
})

describe('a flood', () => {
  it('of one JWT is answered whole, and verified once', async () => {
    const { send, ask, jwt, answered } = endpoint()
    const headers = bearer(jwt())
    await ask({ headers })
    const answers = await Promise.all(Array.from({ length: 5_000 }, () => send({ headers })))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(answered()).toHaveLength(5_001)
  })

  it('of a caller ends at its limit, whatever names it tries', async () => {
    const { send, ask, platform } = endpoint()
    await ask({ headers: nightly })
    const names = Array.from({ length: 2_000 }, (_, index) => (index % 2 ? 'spark' : `guess-${index}`))
    const answers = await Promise.all(
      names.map((name) => send({ headers: nightly, path: `/delegation-tokens/${name}` })),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(1_300)
    expect(statuses.filter((status) => status === 200).length).toBeLessThan(350)
    expect(platform.pendingTimers).toBe(0)
  })

  it('of what is no JWT leaves nothing behind', async () => {
    const { send, platform, ask } = endpoint()
    const answers = await Promise.all(
      Array.from({ length: 2_000 }, (_, index) => send({ headers: bearer(`${index}.${index}.${index}`) })),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
    expect(platform.pendingTimers).toBe(0)
    expect((await ask({ headers: nightly })).status).toBe(200)
  })
})
