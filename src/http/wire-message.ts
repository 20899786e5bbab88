import type { PeerCertificate } from '../callers/caller.ts'

/** A request as every mount hands it over. Header names are lower case, as in `node:http`. */
export interface WireRequest {
  readonly method: string
  /** Without the prefix of the mount and without the query. */
  readonly path: string
  /** Without the question mark; empty when there is none. */
  readonly query: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The whole body, within the limit of the mount. */
  readonly body: Uint8Array | string
  /** Address of the peer, where the mount knows it. */
  readonly remoteAddress?: string | undefined
  /** Certificate of the peer, where the mount ends its TLS; undefined when the peer has shown none. */
  readonly peerCertificate?: (() => PeerCertificate | undefined) | undefined
}

export interface WireResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
