import { issuerAudience, issuerName } from './attempts-issuer.ts'

/** Options of a login module; paths are those of the issuer or of the failing endpoint, and empty ones are left out. */
export type Options = Readonly<Record<string, string>>

export const keys = '/jwks'
const nobody = 'http://localhost:9'

/** Listeners with options of the validator; paths are those of the issuer. */
export const listeners = {
  GOOD: {},
  AUDIENCE: { 'oauth.check.audience': 'true', 'oauth.client.id': 'another' },
  AUDIENCE_MENDED: { 'oauth.check.audience': 'true', 'oauth.client.id': issuerAudience },
  ISSUER: { 'oauth.valid.issuer.uri': `${issuerName}/` },
  CLAIM: { 'oauth.custom.claim.check': "@.aud == 'another'" },
  CLAIM_MENDED: { 'oauth.custom.claim.check': `@.aud == '${issuerAudience}'` },
  PRINCIPAL: { 'oauth.username.claim': 'preferred_username' },
  PRINCIPAL_MENDED: { 'oauth.username.claim': 'preferred_username', 'oauth.fallback.username.claim': 'sub' },
  USE: { 'oauth.jwks.endpoint.uri': '/jwks-without-use' },
  USE_MENDED: { 'oauth.jwks.endpoint.uri': '/jwks-without-use', 'oauth.jwks.ignore.key.use': 'true' },
  TYPE_MENDED: { 'oauth.check.access.token.type': 'false' },
  AWAY: { 'oauth.jwks.endpoint.uri': `${nobody}/jwks`, 'oauth.fail.fast': 'false' },
  ASKS: introspection('/introspect/good'),
  ASKS_INACTIVE: introspection('/introspect/inactive'),
  ASKS_ISSUER: introspection('/introspect/issuer'),
  ASKS_AUDIENCE: { ...introspection('/introspect/audience'), 'oauth.check.audience': 'true' },
  ASKS_EXPIRED: introspection('/introspect/expired'),
  ASKS_NO_EXP: introspection('/introspect/no-exp'),
  ASKS_ODD: introspection('/introspect/odd'),
  ASKS_CLAIM: { ...introspection('/introspect/good'), 'oauth.custom.claim.check': "@.aud == 'another'" },
  ROTATED: {
    'oauth.jwks.endpoint.uri': '/jwks-rotated',
    'oauth.jwks.refresh.seconds': '2',
    'oauth.jwks.expiry.seconds': '62',
  },
  ASKS_NOBODY: introspection(`${nobody}/introspect`),
  ASKS_REFUSED: introspection('/introspect/401'),
} satisfies Record<string, Options>

type Name = keyof typeof listeners

/** What a listener says of a token, and listener and token with which it goes. */
export const tokens: readonly (readonly [
  is: string,
  listener: Name,
  token: string,
  mended: Name,
  mendedToken: string,
])[] = [
  ['strimzi-audience', 'AUDIENCE', 'good', 'AUDIENCE_MENDED', 'good'],
  ['strimzi-audience', 'AUDIENCE_MENDED', 'audience', 'AUDIENCE_MENDED', 'good'],
  ['strimzi-audience', 'ASKS_AUDIENCE', 'good', 'ASKS', 'good'],
  ['strimzi-issuer', 'ISSUER', 'good', 'GOOD', 'good'],
  ['strimzi-issuer', 'GOOD', 'issuer', 'GOOD', 'good'],
  ['strimzi-issuer', 'GOOD', 'no-issuer', 'GOOD', 'good'],
  ['strimzi-issuer', 'ASKS_ISSUER', 'good', 'ASKS', 'good'],
  ['strimzi-unknown-key', 'GOOD', 'unknown-key', 'GOOD', 'good'],
  ['strimzi-unknown-key', 'GOOD', 'no-kid', 'GOOD', 'good'],
  ['strimzi-unknown-key', 'USE', 'good', 'USE_MENDED', 'good'],
  ['strimzi-unknown-key', 'AWAY', 'good', 'GOOD', 'good'],
  ['strimzi-signature', 'GOOD', 'signature', 'GOOD', 'good'],
  ['strimzi-expired', 'GOOD', 'expired', 'GOOD', 'good'],
  ['strimzi-expired', 'GOOD', 'no-exp', 'GOOD', 'good'],
  ['strimzi-expired', 'ASKS_EXPIRED', 'good', 'ASKS', 'good'],
  ['strimzi-token-type', 'GOOD', 'no-type', 'TYPE_MENDED', 'no-type'],
  ['strimzi-token-type', 'GOOD', 'other-type', 'TYPE_MENDED', 'other-type'],
  ['strimzi-not-jwt', 'GOOD', 'opaque', 'ASKS', 'opaque'],
  ['strimzi-not-active', 'ASKS_INACTIVE', 'opaque', 'ASKS', 'opaque'],
  ['strimzi-custom-claim', 'CLAIM', 'good', 'CLAIM_MENDED', 'good'],
  ['strimzi-custom-claim', 'ASKS_CLAIM', 'good', 'ASKS', 'good'],
  ['strimzi-unknown-key', 'ROTATED', 'good', 'GOOD', 'good'],
  ['strimzi-runtime-failure', 'PRINCIPAL', 'good', 'PRINCIPAL_MENDED', 'good'],
  ['strimzi-runtime-failure', 'GOOD', 'no-sub', 'GOOD', 'good'],
  ['strimzi-runtime-failure', 'ASKS_NOBODY', 'good', 'ASKS', 'good'],
  ['strimzi-runtime-failure', 'ASKS_REFUSED', 'good', 'ASKS', 'good'],
  ['strimzi-runtime-failure', 'ASKS_ODD', 'good', 'ASKS', 'good'],
  ['strimzi-runtime-failure', 'ASKS_NO_EXP', 'good', 'ASKS', 'good'],
]

