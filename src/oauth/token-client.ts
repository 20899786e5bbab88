import { withDeadline } from '../platform/deadline.ts'
import { limitedText } from '../platform/http-answer.ts'
import type { TlsOptions } from '../platform/outward-fetch.ts'
import type { Platform } from '../platform/platform.ts'
import { asTokenError, TokenError } from '../token/error.ts'
import type { Provider } from './provider.ts'
import { unreachable } from './provider-failure.ts'
import { readTokenAnswer, type ProviderTokens, type TokenAnswer } from './token-answer.ts'
import { confidentialOf, type CallPart, type Rotation, type TokenCall } from './token-call.ts'

export interface TokenClientOptions {
  readonly platform: Pick<Platform, 'fetch' | 'now' | 'monotonicNow' | 'setTimer'>
  readonly provider: Provider
  /** Grant first, client authentication after. */
  readonly parts: readonly CallPart[]
  /** How long one `obtain` may take, in milliseconds; default: until the signal ends it, which cannot tell who was slow. */
  readonly timeoutMs?: number
  /** Client certificate and trust of the moment; with `former` those before. */
  readonly tls?: Rotation & { read(former?: boolean): Promise<TlsOptions> }
  /** The provider refused the newest key or secret and took the former one: told once, until it takes the newest. */
  readonly onFormerUsed?: (refusal: TokenError) => void
  /** The provider takes the newest key or secret, after it did not. */
  readonly onNewestTaken?: () => void
}

/** We as a client of a token endpoint (RFC 6749 §3.2). */
export interface TokenClient {
  /** One request; another one only if the provider refuses a key or secret that is new. Rejects with ERR_PROVIDER_*. */
  obtain(signal: AbortSignal, wishes?: TokenCall['wishes']): Promise<ProviderTokens>
}

export function tokenClient({
  platform,
  provider,
  parts,
  timeoutMs,
  tls,
  onFormerUsed,
  onNewestTaken,
}: TokenClientOptions): TokenClient {
  const leastMs = (timeoutMs ?? Infinity) / 10
  let usesFormer = false
  const rotations = [...parts.flatMap(({ rotation }) => rotation ?? []), ...(tls ? [tls] : [])]

  async function attempt(
    { former, wishes = {} }: Pick<TokenCall, 'former' | 'wishes'>,
    endsAt: number,
    signal: AbortSignal,
  ): Promise<ProviderTokens> {
    const options = await tls?.read(former)
    const endpoint = await provider.endpoint(options, signal)
    const params = new URLSearchParams()
    const headers = { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' }
    const call = { endpoint, params, headers, former, wishes, signal, ...(options && { tls: options }) }
    for (const part of parts) await part.apply(call)
    signal.throwIfAborted()
    return readTokenAnswer(await postInTime(call, endsAt), platform.now())
  }

  function postInTime(call: TokenCall, endsAt: number): Promise<TokenAnswer> {
    const { url } = call.endpoint
    // The rest of the time, and a little where somebody else has used it up.
    const leftMs = Math.max(endsAt - platform.monotonicNow(), leastMs)
    if (leftMs === Infinity) return post(call, call.signal)
    const late = (): Error =>
      new TokenError('ERR_PROVIDER_UNAVAILABLE', `${url.host} did not answer within ${seconds(leftMs)} s`)
    return withDeadline(platform, leftMs, late, call.signal, (signal) => post(call, signal))
  }

  async function post(call: TokenCall, signal: AbortSignal): Promise<TokenAnswer> {
    const { endpoint, params, headers } = call
    const { url } = endpoint
    try {
      const init = { method: 'POST', headers, body: params.toString(), signal, ...(call.tls && { tls: call.tls }) }
      const answer = await platform.fetch(url, init)
      return { url, answer, body: await limitedText(answer), confidential: confidentialOf(call) }
    } catch (thrown) {
      if (signal.aborted) throw signal.reason
      throw unreachable(thrown, url)
    }
  }

  return {
    async obtain(signal, wishes) {
      const endsAt = platform.monotonicNow() + (timeoutMs ?? Infinity)
      try {
        const tokens = await attempt({ former: false, wishes }, endsAt, signal)
        for (const rotation of rotations) rotation.confirm()
        if (usesFormer) onNewestTaken?.()
        usesFormer = false
        return tokens
      } catch (thrown) {
        const refusal = asTokenError(thrown)
        if (movedAway(refusal)) provider.forget()
        if (!isAboutCredential(refusal) || !rotations.some((rotation) => rotation.hasFormer())) throw thrown
        const tokens = await attempt({ former: true, wishes }, endsAt, signal).catch(() => {
          throw thrown
        })
        if (!usesFormer) onFormerUsed?.(refusal)
        usesFormer = true
        return tokens
      }
    },
  }
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10
}

/** The provider may know the key or secret before this one: files and registration are never changed at one moment. */
function isAboutCredential({ code, oauth }: TokenError): boolean {
  return code === 'ERR_PROVIDER_CLIENT' || code === 'ERR_PROVIDER_TLS' || oauth === 'invalid_grant'
}

function movedAway({ code }: TokenError): boolean {
  return ['ERR_PROVIDER_REFUSED', 'ERR_PROVIDER_REDIRECT', 'ERR_PROVIDER_UNAVAILABLE'].includes(code)
}
