import { discoverJwksUri, documentAt, type DocumentOptions } from '../../oauth/metadata.ts'
import { bearerFiles } from '../../platform/bearer-files.ts'
import { podDefaults, type PodDefaults } from '../../platform/kubernetes-api.ts'
import type { Platform } from '../../platform/platform.ts'
import { TokenError } from '../../token/error.ts'
import type { IssuerConfig } from '../caller.ts'
import { readJwks, type IssuerKey } from './issuer-jwks.ts'

/** Where the public keys of one issuer are had from, over the network. */
export interface KeyOrigin {
  /** Rejects with ERR_CALLER_KEYS, or the reason of the signal. */
  load(signal: AbortSignal): Promise<readonly IssuerKey[]>
  close(): void
}

type OriginPlatform = Pick<Platform, 'fetch' | 'now' | 'monotonicNow' | 'setTimer' | 'env'>

const discoveredForMs = 24 * 3_600_000

/**
 * `jwksUri`, or by discovery of the issuer. The bearer token goes to the issuer itself and to a `jwksUri` that is configured,
 * never to another origin that a document names.
 */
export function keyOrigin(issuer: string, config: IssuerConfig, platform: OriginPlatform): KeyOrigin {
  const { allowPlaintext, jwksUri } = config
  const pod = podBehind(issuer, jwksUri, platform.env)
  const files = bearerFiles({
    platform,
    tokenFile: config.tokenFile ?? pod?.tokenFile,
    caFile: config.tls?.caFile ?? pod?.caFile,
  })
  // The token of the pod is for its API server alone; one that is configured is also for what is configured beside it.
  const bearerOrigins = [issuer, pod?.apiServer, config.tokenFile === undefined ? undefined : jwksUri].map(originOf)
  let discovered: { readonly url: URL; readonly at: number } | undefined

  async function locate(access: DocumentOptions): Promise<URL> {
    if (jwksUri !== undefined) return new URL(jwksUri)
    if (discovered && platform.monotonicNow() - discovered.at < discoveredForMs) return discovered.url
    const origin = originOf(issuer)
    if (origin === undefined) {
      throw new TokenError('ERR_PROVIDER_METADATA', 'it has no address to discover them at', { hint: addressHint })
    }
    const named = await discoverJwksUri({ ...access, issuer })
    // An API server names itself by an address of its own, where the token must not go; its keys are at the same path here.
    const url = pod ? new URL(named.pathname, origin) : named
    discovered = { url, at: platform.monotonicNow() }
    return url
  }

  async function keysAt(url: URL, access: DocumentOptions): Promise<readonly IssuerKey[]> {
    const bearer = bearerOrigins.includes(url.origin) ? access.bearer : undefined
    const found = await documentAt(url, 'keys', { ...access, bearer, accept: 'application/jwk-set+json' })
    if (found instanceof TokenError) throw found
    if (typeof found === 'number') {
      const hint = found === 401 || found === 403 ? bearerHint : undefined
      throw new TokenError('ERR_CALLER_KEYS', `${url.host} answers ${found} for its keys`, { ...(hint && { hint }) })
    }
    const keys = readJwks(found)
    if (keys) return keys
    throw new TokenError('ERR_CALLER_KEYS', `${url.host} answers with something that is no JWK Set`)
  }

  return {
    async load(signal) {
      try {
        const { token: bearer, tls } = await files.read()
        const access = { platform, tls, allowPlaintext, signal, bearer }
        return await keysAt(await locate(access), access)
      } catch (thrown) {
        if (signal.aborted) throw signal.reason
        // The keys may have moved.
        discovered = undefined
        throw keysNotToBeHad(issuer, thrown)
      }
    },
    close: files.close,
  }
}

const addressHint = 'Set jwksUri or jwksFile of this issuer under issuers in the configuration of the sidecar.'
const bearerHint =
  'Set tokenFile of this issuer under issuers; in Kubernetes the ClusterRole system:service-account-issuer-discovery allows it to be read.'
const retryMs = 2_000

/** ERR_CALLER_KEYS in the words of what went wrong. */
export function keysNotToBeHad(issuer: string, thrown: unknown): TokenError {
  const { message } = thrown as Error
  const { code, hint, retryAfterMs = retryMs } = thrown instanceof TokenError ? thrown : ({} as Partial<TokenError>)
  // The hints of a provider speak of profiles, except that a certificate is the same thing here.
  const fits = code === 'ERR_CALLER_KEYS' || code === 'ERR_PROVIDER_TLS' || hint === addressHint
  return new TokenError('ERR_CALLER_KEYS', `the public keys of ${issuer} cannot be had: ${message}`, {
    cause: thrown,
    retryAfterMs,
    ...(fits && hint !== undefined && { hint }),
  })
}

/** What a pod has for the issuer that is its own API server, by the name that this has within the cluster. */
function podBehind(issuer: string, jwksUri: string | undefined, env: Platform['env']): PodDefaults | undefined {
  const { protocol, hostname } = new URL(originOf(issuer) ?? 'none:')
  if (protocol !== 'https:' || (hostname !== clusterName && !hostname.startsWith(`${clusterName}.`))) return undefined
  const pod = podDefaults(env)
  const isElsewhere = jwksUri !== undefined && ![issuer, pod?.apiServer].map(originOf).includes(originOf(jwksUri))
  return isElsewhere ? undefined : pod
}

const clusterName = 'kubernetes.default.svc'

/** Undefined for what is not http or https, such as `spiffe://example`. */
function originOf(url: string | undefined): string | undefined {
  return url !== undefined && /^https?:/i.test(url) && URL.canParse(url) ? new URL(url).origin : undefined
}
