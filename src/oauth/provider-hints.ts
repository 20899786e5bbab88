interface Hint {
  readonly code?: string
  readonly text?: RegExp
  readonly hint: string
  /** A wrong clock would explain it as well. */
  readonly isAboutTime?: true
}

/** Known texts of Keycloak, Okta, Entra ID, Auth0 and others, and what mends them. The first that fits counts. */
const hints: readonly Hint[] = [
  {
    text: /multiple audiences/i,
    hint: 'Let assertion.claim.aud be one text, not a list: the issuer of the provider.',
  },
  {
    text: /AADSTS(70021|700213|700212|700211)\b/,
    hint: 'Add a federated credential to the app in Entra ID with exactly the issuer, subject and audience of the assertion.',
  },
  { text: /AADSTS(90002|900023|900021)\b/, hint: 'Correct the tenant in issuer or tokenEndpoint.' },
  { text: /AADSTS700016\b/, hint: 'Correct clientId: this tenant has no such application.' },
  {
    text: /AADSTS(700027|7000277)\b/,
    hint: 'Upload the certificate to the app in Entra ID, and name it with assertion.certificateFile.',
  },
  {
    text: /AADSTS(7000215|7000222)\b/,
    hint: 'Use the value of the secret, not its id, and check that it has not expired.',
  },
  {
    text: /AADSTS(1002012|70011)\b/,
    hint: 'Set scope to the resource followed by /.default, as in https://<namespace>.servicebus.windows.net/.default.',
  },
  { text: /AADSTS(500011|650057)\b/, hint: 'Correct the resource in scope: this tenant knows no such application.' },
  {
    text: /\bjti\b.*(missing|required|must be|not (present|provided))|(missing|required|without).*\bjti\b|missing id on the token/i,
    hint: 'Set assertion.claim.jtiInclude: true (--assertion-claim-jti-include).',
  },
  {
    text: /(token|assertion|jwt|jti)\b.*\b(reuse|re-use|already|replay|used before|used once)|\b(reuse|replay)/i,
    hint: 'Each assertion is taken once here: set assertion.claim.jtiInclude: true; a ready-made file has to be new each time.',
  },
  {
    text: /\bkid\b|key id|public key|no (matching )?key|signature/i,
    hint: 'The provider does not take this key: register its public key there. Where several are registered, name this one with assertion.keyId; a keyId that it does not know has to go.',
  },
  {
    text: /\bexpir(ed|es|y|ation)\b|not active|too old|too far|valid time range|in the future|\b(iat|nbf|exp)\b/i,
    hint: 'Compare the clocks of this host and of the provider, and assertion.claim.expSeconds with what it allows.',
    isAboutTime: true,
  },
  {
    text: /(client|service).*not (enabled|authorized)|client-grant/i,
    code: 'access_denied',
    hint: 'Grant the client access to this API at the provider, and correct audience.',
  },
  {
    text: /audience|\baud\b/i,
    hint: 'Set assertion.claim.aud to what the provider expects: its issuer, or its token endpoint.',
  },
  // Auth0 calls a wrong secret so.
  { code: 'access_denied', text: /^unauthorized$/i, hint: 'The client secret is wrong.' },
  {
    code: 'unauthorized_client',
    hint: 'The client secret is wrong, or the client may not use this grant (in Keycloak: Service accounts roles).',
  },
  { code: 'unsupported_grant_type', hint: 'Allow this grant for the client at the provider, or use another source.' },
  { code: 'invalid_scope', hint: 'Correct scope, or allow it for the client at the provider.' },
  {
    code: 'invalid_target',
    hint: 'Correct resource or audience (RFC 8707), or allow it for the client at the provider.',
  },
  { code: 'access_denied', hint: 'Grant the client access to this API at the provider.' },
]

/** Refusals that no clock has to do with. */
const timeless = new Set(['unsupported_grant_type', 'invalid_scope', 'invalid_target', 'access_denied'])

/** What mends a refusal, by the provider's code and words. `aboutClock` is said where a wrong clock is as likely. */
export function hintFor(code: string, words: string, aboutClock: string | undefined): string | undefined {
  const found = hints.find((hint) => (!hint.code || hint.code === code) && (!hint.text || hint.text.test(words.trim())))
  const isMoreLikely = found?.text !== undefined && !found.isAboutTime
  return !isMoreLikely && !timeless.has(code) ? (aboutClock ?? found?.hint) : found?.hint
}
