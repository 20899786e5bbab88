import { withoutTokens } from '../../platform/shortened.ts'
import { TokenError } from '../../token/error.ts'

/** What an assertion says of itself, as Entra ID compares it with a federated credential. */
export interface AssertionClaims {
  readonly iss?: unknown
  readonly sub?: unknown
  readonly aud?: unknown
}

// Neither is a secret: both stand in the federated credential of the app.
function federatedHint({ iss, sub, aud }: AssertionClaims): string {
  return `Add a federated credential to the app or managed identity in Entra ID with exactly issuer ${told(iss)}, subject ${told(sub)} and audience ${told(aud)}; a new one takes some minutes.`
}

function told(value: unknown): string {
  const one = Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value
  return typeof one === 'string' ? one.slice(0, 200) : 'as in the token'
}

/** Codes of Entra ID (AADSTS) that users of Kafka meet, and what mends them. */
const hints: readonly (readonly [codes: RegExp, hint: string | ((assertion: AssertionClaims) => string)])[] = [
  [/AADSTS(70021|700211|700212|700213|7002138)\b/, federatedHint],
  [/AADSTS(90002|900023|900021|90019)\b/, 'Correct the tenant: tenantId or AZURE_TENANT_ID.'],
  [
    /AADSTS(700016|7000229)\b/,
    'Correct the client: clientId or AZURE_CLIENT_ID is the id of an application or managed identity of this tenant.',
  ],
  [
    /AADSTS(7000215|7000222|7000216|7000218)\b/,
    'Entra ID wants another proof of the client than the assertion: add a federated credential to the application of clientId.',
  ],
  [
    /AADSTS(500011|650057|50001)\b/,
    'Correct scope: this tenant knows no such resource. For Event Hubs it is https://<namespace>.servicebus.windows.net/.default.',
  ],
  [/AADSTS(1002012|70011)\b/, 'Set scope to the resource followed by /.default.'],
  [
    /AADSTS(700024|50013)\b/,
    'Compare the clock of this host with the real time, and see that the token file is renewed.',
  ],
  [
    /AADSTS(53003|530035)\b/,
    'A conditional access policy of the tenant blocks this identity: have it exclude the workload.',
  ],
  [/AADSTS50105\b/, 'Assign the identity to the application of the resource in Entra ID.'],
]

const nextSteps: Partial<Record<TokenError['code'], string>> = {
  ERR_PROVIDER_ANSWER: 'It is tried again by itself. If this lasts, look for a proxy or a service mesh on the way.',
  ERR_PROVIDER_TLS: 'Name the CA of the proxy on the way with NODE_EXTRA_CA_CERTS.',
  ERR_PROVIDER_PLAINTEXT: 'Use https in AZURE_AUTHORITY_HOST.',
  ERR_PROVIDER_REDIRECT: 'Correct AZURE_AUTHORITY_HOST, or look for a proxy on the way.',
}

/** The same failure with what helps in terms of this source's options and variables. */
export function withAzureHint(thrown: unknown, assertion: AssertionClaims = {}): unknown {
  if (!(thrown instanceof TokenError)) return thrown
  const { code, message, oauth, cause, retryAfterMs } = thrown
  const known = hints.find(([codes]) => codes.test(message))?.[1]
  const hint = typeof known === 'function' ? known(assertion) : (known ?? nextSteps[code] ?? thrown.hint)
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  return new TokenError(code, withoutTokens(message), { hint, oauth, cause, ...wait })
}
