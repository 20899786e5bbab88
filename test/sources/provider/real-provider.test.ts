import { randomUUID, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, decodeProtectedHeader, exportJWK, jwtVerify, SignJWT, type JWK, type JWTPayload } from 'jose'
import { createPublicKey } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../../fakes/eventually.ts'
import { signingAlgorithms, type SigningAlgorithm } from '../../../src/keys/algorithm.ts'
import { thumbprint } from '../../../src/keys/jwk.ts'
import { clientJwksRoute } from '../../../src/http/client-jwks-route.ts'
import { dispatch } from '../../../src/http/route.ts'
import { nodeHandler } from '../../../src/http/mount-node.ts'
import { Secret } from '../../../src/platform/secret.ts'
import { cached } from '../../../src/token/cache.ts'
import { checked } from '../../../src/token/checked.ts'
import { nodePlatform } from '../../../src/platform/platform.ts'
import { certificateAuthority } from '../../fakes/certificate-authority.ts'
import {
  identityProvider,
  jwtBearerGrantType,
  tokenExchangeGrantType,
  type Idp,
  type IdpRequest,
} from '../../fakes/idp.ts'
import { keyOf, pkcs8 } from '../../keys/key-forms.ts'
import { failureOf, getToken } from '../outcome.ts'
import { fixedSource, make, type KindName } from './make.ts'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

let idp: Idp
let folder: string

beforeAll(async () => {
  idp = await identityProvider()
  folder = mkdtempSync(join(tmpdir(), 'kts-idp-'))
})
afterAll(async () => {
  await idp.close()
  rmSync(folder, { recursive: true })
})

