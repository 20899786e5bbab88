import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { exportJWK, type JWK, type JWTPayload, SignJWT } from 'jose'

/** What stands in a token other than in a good one; `undefined` takes it out. */
export interface TokenFault {
  readonly claims?: Readonly<Record<string, unknown>>
  /** Seconds from now; default an hour. */
  readonly lives?: number
  /** Seconds ago that it was issued; default 0. */
  readonly age?: number
  /** Seconds until it may be used. */
  readonly starts?: number
  readonly header?: Readonly<Record<string, unknown>>
  /** Who signs; default: the key of the JWK Set. */
  readonly signedBy?: 'another key' | 'a secret' | 'nobody' | 'Google'
}

/** How the token endpoint answers; default: with a good token. */
export type Answer =
  | { readonly token: TokenFault }
  | { readonly status?: number; readonly body: string }
  | 'hangs'
  | 'closes'
  /** The first as the one, all later ones as the other. */
  | { readonly first: Answer; readonly then: Answer }

export const issuer = 'https://issuer.example'
export const audience = 'kafka'
export const keyId = 'the-key'

/** A token endpoint at `/<any name>`, and the JWK Set of its issuer at `/jwks`; at `/jwks-once-<any name>` it is given once. */
export async function explainEndpoint() {
  const keys = await signingKeys()
  const answers = new Map<string, Answer>()
  const asked = new Map<string, number>()
  const server = createServer(serve).listen(0, '127.0.0.1')
  const secure: SecureServer[] = []
  await once(server, 'listening')

  function serve(request: IncomingMessage, response: ServerResponse) {
    const name = (request.url ?? '').slice(1)
    request.resume()
    if (name.startsWith('jwks-once-') && asked.has(name)) return void response.writeHead(500).end()
    if (name.startsWith('jwks-once-')) asked.set(name, 1)
    if (name.startsWith('jwks')) return void response.end(JSON.stringify({ keys: [keys.publicJwk] }))
    asked.set(name, (asked.get(name) ?? 0) + 1)
    void answer(answers.get(name), asked.get(name) ?? 1, request, response).catch(() => response.destroy())
  }

  async function answer(given: Answer | undefined, times: number, request: IncomingMessage, response: ServerResponse) {
    if (given === 'hangs') return
    if (given === 'closes') return void request.socket.destroy()
    if (typeof given === 'object' && 'first' in given) {
      return answer(times === 1 ? given.first : given.then, times, request, response)
    }
    if (typeof given === 'object' && 'body' in given)
      return void response.writeHead(given.status ?? 200).end(given.body)
    const token = await keys.token(given?.token ?? {})
    // librdkafka looks at it.
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3600 }))
  }

  return {
    origin: `http://127.0.0.1:${portOf(server)}`,
    /** The same by https, by a file with key and certificate. */
    secureOrigin: async (file: string) => {
      const pem = await readFile(file, 'utf8')
      const another = createSecureServer({ key: pem, cert: pem }, serve).listen(0, '127.0.0.1')
      secure.push(another)
      await once(another, 'listening')
      return `https://127.0.0.1:${portOf(another)}`
    },
    token: keys.token,
    /** From now on; undefined: well. */
    answers: (name: string, given: Answer | undefined) => {
      asked.delete(name)
      if (given) answers.set(name, given)
      else answers.delete(name)
    },
    [Symbol.asyncDispose]: async () => {
      for (const each of [server, ...secure]) {
        each.close()
        each.closeAllConnections()
        await once(each, 'close')
      }
    },
  }
}

const portOf = (server: Server | SecureServer) => (server.address() as AddressInfo).port

async function signingKeys() {
  const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
  const [own, another] = [pair(), pair()]
  const publicJwk: JWK = { ...(await exportJWK(own.publicKey)), kid: keyId, alg: 'RS256', use: 'sig' }
  const signers: Record<'another key' | 'a secret', KeyObject | Uint8Array> = {
    'another key': another.privateKey,
    'a secret': new Uint8Array(32).fill(7),
  }
  async function token({
    claims = {},
    header = {},
    signedBy,
    lives = 3600,
    age = 0,
    starts,
  }: TokenFault): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const good = {
      iss: issuer,
      aud: audience,
      sub: 'alice',
      iat: now - age,
      exp: now + lives,
      ...(starts && { nbf: now + starts }),
    }
    const payload = JSON.parse(JSON.stringify({ ...good, ...claims })) as JWTPayload
    const shown = { alg: 'RS256', typ: 'JWT', kid: keyId, ...header }
    if (signedBy === 'nobody' || signedBy === 'Google') {
      const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const alg = signedBy === 'Google' ? 'GOOG_OAUTH2_TOKEN' : 'none'
      // No token of Google, only the form of one.
      return `${part({ typ: 'JWT', alg })}.${part(payload)}.${Buffer.from('no-real-token').toString('base64url')}`
    }
    const protectedHeader = JSON.parse(JSON.stringify(shown)) as { alg: string }
    return new SignJWT(payload)
      .setProtectedHeader(signedBy === 'a secret' ? { ...protectedHeader, alg: 'HS256' } : protectedHeader)
      .sign(signedBy ? signers[signedBy] : own.privateKey)
  }
  return { publicJwk, token }
}
