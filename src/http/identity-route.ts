import { publicJson } from './public-json.ts'
import type { Route } from './route.ts'

/** Where a sidecar on this host says what it is. */
export const identityPath = '/.well-known/kafka-token-sidecar'

export interface Identity {
  readonly product: 'kafka-token-sidecar'
  /** Digest of whose tokens are given to whom: who has the same one would give the same tokens. */
  readonly tokens: string
}

/** Tells another instance on this host that the port is ours; there is nothing secret in it. */
export function identityRoute(tokens: () => string): Route {
  return {
    method: 'GET',
    path: identityPath,
    handle: () => publicJson({ product: 'kafka-token-sidecar', tokens: tokens() } satisfies Identity, 0),
  }
}
