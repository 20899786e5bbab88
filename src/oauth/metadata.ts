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

export interface DocumentOptions {
  readonly platform: Pick<Platform, 'fetch' | 'now'>
  readonly tls: TlsOptions | undefined
  readonly allowPlaintext: boolean
  readonly signal: AbortSignal
  /** Where the document is not for everybody, as that of a Kubernetes cluster. */
  readonly bearer?: string | undefined
  /** Media types besides JSON. */
  readonly accept?: string
}

export interface MetadataOptions extends DocumentOptions {
  readonly issuer: string
}

/** Where tokens are asked for, by discovery of the issuer. */
export async function discover(options: MetadataOptions): Promise<Metadata> {
  return readMetadata(await metadataOf(options), options)
}

/** Where the public keys of an issuer are (`jwks_uri`, RFC 8414 §2), by discovery. It may be of another origin than the issuer. */
export async function discoverJwksUri(options: MetadataOptions): Promise<URL> {
  const uri = endpoint((await metadataOf(options))['jwks_uri'], options.allowPlaintext)
  if (uri) return uri
  throw new TokenError('ERR_PROVIDER_METADATA', `the metadata of ${options.issuer} has no jwks_uri`)
}

/**
 * Discovers a provider by its issuer: OpenID Connect Discovery §4, which all of them have, then RFC 8414 §3. Its `issuer`
 * has to be the configured one (RFC 8414 §3.3), so that nobody can make us send assertions meant for somebody else.
 */
async function metadataOf(options: MetadataOptions): Promise<Record<string, unknown>> {
  const { issuer } = options
  let missing: string[] = []
  let nonsense: TokenError | undefined
  for (const url of metadataUrls(issuer)) {
    const found = await documentAt(url, 'metadata', options)
    // A web application answers with its page at every address it does not know.
    if (found instanceof TokenError) nonsense ??= found
    else if (typeof found === 'object') return ofIssuer(found, issuer)
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

/**
 * A document of a provider, `what` in messages: a JSON object. The status where there is nothing at this address, or the
 * error where it is something else. Rejects with a TokenError (`ERR_PROVIDER_*`) or the signal's reason.
 */
export async function documentAt(
  url: URL,
  what: string,
  { platform, tls, allowPlaintext, signal, bearer, accept }: DocumentOptions,
): Promise<Record<string, unknown> | TokenError | number> {
  requireSafe(url, allowPlaintext)
  let answer: Response
  let body: string
  try {
    const headers = {
      Accept: accept ? `application/json, ${accept}` : 'application/json',
      ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
    }
    answer = await platform.fetch(url, { headers, signal, ...(tls && { tls }) })
    body = await limitedText(answer)
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    throw unreachable(thrown, url)
  }
  if (answer.status >= 300 && answer.status < 400) throw redirected(url, answer)
  if (answer.status === 429 || answer.status >= 500) {
    const wait = retryAfterMs(answer, platform.now())
    throw new TokenError('ERR_PROVIDER_UNAVAILABLE', `${url.host} answers ${answer.status} for its ${what}`, {
      ...(wait !== undefined && { retryAfterMs: wait }),
    })
  }
  if (answer.status !== 200) return answer.status
  const json = parseJsonObject(body)
  return json ?? badAnswer(url, `${describeBody(body)} for its ${what}`)
}

function ofIssuer(json: Record<string, unknown>, issuer: string): Record<string, unknown> {
  if (json['issuer'] === issuer) return json
  const said = typeof json['issuer'] === 'string' ? quoted(json['issuer']).slice(0, 200) : 'nobody'
  throw new TokenError('ERR_PROVIDER_METADATA', `the metadata of ${issuer} is that of ${said}`, {
    hint: `If that is the provider, write issuer: ${said} exactly so (RFC 8414 section 3.3).`,
  })
}

function readMetadata(json: Record<string, unknown>, { issuer, allowPlaintext }: MetadataOptions): Metadata {
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
