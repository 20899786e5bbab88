import { bearerFiles } from './bearer-files.ts'
import { failureOf, limitedText, retryAfterMs } from './http-answer.ts'
import { parseJsonObject } from './json-object.ts'
import type { Platform } from './platform.ts'

/** What every pod finds: the API server in its environment, and its own service account in files. */
export interface PodDefaults {
  readonly apiServer: string
  readonly tokenFile: string
  readonly caFile: string
}

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Undefined outside of a pod. */
export function podDefaults(env: Platform['env']): PodDefaults | undefined {
  const host = env['KUBERNETES_SERVICE_HOST']
  if (!host) return undefined
  const port = env['KUBERNETES_SERVICE_PORT'] || '443'
  return {
    apiServer: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    tokenFile: `${serviceAccountFolder}/token`,
    caFile: `${serviceAccountFolder}/ca.crt`,
  }
}

export interface KubernetesApiOptions {
  readonly platform: Pick<Platform, 'fetch' | 'now' | 'setTimer' | 'monotonicNow'>
  /** Base URL; may have a path, as behind a proxy for several clusters. */
  readonly apiServer: string
  /** Bearer token; read again when it changes, as that of a pod does once an hour. */
  readonly tokenFile?: string | undefined
  readonly caFile?: string | undefined
}

export interface KubernetesCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Begins with `/api`. */
  readonly path: string
  readonly body?: object
  /** Of the body; default `application/json`. */
  readonly contentType?: string
}

export interface KubernetesAnswer {
  readonly status: number
  /** Undefined where the answer is no JSON object. */
  readonly json: Readonly<Record<string, unknown>> | undefined
  /** `message` of a Status object, which explains a refusal; otherwise empty. Words of a peer: not to be trusted as markup. */
  readonly message: string
  readonly retryAfterMs?: number
}

/** A small client of the API server of a Kubernetes cluster. */
export interface KubernetesApi {
  /** Host and port, for messages. */
  readonly host: string
  /** Rejects with an Error in words when there is no answer, or with the reason of the signal. */
  request(call: KubernetesCall, signal: AbortSignal): Promise<KubernetesAnswer>
  close(): void
}

export function kubernetesApi({ platform, apiServer, tokenFile, caFile }: KubernetesApiOptions): KubernetesApi {
  const base = new URL(apiServer)
  const files = bearerFiles({ platform, tokenFile, caFile })

  return {
    host: base.host,
    async request({ method, path, body, contentType = 'application/json' }, signal) {
      const { token, tls } = await files.read()
      try {
        const answer = await platform.fetch(base.origin + base.pathname.replace(/\/$/, '') + path, {
          method,
          headers: {
            Accept: 'application/json',
            ...(token !== undefined && { Authorization: `Bearer ${token}` }),
            ...(body && { 'Content-Type': contentType }),
          },
          ...(body && { body: JSON.stringify(body) }),
          ...(tls && { tls }),
          signal,
        })
        const json = parseJsonObject(await limitedText(answer))
        const wait = retryAfterMs(answer, platform.now())
        return {
          status: answer.status,
          json,
          message: json?.['kind'] === 'Status' && typeof json['message'] === 'string' ? json['message'] : '',
          ...(wait !== undefined && { retryAfterMs: wait }),
        }
      } catch (thrown) {
        if (signal.aborted) throw signal.reason
        const { code, text } = failureOf(thrown)
        throw new Error(`${base.host} did not answer (${code || text})`, { cause: thrown })
      }
    },
    close: files.close,
  }
}
