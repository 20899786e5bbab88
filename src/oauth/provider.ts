import { withDeadline } from '../platform/deadline.ts'
import type { TlsOptions } from '../platform/outward-fetch.ts'
import type { Platform } from '../platform/platform.ts'
import { TokenError } from '../token/error.ts'
import { discover, requireSafe, type Metadata } from './metadata.ts'

/** Where tokens are asked for. */
export interface Endpoint {
  readonly url: URL
  /** Who the provider says it is; undefined where only its token endpoint is configured. */
  readonly issuer?: string
}

export interface ProviderOptions {
  readonly platform: Pick<Platform, 'fetch' | 'now' | 'monotonicNow' | 'setTimer'>
  readonly issuer?: string | undefined
  /** Instead of the one in the metadata; without an issuer no metadata is asked for. */
  readonly tokenEndpoint?: string | undefined
  readonly allowPlaintext: boolean
  /** How long the metadata may take, in milliseconds; default 8 s, and 2 s where it is known already. */
  readonly timeoutMs?: number
}

/** One identity provider as we know it. */
export interface Provider {
  /** The metadata is asked for once a day, and again after `forget()`. */
  endpoint(tls: TlsOptions | undefined, signal: AbortSignal): Promise<Endpoint>
  /** What is known may be outdated: asks again at the next call, but no more than once in 10 s. */
  forget(): void
}

const keptForMs = 24 * 3_600_000
const leastMs = 10_000
const knownTimeoutMs = 2_000

export function provider({
  platform,
  issuer,
  tokenEndpoint,
  allowPlaintext,
  timeoutMs = 8_000,
}: ProviderOptions): Provider {
  const fixed = tokenEndpoint === undefined ? undefined : requireSafe(new URL(tokenEndpoint), allowPlaintext)
  let known: { readonly metadata: Metadata; readonly at: number } | undefined
  let isOutdated = false
  let askedAt = -Infinity

  async function metadata(of: string, tls: TlsOptions | undefined, signal: AbortSignal): Promise<Metadata> {
    const now = platform.monotonicNow()
    if (known && (now - known.at < (isOutdated ? leastMs : keptForMs) || now - askedAt < leastMs)) return known.metadata
    askedAt = now
    const limitMs = known ? Math.min(knownTimeoutMs, timeoutMs) : timeoutMs
    const late = (): Error =>
      new TokenError(
        'ERR_PROVIDER_UNAVAILABLE',
        `${new URL(of).host} did not give its metadata within ${limitMs / 1000} s`,
      )
    try {
      const fresh = await withDeadline(platform, limitMs, late, signal, (inner) =>
        discover({ platform, issuer: of, tls, allowPlaintext, signal: inner }),
      )
      known = { metadata: fresh, at: platform.monotonicNow() }
      isOutdated = false
      return fresh
    } catch (error) {
      // A provider moves its token endpoint rarely; until it says so, the one that is known is as good.
      if (known && !signal.aborted) return known.metadata
      throw error
    }
  }

  return {
    async endpoint(tls, signal) {
      if (issuer === undefined) return { url: fixed as URL }
      if (fixed) return { url: fixed, issuer }
      const { tokenEndpoint: url, mtlsTokenEndpoint } = await metadata(issuer, tls, signal)
      return { url: (tls?.cert && mtlsTokenEndpoint) || url, issuer }
    },
    forget() {
      isOutdated = true
    },
  }
}
