import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clientJwksRoute } from '../../src/http/client-jwks-route.ts'
import { dispatch } from '../../src/http/route.ts'
import type { WireRequest, WireResponse } from '../../src/http/wire-message.ts'
import { TokenError } from '../../src/token/error.ts'
import { make } from '../sources/provider/make.ts'
import { expectRefusal, wire } from './wire.ts'

type Published = (profile: string) => (() => Promise<readonly object[]>) | undefined

function get(path: string, published: Published, request: Partial<WireRequest> = {}): Promise<WireResponse> {
  return Promise.resolve(dispatch([clientJwksRoute(published)])(wire({ method: 'GET', path, body: '', ...request })))
}

const ofOrders: Published = (profile) =>
  profile === 'orders' ? () => Promise.resolve([{ kty: 'EC', kid: 'ö' }]) : undefined

describe('the keys of the assertions of a profile', () => {
  it('are a JWK Set that anybody may read, and keep for a short time', async () => {
    for (const headers of [{}, { origin: 'https://idp.example' }, { host: 'anything.example' }]) {
      const answer = await get('/client-jwks/orders', ofOrders, { headers: { ...wire().headers, ...headers } })
      expect(answer.status).toBe(200)
      expect(JSON.parse(answer.body)).toEqual({ keys: [{ kty: 'EC', kid: 'ö' }] })
      expect(answer.headers).toEqual({
        'Content-Type': 'application/json',
        'Cache-Control': 'public, max-age=30',
        'Content-Length': String(Buffer.byteLength(answer.body)),
      })
      expect(answer.body).toMatch(/^[\x20-\x7e]*$/)
    }
  })

  it.each(['payments', '__proto__', 'ORDERS', 'orders%00', 'x'.repeat(2_000)])(
    'are not those of %s',
    async (profile) => {
      const answer = await get(`/client-jwks/${profile}`, ofOrders)
      expectRefusal(answer, 404, 'ERR_REQUEST_NO_CLIENT_KEYS')
      expect(answer.body.length).toBeLessThan(400)
    },
  )

  it('are at their own address only', async () => {
    for (const path of ['/client-jwks', '/client-jwks/', '/client-jwks/orders/x']) {
      expect((await get(path, ofOrders)).status).toBe(404)
    }
    expect((await get('/client-jwks/orders', ofOrders, { method: 'POST' })).status).toBe(405)
  })

  it('that cannot be read are told to be so', async () => {
    const broken: Published = () => () => Promise.reject(new TokenError('ERR_KEY_FILE', 'cannot read /k.pem (ENOENT)'))
    const answer = await get('/client-jwks/orders', broken)
    expectRefusal(answer, 503, 'ERR_REQUEST_NO_CLIENT_KEYS')
    // Anyone may ask, so nothing is said of where the key lies.
    expect(JSON.stringify(answer)).not.toContain('/k.pem')
  })
})

describe('the published keys', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kts-jwks-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  const generate = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const [current, next, previous, further] = [generate(), generate(), generate(), generate()]
  const jwk = (key: typeof current, kid: string) => ({ ...key.export({ format: 'jwk' }), kid })
  const write = (name: string, value: object): string => {
    writeFileSync(join(folder, name), JSON.stringify(value), { mode: 0o600 })
    return join(folder, name)
  }

  it('are the current, further, next and previous one, their public halves only, each once', async () => {
    const { source } = make('client-credentials', {
      tokenEndpoint: 'https://idp.example/token',
      clientId: 'orders',
      assertion: {
        algorithm: 'ES256',
        privateKeyFile: write('current', { keys: [jwk(current, 'current'), jwk(further, 'further')] }),
        nextKeyFile: write('next', jwk(next, 'next')),
        previousKeyFile: write('previous', { ...createPublicKey(previous).export({ format: 'jwk' }), kid: 'previous' }),
        publishKeys: true,
      },
    })
    const { body } = await get('/client-jwks/orders', () => source.publishedJwks)
    const { keys } = JSON.parse(body) as { keys: Record<string, unknown>[] }
    expect(keys.map(({ kid }) => kid)).toEqual(['current', 'further', 'next', 'previous'])
    for (const key of keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])

    // Still the current one: the rotation has not begun.
    write('next', jwk(current, 'current'))
    const again = JSON.parse((await get('/client-jwks/orders', () => source.publishedJwks)).body) as { keys: unknown[] }
    expect(again.keys).toHaveLength(3)
    source.close?.()
  })
})
