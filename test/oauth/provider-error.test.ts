import { describe, expect, it } from 'vitest'
import { providerErrorOf, providerRefusal, type ProviderErrorOptions } from '../../src/oauth/provider-error.ts'
import { quoted } from '../../src/oauth/provider-words.ts'

const host = 'idp.example'

function refusal(error: string, description: string, options: Partial<ProviderErrorOptions> = {}) {
  return providerRefusal({ error, description }, { host, ...options })
}

const federated =
  'Add a federated credential to the app in Entra ID with exactly the issuer, subject and audience of the assertion.'
const certificate = 'Upload the certificate to the app in Entra ID, and name it with assertion.certificateFile.'
const secretValue = 'Use the value of the secret, not its id, and check that it has not expired.'
const once =
  'Each assertion is taken once here: set assertion.claim.jtiInclude: true; a ready-made file has to be new each time.'
const unknownKey =
  'The provider does not take this key: register its public key there. Where several are registered, name this one with assertion.keyId; a keyId that it does not know has to go.'
const clocks =
  'Compare the clocks of this host and of the provider, and assertion.claim.expSeconds with what it allows.'
const audience = 'Set assertion.claim.aud to what the provider expects: its issuer, or its token endpoint.'
const jti = 'Set assertion.claim.jtiInclude: true (--assertion-claim-jti-include).'
const grant = 'The client secret is wrong, or the client may not use this grant (in Keycloak: Service accounts roles).'
const clientHint = 'Compare client id, key or secret with what is registered at the provider.'
const tail = '\r\nTrace ID: 255d1aef-8c98-452f-ac51-23d051240864\r\nTimestamp: 2024-10-02 22:05:03Z'

/** Texts of real providers, as users have put them into public threads. */
const texts: readonly [provider: string, error: string, description: string, hint: string][] = [
  ['Keycloak', 'unauthorized_client', 'Invalid client or Invalid client credentials', grant],
  ['Keycloak', 'unauthorized_client', 'Client not enabled to retrieve service account', grant],
  ['Keycloak', 'invalid_client', 'Unable to load public key', unknownKey],
  [
    'Keycloak',
    'invalid_client',
    'Client authentication with signed JWT failed: Signature on JWT token failed validation',
    unknownKey,
  ],
  ['Keycloak', 'invalid_client', 'Client authentication with signed JWT failed: Token reuse detected', once],
  [
    'Keycloak',
    'invalid_client',
    'Token expiration is too far in the future and iat claim not present in token',
    clocks,
  ],
  ['Keycloak', 'invalid_client', 'Token is not active', clocks],
  [
    'Keycloak',
    'invalid_client',
    "Token audience doesn't match domain. Expected audiences are any of [https://kc/realms/test]",
    audience,
  ],
  [
    'Keycloak',
    'invalid_grant',
    'Multiple audiences not allowed',
    'Let assertion.claim.aud be one text, not a list: the issuer of the provider.',
  ],
  ['Keycloak', 'invalid_client', 'Client authentication with signed JWT failed: Missing ID on the token', jti],
  ['Keycloak', 'invalid_scope', 'Invalid scopes: kafka', 'Correct scope, or allow it for the client at the provider.'],
  ['Okta', 'invalid_client', 'The client_assertion token has an expiration too far into the future.', clocks],
  ['Okta', 'invalid_client', 'The client_assertion JWT kid is invalid.', unknownKey],
  [
    'Okta',
    'invalid_client',
    'The audience claim for client_assertion must be the endpoint invoked for the request.',
    audience,
  ],
  ['Okta', 'invalid_client', 'The client secret supplied for a confidential client is invalid.', clientHint],
  ['Okta', 'invalid_client', 'The client_assertion token was already used.', once],
  [
    'Entra ID',
    'invalid_client',
    `AADSTS700024: Client assertion is not within its valid time range. Current time: 2024-10-02T22:05:03.6755165Z, assertion valid from 1970-01-01T00:00:00.0000000Z, expiry time of assertion 2024-10-02T21:30:53.0000000Z.${tail}`,
    clocks,
  ],
  [
    'Entra ID',
    'invalid_client',
    `AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app 'x'.${tail}`,
    secretValue,
  ],
  [
    'Entra ID',
    'invalid_client',
    `AADSTS7000222: The provided client secret keys for app 'x' are expired.${tail}`,
    secretValue,
  ],
  [
    'Entra ID',
    'invalid_client',
    `AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application.${tail}`,
    certificate,
  ],
  [
    'Entra ID',
    'invalid_client',
    `AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:a:b'.${tail}`,
    federated,
  ],
  [
    'Entra ID',
    'invalid_client',
    `AADSTS700212: No matching federated identity record found for presented assertion audience 'x'.${tail}`,
    federated,
  ],
  [
    'Entra ID',
    'invalid_request',
    `AADSTS70021: No matching federated identity record found for presented assertion.${tail}`,
    federated,
  ],
  [
    'Entra ID',
    'unauthorized_client',
    `AADSTS700016: Application with identifier 'x' was not found in the directory 'y'.${tail}`,
    'Correct clientId: this tenant has no such application.',
  ],
  [
    'Entra ID',
    'invalid_request',
    `AADSTS90002: Tenant 'x' not found.${tail}`,
    'Correct the tenant in issuer or tokenEndpoint.',
  ],
  [
    'Entra ID',
    'invalid_scope',
    `AADSTS70011: The provided value for the input parameter 'scope' isn't valid.${tail}`,
    'Set scope to the resource followed by /.default, as in https://<namespace>.servicebus.windows.net/.default.',
  ],
  [
    'Entra ID',
    'invalid_scope',
    `AADSTS1002012: The provided value for scope kafka is not valid.${tail}`,
    'Set scope to the resource followed by /.default, as in https://<namespace>.servicebus.windows.net/.default.',
  ],
  [
    'Entra ID',
    'invalid_resource',
    `AADSTS500011: The resource principal named https://x was not found in the tenant.${tail}`,
    'Correct the resource in scope: this tenant knows no such application.',
  ],
  [
    'Auth0',
    'access_denied',
    'Client is not authorized to access "https://dev-x.us.auth0.com/api/v2/". You need to create a "client-grant" associated to this API.',
    'Grant the client access to this API at the provider, and correct audience.',
  ],
  [
    'Auth0',
    'access_denied',
    'Service not enabled within domain: https://api.example',
    'Grant the client access to this API at the provider, and correct audience.',
  ],
  ['Auth0', 'access_denied', 'Unauthorized', 'The client secret is wrong.'],
  ['Auth0', 'unauthorized_client', "Grant type 'client_credentials' not allowed for the client.", grant],
  ['Ping', 'invalid_client', 'Invalid client or client credentials.', clientHint],
  [
    'Ping',
    'unsupported_grant_type',
    'unsupported grant_type',
    'Allow this grant for the client at the provider, or use another source.',
  ],
  ['oidc-provider', 'invalid_client', 'client assertion tokens must only be used once', once],
  ['oidc-provider', 'invalid_client', 'unique jti (JWT ID) must be provided in the client_assertion JWT', jti],
  [
    'oidc-provider',
    'invalid_target',
    'resource indicator is missing, or unknown',
    'Correct resource or audience (RFC 8707), or allow it for the client at the provider.',
  ],
  // Words that only look like one of a clock.
  ['anybody', 'invalid_client', 'client authentication was initiated by an associated, unregistered party', clientHint],
]

