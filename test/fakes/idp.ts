import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { TLSSocket } from 'node:tls'
import { createLocalJWKSet, decodeJwt, exportJWK, generateKeyPair, jwtVerify, type JWK, type JWTPayload } from 'jose'
import Provider, {
  errors,
  type Adapter,
  type AdapterPayload,
  type ClientMetadata,
  type Configuration,
  type KoaContextWithOIDC,
} from 'oidc-provider'

export const jwtBearerGrantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
export const tokenExchangeGrantType = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** A request as it arrived. */
export interface IdpRequest {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly params: URLSearchParams
}

/** A real identity provider (oidc-provider), in process. */
export interface Idp {
  readonly issuer: string
  readonly tokenEndpoint: string
  readonly requests: readonly IdpRequest[]
  /** The requests for tokens. */
  readonly tokenRequests: readonly IdpRequest[]
  /** Registers a client, or replaces what is registered. All grants are allowed. */
  register(client: Partial<ClientMetadata> & { readonly client_id: string }): void
  /** Assertions and subject tokens of this issuer are taken. */
  trust(issuer: string, keys: readonly JWK[]): void
  /** Verifies an access token as a broker does. */
  verify(token: string): Promise<JWTPayload>
  close(): Promise<void>
}

export interface IdpOptions {
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca: string }
  /** Seconds that access tokens live; default 3600. */
  readonly lifetime?: number
}

/** Audience of the access tokens, unless a resource is asked for. */
export const kafkaResource = 'urn:kafka'

const algorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'] as const

