import { shortened } from '../../platform/shortened.ts'
import { TokenError } from '../../token/error.ts'
import { absenceOf } from '../nobody-there.ts'
import type { CredentialsFile, MetadataServer } from './credentials.ts'
import { ExecutableFailure } from './executable-failure.ts'
import type { Exchange } from './wire.ts'

/** What a call of the library was about when it failed. */
export interface Situation {
  readonly credentials: CredentialsFile | MetadataServer
  /** The last HTTP call that the library made for it. */
  readonly exchange: Exchange | undefined
}

/** Why there is no metadata server of Google at all; undefined when one is there, however ill. */
export function metadataAbsence(exchange: Exchange | undefined): string | undefined {
  if (!exchange) return undefined
  const { failure, status, fromGoogleMetadata } = exchange
  if (failure) return absenceOf(failure)
  // Other clouds have metadata servers at the same address; they know none of Google's paths.
  const foreign = status !== undefined && status >= 400 && status < 500 && status !== 429 && !fromGoogleMetadata
  return foreign ? `answers ${status}, and is not Google's` : undefined
}

/** After our deadline. */
export function noAnswer({ credentials, exchange }: Situation, timeoutMs: number): TokenError {
  const within = `within ${timeoutMs / 1000} s`
  if (exchange && exchange.status === undefined && !exchange.failure) {
    return new TokenError(unavailable(credentials), `no answer from ${exchange.host} ${within}`)
  }
  return new TokenError(
    unavailable(credentials),
    `the credentials of type ${typeOf(credentials)} gave no token ${within}`,
  )
}

/**
 * What the library threw, in our words. Its own message is not used: depending on the kind of credentials it quotes the
 * whole answer, a token or the output of an executable.
 */
export function googleError(thrown: unknown, situation: Situation): TokenError {
  if (thrown instanceof TokenError) return thrown
  const { credentials, exchange } = situation
  if (thrown instanceof ExecutableFailure) {
    return new TokenError('ERR_GCP_UNAVAILABLE', thrown.message, {
      hint: 'It is tried again by itself. If this lasts, run the command of the credentials file by hand.',
    })
  }
  if (!exchange || (exchange.status !== undefined && exchange.status < 300 && isLocal(thrown))) {
    return unusable(thrown, credentials)
  }
  const { host, status, failure } = exchange
  if (failure) {
    const why =
      [...new Set([failure.code, shortened(failure.text)])].filter(Boolean).join(': ') || 'the connection broke'
    return new TokenError(unavailable(credentials), `cannot reach ${host} (${why})`)
  }
  if (status === undefined) return new TokenError(unavailable(credentials), `no answer from ${host}`)
  return credentials.from === 'metadata'
    ? metadataError(exchange, status)
    : endpointError(exchange, status, credentials)
}