function write(name: string, content: string): string {
  const path = join(folder, `${randomUUID()}-${name}`)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

const publicJwk = async (key: KeyObject): Promise<JWK> => exportJWK(createPublicKey(key))

/** A client that proves itself by keys of its own. */
async function registerWithKey(algorithm: SigningAlgorithm, kid?: string): Promise<{ clientId: string; file: string }> {
  const clientId = `by-${algorithm}-${randomUUID()}`
  const jwk = { ...(await publicJwk(keyOf[algorithm])), use: 'sig', ...(kid !== undefined && { kid }) }
  idp.register({
    client_id: clientId,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: algorithm,
    jwks: { keys: [jwk] },
  })
  return { clientId, file: write('key.pem', pkcs8(keyOf[algorithm])) }
}

const lastRequest = () => idp.tokenRequests.at(-1) as IdpRequest

async function principalOf(token: { value: Secret }): Promise<JWTPayload> {
  return idp.verify(token.value.reveal())
}

/** An assertion or subject token of somebody whom the provider trusts. */
async function passport(subject: string, issuer = 'https://kubernetes.example'): Promise<string> {
  idp.trust(issuer, [await publicJwk(keyOf.ES256)])
  return new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(issuer)
    .setSubject(subject)
    .setAudience(idp.issuer)
    .setExpirationTime('5m')
    .sign(keyOf.ES256)
}

/** The rest of the options and the grant that the provider sees, for each source. */
const sources: readonly [KindName, grant: string, options: () => Promise<Record<string, unknown>>][] = [
  ['client-credentials', 'client_credentials', () => Promise.resolve({})],
  [
    'token-exchange',
    tokenExchangeGrantType,
    async () => ({ subjectToken: { file: write('subject', await passport('a-pod')) } }),
  ],
]

describe.each(sources)('%s at a real provider', (kind, grant, rest) => {
  it.each(signingAlgorithms)('proves the client by an assertion signed with %s', async (algorithm) => {
    const { clientId, file } = await registerWithKey(algorithm)
    const { source } = make(kind, {
      issuer: idp.issuer,
      clientId,
      assertion: { privateKeyFile: file, algorithm, claim: { jtiInclude: true } },
      ...(await rest()),
    })
    const token = await getToken(source)
    expect(token.expiresAt).toBeGreaterThan(Date.now() + 3_500_000)
    expect(await principalOf(token)).toMatchObject({
      sub: kind === 'token-exchange' ? 'a-pod' : clientId,
      aud: 'urn:kafka',
    })
    const { params, authorization } = lastRequest()
    expect(params.get('grant_type')).toBe(grant)
    expect(params.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    expect(params.get('client_id')).toBe(clientId)
    expect(authorization).toBeUndefined()
    const assertion = params.get('client_assertion') ?? ''
    const { payload, protectedHeader } = await jwtVerify(assertion, createPublicKey(keyOf[algorithm]))
    expect(protectedHeader).toEqual({ alg: algorithm, typ: 'JWT' })
    const { iat = 0 } = payload
    expect(payload).toEqual({
      iss: clientId,
      sub: clientId,
      aud: idp.issuer,
      iat,
      exp: iat + 300,
      nbf: iat - 60,
      jti: expect.stringMatching(/^[\da-f-]{36}$/) as string,
    })
  })

  const odd = 'p@ss word+%:/?&=ü€"\\~*'
  it.each([
    ['client_secret_basic', 'plain', 'plain'],
    ['client_secret_post', 'plain', 'plain'],
    ['client_secret_post', 'odd id:+%&=/', 'p@ss word+%:/?&="\\~*'],
    ['client_secret_basic', 'odd id:+%&=/', 'p@ss word+%:/?&="\\~*'],
  ])('proves the client by %s for the client %j', async (clientAuth, name, secret) => {
    const clientId = `${name} ${randomUUID()}`
    idp.register({ client_id: clientId, client_secret: secret, token_endpoint_auth_method: clientAuth as never })
    const { source } = make(kind, {
      issuer: idp.issuer,
      clientId,
      clientAuth,
      clientSecretFile: write('secret', `${secret}\n`),
      ...(await rest()),
    })
    expect(await principalOf(await getToken(source))).toMatchObject({ client_id: clientId })
    const { params, authorization } = lastRequest()
    expect(params.get('client_secret')).toBe(clientAuth === 'client_secret_post' ? secret : null)
    expect(authorization?.startsWith('Basic ')).toBe(clientAuth === 'client_secret_basic' ? true : undefined)
  })

  it('sends a secret as the bytes of its UTF-8, whatever is in it', async () => {
    const { source } = make(kind, {
      issuer: idp.issuer,
      clientId: 'jürgen',
      clientSecret: new Secret(odd),
      ...(await rest()),
    })
    await failureOf(source)
    const pair = Buffer.from(lastRequest().authorization?.slice('Basic '.length) ?? '', 'base64').toString()
    expect(pair.split(':').map((part) => new URLSearchParams(`=${part}`).get(''))).toEqual(['jürgen', odd])
  })

  it('sends id and secret as they are, for providers that do not know the RFC', async () => {
    const options = { issuer: idp.issuer, clientId: 'a b', clientSecret: new Secret('c+d'), headerUrlencode: false }
    await failureOf(make(kind, { ...options, ...(await rest()) }).source)
    expect(lastRequest().authorization).toBe(`Basic ${Buffer.from('a b:c+d').toString('base64')}`)
  })

  it('proves nothing where the provider asks for no proof', async () => {
    const clientId = `public-${randomUUID()}`
    idp.register({ client_id: clientId, token_endpoint_auth_method: 'none', grant_types: [tokenExchangeGrantType] })
    const { source } = make(kind, { issuer: idp.issuer, clientId, clientAuth: 'none', ...(await rest()) })
    // A public client may not have a token of its own there.
    if (kind === 'client-credentials') expect((await failureOf(source)).oauth).toBe('invalid_request')
    else expect(await principalOf(await getToken(source))).toMatchObject({ client_id: clientId })
    expect(lastRequest().params.get('client_id')).toBe(clientId)
  })

  it('asks for scope, audience, resource and whatever else is configured', async () => {
    const { clientId, file } = await registerWithKey('ES256')
    const { source } = make(kind, {
      issuer: idp.issuer,
      clientId,
      assertion: { privateKeyFile: file, algorithm: 'ES256', claim: { jtiInclude: true } },
      scope: 'kafka kafka.read',
      audience: 'https://api.example/?a=b&c=d',
      resource: ['urn:example:kafka'],
      parameters: { identity_pool_id: 'pool ü+1' },
      ...(await rest()),
    })
    const token = await getToken(source)
    expect(await principalOf(token)).toMatchObject({ aud: 'urn:example:kafka', scope: 'kafka kafka.read' })
    expect(token.scope).toBe('kafka kafka.read')
    const { params } = lastRequest()
    expect(params.get('scope')).toBe('kafka kafka.read')
    expect(params.get('resource')).toBe('urn:example:kafka')
  })
})

describe('jwt-bearer at a real provider', () => {
  it.each(signingAlgorithms)('has an assertion signed with %s as its grant', async (algorithm) => {
    const clientId = `batch-${randomUUID()}`
    idp.register({ client_id: clientId, token_endpoint_auth_method: 'none', grant_types: [jwtBearerGrantType] })
    const issuer = `https://signer-${algorithm}.example`
    idp.trust(issuer, [await publicJwk(keyOf[algorithm])])
    const { source } = make('jwt-bearer', {
      issuer: idp.issuer,
      clientId,
      scope: 'kafka',
      assertion: {
        privateKeyFile: write('key.pem', pkcs8(keyOf[algorithm])),
        algorithm,
        claim: { iss: issuer, sub: 'batch' },
      },
    })
    expect(await principalOf(await getToken(source))).toMatchObject({ sub: 'batch', scope: 'kafka' })
    const { params, authorization } = lastRequest()
    expect(params.get('grant_type')).toBe(jwtBearerGrantType)
    expect(params.get('client_id')).toBe(clientId)
    expect([params.get('client_assertion'), authorization]).toEqual([null, undefined])
    const assertion = params.get('assertion') ?? ''
    await jwtVerify(assertion, createPublicKey(keyOf[algorithm]), { issuer, subject: 'batch', audience: idp.issuer })
    expect(decodeJwt(assertion)).not.toHaveProperty('jti')
  })

  it('proves the client by a secret beside the grant', async () => {
    const clientId = `batch-${randomUUID()}`
    idp.register({ client_id: clientId, client_secret: 's3cret', token_endpoint_auth_method: 'client_secret_basic' })
    const { source } = make('jwt-bearer', {
      issuer: idp.issuer,
      clientId,
      clientSecret: new Secret('s3cret'),
      assertion: { file: write('assertion.jwt', await passport('a-pod')) },
    })
    expect(await principalOf(await getToken(source))).toMatchObject({ sub: 'a-pod', client_id: clientId })
  })

  it('passes on what the provider says about the grant', async () => {
    const clientId = `batch-${randomUUID()}`
    idp.register({ client_id: clientId, token_endpoint_auth_method: 'none', grant_types: [jwtBearerGrantType] })
    const privateKeyFile = write('key.pem', pkcs8(keyOf.RS256))
    const options = { issuer: idp.issuer, clientId, assertion: { privateKeyFile, claim: { iss: 'nobody' } } }
    const failure = await failureOf(make('jwt-bearer', options).source)
    expect(failure).toMatchObject({
      code: 'ERR_PROVIDER_REFUSED',
      oauth: 'invalid_grant',
      status: 400,
      transient: false,
    })
    expect(failure.message).toBe(`${new URL(idp.issuer).host} answers invalid_grant: 'grant request is invalid'`)
  })
})

describe('an assertion', () => {
  it('is taken once, and each attempt brings a fresh one', async () => {
    const { clientId, file } = await registerWithKey('ES256')
    const assertion = { privateKeyFile: file, algorithm: 'ES256', claim: { jtiInclude: true } }
    const { source } = make('client-credentials', { issuer: idp.issuer, clientId, assertion })
    await getToken(source)
    const first = lastRequest().params
    await getToken(source)
    expect(decodeJwt(first.get('client_assertion') ?? '').jti).not.toBe(
      decodeJwt(lastRequest().params.get('client_assertion') ?? '').jti,
    )
    const replay = await fetch(idp.tokenEndpoint, { method: 'POST', body: first })
    expect(replay.status).toBe(401)

    const kept = write('assertion.jwt', (await source.makeAssertion(AbortSignal.timeout(5_000))).reveal())
    const { source: readyMade } = make('client-credentials', { issuer: idp.issuer, assertion: { file: kept } })
    await getToken(readyMade)
    expect(lastRequest().params.has('client_id')).toBe(false)
    const failure = await failureOf(readyMade)
    expect(failure.description).toBe(
      `${new URL(idp.issuer).host} answers invalid_client: 'client authentication failed'. Compare client id, key or secret with what is registered at the provider. [ERR_PROVIDER_CLIENT]`,
    )
    expect(failure).toMatchObject({ status: 401, transient: false, refusal: true })
  })

  it('is verified by the keys that the sidecar publishes, also after the key was replaced', async () => {
    const clientId = `published-${randomUUID()}`
    const file = write('key.pem', pkcs8(keyOf.RS256))
    const options = {
      issuer: idp.issuer,
      clientId,
      assertion: { privateKeyFile: file, publishKeys: true, claim: { jtiInclude: true } },
    }
    const { source } = make('client-credentials', options)
    const routes = [clientJwksRoute((profile) => (profile === 'orders' ? source.publishedJwks : undefined))]
    const handler = nodeHandler(dispatch(routes))
    const server = createServer(handler)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/client-jwks/orders`
    try {
      idp.register({ client_id: clientId, token_endpoint_auth_method: 'private_key_jwt', jwks_uri: address })
      await getToken(source)
      const kid = thumbprint(await publicJwk(keyOf.RS256))
      expect(decodeProtectedHeader(lastRequest().params.get('client_assertion') ?? '').kid).toBe(kid)
      const published = (await (await fetch(address)).json()) as { keys: JWK[] }
      expect(published.keys.map((key) => key.kid)).toEqual([kid])
      expect(JSON.stringify(published)).not.toMatch(/"(d|p|q|dp|dq|qi)"/)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})

describe('a subject token', () => {
  it('may come from another profile, and an actor beside it', async () => {
    const { clientId, file } = await registerWithKey('RS256')
    const subject = await passport('somebody')
    const { source } = make(
      'token-exchange',
      {
        issuer: idp.issuer,
        clientId,
        assertion: { privateKeyFile: file, claim: { jtiInclude: true } },
        subjectToken: { profile: 'google' },
        subjectTokenType: 'urn:ietf:params:oauth:token-type:id_token',
        actorToken: { file: write('actor', `${await passport('an-actor')}\n`) },
        requestedTokenType: 'urn:ietf:params:oauth:token-type:access_token',
        audience: 'https://api.example',
      },
      { profiles: { google: fixedSource(() => subject) } },
    )
    expect(await principalOf(await getToken(source))).toMatchObject({ sub: 'somebody', act: { sub: 'an-actor' } })
    const { params } = lastRequest()
    expect(params.get('subject_token')).toBe(subject)
    expect(params.get('subject_token_type')).toBe('urn:ietf:params:oauth:token-type:id_token')
    expect(decodeJwt(params.get('actor_token') ?? '').sub).toBe('an-actor')
    expect(params.get('actor_token_type')).toBe('urn:ietf:params:oauth:token-type:jwt')
    expect(params.get('requested_token_type')).toBe('urn:ietf:params:oauth:token-type:access_token')
    expect(params.get('audience')).toBe('https://api.example')
  })

  it('of a profile that is not there fails this profile alone, by its name', async () => {
    const options = { issuer: idp.issuer, clientId: 'x', clientAuth: 'none', subjectToken: { profile: 'nobody' } }
    expect((await failureOf(make('token-exchange', options).source)).message).toBe('there is no profile nobody')
  })
})

describe('a client certificate', () => {
  const authority = certificateAuthority()

  it('proves the client at a provider that verifies it, and another one does not', async () => {
    const secure = await identityProvider({ tls: { ...authority.issue('127.0.0.1', 'localhost'), ca: authority.cert } })
    try {
      secure.register({
        client_id: 'orders',
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_san_dns: 'orders.example',
      } as never)
      const using = ({ key, cert }: { key: string; cert: string }) =>
        make('client-credentials', {
          issuer: secure.issuer,
          clientId: 'orders',
          tls: {
            caFile: write('ca.pem', authority.cert),
            certFile: write('cert.pem', cert),
            keyFile: write('k.pem', key),
          },
        })
      const token = await getToken(using(authority.issue('orders.example')).source)
      expect(await secure.verify(token.value.reveal())).toMatchObject({ sub: 'orders' })
      const [request] = secure.tokenRequests
      expect(request?.params.get('client_id')).toBe('orders')
      expect(request?.authorization).toBeUndefined()
      const other = await failureOf(using(authority.issue('payments.example')).source)
      expect(other).toMatchObject({ code: 'ERR_PROVIDER_CLIENT', oauth: 'invalid_client', status: 401 })
    } finally {
      await secure.close()
    }
  })
})

describe('the cost', () => {
  it('is one request for the metadata a day, and one for a token in each of its lives, however many ask', async () => {
    const own = await identityProvider({ lifetime: 600 })
    try {
      own.register({ client_id: 'orders', client_secret: 's3cret', token_endpoint_auth_method: 'client_secret_post' })
      const platform = nodePlatform({})
      const { source } = make('client-credentials', {
        issuer: own.issuer,
        clientId: 'orders',
        clientAuth: 'client_secret_post',
        clientSecret: new Secret('s3cret'),
      })
      const kept = cached(checked(source, { platform, emit: () => undefined }), { platform, emit: () => undefined })
      const ask = () => kept.getToken({ profile: 'orders' }, AbortSignal.timeout(10_000))
      const tokens = await Promise.all(Array.from({ length: 100 }, ask))
      for (let more = 0; more < 100; more++) tokens.push(await ask())
      expect(new Set(tokens.map(({ value }) => value.reveal())).size).toBe(1)
      kept.changed({ fresh: true })
      await eventually(() => own.tokenRequests.length).toBe(2)
      for (let more = 0; more < 100; more++) await ask()
      expect(own.requests.map(({ path }) => path)).toEqual(['/.well-known/openid-configuration', '/token', '/token'])
      kept.close()
    } finally {
      await own.close()
    }
  })
})
