import * as z from 'zod/mini'
import { once } from '../../platform/once.ts'
import { Secret } from '../../platform/secret.ts'
import { TokenError } from '../../token/error.ts'
import type { AccessToken, TokenSource } from '../../token/token.ts'
import { described, text } from '../option-text.ts'
import type { OptionProblem, SourceKind, SourceWorld } from '../source-kind.ts'
import { defaultTimes, timesFor, type SourceTimes } from '../source-times.ts'
import { ambientGoogle, type Identity } from './ambient.ts'
import { envelope } from './envelope.ts'
import type { GoogleToken } from './google-client.ts'
import { idTokenOf } from './id-token.ts'
import { requireUsable } from './principal.ts'

const options = once(() =>
  z.object({
    principal: described(
      z.optional(text),
      'Principal (sub) of the tokens: the e-mail of the account. Default: GOOGLE_MANAGED_KAFKA_AUTH_PRINCIPAL, else asked of the credentials.',
    ),
    scope: described(
      z._default(text, 'https://www.googleapis.com/auth/cloud-platform'),
      'Scope asked of Google, space separated.',
    ),
    format: described(
      z._default(z.enum(['envelope', 'raw', 'id-token']), 'envelope'),
      "envelope: the JWT-shaped token of Managed Kafka. raw: Google's bare token, for Schema Registry. id-token: an OpenID Connect ID token of the identity, for brokers and providers that trust https://accounts.google.com.",
    ),
    audience: described(z.optional(text), 'Audience (aud) of the ID token; with format id-token, and only there.'),
  }),
)

type GcpOptions = z.output<ReturnType<typeof options>>

/** Google Application Default Credentials of every kind that google-auth-library knows; loaded at the first token. */
export const gcp: SourceKind<'gcp', ReturnType<typeof options>> = {
  kind: 'gcp',
  summary: 'Google Application Default Credentials, for Managed Kafka',
  get options() {
    return options()
  },
  check,
  create: (settings, world) => gcpSource(settings, world, timesFor(world.fetchTimeoutMs)),
}

/** What was made of the credentials so far. */
interface Made {
  readonly id: string
  principal?: string
  /** The last token of Google and what we made of it. */
  last?: { readonly token: GoogleToken; readonly given: AccessToken }
}

export function gcpSource(
  settings: GcpOptions,
  { platform }: Pick<SourceWorld, 'platform'>,
  times: SourceTimes = defaultTimes,
): TokenSource {
  const { principal: configured, scope, format, audience } = settings
  const environment = platform.env['GOOGLE_MANAGED_KAFKA_AUTH_PRINCIPAL']
  const google = ambientGoogle(platform, scope.split(/\s+/).filter(Boolean), times)
  let made: Made | undefined

  async function mint(identity: Identity, signal: AbortSignal): Promise<AccessToken> {
    const { client } = identity
    const current = made?.id === identity.id ? made : { id: identity.id }
    made = current
    signal.throwIfAborted()
    if (format === 'id-token') return idTokenOf(identity, audience ?? '')
    if (format === 'envelope') await resolvePrincipal(current, identity, () => client.principal())
    signal.throwIfAborted()
    const token = await client.obtain()
    if (token.expiresAt <= platform.now())
      throw new TokenError('ERR_TOKEN_EXPIRED', 'Google handed out an expired token')
    if (format === 'envelope' && current.principal === undefined) {
      await resolvePrincipal(current, identity, () => client.principalOf(token.value))
    }
    return give(current, token)
  }

  /** A principal that was refused or not found is asked for again, so that the mending shows without a restart. */
  async function resolvePrincipal(
    current: Made,
    { fromMetadata }: Identity,
    ask: () => Promise<string | undefined>,
  ): Promise<void> {
    const remembered = current.principal
    // The account behind a metadata server can be exchanged at any time; that of a file changes with the file.
    if (remembered !== undefined && !fromMetadata) return
    if (configured !== undefined) current.principal = requireUsable(configured, 'the option principal')
    else if (environment) current.principal = requireUsable(environment, 'GOOGLE_MANAGED_KAFKA_AUTH_PRINCIPAL')
    else {
      const told = remembered === undefined ? await ask() : await ask().catch(() => remembered)
      if (told !== undefined) current.principal = requireUsable(told, 'the principal of the credentials')
    }
  }

  // A metadata server repeats its token until five minutes are left. The same token stays the same for us as well.
  function give(current: Made, token: GoogleToken): AccessToken {
    const { last, principal: subject } = current
    if (last?.token.value.reveal() === token.value.reveal() && last.given.subject === subject) return last.given
    const { expiresAt } = token
    const value =
      format === 'raw' || subject === undefined
        ? token.value
        : new Secret(envelope({ token: token.value.reveal(), subject, issuedAt: platform.now(), expiresAt }))
    const given = { value, expiresAt, scope, ...(subject !== undefined && { subject }) }
    current.last = { token, given }
    return given
  }

  return {
    kind: 'gcp',
    getToken: (_request, signal) => google.run(signal, mint),
    close: () => {
      google.close()
    },
  }
}

/** An audience belongs to format id-token and to no other. */
function check({ format, audience, principal }: GcpOptions): readonly OptionProblem[] {
  if (format !== 'id-token') {
    return audience === undefined
      ? []
      : [{ path: ['audience'], problem: `needs format id-token; ${format} has no audience` }]
  }
  return [
    ...(audience === undefined ? [{ path: ['audience'], problem: 'is needed for format id-token' }] : []),
    ...(principal === undefined ? [] : [{ path: ['principal'], problem: 'cannot be set for format id-token' }]),
  ]
}
