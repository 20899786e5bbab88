import { describe, expect, it } from 'vitest'
import { issuerRoutes, type Issuer } from '../../src/http/issuer-routes.ts'
import { dispatch } from '../../src/http/route.ts'
import type { WireResponse } from '../../src/http/wire-message.ts'
import { expectRefusal, wire } from './wire.ts'

async function get(path: string, issuers: Record<string, string>): Promise<WireResponse> {
  const answer = dispatch(
    issuerRoutes(
      (profile): Issuer | undefined => {
        const issuer = issuers[profile]
        return issuer === undefined
          ? undefined
          : { issuer, algorithm: 'ES256', publicJwks: () => Promise.resolve([{ kty: 'EC', kid: `key of ${profile}` }]) }
      },
      () => ['none'],
    ),
  )
  return answer(wire({ method: 'GET', path, body: '' }))
}

const own = 'http://localhost:14293'
const issuers = { default: own, fraud: `${own}/fraud` }

describe('the routes of an issuer', () => {
  it.each([
    ['/jwks', 'default'],
    ['/jwks/fraud', 'fraud'],
    ['/jwks/default', 'default'],
  ])('give at %s the keys of %s, and no others', async (path, profile) => {
    const answer = await get(path, issuers)
    expect(answer).toMatchObject({ status: 200, headers: { 'Content-Type': 'application/json' } })
    expect(answer.headers['Cache-Control']).toMatch(/^public, max-age=\d+$/)
    expect(JSON.parse(answer.body)).toEqual({ keys: [{ kty: 'EC', kid: `key of ${profile}` }] })
  })

  it.each([
    ['/.well-known/oauth-authorization-server', own, ''],
    ['/.well-known/openid-configuration', own, ''],
    ['/.well-known/oauth-authorization-server/fraud', `${own}/fraud`, '/fraud'],
    ['/fraud/.well-known/openid-configuration', `${own}/fraud`, '/fraud'],
  ])('describe the issuer at %s (RFC 8414, OpenID Connect Discovery)', async (path, issuer, suffix) => {
    expect(JSON.parse((await get(path, issuers)).body)).toMatchObject({
      issuer,
      jwks_uri: `${own}/jwks${suffix}`,
      token_endpoint: `${own}/token${suffix}`,
      id_token_signing_alg_values_supported: ['ES256'],
    })
  })

  it.each([
    ['default', 'https://tokens.example', 'https://tokens.example', ''],
    ['default', 'https://tokens.example/', 'https://tokens.example', ''],
    ['default', 'https://proxy.example/kafka', 'https://proxy.example/kafka', ''],
    ['fraud', 'https://tokens.example/fraud', 'https://tokens.example', '/fraud'],
    ['fraud', 'https://fraud.example', 'https://fraud.example', '/fraud'],
    ['fraud', 'https://fraud.example/', 'https://fraud.example', '/fraud'],
  ])('make for %s of issuer %s addresses below %s', async (profile, issuer, base, suffix) => {
    const path = `/.well-known/oauth-authorization-server/${profile}`
    expect(JSON.parse((await get(path, { [profile]: issuer })).body)).toMatchObject({
      issuer,
      jwks_uri: `${base}/jwks${suffix}`,
      token_endpoint: `${base}/token${suffix}`,
    })
  })

  it.each(['/jwks', '/jwks/nope', '/.well-known/openid-configuration', '/nope/.well-known/openid-configuration'])(
    'give nothing at %s for a profile that does not issue',
    async (path) => {
      expectRefusal(await get(path, {}), 404, 'ERR_REQUEST_NO_ISSUER')
    },
  )
})
