import { failureOf } from '../platform/http-answer.ts'
import { TokenError } from '../token/error.ts'
import { quoted } from './provider-words.ts'

/** What went wrong on the way to a provider or in its answer, before it could be read as OAuth. */
export function unreachable(thrown: unknown, url: URL): TokenError {
  if (thrown instanceof TokenError) return thrown
  const { code, text } = failureOf(thrown)
  if (/larger than 1 MB/.test(text)) return badAnswer(url, 'more than 1 MB')
  if (/CERT|TLS|SSL|SIGNATURE|EPROTO/.test(code)) return tlsFailure(thrown, url, code)
  const isHttp = !code.startsWith('HPE_') && !text.includes('HTTP/1.1 protocol')
  const problem = problems[code] ?? (isHttp ? code || text : 'it does not speak HTTP at this port')
  return new TokenError('ERR_PROVIDER_UNAVAILABLE', `${url.host} did not answer: ${problem}`, { cause: thrown })
}

const problems: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name has no address',
  EAI_AGAIN: 'its name could not be looked up',
  ECONNREFUSED: 'it refused the connection',
  ECONNRESET: 'it closed the connection',
  UND_ERR_SOCKET: 'it closed the connection',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within the time limit',
  ETIMEDOUT: 'no connection within the time limit',
}

const tlsProblems: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from a CA that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from a CA that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from a CA that is not trusted here',
  CERT_SIGNATURE_FAILURE: 'its certificate is not signed by the CA of that name that is trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from a CA that is not trusted here, or it sends no chain',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS at this port',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a client certificate (tls.certFile, tls.keyFile)',
}

function tlsFailure(thrown: unknown, url: URL, code: string): TokenError {
  const authority = certificateAuthorityOf(thrown)
  const problem = `${tlsProblems[code] ?? code}${authority ? ` (issued by ${authority})` : ''}`
  const hint = tlsHints[code]
  return new TokenError('ERR_PROVIDER_TLS', `TLS to ${url.host} failed: ${problem}`, {
    cause: thrown,
    ...(hint !== undefined && { hint }),
  })
}

const tlsHints: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'Have the provider renew its certificate, or correct the clock of this host.',
  CERT_NOT_YET_VALID: 'Correct the clock of this host.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Use a name in issuer or tokenEndpoint that the certificate has.',
  ERR_SSL_WRONG_VERSION_NUMBER: 'Correct the port, or use http:// if the provider is on this host.',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'Name the certificate and key with tls.certFile and tls.keyFile.',
}

/** The platform notes on a TLS failure who issued the certificate that is not trusted. */
function certificateAuthorityOf(thrown: unknown): string | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ('certificateIssuer' in error && typeof error.certificateIssuer === 'string') return error.certificateIssuer
  }
  return undefined
}

export function badAnswer(url: URL, what: string, hint?: string): TokenError {
  return new TokenError('ERR_PROVIDER_ANSWER', `${url.host} answered with ${what}`, hint === undefined ? {} : { hint })
}

export const htmlPage = 'an HTML page'
export const noJson = 'something that is no JSON object'

/** What an answer that is no JSON looks like, in words. */
export function describeBody(body: string): string {
  const start = body.trimStart().slice(0, 200).toLowerCase()
  if (start === '') return 'an empty answer'
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return htmlPage
  return noJson
}

const longestAddress = 120

export function redirected(url: URL, answer: Response): TokenError {
  const location = answer.headers.get('Location')
  const target = location !== null && URL.canParse(location, url.href) ? new URL(location, url) : undefined
  const where = target ? ` to ${quoted(`${target.origin}${target.pathname}`).slice(0, longestAddress)}` : ''
  return new TokenError('ERR_PROVIDER_REDIRECT', `${url.origin}${url.pathname} redirects${where}`)
}
