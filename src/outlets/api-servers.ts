import { fairFetch, withFetch } from '../platform/fair-fetch.ts'
import { kubernetesApi, podDefaults, type KubernetesApi } from '../platform/kubernetes-api.ts'
import type { Platform } from '../platform/platform.ts'
import { TokenError } from '../token/error.ts'

/** Which API server, and what we are to it; what is absent is that of the pod. */
export interface ApiServerOptions {
  readonly apiServer?: string | undefined
  readonly tokenFile?: string | undefined
  readonly caFile?: string | undefined
}

/** The API servers that Secrets are written to. */
export interface ApiServers {
  /** The same for the same options. Throws ERR_KUBERNETES_SECRET where none is named and this is no pod. */
  at(options: ApiServerOptions): KubernetesApi
  close(): void
}

/** Calls at the same time, and with them connections, to one API server, however many Secrets it has. */
const mostCalls = 8

export function apiServers(platform: Platform): ApiServers {
  const known = new Map<string, KubernetesApi>()
  const pod = podDefaults(platform.env)
  const limited = (server: string): Platform =>
    withFetch(platform, fairFetch(platform.fetch, { total: 2 * mostCalls, each: mostCalls }).for(server))

  return {
    at({ apiServer = pod?.apiServer, tokenFile = pod?.tokenFile, caFile = pod?.caFile }) {
      if (apiServer === undefined) {
        throw new TokenError('ERR_KUBERNETES_SECRET', 'no API server is named, and this is no pod', {
          hint: 'Set apiServer, and with it tokenFile and caFile, where this Secret is named in outlets.',
        })
      }
      const key = JSON.stringify([apiServer, tokenFile, caFile])
      const api = known.get(key) ?? kubernetesApi({ platform: limited(apiServer), apiServer, tokenFile, caFile })
      known.set(key, api)
      return api
    },
    close() {
      for (const api of known.values()) api.close()
    },
  }
}
