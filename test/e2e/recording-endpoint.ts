import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SignJWT } from 'jose'

/** What a client sent to the token endpoint. */
export interface Recorded {
  /** `GET` and so on, path included. */
  readonly request: string
  readonly contentType: string | undefined
  readonly authorization: string | undefined
  /** In the order of the form. */
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

/** A token endpoint for any path, which answers with a token that Kafka clients take and keeps what it was asked. */
export async function recordingEndpoint() {
  const recorded: Recorded[] = []
  const token = await new SignJWT({ sub: 'recorded', scope: 'kafka' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new Uint8Array(32))
  const server = createServer((request, response) => {
    void text(request).then((form) => {
      recorded.push({
        request: `${request.method ?? ''} ${request.url ?? ''}`,
        contentType: request.headers['content-type'],
        authorization: request.headers.authorization,
        parameters: [...new URLSearchParams(form)],
      })
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 3600 }))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** What came to one path since it was last taken. */
    take: (path: string) => {
      const found = recorded.filter(({ request }) => request.endsWith(` ${path}`))
      for (const one of found) recorded.splice(recorded.indexOf(one), 1)
      return found
    },
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
