import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issuerRoutes } from '../../src/http/issuer-routes.ts'
import { bodyLimitBytes } from '../../src/http/body.ts'
import { dispatch, type Dispatch, type Route } from '../../src/http/route.ts'
import { tokenRoutes } from '../../src/http/token-route.ts'
import { cached } from '../../src/token/cache.ts'
import { profiles } from '../../src/token/profiles.ts'
import { openTo } from '../fakes/open-gate.ts'
import { fakePlatform } from '../fakes/platform.ts'
import { fakeSource } from '../fakes/source.ts'
import { realClients } from '../http/real-clients.ts'
import { expectRefusal, formType, tokenForm } from '../http/wire.ts'

export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Sent in pieces, without a Content-Length. */
  readonly chunked?: boolean
}

export interface Answered {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Mounted {
  ask(path: string, asked: Asked): Promise<Answered>
  close?(): unknown
}

export interface Expectations {
  /** Path in front of ours. */
  readonly prefix?: string
  /** A parser in front of us has its own ideas of size and encoding. */
  readonly parsed?: boolean
  /** What is not ours is left to the routes behind, which answer 404 in their own words. */
  readonly leavesTheRest?: boolean
}

/** What every way of mounting has to do, whatever stands in front of it. */
export function mountContract(
  name: string,
  mount: (answer: Dispatch) => Mounted | Promise<Mounted>,
  { prefix = '', parsed = false, leavesTheRest = false }: Expectations = {},
): void {
  describe(name, () => {
    let mounted: Mounted
    beforeAll(async () => {
      mounted = await mount(endpoint())
    })
    afterAll(() => mounted.close?.())

    const post = (asked: Asked = {}, path = '/token') =>
      mounted.ask(prefix + path, {
        method: 'POST',
        body: tokenForm,
        ...asked,
        headers: { 'content-type': formType, 'user-agent': 'test', ...asked.headers },
      })

    it('gives a token that no cache keeps', async () => {
      const answer = await post()
      expect(answer.status).toBe(200)
      expect(JSON.parse(answer.body)).toEqual({ access_token: 'token-1', token_type: 'Bearer', expires_in: 3_600 })
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json',
        'cache-control': 'no-store',
        pragma: 'no-cache',
      })
      expect(answer.headers).not.toHaveProperty('etag')
    })

    it.each(['/', '/token', '/oauth/token', '/oauth2/token', '/token/default'])('answers at %s', async (path) => {
      expect((await post({}, path)).status).toBe(200)
      expect((await post({}, `${path}?x=y`)).status).toBe(200)
    })

    it('answers at the address of the mount itself', async () => {
      expect((await post({}, '')).status).toBe(200)
      expect((await post({}, prefix === '' ? '/?x=y' : '?x=y')).status).toBe(200)
    })

    it.each(realClients)('answers $name', async ({ headers, body }) => {
      expect((await post({ headers, body })).status).toBe(200)
    })

    it('takes a body in chunks', async () => {
      expect((await post({ chunked: true })).status).toBe(200)
    })

    it.each([
      ['no body', { body: '' }, 400, 'ERR_REQUEST_GRANT_MISSING'],
      ['a repeated parameter', { body: `${tokenForm}&scope=a&scope=b` }, 400, 'ERR_REQUEST_PARAMETER_REPEATED'],
      ['an unknown grant', { body: 'grant_type=password' }, 400, 'ERR_REQUEST_GRANT_UNSUPPORTED'],
      ['a web page', { headers: { origin: 'https://evil.example' } }, 403, 'ERR_REQUEST_CROSS_SITE'],
      ['a rebound name', { headers: { host: 'evil.example' } }, 403, 'ERR_REQUEST_HOST'],
      ['a forwarded request', { headers: { 'x-forwarded-for': '10.0.0.1' } }, 403, 'ERR_REQUEST_FORWARDED'],
      [
        'JSON',
        { headers: { 'content-type': 'application/json' }, body: '{"grant_type":"client_credentials"}' },
        415,
        'ERR_REQUEST_CONTENT_TYPE',
      ],
    ] as const)('refuses %s', async (_case, asked, status, code) => {
      expectRefusal(await post(asked), status, code)
    })

    if (!parsed) {
      it.each([
        ['a broken escape', `${tokenForm}&scope=%zz`, 400, 'ERR_REQUEST_BODY'],
        ['what is no UTF-8', Buffer.from(`${tokenForm}&scope=\xff`, 'latin1'), 400, 'ERR_REQUEST_BODY'],
        ['a large body', `${tokenForm}&scope=${'a'.repeat(bodyLimitBytes)}`, 413, 'ERR_REQUEST_TOO_LARGE'],
      ] as const)('refuses %s', async (_case, body, status, code) => {
        expectRefusal(await post({ body }), status, code)
        expectRefusal(await post({ body, chunked: true }), status, code)
      })
    }

    it('takes a body that is just small enough', async () => {
      const scope = 'a'.repeat(bodyLimitBytes - `${tokenForm}&scope=`.length)
      expect((await post({ body: `${tokenForm}&scope=${scope}` })).status).toBe(200)
    })

    it('gives librdkafka, which sends no User-Agent, its errors where it does not try again', async () => {
      const { 'user-agent': _none, ...headers } = { 'user-agent': '', 'content-type': formType }
      expectRefusal(
        await mounted.ask(`${prefix}/token`, { method: 'POST', headers, body: 'grant_type=x' }),
        400,
        'ERR_REQUEST_GRANT_UNSUPPORTED',
      )
    })

    it('waits for a route that takes its time', async () => {
      expect(await post({ body: '' }, '/late')).toMatchObject({ status: 200, body: 'late' })
    })

    it('sends public keys, and to HEAD only their headers', async () => {
      const keys = await mounted.ask(`${prefix}/jwks`, { method: 'GET' })
      expect(JSON.parse(keys.body)).toEqual({ keys: [{ kty: 'EC' }] })
      const head = await mounted.ask(`${prefix}/jwks`, { method: 'HEAD' })
      expect(head).toMatchObject({ status: 200, body: '' })
      expect(head.headers['content-length']).toBe(keys.headers['content-length'])
    })

    it('leaves to others what is not its own, or says so in words', async () => {
      const missing = await post({}, '/nothing')
      const wrongMethod = await mounted.ask(`${prefix}/token`, { method: 'GET' })
      if (leavesTheRest) {
        expect([missing.status, wrongMethod.status]).toEqual([404, 404])
        expect(missing.body + wrongMethod.body).not.toContain('ERR_')
        return
      }
      expectRefusal(missing, 404, 'ERR_REQUEST_PATH')
      expectRefusal(wrongMethod, 405, 'ERR_REQUEST_METHOD')
      expect(wrongMethod.headers['allow']).toBe('POST')
    })
  })
}

/** The real routes over a source that always has a token, and a route that takes its time. */
function endpoint(): Dispatch {
  const platform = fakePlatform()
  const emit = (): void => undefined
  const known = profiles(['default'], () => cached(fakeSource(platform), { platform, emit }))
  const late: Route = {
    method: 'POST',
    path: '/late',
    handle: () => new Promise((resolve) => setImmediate(resolve, { status: 200, headers: {}, body: 'late' })),
  }
  const issuer = { issuer: 'http://localhost', algorithm: 'ES256', publicJwks: () => Promise.resolve([{ kty: 'EC' }]) }
  return dispatch([
    ...tokenRoutes({ platform, ...openTo(known), emit }),
    ...issuerRoutes(
      () => issuer,
      () => ['none'],
    ),
    late,
  ])
}
