import type { TlsOptions } from '../platform/outward-fetch.ts'
import type { Endpoint } from './provider.ts'

/** One request to a token endpoint while it is made. */
export interface TokenCall {
  readonly endpoint: Endpoint
  readonly params: URLSearchParams
  readonly headers: Record<string, string>
  /** The provider refused the newest key or secret: this attempt uses the one before it. */
  readonly former: boolean
  /** What this request asks for instead of what the grant is made with. */
  readonly wishes?: { readonly scope?: string | undefined; readonly audience?: string | undefined } | undefined
  readonly tls?: TlsOptions
  readonly signal: AbortSignal
}

/** A key or secret that may have changed a moment ago, so that the provider may not know it yet. */
export interface Rotation {
  readonly hasFormer: () => boolean
  /** The provider took the newest one. */
  readonly confirm: () => void
}

/** Adds what it is for to a call: a grant its parameters, a client authentication its proof. */
export interface CallPart {
  apply(call: TokenCall): void | Promise<void>
  readonly rotation?: Rotation
}

const confidentialParams = ['client_secret', 'client_assertion', 'assertion', 'subject_token', 'actor_token']

/** What a call sends in confidence, in every form in which the other side may quote it. */
export function confidentialOf({ params, headers }: Pick<TokenCall, 'params' | 'headers'>): readonly string[] {
  const ofBody = confidentialParams.flatMap((name) => params.getAll(name))
  const credentials = /^Basic (.*)$/.exec(headers['Authorization'] ?? '')?.[1]
  if (credentials === undefined) return ofBody
  const pair = Buffer.from(credentials, 'base64').toString('utf8')
  const secret = pair.slice(pair.indexOf(':') + 1)
  return [...ofBody, credentials, pair, secret, new URLSearchParams(`=${secret}`).get('') ?? '']
}
