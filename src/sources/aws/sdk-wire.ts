import { Readable } from 'node:stream'
import { failureOf, limitedText, retryAfterMs } from '../../platform/http-answer.ts'
import type { Platform } from '../../platform/platform.ts'

/** How the last HTTP call of the SDK went. Has nothing of a token in it. */
export interface Exchange {
  readonly url: URL
  /** Absent until the answer is there. */
  status?: number
  retryAfterMs?: number
  /** What kept the answer from arriving. */
  failure?: { readonly code: string; readonly text: string; readonly thrown: unknown }
}

/** What we need to know of the SDK's requests. */
interface SdkRequest {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly method: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

interface SdkResponse {
  readonly statusCode: number
  readonly headers: Record<string, string>
  readonly body: Readable
}

/** The SDK's HTTP, done by the platform: proxies, CAs and deadlines are ours, and no redirect is followed. */
export interface SdkWire {
  readonly handler: {
    readonly metadata: { readonly handlerProtocol: string }
    handle(request: SdkRequest): Promise<{ response: SdkResponse }>
    updateHttpClientConfig(): void
    httpHandlerConfigs(): Record<string, never>
    destroy(): void
  }
  exchange: Exchange | undefined
}

/** All calls end with `signal`: those for credentials, which the SDK makes without one, too. */
export function sdkWire(platform: Pick<Platform, 'fetch' | 'now'>, signal: AbortSignal): SdkWire {
  const self: SdkWire = {
    exchange: undefined,
    handler: {
      metadata: { handlerProtocol: 'http/1.1' },
      async handle(request) {
        const exchange: Exchange = { url: urlOf(request) }
        self.exchange = exchange
        try {
          const answer = await platform.fetch(exchange.url, {
            method: request.method,
            headers: headersOf(request),
            ...(typeof request.body === 'string' && { body: request.body }),
            signal,
          })
          const text = await limitedText(answer)
          exchange.status = answer.status
          const wait = retryAfterMs(answer, platform.now())
          if (wait !== undefined) exchange.retryAfterMs = wait
          const headers = Object.fromEntries(answer.headers)
          return { response: { statusCode: answer.status, headers, body: Readable.from([Buffer.from(text)]) } }
        } catch (thrown) {
          exchange.failure = { ...failureOf(thrown), thrown }
          throw thrown
        }
      },
      updateHttpClientConfig: () => undefined,
      httpHandlerConfigs: () => ({}),
      destroy: () => undefined,
    },
  }
  return self
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`)
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value]) {
      url.searchParams.append(name, String(one ?? ''))
    }
  }
  return url
}

/** fetch sets these two by itself, to the values that were signed. */
function headersOf({ headers }: SdkRequest): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(host|content-length)$/i.test(name)))
}
