import * as z from 'zod/mini'
import { withDeadline } from '../../platform/deadline.ts'
import { TokenError } from '../../token/error.ts'
import type { AccessToken, TokenSource } from '../../token/token.ts'
import { Secret } from '../../platform/secret.ts'
import { described, text } from '../option-text.ts'
import type { SourceKind, SourceWorld } from '../source-kind.ts'
import { findCredentials, type CredentialsFile, type MetadataServer } from './credentials.ts'
import { envelope } from './envelope.ts'
import type { GoogleClient, GoogleToken } from './google-client.ts'
import { googleError, metadataAbsence, noAnswer } from './google-errors.ts'
import { requireUsable } from './principal.ts'
import { wire, type Wire } from './wire.ts'

const options = z.object({
  principal: described(
    z.optional(text),
    'Principal (sub) of the tokens: the e-mail of the account. Default: GOOGLE_MANAGED_KAFKA_AUTH_PRINCIPAL, else asked of the credentials.',
  ),
  scope: described(
    z._default(text, 'https://www.googleapis.com/auth/cloud-platform'),
    'Scope asked of Google, space separated.',
  ),
  format: described(
    z._default(z.enum(['envelope', 'raw']), 'envelope'),
    "envelope: the JWT-shaped token of Managed Kafka. raw: Google's bare token, for Schema Registry.",
  ),
})

/** Times in milliseconds; tests shorten them. */
export interface GcpTimes {
  /** Deadline of one getToken, whatever the library waits for. */
  readonly timeoutMs: number
  /** While the source is younger than this, missing credentials may still appear, as on a fresh pod. */
  readonly startingMs: number
  /** When to look for missing credentials again. */
  readonly retryMs: number
}

const defaultTimes: GcpTimes = { timeoutMs: 8_000, startingMs: 30_000, retryMs: 3_000 }

// Ours ends a little before the deadline of the profile, because we know what was waited for.
const ownShare = 0.8

/** Google Application Default Credentials of every kind that google-auth-library knows; loaded at the first token. */
export const gcp: SourceKind<'gcp', typeof options> = {
  kind: 'gcp',
  options,
  create: (settings, world) =>
    gcpSource(settings, world, { ...defaultTimes, timeoutMs: ownShare * world.fetchTimeoutMs }),
}

/** How long a call that was given up may take to leave the library; only an executable takes longer. */
const leaveMs = 100
const noop = (): void => undefined

interface Held {
  readonly identity: string
  readonly wire: Wire
  readonly client: GoogleClient
  readonly fromMetadata: boolean
  principal?: string
  /** The last token of Google and what we made of it. */
  last?: { readonly token: GoogleToken; readonly given: AccessToken }
}

export function gcpSource(
  { principal: configured, scope, format }: z.output<typeof options>,
  { platform }: Pick<SourceWorld, 'platform'>,
  { timeoutMs, startingMs, retryMs }: GcpTimes = defaultTimes,
): TokenSource {
  const createdAt = platform.monotonicNow()
  const closing = new AbortController()
  const environment = platform.env['GOOGLE_MANAGED_KAFKA_AUTH_PRINCIPAL']
  const scopes = scope.split(/\s+/).filter(Boolean)
  let held: Held | undefined
  let metadataSeen = false

  async function getToken(signal: AbortSignal): Promise<AccessToken> {
    let ending: Promise<void> | undefined
    const { credentials, tried } = await findCredentials(platform.env)
    if (!credentials) throw noCredentials(tried)
    try {
      const current = await hold(credentials)
      const late = () => noAnswer({ credentials, exchange: current.wire.exchange }, timeoutMs)
      return await withDeadline(platform, timeoutMs, late, signal, async (inner) => {
        const minting = current.wire.run(inner, () => mint(current, inner))
        ending = minting.then(noop, noop)
        return minting
      })
    } catch (thrown) {
      if (signal.aborted) throw signal.reason
      const exchange = held?.wire.exchange
      const absence = credentials.from === 'metadata' && !metadataSeen ? metadataAbsence(exchange) : undefined
      if (absence) throw noCredentials([...tried, `metadata server ${exchange?.host ?? ''} (${absence})`])
      throw googleError(thrown, { credentials, exchange })
    } finally {
      // The library lets a new call join one that is pending, even if that has just been given up.
      if (ending) await within(ending, leaveMs)
      metadataSeen ||= held?.wire.exchange?.fromGoogleMetadata === true
    }
  }

  /** The client of these credentials: made anew when their file has changed. */
  async function hold(credentials: CredentialsFile | MetadataServer): Promise<Held> {
    if (held?.identity === credentials.identity) return held
    held = undefined
    const { googleClient } = await import('./google-client.ts')
    const line = wire(platform, credentials.from === 'metadata' ? credentials.origin : undefined, timeoutMs)
    const client = await googleClient(credentials, line, { platform, scopes, closing: closing.signal })
    held = { identity: credentials.identity, wire: line, client, fromMetadata: credentials.from === 'metadata' }
    return held
  }

  async function mint(current: Held, signal: AbortSignal): Promise<AccessToken> {
    const { client } = current
    signal.throwIfAborted()
    if (format === 'envelope') await resolvePrincipal(current, () => client.principal())
    signal.throwIfAborted()
    const token = await client.obtain()
    if (token.expiresAt <= platform.now())
      throw new TokenError('ERR_TOKEN_EXPIRED', 'Google handed out an expired token')
    if (format === 'envelope' && current.principal === undefined) {
      await resolvePrincipal(current, () => client.principalOf(token.value))
    }
    return give(current, token)
  }

  /** A principal that was refused or not found is asked for again, so that the mending shows without a restart. */
  async function resolvePrincipal(current: Held, ask: () => Promise<string | undefined>): Promise<void> {
    const remembered = current.principal
    // The account behind a metadata server can be exchanged at any time; that of a file changes with the file.
    if (remembered !== undefined && !current.fromMetadata) return
    if (configured !== undefined) current.principal = requireUsable(configured, 'the option principal')
    else if (environment) current.principal = requireUsable(environment, 'GOOGLE_MANAGED_KAFKA_AUTH_PRINCIPAL')
    else {
      const told = remembered === undefined ? await ask() : await ask().catch(() => remembered)
      if (told !== undefined) current.principal = requireUsable(told, 'the principal of the credentials')
    }
  }

  // A metadata server repeats its token until five minutes are left. The same token stays the same for us as well.
  function give(current: Held, token: GoogleToken): AccessToken {
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

  function within(task: Promise<void>, timeMs: number): Promise<void> {
    return new Promise((done) => {
      const limit = platform.setTimer(done, timeMs)
      void task.then(() => {
        limit.cancel()
        done()
      })
    })
  }

  function noCredentials(tried: readonly string[]): TokenError {
    return new TokenError('ERR_GCP_NO_CREDENTIALS', `no Google credentials found. Tried: ${tried.join('; ')}`, {
      starting: platform.monotonicNow() - createdAt < startingMs,
      retryAfterMs: retryMs,
    })
  }

  return {
    kind: 'gcp',
    getToken: (_request, signal) => getToken(signal),
    close() {
      closing.abort(new Error('the source is closed'))
    },
  }
}