describe('the hint for a refusal', () => {
  it.each(texts)('of %s, %s: %s', (_provider, error, description, hint) => {
    const failure = refusal(error, description)
    expect(failure.hint).toBe(hint)
    expect(failure.oauth).toBe(error)
    expect(failure.message.startsWith(`${host} answers ${error}: '${description.slice(0, 30)}`)).toBe(true)
    expect(failure.description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+\]$/)
    expect(failure.message).not.toMatch(/[\r\n]/)
  })

  it('is about the clock where that would explain it, either way', () => {
    expect(refusal('invalid_client', 'Token is not active', { skewMs: 90_000 }).hint).toBe(
      'The clock of this host is 90 s behind that of the provider: correct it (NTP).',
    )
    expect(refusal('invalid_grant', '', { skewMs: -3_600_000 }).hint).toBe(
      'The clock of this host is 3600 s ahead of that of the provider: correct it (NTP).',
    )
  })

  it.each([
    ['invalid_client', 'Token is not active', 19_000],
    ['invalid_scope', 'no', 90_000],
    ['unsupported_grant_type', 'no', 90_000],
    ['invalid_client', 'Unable to load public key', 90_000],
    ['invalid_client', 'AADSTS7000215: Invalid client secret provided.', -90_000],
  ])('is not about the clock for %s, %s with %i ms', (error, description, skewMs) => {
    expect(refusal(error, description, { skewMs }).hint).toBe(refusal(error, description).hint)
  })

  it('is that of the table where nothing is known', () => {
    expect(refusal('invalid_client', '').hint).toBe(clientHint)
    expect(refusal('something_new', 'huh').hint).toBe(
      'Correct the profile, or the registration of the client at the provider.',
    )
  })
})

