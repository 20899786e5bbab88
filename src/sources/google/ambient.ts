import { withDeadline } from '../../platform/deadline.ts'
import type { Platform } from '../../platform/platform.ts'
import { TokenError } from '../../token/error.ts'
import { defaultTimes, type SourceTimes } from '../source-times.ts'
import { findCredentials, type CredentialsFile, type MetadataServer } from './credentials.ts'
import type { GoogleClient } from './google-client.ts'
import { googleError, metadataAbsence, noAnswer, type Situation } from './google-errors.ts'
import { wire, type Wire } from './wire.ts'

/** The client of the credentials that were found. */
export interface Identity {
  /** Changes when the credentials do. */
  readonly id: string
  readonly client: GoogleClient
  readonly fromMetadata: boolean
  readonly situation: () => Situation
}

/** The Google identity of where we run. */
export interface AmbientGoogle {
  /** Finds the credentials anew and runs `task` with their client, one at a time, within our deadline. Rejects with a TokenError. */
  run<T>(signal: AbortSignal, task: (identity: Identity, signal: AbortSignal) => Promise<T>): Promise<T>
  close(): void
}

/** How long a call that was given up may take to leave the library; only an executable takes longer. */
const leaveMs = 100
const noop = (): void => undefined

export function ambientGoogle(
  platform: Platform,
  scopes: readonly string[],
  { timeoutMs, startingMs, retryMs }: SourceTimes = defaultTimes,
): AmbientGoogle {
  const createdAt = platform.monotonicNow()
  const closing = new AbortController()
  let held: { readonly identity: Identity; readonly wire: Wire } | undefined
  let metadataSeen = false

  /** The client of these credentials: made anew when their file has changed. */
  async function hold(credentials: CredentialsFile | MetadataServer): Promise<NonNullable<typeof held>> {
    if (held?.identity.id === credentials.identity) return held
    held = undefined
    const { googleClient } = await import('./google-client.ts')
    const fromMetadata = credentials.from === 'metadata'
    const line = wire(platform, fromMetadata ? credentials.origin : undefined, timeoutMs)
    const client = await googleClient(credentials, line, { platform, scopes, closing: closing.signal })
    const situation = (): Situation => ({ credentials, exchange: line.exchange })
    held = { wire: line, identity: { id: credentials.identity, client, fromMetadata, situation } }
    return held
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
    async run(signal, task) {
      let ending: Promise<void> | undefined
      const { credentials, tried } = await findCredentials(platform.env)
      if (!credentials) throw noCredentials(tried)
      try {
        const { identity, wire: line } = await hold(credentials)
        const late = () => noAnswer(identity.situation(), timeoutMs)
        return await withDeadline(platform, timeoutMs, late, signal, async (inner) => {
          const running = line.run(inner, () => task(identity, inner))
          ending = running.then(noop, noop)
          return running
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
    },
    close() {
      closing.abort(new Error('the source is closed'))
    },
  }
}
