import { limitedText, retryAfterMs } from '../platform/http-answer.ts'
import { parseJsonObject } from '../platform/json-object.ts'
import { isLoopback } from '../platform/loopback.ts'
import type { TlsOptions } from '../platform/outward-fetch.ts'
import type { Platform } from '../platform/platform.ts'
import { TokenError } from '../token/error.ts'
import { badAnswer, describeBody, redirected, unreachable } from './provider-failure.ts'
import { quoted } from './provider-words.ts'

/** What we need of a provider's metadata (RFC 8414 §2). */
export interface Metadata {
  readonly issuer: string
  readonly tokenEndpoint: URL
  /** Token endpoint for clients with a certificate (RFC 8705 §5). */
  readonly mtlsTokenEndpoint?: URL
}

export interface MetadataOptions {
  readonly platform: Pick<Platform, 'fetch' | 'now'>
  readonly issuer: string
  readonly tls: TlsOptions | undefined
  readonly allowPlaintext: boolean
  readonly signal: AbortSignal
}

/**
 * Discovers a provider by its issuer: OpenID Connect Discovery §4, which all of them have, then RFC 8414 §3. Its `issuer`
 * has to be the configured one (RFC 8414 §3.3), so that nobody can make us send assertions meant for somebody else.
 */
export async function discover(options: MetadataOptions): Promise<Metadata> {
  const { issuer } = options
  let missing: string[] = []
  let nonsense: TokenError | undefined
  for (const url of metadataUrls(issuer)) {
    const found = await metadataAt(url, options)
    // A web application answers with its page at every address it does not know.
    if (found instanceof TokenError) nonsense ??= found
    else if (typeof found === 'object') return readMetadata(found, options)
    else missing = [...missing, `${url.href} (${found})`]
  }
  if (nonsense) throw nonsense
  throw new TokenError('ERR_PROVIDER_METADATA', `there is no metadata at ${missing.join(' nor at ')}`, {
    hint: 'Correct issuer, or set tokenEndpoint if the provider has no metadata.',
  })
}

export function metadataUrls(issuer: string): readonly URL[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    new URL(`${origin}${path}/.well-known/openid-configuration`),
    new URL(`${origin}/.well-known/oauth-authorization-server${path}`),
  ]
}

/** The status where there is nothing at this address, or the error where it is no metadata. */
async function metadataAt(
  url: URL,
  { platform, tls, allowPlaintext, signal }: MetadataOptions,
): Promise<Record<string, unknown> | TokenError | number> {
  requireSafe(url, allowPlaintext)
  let answer: Response
  let body: string
  try {
    answer = await platform.fetch(url, { headers: { Accept: 'application/json' }, signal, ...(tls && { tls }) })
    body = await limitedText(answer)
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    throw unreachable(thrown, url)
  }
  if (answer.status >= 300 && answer.status < 400) throw redirected(url, answer)
  if (answer.status === 429 || answer.status >= 500) {
    const wait = retryAfterMs(answer, platform.now())
    throw new TokenError('ERR_PROVIDER_UNAVAILABLE', `${url.host} answers ${answer.status} for its metadata`, {
      ...(wait !== undefined && { retryAfterMs: wait }),
    })
  }
  if (answer.status !== 200) return answer.status
  const json = parseJsonObject(body)
  return json ?? badAnswer(url, `${describeBody(body)} for its metadata`)
}

function readMetadata(json: Record<string, unknown>, { issuer, allowPlaintext }: MetadataOptions): Metadata {
  if (json['issuer'] !== issuer) {
    const said = typeof json['issuer'] === 'string' ? quoted(json['issuer']).slice(0, 200) : 'nobody'
    throw new TokenError('ERR_PROVIDER_METADATA', `the metadata of ${issuer} is that of ${said}`, {
      hint: `If that is the provider, write issuer: ${said} exactly so (RFC 8414 section 3.3).`,
    })
  }
  const aliases = json['mtls_endpoint_aliases']
  const alias = typeof aliases === 'object' && aliases !== null ? (aliases as Record<string, unknown>) : {}
  const tokenEndpoint = endpoint(json['token_endpoint'], allowPlaintext)
  if (!tokenEndpoint) throw new TokenError('ERR_PROVIDER_METADATA', `the metadata of ${issuer} has no token_endpoint`)
  const mtlsTokenEndpoint = endpoint(alias['token_endpoint'], allowPlaintext)
  return { issuer, tokenEndpoint, ...(mtlsTokenEndpoint && { mtlsTokenEndpoint }) }
}

function endpoint(value: unknown, allowPlaintext: boolean): URL | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined
  return requireSafe(new URL(value), allowPlaintext)
}

/** Throws ERR_PROVIDER_PLAINTEXT for http to anything but this host. */
export function requireSafe(url: URL, allowPlaintext: boolean): URL {
  if (url.protocol === 'https:') return url
  if (url.protocol === 'http:' && (allowPlaintext || isLoopback(url.hostname))) return url
  throw new TokenError('ERR_PROVIDER_PLAINTEXT', `${url.origin} is not https`)
}