describe('the code of a refusal', () => {
  it.each([
    ['invalid_client', 400, 'ERR_PROVIDER_CLIENT', 401, true],
    ['unauthorized_client', 401, 'ERR_PROVIDER_CLIENT', 400, true],
    ['invalid_grant', 401, 'ERR_PROVIDER_CLIENT', 400, true],
    ['invalid_grant', 400, 'ERR_PROVIDER_REFUSED', 400, false],
    ['access_denied', 403, 'ERR_PROVIDER_REFUSED', 400, false],
    ['own.code:x', 400, 'ERR_PROVIDER_REFUSED', 400, false],
  ])('for %s with %i is %s, and the client is answered %i', (error, status, code, answered, isRefusal) => {
    expect(refusal(error, 'no', { status })).toMatchObject({
      code,
      oauth: error,
      status: answered,
      transient: false,
      refusal: isRefusal,
    })
  })

  it.each(['temporarily_unavailable', 'server_error', 'slow_down'])('for %s passes by itself', (error) => {
    expect(refusal(error, 'later', { retryAfterMs: 5_000 })).toMatchObject({
      code: 'ERR_PROVIDER_UNAVAILABLE',
      oauth: 'temporarily_unavailable',
      status: 503,
      transient: true,
      retryAfterMs: 5_000,
    })
  })

  it.each(['', ' ', 'with space', 'quote"', 'back\\slash', 'new\nline', 'x'.repeat(61), 'ünïcode', '\u001b[31m'])(
    'that is none of RFC 6749 (%j) is invalid_request',
    (error) => {
      expect(refusal(error, 'no')).toMatchObject({
        oauth: 'invalid_request',
        message: `${host} answers invalid_request: 'no'`,
      })
    },
  )
})

describe('an error is found', () => {
  it.each<[string, Record<string, unknown> | undefined, string | null, object | undefined]>([
    ['in RFC 6749', { error: 'a', error_description: 'b' }, null, { error: 'a', description: 'b' }],
    ['in RFC 6749 without words', { error: 'a' }, null, { error: 'a', description: '' }],
    ['with words that are no text', { error: 'a', error_description: { x: 1 } }, null, { error: 'a', description: '' }],
    ['with a message instead', { error: 'a', message: 'b' }, null, { error: 'a', description: 'b' }],
    ['as of Okta', { errorCode: 'E1', errorSummary: 'b' }, null, { error: 'invalid_request', description: 'E1 b' }],
    [
      'in a challenge',
      undefined,
      'Bearer realm="x", error="invalid_token", error_description="b"',
      { error: 'invalid_token', description: 'b' },
    ],
    ['in a challenge without words', undefined, 'Basic error="a"', { error: 'a', description: '' }],
    ['in the body rather than in the challenge', { error: 'a' }, 'Basic error="b"', { error: 'a', description: '' }],
    ['nowhere', {}, 'Basic realm="error="', undefined],
    ['nowhere, in an error that is an object', { error: { code: 400 } }, null, undefined],
    ['nowhere, in words alone', undefined, 'Basic error_description="b"', undefined],
  ])('%s', (_name, json, challenge, expected) => {
    expect(providerErrorOf(json, challenge)).toEqual(expected)
  })

  it('quickly in a challenge that is made to be slow', () => {
    const challenge = `Basic ${'error="'.repeat(50_000)}`
    expect(providerErrorOf(undefined, challenge)).toBeDefined()
  })
})

describe('words of a provider', () => {
  it.each([
    ['  two\r\n\tlines  ', 'two lines'],
    ['bell\u0007 escape\u001b[31mred\u0000 del\u007f', 'bell escape [31mred del'],
    ['right-to-left \u202Eevil\u202C zero\u200Bwidth', 'right-to-left evil zero width'],
    ['<script>alert(1)</script>', '<script>alert(1)</script>'],
    ['a token eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln there', 'a token [...] there'],
    ['key -----BEGIN PRIVATE KEY-----\nMIIE', 'key [...]'],
    ['Ungültiger Schlüssel', 'Ungültiger Schlüssel'],
    ['x'.repeat(400), `${'x'.repeat(300)}...`],
  ])('%j are quoted as %j', (text, expected) => {
    expect(quoted(text)).toBe(expected)
  })

  it('are quoted without what was sent in confidence, the longer first', () => {
    expect(quoted('a secretive secret', ['secret', 'secretive'])).toBe('a [...] [...]')
    expect(quoted('an ox is an ox', ['ox'])).toBe('an ox is an ox')
    expect(quoted('$& s3cret $1', ['s3cret'])).toBe('$& [...] $1')
  })

  it('are quoted quickly, however long they are', () => {
    const text = `${'eyJ'.repeat(100_000)} ${'-----BEGIN'.repeat(50_000)} ${' \n'.repeat(100_000)}`
    expect(quoted(text, ['s3cret'])).toBe('[...] [...]')
  })
})
