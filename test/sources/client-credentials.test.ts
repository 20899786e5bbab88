import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/platform/secret.ts'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { scriptedServer, type ScriptedServer } from '../fakes/scripted-server.ts'
import { pkcs8 } from '../keys/key-forms.ts'
import { getToken } from './outcome.ts'
import { make } from './provider/make.ts'

const jwt = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwiZXhwIjo0MDAwMDAwMDAwfQ.c2ln'
const good = { body: { access_token: jwt, token_type: 'Bearer', expires_in: 3600 } }
const openid = '/.well-known/openid-configuration'

let idp: ScriptedServer
let folder: string
beforeEach(async () => {
  idp = await scriptedServer(() => good)
  folder = mkdtempSync(join(tmpdir(), 'kts-client-'))
})
afterEach(async () => {
  await idp.close()
  rmSync(folder, { recursive: true })
})

const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content, { mode: 0o600 })
  return join(folder, name)
}
const form = (): [string, string][] => [...new URLSearchParams(idp.calls.at(-1)?.body)]

describe('client credentials (RFC 6749 section 4.4) on the wire', () => {
  const client = (options: Readonly<Record<string, unknown>>) =>
    make('client-credentials', { tokenEndpoint: `${idp.origin}/token?tenant=a`, ...options }).source

  it('are a form that is posted to the very address', async () => {
    await getToken(client({ clientId: 'orders', clientSecret: new Secret('s') }))
    const [call] = idp.calls
    expect(call).toMatchObject({ method: 'POST', path: '/token', body: 'grant_type=client_credentials' })
    expect(call?.query.get('tenant')).toBe('a')
    expect(call?.headers).toMatchObject({
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(call?.body.length),
      authorization: `Basic ${Buffer.from('orders:s').toString('base64')}`,
    })
    for (const name of ['cookie', 'referer', 'origin', 'transfer-encoding'])
      expect(call?.headers).not.toHaveProperty(name)
  })

  it('have every wish encoded, and each resource once', async () => {
    await getToken(
      client({
        clientId: 'orders',
        clientSecret: new Secret('s'),
        scope: 'a b+c&d=ü',
        audience: 'https://api.example/?a=b',
        resource: ['https://a.example/x y', 'urn:example:b'],
        parameters: { organization: 'ö', pool: 7, empty: '' },
      }),
    )
    expect(form()).toEqual([
      ['grant_type', 'client_credentials'],
      ['scope', 'a b+c&d=ü'],
      ['audience', 'https://api.example/?a=b'],
      ['resource', 'https://a.example/x y'],
      ['resource', 'urn:example:b'],
      ['organization', 'ö'],
      ['pool', '7'],
      ['empty', ''],
    ])
    expect(idp.calls[0]?.body).toMatch(/^[\x21-\x7e]+$/)
  })

  it('have the type of assertion that is configured, as SPIFFE has its own', async () => {
    const spiffe = 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe'
    await getToken(client({ assertion: { file: file('svid', jwt), type: spiffe } }))
    expect(form()).toEqual([
      ['grant_type', 'client_credentials'],
      ['client_assertion_type', spiffe],
      ['client_assertion', jwt],
    ])
  })

  it('have a secret in the order file, variable; a program goes before both', async () => {
    const env = { KTS_CLIENT_SECRET: 'of the variable', MINE: 'of mine' }
    const secretFor = async (options: object): Promise<string | null> => {
      const own = { tokenEndpoint: `${idp.origin}/token`, clientId: 'o', clientAuth: 'client_secret_post', ...options }
      await getToken(make('client-credentials', own, { env, profile: 'default' }).source)
      return new URLSearchParams(idp.calls.at(-1)?.body).get('client_secret')
    }
    const clientSecretFile = file('secret', '\uFEFF of the file \r\n')
    expect(await secretFor({})).toBe('of the variable')
    expect(await secretFor({ clientSecretVariable: 'MINE' })).toBe('of mine')
    expect(await secretFor({ clientSecretFile })).toBe(' of the file ')
    expect(await secretFor({ clientSecretFile, clientSecret: new Secret('of the program') })).toBe('of the program')
  })

  it('have no secret of the default profile, which was not meant for their provider', async () => {
    const env = { KTS_CLIENT_SECRET: 'of the default profile' }
    const own = { tokenEndpoint: `${idp.origin}/token`, clientId: 'o' }
    expect(() => make('client-credentials', own, { env })).toThrow('nothing says how the client proves itself')
    await getToken(make('token-exchange', { ...own, subjectToken: { file: file('subject', jwt) } }, { env }).source)
    expect(idp.calls.at(-1)?.headers.authorization).toBeUndefined()
  })
})

