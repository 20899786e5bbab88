import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

/** `aud` of its tokens, and `iss`. */
export const issuerAudience = 'kafka'
export const issuerName = 'https://issuer.example'

/**
 * An issuer whose tokens are wrong in as many ways as it has paths below `/token/`; at `/token/good` they are right. It has
 * its keys in several forms, and introspects tokens as its paths say.
 */
export async function attemptsIssuer() {
  const [own, other] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')])
  const { kid, ...jwk } = { ...(await exportJWK(own.publicKey)), kid: 'own', alg: 'ES256' }
  const otherJwk = { ...(await exportJWK(other.publicKey)), kid: 'other', alg: 'ES256' }
  let rotations = 0
  const seconds = () => Math.floor(Date.now() / 1000)
  const right = (): JWTPayload => ({
    iss: issuerName,
    sub: 'alice',
    aud: issuerAudience,
    // As Keycloak has it.
    typ: 'Bearer',
    iat: seconds(),
    exp: seconds() + 600,
  })
  const signed = (claims: Readonly<Record<string, unknown>>, key = own, header: object = { kid }) =>
    new SignJWT({ ...right(), ...claims }).setProtectedHeader({ alg: 'ES256', ...header }).sign(key.privateKey)
  const tokens: Readonly<Record<string, () => string | Promise<string>>> = {
    good: () => signed({}),
    audience: () => signed({ aud: 'another' }),
    issuer: () => signed({ iss: 'https://another.example' }),
    'no-issuer': () => signed({ iss: undefined }),
    'no-type': () => signed({ typ: undefined }),
    'other-type': () => signed({ typ: 'ID' }),
    expired: () => signed({ iat: seconds() - 700, exp: seconds() - 100 }),
    'no-exp': () => signed({ exp: undefined }),
    'no-sub': () => signed({ sub: undefined }),
    'unknown-key': () => signed({}, other, { kid: 'other' }),
    'no-kid': () => signed({}, own, {}),
    signature: () => signed({}, other),
    opaque: () => 'opaque',
  }
  const active = () => ({ active: true, token_type: 'Bearer', ...right() })
  const answers: Readonly<Record<string, () => object>> = {
    '/jwks': () => ({ keys: [{ ...jwk, kid, use: 'sig' }] }),
    // The first time only.
    '/jwks-rotated': () => ({ keys: [{ ...(rotations++ === 0 ? { ...jwk, kid } : otherJwk), use: 'sig' }] }),
    '/jwks-without-use': () => ({ keys: [{ ...jwk, kid }] }),
    '/introspect/good': active,
    '/introspect/inactive': () => ({ active: false }),
    '/introspect/issuer': () => ({ ...active(), iss: 'https://another.example' }),
    '/introspect/audience': () => ({ ...active(), aud: 'another' }),
    '/introspect/expired': () => ({ ...active(), exp: seconds() - 100 }),
    '/introspect/no-exp': () => ({ ...active(), exp: undefined }),
    '/introspect/odd': () => ({ hello: 'world' }),
  }
  const json = (response: ServerResponse, status: number, body: unknown) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  async function answer(path: string, response: ServerResponse) {
    const make = tokens[path.replace('/token/', '')]
    const known = answers[path]
    if (known) json(response, 200, known())
    else if (!make) json(response, 401, { error: 'invalid_client' })
    else json(response, 200, { access_token: await make(), token_type: 'Bearer', expires_in: 600 })
  }
  const server = createServer((request, response) => {
    request.resume()
    answer(request.url ?? '', response).catch(() => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    /** How often `/jwks-rotated` was read. */
    rotations: () => rotations,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
