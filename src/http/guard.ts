import { isIP } from 'node:net'
import { isLoopback } from '../platform/loopback.ts'
import { TokenError } from '../token/error.ts'
import type { WireRequest } from './wire-message.ts'

export interface GuardOptions {
  /** Further names for this server in `Host`, beside localhost and its addresses; `*` takes any. */
  readonly allowedHosts?: readonly string[]
  /** Whether a name is ours that nobody has listed, such as one in our certificate. */
  readonly isOwnName?: (name: string) => boolean
  /** Take any IP address as `Host`, as a server on a network has to. An address cannot be rebound. Default false. */
  readonly anyAddress?: boolean
  /** Peers whose `X-Forwarded-For` is expected; where the mount cannot tell the peer, that header may name them and this host. */
  readonly trustedProxies?: readonly string[]
}

/**
 * Refuses what a Kafka client never sends: requests of web pages (also by DNS rebinding) and forwarded ones. The same
 * rules as cloud metadata servers have.
 */
export function guard({
  allowedHosts = [],
  anyAddress = false,
  isOwnName = () => false,
  trustedProxies = [],
}: GuardOptions): (request: WireRequest) => void {
  const names = new Set(allowedHosts.map((name) => name.toLowerCase()))
  const anyHost = names.has('*')
  // Clients repeat themselves; a Host that was right once is right again.
  let lastGood: string | undefined

  return (request) => {
    const { headers } = request
    const site = headers['sec-fetch-site']
    if (headers['origin'] !== undefined || (site !== undefined && site !== 'none' && site !== 'same-origin')) {
      throw new TokenError('ERR_REQUEST_CROSS_SITE', 'requests of web pages are refused')
    }
    if ((headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined) && !isTrusted(request)) {
      throw new TokenError('ERR_REQUEST_FORWARDED', 'forwarded requests are refused')
    }
    const host = headers['host']
    if (anyHost || (host !== undefined && host === lastGood)) return
    if (typeof host !== 'string' || !isOurs(host)) {
      throw new TokenError(
        'ERR_REQUEST_HOST',
        `the Host header names ${String(host ?? 'nothing').slice(0, 100)}, which is not this sidecar`,
      )
    }
    lastGood = host
  }

  function isTrusted({ headers, remoteAddress }: WireRequest): boolean {
    if (remoteAddress !== undefined) return trustedProxies.includes(address(remoteAddress))
    // Next has no peer to show, and puts its address into a header of each request that came without one.
    const peers = headers['forwarded'] === undefined ? String(headers['x-forwarded-for']).split(',').map(address) : []
    return peers.length > 0 && peers.every((peer) => isLoopback(peer) || trustedProxies.includes(peer))
  }

  function isOurs(host: string): boolean {
    const name = host.replace(/:\d*$/, '').toLowerCase()
    return (
      isLoopback(name) || names.has(name) || isOwnName(name) || (anyAddress && isIP(name.replace(/^\[|\]$/g, '')) !== 0)
    )
  }
}

/**
 * The request with the address of who sent it to the first trusted proxy, where it came through them. What stands further
 * left in `X-Forwarded-For` may be made up.
 */
export function fromClient(request: WireRequest, trustedProxies: readonly string[] = []): WireRequest {
  const { headers, remoteAddress } = request
  const forwarded = headers['x-forwarded-for']
  if (forwarded === undefined) return request
  const way = [...String(forwarded).split(','), remoteAddress ?? ''].map(address).filter((each) => isIP(each) !== 0)
  const client = way.findLast((each) => !trustedProxies.includes(each)) ?? way[0]
  return { ...request, remoteAddress: client ?? remoteAddress }
}

/** IPv4 in its own notation, also where it came through a socket of IPv6. */
function address(text: string): string {
  return text.trim().replace(/^::ffff:/, '')
}
