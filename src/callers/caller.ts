import type { CallerProof } from '../token/event.ts'

/** What a request shows of who sent it. Header names are lower case. */
export interface CallerRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Address of the peer, where the mount knows it. */
  readonly remoteAddress?: string | undefined
  /** Certificate of the peer; read when it is asked for. Undefined where the connection has none. */
  readonly peerCertificate?: (() => PeerCertificate | undefined) | undefined
}

/** Names in a client certificate (RFC 8705 §2.1.2). */
export interface PeerCertificate {
  /** RFC 4514, as in `CN=orders,O=Example`. */
  readonly subjectDn: string
  readonly sanDns: readonly string[]
  readonly sanUris: readonly string[]
  /** Why it is not trusted, in words; undefined where it is. */
  readonly problem?: string | undefined
}

/** Parameters of the token request. */
export type CallerForm = ReadonlyMap<string, string>

/** Who asks, and how that was proved. */
export interface Proof {
  /** Name under `callers`. */
  readonly caller: string
  readonly by: CallerProof
}

/**
 * One way to prove who one is. Undefined when the request does not try it. Throws or rejects with a TokenError
 * (`ERR_CALLER_*`): its message is for the client, its `cause`, an Error, for the audit stream alone.
 */
export type CallerCheck = (request: CallerRequest, form: CallerForm) => Proof | undefined | Promise<Proof>

/** A caller as the configuration has it. */
export interface CallerConfig {
  /** The first is used when the request names none. */
  readonly profiles?: readonly string[] | undefined
  /** Names of the delegation tokens that it may read. */
  readonly delegationTokens?: readonly string[] | undefined
  /** One, or two while a secret is replaced; see `secret-hash.ts`. */
  readonly secretHashes?: readonly string[] | undefined
  readonly assertion?: AssertionRule | undefined
  readonly certificate?: CertificateRule | undefined
  /** Default: `limits.callerRequestsPerMinute`. */
  readonly requestsPerMinute?: number | undefined
}

/** Which JWTs are those of a caller. */
export interface AssertionRule {
  /** `iss`, or `spiffe://<trust domain>` for JWT-SVIDs without one. */
  readonly issuer: string
  /** One of them has to be in `aud`. */
  readonly audience: readonly string[]
  /** `sub`; `*` stands for characters other than `:` and `/`. */
  readonly subject: readonly string[]
}

/** Exactly one of them, as in the client metadata of RFC 8705 §2.1.2. */
export interface CertificateRule {
  readonly subjectDn?: string | undefined
  readonly sanDns?: string | undefined
  readonly sanUri?: string | undefined
}

/** How the JWTs of one issuer are verified. */
export interface IssuerConfig {
  readonly verifyBy: 'jwks' | 'token-review'
  readonly jwksUri?: string | undefined
  readonly jwksFile?: string | undefined
  /** Bearer token that we authenticate with at the issuer. */
  readonly tokenFile?: string | undefined
  readonly tls?: { readonly caFile?: string | undefined } | undefined
  readonly apiServer?: string | undefined
  readonly allowPlaintext: boolean
  /** `once`: an assertion with a `jti` seen before is refused, unless it is the same within 60 s. */
  readonly jti: 'any' | 'once'
}

export type CallersConfig = Readonly<Record<string, CallerConfig>>
export type IssuersConfig = Readonly<Record<string, IssuerConfig>>