function endpointError(exchange: Exchange, status: number, credentials: CredentialsFile): TokenError {
  const { host, error, retryAfterMs } = exchange
  if (status === 429 || status === 408 || status >= 500 || (error && passing.test(error.code))) {
    return new TokenError('ERR_GCP_UNAVAILABLE', `${host} answered ${status}${words(error)}`, {
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
  }
  // Only Google's own words are a refusal: a filtering proxy answers 403 and 404 too.
  if (status >= 400 && error) {
    const hint = refusalHint(error, credentials)
    return new TokenError('ERR_GCP_REFUSED', `${host} refused with ${status}${words(error)}`, { ...(hint && { hint }) })
  }
  return new TokenError('ERR_GCP_ANSWER', `${host} answered ${status}, but not with a token`)
}

const passing =
  /^(temporarily_unavailable|server_error|internal_failure|unavailable|resource_exhausted|internal|aborted)$/i

function refusalHint(
  { code, text }: { code: string; text: string },
  { type, path }: CredentialsFile,
): string | undefined {
  if (/\b(iat|exp|timeframe|short-lived)\b/i.test(text)) return 'Compare the clock of this host with the real time.'
  if (type === 'authorized_user' && code === 'invalid_grant') {
    return `Run gcloud auth application-default login again; it renews ${path}.`
  }
  return undefined
}

function metadataError(exchange: Exchange, status: number): TokenError {
  const { host, fromGoogleMetadata, retryAfterMs } = exchange
  if (fromGoogleMetadata && (status === 400 || status === 403)) {
    return new TokenError('ERR_GCP_REFUSED', `the metadata server ${host} refused with ${status}`, {
      hint: 'On GKE grant roles/iam.workloadIdentityUser on the bound service account; on a VM check its access scopes.',
    })
  }
  const why = fromGoogleMetadata && status === 404 ? ': no service account is attached' : ''
  const what = status < 300 ? 'gave an answer that cannot be used' : `answered ${status}${why}`
  return new TokenError('ERR_GCP_METADATA_UNAVAILABLE', `the metadata server ${host} ${what}`, {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

/** The answer came, but holds no usable token. */
export function badAnswer(what: string, { credentials, exchange }: Situation): TokenError {
  const host = exchange?.host ?? 'the provider of the credentials'
  if (credentials.from === 'metadata') {
    return new TokenError('ERR_GCP_METADATA_UNAVAILABLE', `the metadata server ${host} answered with ${what}`)
  }
  return new TokenError('ERR_GCP_ANSWER', `${host} answered with ${what}`)
}

/** Messages of the library that quote nothing but a path, and what helps. */
const knownFaults: readonly (readonly [RegExp, string, string?])[] = [
  [/^The file at (\S+) does not exist/, 'the file of the subject token does not exist: $1'],
  [
    /explicitly allowed to run/,
    'executables are not allowed to run',
    'Set GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1.',
  ],
  [
    /^Unable to parse the subject_token from the credential_source file/,
    'no subject token was found where the file says it is',
  ],
  [/^Unable to determine AWS (region|role name)/, 'the AWS $1 cannot be found out'],
  [/does not contain an? (\w+) field/, 'the file has no $1'],
  [
    /^Cannot extract target principal/,
    'service_account_impersonation_url does not end in <account>:generateAccessToken',
  ],
  [/^No valid (AWS|Identity Pool|Pluggable Auth) "credential_source"/, 'its credential_source cannot be used'],
  [/universe domain/i, 'its universe domains differ'],
]

function isLocal(thrown: unknown): boolean {
  return thrown instanceof Error && knownFaults.some(([pattern]) => pattern.test(thrown.message))
}

function unusable(thrown: unknown, credentials: CredentialsFile | MetadataServer): TokenError {
  const message = thrown instanceof Error ? thrown.message : ''
  const fault = knownFaults.find(([pattern]) => pattern.test(message))
  if (!fault && credentials.from === 'metadata') {
    // There is no file to blame: something in the library or in us is broken.
    return new TokenError('ERR_TOKEN_INTERNAL', `the Google library failed by itself (${kindOf(thrown)})`)
  }
  const where = credentials.from === 'file' ? credentials.path : credentials.origin
  const about = `${where} (${typeOf(credentials)}) cannot be used`
  if (fault) {
    const [pattern, text, hint] = fault
    const found = pattern.exec(message)?.[1] ?? ''
    return new TokenError('ERR_GCP_CREDENTIALS_FILE', `${about}: ${text.replace('$1', found)}`, {
      ...(hint && { hint }),
    })
  }
  return new TokenError('ERR_GCP_CREDENTIALS_FILE', `${about} (${kindOf(thrown)})`)
}

/** The code or class of what was thrown; its message may quote the file. */
function kindOf(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | undefined)?.code
  if (typeof code === 'string') return code.startsWith('ERR_OSSL') ? `private_key is not a key, ${code}` : code
  return thrown instanceof Error ? thrown.constructor.name : typeof thrown
}

function typeOf(credentials: CredentialsFile | MetadataServer): string {
  return credentials.from === 'file' ? shortened(credentials.type) : 'metadata'
}

function unavailable(credentials: CredentialsFile | MetadataServer) {
  return credentials.from === 'metadata' ? 'ERR_GCP_METADATA_UNAVAILABLE' : 'ERR_GCP_UNAVAILABLE'
}

function words(error: Exchange['error']): string {
  return error ? `: ${[error.code, error.text].filter(Boolean).map(shortened).join(', ')}` : ''
}
