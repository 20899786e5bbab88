import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { type JWTPayload, SignJWT } from 'jose'

/** `rest` is what stands in the path after it. */
type Answer = (response: ServerResponse, rest: string) => unknown

/**
 * A token endpoint that goes wrong in as many ways as it has paths, as providers, proxies and home-made endpoints do. Below
 * `/mended` each of its paths answers as the good endpoint behind it does.
 */
export async function failingEndpoint(good: string, tls?: { readonly key: string; readonly cert: string }) {
  const asked = new Map<string, number>()
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    void answer(request, response).catch(() => response.destroy())
  }
  const server = createServer(listener).listen(0, '127.0.0.1')
  const secure = createSecureServer(tls ?? {}, listener).listen(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), once(secure, 'listening')])
  const port = (of: Server) => (of.address() as AddressInfo).port

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const [, first = '', second] = (request.url ?? '').split('/')
    request.resume()
    const times = (asked.get(request.url ?? '') ?? 0) + 1
    asked.set(request.url ?? '', times)
    const known = answers[first]
    if (first === 'mended' || !known || (second === 'then-good' && times > 1)) return forwarded(response)
    await known(response, second ?? '')
  }

  async function forwarded(response: ServerResponse) {
    const token = await fetch(good, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials' }) })
    json(token.status, await token.json())(response)
  }

  return {
    origin: `http://localhost:${port(server)}`,
    /** The same by TLS. */
    secureOrigin: `https://localhost:${port(secure)}`,
    [Symbol.asyncDispose]: async () => {
      for (const one of [server, secure]) {
        one.close()
        one.closeAllConnections()
      }
      await Promise.all([once(server, 'close'), once(secure, 'close')])
    },
  }
}

const json = (status: number, body: unknown) => (response: ServerResponse) =>
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))

const token = (claims: JWTPayload, rest: Readonly<Record<string, unknown>> = { expires_in: 3600 }) =>
  async function signed(response: ServerResponse) {
    const jwt = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setIssuedAt().sign(new Uint8Array(32))
    json(200, { access_token: jwt, token_type: 'Bearer', ...rest })(response)
  }

const hour = () => Math.floor(Date.now() / 1000) + 3600
const refusal = { error: 'invalid_client', error_description: 'the client secret is wrong [ERR_CALLER_UNKNOWN]' }

const answers: Readonly<Record<string, Answer>> = {
  '400': json(400, { error: 'invalid_scope', error_description: 'this scope is not allowed' }),
  '401': json(401, refusal),
  '403': (response) => response.writeHead(403).end(),
  '404': (response) => response.writeHead(404, { 'Content-Type': 'text/html' }).end('<html>Not Found</html>'),
  '500-empty': (response) => response.writeHead(500).end(),
  '503': json(503, { error: 'temporarily_unavailable', error_description: 'come back' }),
  error: (response, code) => json(400, { error: code })(response),
  redirect: (response) => response.writeHead(302, { Location: '/mended' }).end(),
  html: (response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>Sign in</html>'),
  empty: (response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(),
  'no-access-token': json(200, { id_token: 'a.b.c' }),
  opaque: json(200, { access_token: 'ya29.opaque', token_type: 'Bearer', expires_in: 3600 }),
  'opaque-word': json(200, { access_token: 'opaque', token_type: 'Bearer', expires_in: 3600 }),
  'four-parts': json(200, { access_token: 'a.b.c.d', token_type: 'Bearer', expires_in: 3600 }),
  'no-exp': token({ sub: 'alice' }),
  'exp-text': (response) => token({ sub: 'alice', exp: `${hour()}` as unknown as number })(response),
  expired: (response) => token({ sub: 'alice', exp: hour() - 7200 })(response),
  'no-sub': (response) => token({ exp: hour() })(response),
  'empty-sub': (response) => token({ sub: '', exp: hour() })(response),
  foreign: (response) => token({ sub: 'alice', exp: hour() })(response),
  'expires-in-float': (response) => token({ sub: 'alice', exp: hour() }, { expires_in: 3599.5 })(response),
  'expires-in-text': (response) => token({ sub: 'alice', exp: hour() }, { expires_in: '1h' })(response),
  'no-expires-in': (response) => token({ sub: 'alice', exp: hour() }, {})(response),
  hangs: () => undefined,
  'closes-at-once': (response) => response.socket?.destroy(),
}
