import { AsyncLocalStorage } from 'node:async_hooks'
import type { Gaxios } from 'gaxios'
import { failureOf, limitedText, retryAfterMs } from '../../platform/http-answer.ts'
import { parseJsonObject } from '../../platform/json-object.ts'
import type { Platform } from '../../platform/platform.ts'

/** How the last HTTP call of the library went. Has nothing of a token in it. */
export interface Exchange {
  readonly host: string
  /** Absent until the answer is there. */
  status?: number
  /** The metadata server of Google signs its answers with `Metadata-Flavor: Google`. */
  fromGoogleMetadata?: boolean
  retryAfterMs?: number
  /** `error` of the answer: an OAuth code, or the status of a Google API, and the text with it. */
  error?: { readonly code: string; readonly text: string }
  /** `expires_in` or `expireTime` was in the answer. */
  hasLifetime?: boolean
  /** What kept the answer from arriving. */
  failure?: { readonly code: string; readonly text: string }
}

/** The HTTP of one library client, done by the platform: proxies, CAs and deadlines are ours, retries are the cache's. */
export interface Wire {
  readonly fetch: typeof fetch
  /** Where calls to the metadata server go; the library reads the process's environment, we are handed ours. */
  readonly metadataOrigin: string | undefined
  exchange: Exchange | undefined
  /** `sub` of the subject token that was last exchanged (RFC 8693), where that is a JWT. */
  subject: string | undefined
  /** Runs a call of the library so that all its HTTP goes through here and ends with `signal`. */
  run<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T>
}

const current = new AsyncLocalStorage<Wire>()

export function wire(
  platform: Pick<Platform, 'fetch' | 'now' | 'setTimer'>,
  metadataOrigin: string | undefined,
  timeoutMs: number,
): Wire {
  let calling: AbortSignal | undefined

  const self: Wire = {
    metadataOrigin,
    exchange: undefined,
    subject: undefined,
    async run(signal, call) {
      calling = signal
      self.exchange = undefined
      return current.run(self, call)
    },
    async fetch(input, init = {}) {
      const url = new URL(input instanceof Request ? input.url : input)
      const exchange: Exchange = { host: url.host }
      self.exchange = exchange
      self.subject = subjectOf(init.body) ?? self.subject
      try {
        const answer = await platform.fetch(url, {
          method: init.method ?? 'GET',
          headers: Object.fromEntries(new Headers(init.headers)),
          ...(init.body !== undefined && init.body !== null && { body: init.body as string | URLSearchParams }),
          signal: signalOfCall(),
        })
        const body = await limitedText(answer)
        note(exchange, answer, body, platform.now())
        const { status, headers } = answer
        return new Response([204, 205, 304].includes(status) ? null : body, { status, headers: [...headers] })
      } catch (thrown) {
        exchange.failure = failureOf(thrown)
        throw thrown
      }
    },
  }

  // An executable may outlast the call that started it; what follows serves the next call, so it gets a time of its own.
  function signalOfCall(): AbortSignal {
    if (calling && !calling.aborted) return calling
    const own = new AbortController()
    platform.setTimer(() => {
      own.abort(new Error('no answer in time'))
    }, timeoutMs)
    return own.signal
  }

  return self
}

/** Puts one HTTP client of the library onto the wire. */
export function tame(client: Gaxios, { fetch }: Wire): void {
  Object.assign(client.defaults, { fetchImplementation: fetch, retryConfig: { retry: 0 } })
}

/** gcp-metadata uses a client that the whole process shares: only calls that `run` made are led to the wire. */
export function tameShared(client: Gaxios): void {
  client.interceptors.request.add({
    resolved(config) {
      const wire = current.getStore()
      if (!wire?.metadataOrigin) return Promise.resolve(config)
      const { pathname, search } = config.url
      config.url = new URL(pathname + search, wire.metadataOrigin)
      config.fetchImplementation = wire.fetch
      config.retryConfig = { ...config.retryConfig, retry: 0 }
      return Promise.resolve(config)
    },
  })
}

function note(exchange: Exchange, answer: Response, body: string, now: number): void {
  exchange.status = answer.status
  exchange.fromGoogleMetadata = answer.headers.get('Metadata-Flavor') === 'Google'
  const patienceMs = retryAfterMs(answer, now)
  if (patienceMs !== undefined) exchange.retryAfterMs = patienceMs
  const json = parseJsonObject(body)
  exchange.hasLifetime = json?.['expires_in'] !== undefined || json?.['expireTime'] !== undefined
  const error = errorOf(json)
  if (error) exchange.error = error
}

/** RFC 6749 §5.2 has `error` and `error_description`; Google's APIs have `error: { status, message }`. */
function errorOf(json: Record<string, unknown> | undefined): Exchange['error'] {
  const error = json?.['error']
  if (typeof error === 'string') return { code: error, text: textOf(json?.['error_description']) }
  if (typeof error !== 'object' || error === null) return undefined
  const { status, code, message } = error as Record<string, unknown>
  return { code: textOf(status ?? code), text: textOf(message) }
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function subjectOf(body: unknown): string | undefined {
  const token = body instanceof URLSearchParams ? body.get('subject_token') : null
  const claims = token?.split('.')[1]
  const sub = claims && parseJsonObject(Buffer.from(claims, 'base64url').toString('utf8'))?.['sub']
  return typeof sub === 'string' ? sub : undefined
}