export async function identityProvider({ tls, lifetime = 3_600 }: IdpOptions = {}): Promise<Idp> {
  const requests: IdpRequest[] = []
  const clients = new Map<string, AdapterPayload>()
  const trusted = new Map<string, readonly JWK[]>()
  const subjectOf = new WeakMap<object, Subject>()
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'of-the-idp', alg: 'ES256' }] }

  // The issuer is the address, so the server listens before there is a provider.
  let callback: RequestListener = (_request, response) => void response.writeHead(503).end()
  const listener: RequestListener = (request, response) => {
    callback(request, response)
  }
  const server: Server = tls
    ? createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: false }, listener)
    : createServer(listener)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const issuer = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`

  const configuration: Configuration = {
    adapter: (name: string) => adapter(name === 'Client' ? clients : new Map<string, AdapterPayload>()),
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'of-the-idp', alg: 'ES256', use: 'sig' }] },
    scopes: ['kafka', 'kafka.read'],
    clientAuthMethods: ['private_key_jwt', 'client_secret_basic', 'client_secret_post', 'tls_client_auth', 'none'],
    enabledJWA: { clientAuthSigningAlgValues: [...algorithms] },
    clientDefaults: { grant_types: ['client_credentials', jwtBearerGrantType, tokenExchangeGrantType] },
    ttl: { ClientCredentials: lifetime },
    formats: {
      customizers: {
        jwt: (_ctx, token, { payload }) => void Object.assign(payload, subjectOf.get(token)),
      },
    },
    // Without its dispatcher, which refuses loopback.
    fetch: (url, { signal = null, headers = {} } = {}) => fetch(url, { signal, headers, redirect: 'manual' }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      mTLS: {
        enabled: true,
        tlsClientAuth: true,
        getCertificate: (ctx) => certificateOf(ctx.req),
        certificateAuthorized: (ctx) => ctx.req.socket instanceof TLSSocket && ctx.req.socket.authorized,
        certificateSubjectMatches: (ctx, _property, expected) =>
          ctx.req.socket instanceof TLSSocket &&
          ctx.req.socket.getPeerCertificate().subjectaltname === `DNS:${expected}`,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx: KoaContextWithOIDC) =>
          (ctx.oidc.params?.['resource'] as string | undefined) ?? kafkaResource,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: 'kafka kafka.read',
          audience: resource,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    renderError: (ctx, out) => void (ctx.body = out),
  }
  const provider = new Provider(issuer, configuration)
  const subjects = { issuer, trusted, subjectOf }
  provider.registerGrantType(jwtBearerGrantType, granting(provider, 'assertion', subjects), [
    'assertion',
    'scope',
    'resource',
  ])
  provider.registerGrantType(
    tokenExchangeGrantType,
    granting(provider, 'subject_token', subjects),
    [
      'subject_token',
      'subject_token_type',
      'actor_token',
      'actor_token_type',
      'requested_token_type',
      'audience',
      'scope',
      'resource',
    ],
    ['audience', 'resource'],
  )
  provider.use(async (ctx, next) => {
    await next()
    const { method, path, headers, oidc } = ctx as unknown as KoaContextWithOIDC
    const { authorization } = headers
    const params = new URLSearchParams(
      Object.entries((oidc as { body?: Record<string, unknown> } | undefined)?.body ?? {}).flatMap(([name, value]) =>
        [value].flat().map((one): [string, string] => [name, String(one)]),
      ),
    )
    requests.push({ method, path, authorization, params })
  })
  const serve = provider.callback()
  callback = (request, response) => void serve(request, response)

  return {
    issuer,
    tokenEndpoint: `${issuer}/token`,
    requests,
    get tokenRequests() {
      return requests.filter(({ path }) => path === '/token')
    },
    register(client) {
      clients.set(client.client_id, {
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: 'ES256',
        ...client,
      })
    },
    trust: (name, keys) => void trusted.set(name, keys),
    verify: async (token) => (await jwtVerify(token, createLocalJWKSet(jwks), { issuer })).payload,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

interface Subject {
  readonly sub: string
  readonly act?: { readonly sub: string }
}

interface Trust {
  readonly issuer: string
  readonly trusted: ReadonlyMap<string, readonly JWK[]>
  readonly subjectOf: WeakMap<object, Subject>
}

/** A grant that gives a token to whom a JWT of a trusted issuer speaks of; the one named `parameter`. */
function granting(provider: Provider, parameter: string, { issuer, trusted, subjectOf }: Trust) {
  return async (ctx: KoaContextWithOIDC): Promise<void> => {
    const params = ctx.oidc.params ?? {}
    const subject = await speaksOf(String(params[parameter]), params['actor_token'])
    const resource = (params['resource'] as string | undefined) ?? kafkaResource
    const client = ctx.oidc.client as NonNullable<typeof ctx.oidc.client>
    const scope = typeof params['scope'] === 'string' ? params['scope'] : undefined
    const token = new provider.ClientCredentials({ client, scope })
    subjectOf.set(token, subject)
    token.resourceServer = new provider.ResourceServer(resource, {
      scope: 'kafka kafka.read',
      audience: resource,
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: 'ES256' } },
    } as never)
    ctx.oidc.entity('ClientCredentials', token)
    ctx.body = {
      access_token: await token.save(),
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      expires_in: token.expiration,
      token_type: token.tokenType,
      scope,
    }
  }

  async function speaksOf(token: string, actor: unknown): Promise<Subject> {
    const { sub = '' } = await verified(token)
    if (typeof actor !== 'string') return { sub }
    return { sub, act: { sub: (await verified(actor)).sub ?? '' } }
  }

  async function verified(token: string): Promise<JWTPayload> {
    try {
      const keys = trusted.get(decodeJwt(token).iss ?? '') ?? []
      return (
        await jwtVerify(token, createLocalJWKSet({ keys: [...keys] }), { audience: issuer, requiredClaims: ['sub'] })
      ).payload
    } catch (cause) {
      throw Object.assign(new errors.InvalidGrant('the token is not one of a trusted issuer'), { cause })
    }
  }
}

function certificateOf({ socket }: IncomingMessage): string | undefined {
  const raw = socket instanceof TLSSocket ? (socket.getPeerCertificate() as { raw?: Buffer }).raw : undefined
  return raw && `-----BEGIN CERTIFICATE-----\n${raw.toString('base64')}\n-----END CERTIFICATE-----`
}

/** In memory, without an end: nothing lives longer than the provider. */
function adapter(entries: Map<string, AdapterPayload>): Adapter {
  const find = (id: string): Promise<AdapterPayload | undefined> => Promise.resolve(entries.get(id))
  return {
    upsert: (id, payload) => Promise.resolve(void entries.set(id, payload)),
    find,
    findByUid: find,
    findByUserCode: find,
    consume: () => Promise.resolve(),
    destroy: (id) => Promise.resolve(void entries.delete(id)),
    revokeByGrantId: () => Promise.resolve(),
  }
}
