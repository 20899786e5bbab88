import { describe, expect, it } from 'vitest'
import { dispatch, type Route } from '../../src/http/route.ts'
import type { WireRequest, WireResponse } from '../../src/http/wire-message.ts'
import { expectRefusal, wire } from './wire.ts'

const answerOf = (body: string): WireResponse => ({ status: 200, headers: {}, body })
const routes: Route[] = [
  { method: 'POST', path: '/', handle: () => answerOf('root') },
  { method: 'POST', path: '/token', handle: () => answerOf('token') },
  { method: 'POST', path: '/token/:profile', handle: (_request, profile) => answerOf(`token of ${profile}`) },
  { method: 'GET', path: '/both', handle: () => answerOf('get') },
  { method: 'POST', path: '/both', handle: () => answerOf('post') },
  {
    method: 'GET',
    path: '/:profile/keys',
    isPublic: true,
    handle: (_request, profile) => answerOf(`keys: ${profile}`),
  },
  {
    method: 'GET',
    path: '/throws',
    handle: () => {
      throw new Error('boom')
    },
  },
  { method: 'GET', path: '/rejects', handle: () => Promise.reject(new Error('boom')) },
]

function ask(changes: Partial<WireRequest>): WireResponse | Promise<WireResponse> {
  return dispatch(routes)(wire(changes))
}

describe('dispatch', () => {
  it.each([
    ['POST', '/', 'root'],
    ['POST', '/token', 'token'],
    ['POST', '/token/', 'token'],
    ['POST', '/token/orders/', 'token of orders'],
    ['POST', '/token/orders', 'token of orders'],
    ['POST', '/token/a%2fb', 'token of a%2fb'],
    ['POST', '/token/..', 'token of ..'],
    ['GET', '/both', 'get'],
    ['HEAD', '/both', 'get'],
    ['POST', '/both', 'post'],
    ['GET', '/fraud/keys', 'keys: fraud'],
  ])('finds %s %s', (method, path, body) => {
    expect(ask({ method, path })).toMatchObject({ status: 200, body })
    expect(dispatch(routes).serves(method, path)).toBe(true)
  })

  it.each([
    '//token',
    '/token//',
    '/token/../jwks',
    '/token%2f',
    '/Token',
    '/token/a/b',
    '/tokens',
    '/keys',
    '//keys',
    '',
    'token',
    '*',
    'http://localhost/token',
    '/__proto__',
    '/constructor',
    `/${'a'.repeat(10_000)}`,
  ])('serves nothing at %s', async (path) => {
    expectRefusal(await ask({ path }), 404, 'ERR_REQUEST_PATH')
    expect(dispatch(routes).serves('POST', path)).toBe(false)
  })

  it.each([
    ['GET', '/token', 'POST'],
    ['HEAD', '/token', 'POST'],
    ['PUT', '/token', 'POST'],
    ['DELETE', '/token/orders', 'POST'],
    ['OPTIONS', '/token', 'POST'],
    ['TRACE', '/token', 'POST'],
    ['post', '/token', 'POST'],
    ['', '/token', 'POST'],
    ['PUT', '/both', 'GET, HEAD, POST'],
    ['POST', '/fraud/keys', 'GET, HEAD'],
  ])('refuses %s %s and tells what is allowed', async (method, path, allow) => {
    const answer = await ask({ method, path })
    expectRefusal(answer, 405, 'ERR_REQUEST_METHOD')
    expect(answer.headers['Allow']).toBe(allow)
    expect(dispatch(routes).serves(method, path)).toBe(false)
  })

  it.each(['/token', '/nothing', '/fraud/keys'])(
    'lets no web page see whether there is something at %s',
    async (path) => {
      expectRefusal(await ask({ path, headers: { origin: 'https://evil.example' } }), 403, 'ERR_REQUEST_CROSS_SITE')
      expectRefusal(await ask({ path, headers: { host: 'evil.example' } }), 403, 'ERR_REQUEST_HOST')
    },
  )

  it('gives what is public to whoever asks, under any name', () => {
    const anyone = { host: 'broker.example', origin: 'https://x.example', 'x-forwarded-for': '10.0.0.1' }
    expect(ask({ method: 'GET', path: '/fraud/keys', headers: anyone })).toMatchObject({ status: 200 })
  })

  it('hands a route the address of the client behind a trusted proxy', async () => {
    const seen: unknown[] = []
    const route: Route = {
      method: 'POST',
      path: '/who',
      handle({ remoteAddress }) {
        seen.push(remoteAddress)
        return { status: 200, headers: {}, body: '' }
      },
    }
    const forwarded = { headers: { host: 'localhost', 'x-forwarded-for': '192.0.2.7' }, remoteAddress: '10.0.0.1' }
    await dispatch([route], { trustedProxies: ['10.0.0.1'] })(wire({ path: '/who', ...forwarded }))
    expect(seen).toEqual(['192.0.2.7'])
  })

  it.each(['/throws', '/rejects'])('answers even when a route breaks: %s', async (path) => {
    expectRefusal(await ask({ method: 'GET', path }), 500, 'ERR_TOKEN_INTERNAL')
  })
})