describe('discovery of a provider', () => {
  it('gives the assertion its audience and the request its address', async () => {
    const issuer = `${idp.origin}/realms/k`
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    await idp.close()
    idp = await scriptedServer(({ path }) =>
      path.includes('.well-known')
        ? path === `/realms/k${openid}`
          ? { body: { issuer: `${idp.origin}/realms/k`, token_endpoint: `${idp.origin}/realms/k/protocol/token` } }
          : { status: 404 }
        : good,
    )
    expect(issuer).toMatch(/realms/)
    const own = `${idp.origin}/realms/k`
    const { source } = make('client-credentials', {
      issuer: own,
      clientId: 'orders',
      assertion: { algorithm: 'ES256', privateKeyFile: file('key', pkcs8(privateKey)) },
    })
    await getToken(source)
    await getToken(source)
    expect(idp.calls.map(({ path }) => path)).toEqual([
      `/realms/k${openid}`,
      '/realms/k/protocol/token',
      '/realms/k/protocol/token',
    ])
    expect(decodeJwt(new Map(form()).get('client_assertion') ?? '').aud).toBe(own)
  })

  it('is done anew when the token endpoint has moved', async () => {
    let place = 'old'
    await idp.close()
    idp = await scriptedServer(({ path }) => {
      if (path.includes(openid)) return { body: { issuer: idp.origin, token_endpoint: `${idp.origin}/${place}` } }
      return path === `/${place}` ? good : { status: 404 }
    })
    const { fakePlatform } = await import('../fakes/platform.ts')
    const { nodePlatform } = await import('../../src/platform/platform.ts')
    const clock = fakePlatform({ now: Date.now() })
    const options = { issuer: idp.origin, clientId: 'orders', clientSecret: new Secret('s') }
    const { source } = make('client-credentials', options, { platform: { ...clock, fetch: nodePlatform({}).fetch } })
    await getToken(source)
    place = 'new'
    await clock.pass(60_000)
    await getToken(source).catch(() => undefined)
    await getToken(source)
    expect(idp.calls.map(({ path }) => path)).toEqual([openid, '/old', '/old', openid, '/new'])
    source.close?.()
  })
})

describe('a client certificate', () => {
  const authority = certificateAuthority()

  async function withAliases(requestCert: boolean): Promise<ScriptedServer> {
    const server: ScriptedServer = await scriptedServer(
      ({ path }) => {
        const { origin } = server
        const mtls_endpoint_aliases = { token_endpoint: `${origin}/mtls/token` }
        if (path !== openid) return good
        return { body: { issuer: origin, token_endpoint: `${origin}/token`, mtls_endpoint_aliases } }
      },
      { tls: { ...authority.issue('127.0.0.1'), ca: authority.cert, requestCert } },
    )
    return server
  }

  it('is shown to the address that the provider has for it (RFC 8705)', async () => {
    const own = authority.issue('orders.example')
    const tls = { caFile: file('ca', authority.cert), certFile: file('cert', own.cert), keyFile: file('key', own.key) }
    const secure = await withAliases(true)
    await getToken(make('client-credentials', { issuer: secure.origin, clientId: 'orders', tls }).source)
    await secure.close()
    expect(secure.calls.map(({ path, client }) => [path, client])).toEqual([
      [openid, 'orders.example'],
      ['/mtls/token', 'orders.example'],
    ])
  })

  it('is what the other address is for: without one the usual address is asked', async () => {
    const secure = await withAliases(false)
    const options = { issuer: secure.origin, clientId: 'orders', clientSecret: new Secret('s') }
    await getToken(make('client-credentials', { ...options, tls: { caFile: file('ca', authority.cert) } }).source)
    await secure.close()
    expect(secure.calls.map(({ path }) => path)).toEqual([openid, '/token'])
  })
})
