import { requireSafe } from '../../oauth/metadata.ts'
import { withDeadline } from '../../platform/deadline.ts'
import { kubernetesApi, podDefaults, type KubernetesAnswer, type KubernetesApi } from '../../platform/kubernetes-api.ts'
import type { Platform } from '../../platform/platform.ts'
import { TokenError } from '../../token/error.ts'
import { refused, told } from './claims.ts'
import { configurationChanges } from './closing.ts'
import type { IssuerConfig } from '../caller.ts'

/** Whom the API server knows the bearer of a token as. */
export interface Reviewed {
  /** As in `system:serviceaccount:fraud:app`. */
  readonly subject: string
  /** Those of `audiences` that the token is for. */
  readonly audience: readonly string[]
}

export interface TokenReviews {
  /** Rejects with ERR_CALLER_ASSERTION or, where the API server does not say, ERR_KUBERNETES_REVIEW. */
  review(token: string, audiences: readonly string[]): Promise<Reviewed>
  close(): void
}

const path = '/apis/authentication.k8s.io/v1/tokenreviews'
const deadlineMs = 5_000
const retryMs = 2_000

/**
 * Asks the API server (TokenReview of authentication.k8s.io/v1): it also knows whether pod and service account are still there.
 * That counts after 10 s, for which it remembers its own answers, and the 60 s for which an accepted assertion is remembered here.
 */
export function tokenReviews(config: IssuerConfig, platform: Platform): TokenReviews {
  const closing = new AbortController()
  const pod = podDefaults(platform.env)
  const apiServer = config.apiServer ?? pod?.apiServer
  let api: KubernetesApi | undefined

  function opened(): KubernetesApi {
    if (api) return api
    if (apiServer === undefined) throw unavailable('there is no apiServer, and this is no pod')
    requireSafe(new URL(apiServer), config.allowPlaintext)
    api = kubernetesApi({
      platform,
      apiServer,
      tokenFile: config.tokenFile ?? pod?.tokenFile,
      caFile: config.tls?.caFile ?? pod?.caFile,
    })
    return api
  }

  async function ask(token: string, audiences: readonly string[]): Promise<KubernetesAnswer> {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences } }
    try {
      const kubernetes = opened()
      const late = (): Error => new Error(`${kubernetes.host} did not answer within ${deadlineMs / 1000} s`)
      return await withDeadline(platform, deadlineMs, late, closing.signal, (signal) =>
        kubernetes.request({ method: 'POST', path, body }, signal),
      )
    } catch (thrown) {
      if (thrown instanceof TokenError && thrown.code === 'ERR_KUBERNETES_REVIEW') throw thrown
      throw unavailable((thrown as Error).message, { cause: thrown })
    }
  }

  return {
    async review(token, audiences) {
      const answer = await ask(token, audiences)
      if (answer.status !== 200 && answer.status !== 201) throw refusedToUs(answer, opened().host, token)
      return readStatus(answer.json?.['status'], audiences, opened().host, token)
    },
    close() {
      closing.abort(configurationChanges('ERR_KUBERNETES_REVIEW'))
      api?.close()
    },
  }
}

function refusedToUs({ status, message, retryAfterMs }: KubernetesAnswer, host: string, token: string): TokenError {
  const words = message === '' ? '' : `: ${quoted(message, token)}`
  const hint =
    status === 401
      ? 'The API server does not know the token in tokenFile of this issuer: name that of the service account of the sidecar.'
      : undefined
  return unavailable(`${host} answers ${status} to a token review${words}`, {
    ...(hint !== undefined && { hint }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

function readStatus(given: unknown, audiences: readonly string[], host: string, token: string): Reviewed {
  if (typeof given !== 'object' || given === null) {
    throw unavailable(`${host} answers a token review with something else`, {
      hint: 'Set apiServer of this issuer to the address of the API server.',
    })
  }
  const { authenticated, audiences: found, user, error } = given as Record<string, unknown>
  if (authenticated !== true) {
    const words = typeof error === 'string' && error !== '' ? `: ${quoted(error, token)}` : ''
    throw refused(`the Kubernetes API server does not accept the assertion${words}`, {
      hint: 'The pod or its service account may be gone, or the token is of another cluster.',
    })
  }
  // An API server that says nothing of audiences has not looked at them: then the token is for that server only.
  const audience = Array.isArray(found) ? found.filter((one): one is string => audiences.includes(one as string)) : []
  if (audience.length === 0) {
    throw refused('the Kubernetes API server does not say that the assertion is for any audience of this sidecar', {
      hint: 'Use verifyBy: jwks if its authenticator knows nothing of audiences.',
    })
  }
  const subject = typeof user === 'object' && user !== null && 'username' in user ? user.username : undefined
  if (typeof subject !== 'string' || subject === '') throw unavailable(`${host} accepts a token and does not say whose`)
  return { subject, audience }
}

/** The API server may quote what it was sent. */
function quoted(words: string, token: string): string {
  return told(words.replaceAll(token, '[...]'))
}

function unavailable(
  message: string,
  options: { readonly cause?: unknown; readonly hint?: string; readonly retryAfterMs?: number } = {},
): TokenError {
  return new TokenError('ERR_KUBERNETES_REVIEW', message, { retryAfterMs: retryMs, ...options })
}
