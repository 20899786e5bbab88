import type { WireRequest } from '../../http/wire-message.ts'

/**
 * A request of the page itself without its `Origin`, all others as they are. Browsers send one with each POST, and the guard
 * refuses whoever has one; whether the `Host` that it is compared with is ours remains for the guard to check.
 */
export function withoutOwnOrigin(request: WireRequest): WireRequest {
  const { origin, host } = request.headers
  if (typeof origin !== 'string' || typeof host !== 'string' || host === '') return request
  const own = host.toLowerCase()
  if (origin !== `http://${own}` && origin !== `https://${own}`) return request
  return { ...request, headers: { ...request.headers, origin: undefined } }
}
