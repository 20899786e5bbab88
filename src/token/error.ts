import { errorTable } from './error-table.ts'

/** RFC 6749 §5.2, RFC 8693 §2.2.2, and from §4.1.2.1 the two words for failures that are not the client's. */
type StandardErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'server_error'
  | 'temporarily_unavailable'

/** `error` of an answer: of RFC 6749, or a provider's own, which no RFC may know. */
export type OAuthErrorCode = StandardErrorCode | (string & {})

/** One failure that an operator would handle differently from the others. */
export interface ErrorRow {
  readonly oauth: StandardErrorCode
  /** Used instead of `oauth` while the sidecar is starting and the cause may pass by itself. */
  readonly whileStarting?: StandardErrorCode
  /** A nearer HTTP status than the one that follows from `oauth`. */
  readonly status?: number
  /** The provider has refused this identity: the former token is dropped after a grace, instead of served to its end. */
  readonly refusal?: boolean
  /** What the operator does next; it is part of what the Kafka client logs. */
  readonly hint: string
  /** When this happens, for the page that explains the code. */
  readonly means: string
}

/** Name of one failure, as at the end of each `error_description`; `docs/errors/` explains them. */
export type ErrorCode = keyof typeof errorTable

export interface TokenErrorOptions {
  readonly cause?: unknown
  /** A next step that fits this case better than the table's. */
  readonly hint?: string
  /** A provider's own OAuth error, passed through. */
  readonly oauth?: OAuthErrorCode
  /** True while the cause may pass by itself, as on a fresh pod. */
  readonly starting?: boolean
  /** When to try again, in milliseconds, where the provider or the nature of the failure says so. */
  readonly retryAfterMs?: number
}

/** The one error of this product: a row of the table, the message of this case, and the original as `cause`. */
export class TokenError extends Error {
  readonly code: ErrorCode
  readonly oauth: OAuthErrorCode
  readonly hint: string
  readonly retryAfterMs?: number

  constructor(code: ErrorCode, message: string, options: TokenErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'TokenError'
    this.code = code
    const row = errorRow(code)
    this.oauth = options.oauth ?? (options.starting ? row.whileStarting : undefined) ?? row.oauth
    this.hint = options.hint ?? row.hint
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs
  }

  /** HTTP status of the answer; it decides whether a Kafka client tries again. */
  get status(): number {
    if (this.oauth === 'temporarily_unavailable') return 503
    if (this.oauth === 'server_error') return 500
    return errorRow(this.code).status ?? (this.oauth === 'invalid_client' ? 401 : 400)
  }

  /** Worth another attempt with nothing changed. */
  get transient(): boolean {
    return this.oauth === 'temporarily_unavailable' || this.oauth === 'server_error'
  }

  get refusal(): boolean {
    return errorRow(this.code).refusal === true && !this.transient
  }

  /** `error_description` (RFC 6749 §5.2): one printable ASCII line without quotes or backslashes, ending in the code. */
  get description(): string {
    return `${printable(`${sentence(this.message)} ${this.hint}`)} [${this.code}]`
  }
}

export function errorRow(code: ErrorCode): ErrorRow {
  return errorTable[code]
}

/** Whatever was thrown, as a TokenError: what is not one already is a defect of ours. */
export function asTokenError(thrown: unknown): TokenError {
  if (thrown instanceof TokenError) return thrown
  return new TokenError('ERR_TOKEN_INTERNAL', thrown instanceof Error ? thrown.message : String(thrown), {
    cause: thrown,
  })
}

const longestDescription = 1_000

function printable(text: string): string {
  const line = text
    .replace(/["`]/g, "'")
    .replace(/\\/g, '/')
    .replace(/[–—]/g, '-')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
  return line.length > longestDescription ? `${line.slice(0, longestDescription)}...` : line
}

function sentence(text: string): string {
  const line = text.trim()
  return line === '' || /[.!?]$/.test(line) ? line : `${line}.`
}
