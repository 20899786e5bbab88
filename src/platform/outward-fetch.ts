import { BlockList, isIP } from 'node:net'
import { Agent, EnvHttpProxyAgent, fetch, type Dispatcher } from 'undici'
import { errorCode } from './error-code.ts'

/** Client side TLS of one outward call; what is absent is Node's default, `NODE_EXTRA_CA_CERTS` included. */
export interface TlsOptions {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

export interface OutwardInit {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | URLSearchParams
  /** Required: every outward call has a deadline of ours. */
  readonly signal: AbortSignal
  readonly tls?: TlsOptions
}

/** Never follows a redirect: credentials are not sent on. */
export type OutwardFetch = (url: string | URL, init: OutwardInit) => Promise<Response>

type Env = Readonly<Record<string, string | undefined>>

// Node tries each address for 250 ms and gives up on hosts that are merely far away; a dead IPv6 route still costs only this much.
const addressAttemptMs = 2_000
const connectTimeoutMs = 8_000
// Loopback and metadata servers are at most one hop away: what does not accept within this is not there.
const nearConnectTimeoutMs = 2_000

/**
 * `fetch` that obeys HTTPS_PROXY, HTTP_PROXY and NO_PROXY (lower case too), except that metadata servers and loopback are
 * always reached directly: a proxy would answer for its own machine.
 */
export function outwardFetch(env: Env): OutwardFetch {
  const routes = { near: near(), far: far(env) }
  const routesByTls = new WeakMap<TlsOptions, typeof routes>()

  function routesOf(tls: TlsOptions | undefined): typeof routes {
    if (!tls) return routes
    const known = routesByTls.get(tls) ?? { near: near(tls), far: far(env, tls) }
    routesByTls.set(tls, known)
    return known
  }

  return async (url, { tls, ...init }) => {
    const target = new URL(url)
    const dispatcher = routesOf(tls)[isNear(target.hostname, env) ? 'near' : 'far']
    try {
      return await send(target, { ...init, redirect: 'manual', dispatcher })
    } catch (error) {
      throw (await untrusted(error, target)) ?? error
    }
  }
}

const untrustedCodes = /SELF_SIGNED|UNABLE_TO|CERT_HAS_EXPIRED|ALTNAME/

/** A certificate that is not trusted: the same error, and who issued the certificate, as `certificateIssuer`. */
async function untrusted(error: unknown, target: URL): Promise<Error | undefined> {
  const cause = error instanceof Error ? error.cause : undefined
  if (!(cause instanceof Error) || !untrustedCodes.test(errorCode(cause))) return undefined
  const { certificateIssuer } = await import('./certificate-issuer.ts')
  return Object.assign(cause, { certificateIssuer: await certificateIssuer(target) })
}

// The same class as the global one, from a newer undici than Node's; to TypeScript they are two.
const send = fetch as unknown as (url: URL, init: Parameters<typeof fetch>[1]) => Promise<Response>

function near(tls: TlsOptions = {}): Dispatcher {
  return new Agent({ connect: { ...connectOptions, ...tls, timeout: nearConnectTimeoutMs } })
}

const connectOptions = {
  timeout: connectTimeoutMs,
  autoSelectFamily: true,
  autoSelectFamilyAttemptTimeout: addressAttemptMs,
}

function far(env: Env, tls: TlsOptions = {}): Dispatcher {
  const connect = { ...connectOptions, ...tls }
  const httpsProxy = env['https_proxy'] || env['HTTPS_PROXY'] || ''
  const httpProxy = env['http_proxy'] || env['HTTP_PROXY'] || ''
  if (!httpsProxy && !httpProxy) return new Agent({ connect })
  return new EnvHttpProxyAgent({
    connect,
    // Empty, where there is none: what is left out would be read from the environment of the process.
    httpsProxy,
    httpProxy,
    noProxy: env['no_proxy'] || env['NO_PROXY'] || '',
    // `connect` is for hosts in NO_PROXY; a tunnel has TLS to the proxy, and TLS to the host within.
    proxyTls: connectOptions,
    requestTls: connect,
  })
}

const neverProxied = new BlockList()
neverProxied.addSubnet('127.0.0.0', 8)
neverProxied.addSubnet('169.254.0.0', 16)
neverProxied.addAddress('::1', 'ipv6')
neverProxied.addSubnet('fe80::', 10, 'ipv6')
// The metadata servers of Google and of AWS on IPv6.
neverProxied.addAddress('fd20:ce::254', 'ipv6')
neverProxied.addAddress('fd00:ec2::254', 'ipv6')
neverProxied.addAddress('fd00:ec2::23', 'ipv6')

const nearNames = new Set(['localhost', 'metadata', 'metadata.google.internal', 'metadata.goog'])

/** Loopback or a metadata server: reached directly, whatever the proxy settings say. */
export function isNear(hostname: string, env: Env): boolean {
  const host = bare(hostname)
  if (nearNames.has(host) || host.endsWith('.localhost')) return true
  const metadata = env['GCE_METADATA_IP'] || env['GCE_METADATA_HOST']
  const metadataUrl = metadata && `http://${metadata.replace(/^https?:\/\//, '')}`
  if (metadataUrl && URL.canParse(metadataUrl) && bare(new URL(metadataUrl).hostname) === host) return true
  const family = isIP(host)
  return family !== 0 && neverProxied.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

/** Without the brackets of IPv6 and the final dot of a full name. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$|\.$/g, '').toLowerCase()
}
