import { TokenError } from '../token/error.ts'
import { parseForm, type Form } from './form.ts'
import type { WireRequest } from './wire-message.ts'

/** Grants that Kafka clients send: RFC 6749 §4.4, and RFC 7523 §2.1 since KIP-1139. */
export const grantTypes = ['client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer']

const knownGrants = new Set([
  'authorization_code',
  'password',
  'refresh_token',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:saml2-bearer',
  'urn:ietf:params:oauth:grant-type:token-exchange',
])

const secretParameters = [
  'client_secret',
  'client_assertion',
  'assertion',
  'password',
  'refresh_token',
  'subject_token',
  'access_token',
]

/** Reads and checks what a client asks for. Throws ERR_REQUEST_* with what the Kafka user has to change. */
export function readGrant(request: WireRequest): Form {
  requireNoSecretsInQuery(request.query)
  requireForm(request)
  const form = parseForm(request.body)
  const grantType = form.get('grant_type')
  if (grantType === undefined) throw new TokenError('ERR_REQUEST_GRANT_MISSING', 'the parameter grant_type is missing')
  if (!grantTypes.includes(grantType)) {
    // What is no grant at all may be a secret that went astray.
    const name = knownGrants.has(grantType) ? `grant_type ${grantType}` : 'this grant_type'
    throw new TokenError('ERR_REQUEST_GRANT_UNSUPPORTED', `${name} is not supported`)
  }
  if (grantType !== 'client_credentials') requireParameter(form, 'assertion', grantType)
  if (form.has('client_assertion')) requireParameter(form, 'client_assertion_type', 'client_assertion')
  if (form.has('client_assertion_type')) requireParameter(form, 'client_assertion', 'client_assertion_type')
  requireOneAuthentication(request, form)
  return form
}

function requireForm({ headers, body }: WireRequest): void {
  const type = headers['content-type']
  if (type === 'application/x-www-form-urlencoded') return
  if (type === undefined && body.length === 0) return
  const mediaType = typeof type === 'string' ? type.split(';', 1)[0]?.trim().toLowerCase() : undefined
  if (mediaType !== 'application/x-www-form-urlencoded') {
    throw new TokenError('ERR_REQUEST_CONTENT_TYPE', `the Content-Type is ${mediaType?.slice(0, 80) ?? 'missing'}`)
  }
}

function requireParameter(form: Form, name: string, because: string): void {
  if (!form.has(name)) throw new TokenError('ERR_REQUEST_PARAMETER_MISSING', `${because} needs the parameter ${name}`)
}

/** RFC 6749 §2.3: one method of authentication per request. A client_id alone is not one. */
function requireOneAuthentication({ headers }: WireRequest, form: Form): void {
  const ways =
    Number(headers['authorization'] !== undefined) +
    Number(form.has('client_secret')) +
    Number(form.has('client_assertion'))
  if (ways > 1) {
    throw new TokenError('ERR_REQUEST_AUTHENTICATION_TWICE', 'the client authenticates in more than one way')
  }
}

/** Throws ERR_REQUEST_CREDENTIALS_IN_URL. */
export function requireNoSecretsInQuery(query: string): void {
  if (query === '') return
  const parameters = new URLSearchParams(query)
  const secret = secretParameters.find((name) => parameters.has(name))
  if (secret) throw new TokenError('ERR_REQUEST_CREDENTIALS_IN_URL', `the URL carries ${secret}`)
}