/** Options that the validator does not start with, and what mends them. */
export const settings: readonly (readonly [is: string, name: string, options: Options, mended: Options])[] = [
  [
    'strimzi-keys-unreadable',
    'nobody',
    { 'oauth.jwks.endpoint.uri': nobody },
    { 'oauth.jwks.endpoint.uri': nobody, 'oauth.fail.fast': 'false' },
  ],
  ['strimzi-keys-unreadable', 'other-path', { 'oauth.jwks.endpoint.uri': '/certs' }, {}],
  ['strimzi-keys-unreadable', 'not-tls', { 'oauth.jwks.endpoint.uri': 'https' }, {}],
  ['strimzi-validator-settings', 'no-issuer', { 'oauth.valid.issuer.uri': '' }, {}],
  ['strimzi-validator-settings', 'no-keys', { 'oauth.jwks.endpoint.uri': '' }, {}],
  ['strimzi-validator-settings', 'both', { 'oauth.introspection.endpoint.uri': '/introspect/good' }, {}],
  ['strimzi-validator-settings', 'opaque', { 'oauth.access.token.is.jwt': 'false' }, {}],
  [
    'strimzi-validator-settings',
    'audience',
    { 'oauth.check.audience': 'true' },
    { 'oauth.check.audience': 'true', 'oauth.client.id': 'kafka' },
  ],
  ['strimzi-keys-url', 'url', { 'oauth.jwks.endpoint.uri': 'no url' }, {}],
  [
    'strimzi-claim-query',
    'query',
    { 'oauth.custom.claim.check': 'aud == kafka' },
    { 'oauth.custom.claim.check': "@.aud == 'kafka'" },
  ],
]

/** Options of the login handler; paths are those of the failing endpoint. */
export const goodLogin: Options = {
  'oauth.token.endpoint.uri': '/mended',
  'oauth.client.id': 'unused',
  'oauth.client.secret': 'unused',
}
export const logins: readonly (readonly [is: string, name: string, options: Options])[] = [
  ['strimzi-client-endpoint-missing', 'no-endpoint', { ...goodLogin, 'oauth.token.endpoint.uri': '' }],
  ['strimzi-client-credentials-missing', 'no-client-id', { ...goodLogin, 'oauth.client.id': '' }],
  ['strimzi-client-credentials-missing', 'no-client-secret', { ...goodLogin, 'oauth.client.secret': '' }],
  ['strimzi-client-url', 'url', { ...goodLogin, 'oauth.token.endpoint.uri': 'no url' }],
  ['strimzi-client-file', 'file', { 'oauth.access.token.location': '/nonexistent/token' }],
  ['err-caller-unknown', 'refused', { ...goodLogin, 'oauth.token.endpoint.uri': '/401' }],
  ['strimzi-client-endpoint-refuses', 'other-path', { ...goodLogin, 'oauth.token.endpoint.uri': '/404' }],
  ['strimzi-client-endpoint-refuses', 'away', { ...goodLogin, 'oauth.token.endpoint.uri': '/503' }],
  ['strimzi-client-endpoint-away', 'nobody', { ...goodLogin, 'oauth.token.endpoint.uri': nobody }],
  ['strimzi-client-answer', 'no-access-token', { ...goodLogin, 'oauth.token.endpoint.uri': '/no-access-token' }],
  ['strimzi-client-answer', 'no-expires-in', { ...goodLogin, 'oauth.token.endpoint.uri': '/no-expires-in' }],
]

function introspection(path: string): Options {
  const client = { 'oauth.client.id': issuerAudience, 'oauth.client.secret': 'unused' }
  return { 'oauth.jwks.endpoint.uri': '', 'oauth.introspection.endpoint.uri': path, ...client }
}
