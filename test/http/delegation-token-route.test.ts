import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import express from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'
import { expressRouter } from '../../src/http/mount-express.ts'
import { fetchHandler } from '../../src/http/mount-fetch.ts'
import { nodeHandler } from '../../src/http/mount-node.ts'
import type { Dispatch } from '../../src/http/route.ts'
import { TokenError } from '../../src/token/error.ts'
import { eventually } from '../fakes/eventually.ts'
import { fakeKubernetesApi } from '../fakes/kubernetes-api.ts'
import { mountedVolume } from '../fakes/mounted-volume.ts'
import { basic, batch, bearer, callers, endpoint, givenToken, hashOf, hmac, nightly } from './delegation-tokens.ts'
import { expectRefusal } from './wire.ts'

describe('GET /delegation-tokens/<name>', () => {
  it.each([
    ['', 'application/json', /^\{"tokenId":"id-of-spark"/],
    ['format=json', 'application/json', /^\{"tokenId":"id-of-spark"/],
    ['format=properties', 'text/plain', /^# id-of-spark of User:spark\nsasl\.jaas\.config=/],
    ['format=env', 'text/plain', /^KAFKA_TOKEN_ID=id-of-spark\nKAFKA_TOKEN_HMAC=/],
    ['format=env&x=y', 'text/plain', /^KAFKA_TOKEN_ID=/],
  ])('gives a token that no cache keeps, with ?%s', async (query, type, body) => {
    const { ask } = endpoint()
    const answer = await ask({ headers: nightly, query })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatch(body)
    expect(answer.body).toContain(hmac)
    expect(answer.headers).toEqual({
      'Content-Type': type,
      'Cache-Control': 'no-store',
      Pragma: 'no-cache',
      'Content-Length': String(Buffer.byteLength(answer.body)),
    })
  })

  it('takes a slash at the end', async () => {
    expect(await endpoint().ask({ headers: nightly, path: '/delegation-tokens/spark/' })).toMatchObject({ status: 200 })
  })

  it('gives the token of the moment', async () => {
    const { ask, tokens } = endpoint()
    await ask({ headers: nightly })
    tokens.set('spark', givenToken('spark', { tokenId: 'successor' }))
    expect(JSON.parse((await ask({ headers: nightly })).body)).toMatchObject({ tokenId: 'successor' })
  })

  it('writes ASCII that says the same in every form', async () => {
    const { ask, tokens } = endpoint()
    tokens.set('spark', givenToken('spark', { owner: 'User:jürgen 🐘' }))
    const json = await ask({ headers: nightly })
    expect(JSON.parse(json.body)).toMatchObject({ owner: 'User:jürgen 🐘' })
    const properties = await ask({ headers: nightly, query: 'format=properties' })
    for (const { body, headers } of [json, properties]) {
      expect(body).toMatch(/^[\n\x20-\x7e]+$/)
      expect(headers['Content-Length']).toBe(String(body.length))
    }
    expect(properties.body).toContain('User:j\\u00fcrgen')
  })

  it.each(['xml', 'JSON', 'Env', '', '__proto__', 'constructor', 'env,json'])('has no form %j', async (format) => {
    const answer = await endpoint().ask({ headers: nightly, query: `format=${format}` })
    expectRefusal(answer, 400, 'ERR_REQUEST_FORMAT')
  })

  it('has one form at a time', async () => {
    const answer = await endpoint().ask({ headers: nightly, query: 'format=env&format=json' })
    expectRefusal(answer, 400, 'ERR_REQUEST_PARAMETER_REPEATED')
  })

  it('says that a token was not made yet, and when to come again', async () => {
    const { ask, answered } = endpoint()
    const answer = await ask({ headers: bearer(endpoint().jwt()), path: '/delegation-tokens/late' })
    expectRefusal(answer, 503, 'ERR_KAFKA_TOKEN_NONE')
    expect(answer.headers).toMatchObject({ 'Retry-After': '2', 'Cache-Control': 'no-store' })
    expect(answered()).toMatchObject([{ outcome: 'failed', caller: 'job', status: 503 }])
  })

  it('gives what is current, also where our clock is ahead of that of the controller', async () => {
    const { ask, tokens, platform } = endpoint()
    tokens.set('spark', givenToken('spark', { expiresAt: platform.now() - 60_000 }))
    expect((await ask({ headers: nightly })).status).toBe(200)
    tokens.delete('spark')
    const answer = await ask({ headers: nightly })
    expectRefusal(answer, 503, 'ERR_KAFKA_TOKEN_NONE')
    expect(answer.body).toContain('has expired')
    expect(answer.body).not.toContain(hmac)
  })

  it('tells its errors in words to whoever sends no User-Agent, too', async () => {
    const headers = { ...bearer(endpoint().jwt()), 'user-agent': undefined }
    const answer = await endpoint().ask({ headers, path: '/delegation-tokens/late' })
    expectRefusal(answer, 503, 'ERR_KAFKA_TOKEN_NONE')
  })

  it('reports what was given to whom, and never an HMAC', async () => {
    const { ask, answered, events } = endpoint()
    await ask({ headers: nightly })
    await ask({ headers: nightly, path: '/delegation-tokens/flink' })
    expect(answered()).toMatchObject([
      {
        outcome: 'token',
        status: 200,
        profile: undefined,
        client: 'curl',
        from: '127.0.0.1',
        caller: 'nightly',
        provedBy: 'secret',
        delegationToken: givenToken('spark').told,
      },
      { outcome: 'refused', status: 403, code: 'ERR_CALLER_DELEGATION_TOKEN', caller: 'nightly' },
    ])
    expect(answered()[1]?.delegationToken).toBeUndefined()
    expect(JSON.stringify(events)).not.toContain('kJ8s')
  })
})

describe('who may read a delegation token', () => {
  it.each([
    ['an id and its secret', { headers: nightly }, { caller: 'nightly', provedBy: 'secret' }],
    ['a client certificate', { peerCertificate: batch }, { caller: 'batch', provedBy: 'certificate' }],
    [
      'a certificate beside an id that is nobody’s',
      { headers: { authorization: basic('unused:unused') }, peerCertificate: batch },
      { caller: 'batch', provedBy: 'certificate' },
    ],
  ])('proves it by %s', async (_case, asked, proved) => {
    const { ask, answered } = endpoint()
    expect(await ask(asked)).toMatchObject({ status: 200 })
    expect(answered()).toMatchObject([proved])
  })

  it.each(['Bearer', 'bearer', 'BEARER', 'Bearer  '])('proves it by a JWT after %j', async (scheme) => {
    const { ask, answered, jwt } = endpoint()
    expect(await ask({ headers: { authorization: `${scheme} ${jwt()}` } })).toMatchObject({ status: 200 })
    expect(answered()).toMatchObject([{ caller: 'job', provedBy: 'assertion' }])
  })

  it('proves it by a JWT before a certificate', async () => {
    const { ask, answered, jwt } = endpoint()
    await ask({ headers: bearer(jwt()), peerCertificate: batch })
    await ask({ headers: bearer(jwt({ sub: 'stranger' })), peerCertificate: batch })
    expect(answered()).toMatchObject([{ caller: 'job' }, { code: 'ERR_CALLER_ASSERTION', caller: undefined }])
  })

  it('proves it by a service account token that the API server reviews', async () => {
    const api = await fakeKubernetesApi()
    const volume = mountedVolume({ token: 'token-of-the-sidecar\n' })
    onTestFinished(async () => {
      await api.close()
      volume.remove()
    })
    const reviewed = { verifyBy: 'token-review' as const, apiServer: api.origin, tokenFile: volume.file('token') }
    const { ask, answered, jwt } = endpoint({ issuer: reviewed })
    const token = jwt()
    expectRefusal(await ask({ headers: bearer(token) }), 401, 'ERR_CALLER_ASSERTION')
    const other = jwt({ jti: 'other' })
    api.tokens.set(other, { username: 'system:serviceaccount:jobs:spark', audiences: ['kafka-tokens'] })
    expect(await ask({ headers: bearer(other) })).toMatchObject({ status: 200 })
    expect(answered().at(-1)).toMatchObject({ caller: 'job', provedBy: 'token-review' })
  })

  it('is nobody where there are no callers', async () => {
    const { ask, jwt } = endpoint({ callers: {} })
    for (const asked of [{}, { headers: nightly }, { headers: bearer(jwt()) }, { peerCertificate: batch }]) {
      const answer = await ask(asked)
      expectRefusal(answer, 403, 'ERR_CALLER_DELEGATION_TOKEN')
      expect(answer.body).toContain('callers.<client id>.delegationTokens')
      expect(answer.body).toContain('outlets')
    }
    expect(await ask({ path: '/delegation-tokens/nope' })).toEqual(await ask())
  })

  it('is told how to prove it', async () => {
    const answer = await endpoint().ask()
    expectRefusal(answer, 401, 'ERR_CALLER_MISSING')
    expect(answer.body).toContain('Authorization: Bearer')
    expect(answer.headers['WWW-Authenticate']).toBe(
      'Basic realm="kafka-token-sidecar", charset="UTF-8", Bearer realm="kafka-token-sidecar"',
    )
  })

  it('gets no token at the token endpoint for that', async () => {
    const { ask } = endpoint()
    const token = { method: 'POST', path: '/token', body: 'grant_type=client_credentials' }
    const headers = { ...nightly, 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await ask({ ...token, headers })
    expectRefusal(answer, 403, 'ERR_CALLER_PROFILE')
    expect(answer.body).toContain(
      'caller nightly may not use any profile. Add the profile to callers.nightly.profiles.',
    )
  })

  it('may be another one from one request to the next', async () => {
    const { ask, replace, jwt } = endpoint()
    const asked = { headers: bearer(jwt()) }
    expect((await ask(asked)).status).toBe(200)
    replace({ ...callers, job: { ...callers['job'], delegationTokens: ['flink'] } })
    expectRefusal(await ask(asked), 403, 'ERR_CALLER_DELEGATION_TOKEN')
    expect((await ask({ ...asked, path: '/delegation-tokens/flink' })).status).toBe(200)
    const { job: _gone, ...others } = callers
    replace(others)
    expectRefusal(await ask(asked), 401, 'ERR_CALLER_ASSERTION')
  })

  it('is not whom a reload removed while the proof was looked at', async () => {
    for (const left of [{}, { other: { profiles: ['default'], secretHashes: [hashOf('x')] } }]) {
      const { send, replace, platform, answered } = endpoint()
      const answer = send({ headers: { authorization: basic('nightly:s3cret') } })
      replace(left)
      let done = false
      void answer.then(() => (done = true))
      await eventually(async () => {
        await platform.pass(10)
        return done
      }).toBe(true)
      const { status, body } = await answer
      expect([401, 403]).toContain(status)
      expect(body).not.toContain(hmac)
      expect(answered()).toMatchObject([{ outcome: 'refused' }])
    }
  })
})

describe('how often a delegation token is read', () => {
  it('counts among all that the caller asks for', async () => {
    const few = { ...callers, nightly: { ...callers['nightly'], profiles: ['default'], requestsPerMinute: 3 } }
    const { ask } = endpoint({ callers: few })
    const form = { ...nightly, 'content-type': 'application/x-www-form-urlencoded' }
    await ask({ method: 'POST', path: '/token', headers: form, body: 'grant_type=client_credentials' })
    await ask({ headers: nightly })
    expectRefusal(await ask({ headers: nightly, path: '/delegation-tokens/nope' }), 403, 'ERR_CALLER_DELEGATION_TOKEN')
    const known = await ask({ headers: nightly })
    expectRefusal(known, 429, 'ERR_CALLER_LIMIT')
    expect(Number(known.headers['Retry-After'])).toBeGreaterThan(0)
    expect(await ask({ headers: nightly, path: '/delegation-tokens/nope' })).toEqual(known)
  })

  it('is limited for all together before anything is looked at', async () => {
    const admit = (): never => {
      throw new TokenError('ERR_REQUEST_OVERLOAD', 'more than 1 requests came within a minute', { retryAfterMs: 7_000 })
    }
    const { ask, answered } = endpoint({ admit })
    const answer = await ask({ headers: nightly })
    expectRefusal(answer, 503, 'ERR_REQUEST_OVERLOAD')
    expect(answer.headers['Retry-After']).toBe('7')
    expect(answered()).toMatchObject([{ outcome: 'failed', caller: undefined }])
  })

  it('has as many places to wait in as the token endpoint, and gives them back', async () => {
    const { ask, answered } = endpoint({ most: 2 })
    const wrong = (secret: string) => ask({ headers: { authorization: basic(`nightly:${secret}`) } })
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map(wrong))
    expect(answers.map(({ status }) => status).sort()).toEqual([401, 401, 503, 503])
    expect(answered().filter(({ code }) => code === 'ERR_REQUEST_OVERLOAD')).toHaveLength(2)
    expect((await ask({ headers: nightly })).status).toBe(200)
  })
})

interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

type Mount = (
  answer: Dispatch,
) => Promise<(path: string, sent?: Sent) => Promise<{ status: number; headers: object; body: string }>>

async function served(listener: RequestListener): ReturnType<Mount> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return async (path, { method = 'GET', headers = {} } = {}) => {
    const call = request({ port, host: '127.0.0.1', path, method, headers, agent: false }).end()
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) }
  }
}

