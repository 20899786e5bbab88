import { bodyConsumed, bodyLimitBytes, bodyTooLarge } from './body.ts'
import type { Dispatch } from './route.ts'
import { targetsBelow } from './target.ts'

/** A handler in terms of the Fetch standard. */
export type FetchHandler = (request: Request) => Promise<Response>

/** Serves the routes as `(Request) => Response`, for Hono, Next and the like. `prefix` is cut off the path. */
export function fetchHandler(answer: Dispatch, { prefix = '' }: { readonly prefix?: string } = {}): FetchHandler {
  const parseTarget = targetsBelow(prefix)
  return async (request) => {
    const { pathname, search, host } = new URL(request.url)
    // Frameworks build the URL from the Host header; some drop the header itself.
    const headers = { host, ...Object.fromEntries(request.headers) }
    const { path, query } = parseTarget(pathname + search)
    const {
      status,
      headers: answered,
      body: text,
    } = await readBody(request).then(
      (body) => answer({ method: request.method, path, query, headers, body }),
      (thrown: unknown) => answer.refuse(thrown, { method: request.method, path, query, headers, body: '' }),
    )
    return new Response(request.method === 'HEAD' ? null : text, { status, headers: answered })
  }
}

async function readBody(request: Request): Promise<Uint8Array> {
  if (request.bodyUsed) throw bodyConsumed()
  if (!request.body) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > bodyLimitBytes) throw bodyTooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
