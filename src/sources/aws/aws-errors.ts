import { unreachable } from '../../oauth/provider-failure.ts'
import type { Platform } from '../../platform/platform.ts'
import { shortened, withoutTokens } from '../../platform/shortened.ts'
import { TokenError } from '../../token/error.ts'
import type { Exchange } from './sdk-wire.ts'

/** What a call of the SDK was about when it failed. */
export interface Situation {
  /** The last HTTP call that the SDK made by us; it asks metadata servers by itself. */
  readonly exchange: Exchange | undefined
  readonly env: Platform['env']
  /** Missing credentials may still appear. */
  readonly starting: boolean
  readonly retryMs: number
}

/** After our deadline. */
export function noAnswer(exchange: Exchange | undefined, timeoutMs: number): TokenError {
  const within = `within ${timeoutMs / 1000} s`
  const isWaiting = exchange && exchange.status === undefined && !exchange.failure
  const what = isWaiting ? `no answer from ${exchange.url.host}` : 'the AWS SDK found no credentials and gave no token'
  return new TokenError('ERR_PROVIDER_UNAVAILABLE', `${what} ${within}`)
}

/** What the SDK threw, in our words. */
export function awsError(thrown: unknown, situation: Situation): TokenError {
  if (thrown instanceof TokenError) return withStep(thrown)
  const { exchange } = situation
  if (exchange?.failure) return withStep(unreachable(exchange.failure.thrown, exchange.url))
  const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown))
  if (/^(CredentialsProviderError|TokenProviderError|ProviderError|TimeoutError)$/.test(name)) {
    return noCredentials(message, situation)
  }
  if (/region is missing/i.test(message)) {
    return new TokenError('ERR_PROVIDER_REFUSED', 'no AWS region is set', {
      oauth: 'invalid_request',
      hint: 'Set region (--region) or AWS_REGION.',
    })
  }
  if (exchange?.status === undefined) {
    // Without its own words: they go into the log, and may quote what a credential process printed.
    return new TokenError('ERR_TOKEN_INTERNAL', `the AWS SDK failed by itself (${name})`)
  }
  return answerError(name, message, exchange)
}

function noCredentials(message: string, { env, starting, retryMs }: Situation): TokenError {
  // Who is told where its credentials are has them; that place is away for a moment.
  const isContainer = Boolean(
    env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] || env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'],
  )
  const isAway = isContainer || /error response received from instance metadata/i.test(message)
  return new TokenError('ERR_AWS_NO_CREDENTIALS', `no AWS credentials: ${shortened(message)}`, {
    starting: starting || isAway,
    retryAfterMs: retryMs,
  })
}

const busy =
  /^(Throttl\w*|TooManyRequests\w*|RequestLimitExceeded|SlowDown|InternalFailure|ServiceUnavailable\w*|IDPCommunicationError\w*|RequestTimeout\w*)$/

/** Codes of STS without their suffix, and what mends them. */
const known: readonly {
  readonly codes: RegExp
  readonly as: 'client' | 'refused'
  readonly hint: string
}[] = [
  {
    codes: /^OutboundWebIdentityFederationDisabled$/,
    as: 'refused',
    hint: 'Enable it once for the account: aws iam enable-outbound-web-identity-federation. It tells the issuer that brokers have to trust.',
  },
  {
    codes: /^(ExpiredToken|RequestExpired)$/,
    as: 'client',
    hint: 'The AWS credentials of the sidecar have expired: renew them (aws sso login, the role of the pod), or correct the clock of this host.',
  },
  {
    codes: /^(InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|AuthFailure)$/,
    as: 'client',
    hint: 'AWS does not know this access key: check AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, or the profile.',
  },
  {
    codes: /^(SignatureDoesNotMatch|IncompleteSignature|InvalidSignature|RequestTimeTooSkewed)$/,
    as: 'client',
    hint: 'Check AWS_SECRET_ACCESS_KEY, and compare the clock of this host with the real time.',
  },
  {
    codes: /^InvalidIdentityToken$/,
    as: 'client',
    hint: 'IAM does not take the token of this service account: create the OIDC provider of the cluster in IAM, with audience sts.amazonaws.com.',
  },
  {
    codes: /^SessionDurationEscalation$/,
    as: 'refused',
    hint: 'The session of the role ends in less than a minute; it is tried again with a new one.',
  },
  { codes: /^JWTPayloadSizeExceeded$/, as: 'refused', hint: 'Use fewer or shorter tags.' },
  {
    codes: /^RegionDisabled$/,
    as: 'refused',
    hint: 'Activate STS in this region (IAM, account settings), or set region.',
  },
  {
    codes: /^(InvalidAction|UnsupportedOperation)$/,
    as: 'refused',
    hint: 'GetWebIdentityToken is not at the global endpoint: set region, and check AWS_ENDPOINT_URL_STS.',
  },
]

function answerError(name: string, message: string, { url, status = 0, retryAfterMs }: Exchange): TokenError {
  const { host } = url
  const code = name.replace(/(Exception|Error)$/, '')
  const words = shortened(message)
  if (status === 429 || status === 408 || status >= 500 || busy.test(code)) {
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
    return new TokenError('ERR_PROVIDER_UNAVAILABLE', `${host} answers ${status}`, wait)
  }
  if (status >= 300 && status < 400) {
    return new TokenError('ERR_PROVIDER_REDIRECT', `${host} answers with a redirect`, {
      hint: 'Check AWS_ENDPOINT_URL_STS, or look for a proxy on the way.',
    })
  }
  // The SDK makes up such names where the answer has no code of AWS.
  if (status < 300 || /^(|Unknown|UnknownError|Syntax|Type)$/.test(code) || code === String(status)) {
    return withStep(new TokenError('ERR_PROVIDER_ANSWER', `${host} answered ${status}, but not as STS does`))
  }
  const said = `${host} answers ${name}${words ? `: '${words}'` : ''}`
  if (/^AccessDenied/.test(code)) return accessDenied(said, message)
  const row = known.find(({ codes }) => codes.test(code))
  if (row?.as === 'client') {
    return new TokenError('ERR_PROVIDER_CLIENT', said, { oauth: 'unauthorized_client', hint: row.hint })
  }
  return new TokenError('ERR_PROVIDER_REFUSED', said, {
    oauth: code === 'OutboundWebIdentityFederationDisabled' ? 'unauthorized_client' : 'invalid_request',
    hint: row?.hint ?? 'Correct audience, lifetime, algorithm or tags of the profile.',
  })
}

function accessDenied(said: string, message: string): TokenError {
  const hint = /AssumeRole/i.test(message)
    ? 'Let the trust policy of the role name this service account or identity (sts:AssumeRole, sts:AssumeRoleWithWebIdentity).'
    : 'Allow sts:GetWebIdentityToken in a policy of this role; such a policy can be limited to some audiences, lifetimes and algorithms.'
  return new TokenError('ERR_PROVIDER_CLIENT', said, { oauth: 'unauthorized_client', hint })
}

const nextSteps: Partial<Record<TokenError['code'], string>> = {
  ERR_PROVIDER_ANSWER:
    'It is tried again by itself. If this lasts, check AWS_ENDPOINT_URL_STS, and look for a proxy on the way.',
  ERR_PROVIDER_TLS: 'Name the CA of the proxy on the way with NODE_EXTRA_CA_CERTS.',
}

/** Our next step in terms of this source's options and variables. */
function withStep(error: TokenError): TokenError {
  const { code, message, oauth, cause } = error
  const hint = nextSteps[code]
  return hint === undefined ? error : new TokenError(code, withoutTokens(message), { hint, oauth, cause })
}