const mounts: Readonly<Record<string, Mount>> = {
  'in node:http': (answer) => served(nodeHandler(answer)),
  'in Express': (answer) => served(express().use(expressRouter(answer))),
  'as a fetch handler': (answer) => {
    const handle = fetchHandler(answer)
    return Promise.resolve(async (path, sent) => {
      const response = await handle(new Request(`http://localhost:3000${path}`, sent))
      return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
    })
  },
}

describe.each(Object.entries(mounts))('a delegation token %s', (_name, mount) => {
  it('is read as curl reads it, and HEAD gets no body', async () => {
    const { answer, jwt } = endpoint()
    const ask = await mount(answer)
    const headers = { authorization: `Bearer ${jwt()}` }
    const env = await ask('/delegation-tokens/spark?format=env', { headers })
    expect(env).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' } })
    expect(env.body).toContain(`KAFKA_TOKEN_HMAC=${hmac}\n`)
    const head = await ask('/delegation-tokens/spark?format=env', { headers, method: 'HEAD' })
    expect(head).toMatchObject({ status: 200, body: '' })
    expect(head.headers).toMatchObject({ 'content-length': String(env.body.length), pragma: 'no-cache' })
  })

  it('needs a proof', async () => {
    const ask = await mount(endpoint().answer)
    const answer = await ask('/delegation-tokens/spark', { headers: { 'user-agent': 'curl' } })
    expectRefusal(answer, 401, 'ERR_CALLER_MISSING')
    expect(answer.headers).toMatchObject({ 'www-authenticate': expect.stringContaining('Bearer realm=') as string })
  })
})
