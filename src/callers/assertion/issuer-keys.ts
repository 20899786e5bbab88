import { withDeadline } from '../../platform/deadline.ts'
import type { Platform } from '../../platform/platform.ts'
import { watchedFiles } from '../../platform/watched-files.ts'
import { TokenError, asTokenError } from '../../token/error.ts'
import type { Emit } from '../../token/event.ts'
import { reloadEvents } from '../../token/reload-events.ts'
import { configurationChanges } from './closing.ts'
import type { IssuerConfig } from '../caller.ts'
import { readJwksFile, type IssuerKey } from './issuer-jwks.ts'
import { keyOrigin, keysNotToBeHad } from './issuer-origin.ts'

/** The public keys of one issuer. Nothing is asked for, and no timer runs, until somebody needs them. */
export interface IssuerKeys {
  /** Rejects with ERR_CALLER_KEYS where there are none at all. */
  readonly current: () => Promise<readonly IssuerKey[]>
  /**
   * Those that are there now, where the current ones do not fit; undefined when they were looked for only just now. Rejects with
   * ERR_CALLER_KEYS when the issuer does not say.
   */
  readonly newer: () => Promise<readonly IssuerKey[] | undefined>
  readonly close: () => void
}

export interface IssuerWorld {
  readonly platform: Platform
  readonly emit: Emit
}

export function issuerKeys(issuer: string, config: IssuerConfig, world: IssuerWorld): IssuerKeys {
  return config.jwksFile === undefined ? fetchedKeys(issuer, config, world) : keysInFile(issuer, config.jwksFile, world)
}

function keysInFile(issuer: string, jwksFile: string, { platform, emit }: IssuerWorld): IssuerKeys {
  const fault = (message: string): TokenError => keysNotToBeHad(issuer, new Error(message))
  const watched = watchedFiles({
    platform,
    files: { jwks: jwksFile },
    unreadable: (path, problem) => fault(`cannot read ${path} (${problem})`),
    parse({ jwks }) {
      const keys = readJwksFile(jwks?.text ?? '', issuer)
      if (!keys) throw fault(`${jwksFile} holds no JWK Set`)
      return keys
    },
    ...reloadEvents({ emit }, `the JWK Set of ${issuer}`),
  })
  // Reading always gives what the file holds at that moment.
  return { current: () => watched.read(), newer: () => Promise.resolve(undefined), close: watched.close }
}

const deadlineMs = 5_000
const refreshAfterMs = 10 * 60_000
/** What nobody asked for in so long is awaited, so that a key that was withdrawn meanwhile is not believed once more. */
const staleAfterMs = 3_600_000
/** While the issuer does not answer. */
const keptForMs = 24 * 3_600_000
/** Between two fetches that unknown keys bring about. */
const leastMs = 10_000
/** Between two fetches while there are no keys at all. */
const leastWithoutMs = 2_000

function fetchedKeys(issuer: string, config: IssuerConfig, { platform, emit }: IssuerWorld): IssuerKeys {
  const origin = keyOrigin(issuer, config, platform)
  const closing = new AbortController()
  let held: { readonly keys: readonly IssuerKey[]; readonly at: number } | undefined
  let failure: TokenError | undefined
  let attemptedAt = -Infinity
  let fetching: Promise<void> | undefined

  const late = (): TokenError => keysNotToBeHad(issuer, new Error(`they did not arrive within ${deadlineMs / 1000} s`))
  const since = (at: number): number => platform.monotonicNow() - at

  /** One fetch at a time. Never rejects: `failure` tells. */
  function fetched(): Promise<void> {
    if (fetching) return fetching
    attemptedAt = platform.monotonicNow()
    fetching = withDeadline(platform, deadlineMs, late, closing.signal, (signal) => origin.load(signal))
      .then(
        (keys) => {
          held = { keys, at: platform.monotonicNow() }
          failure = undefined
        },
        (reason: unknown) => {
          const error = asTokenError(reason)
          // Without any keys, each answer says so.
          if (!failure && held && !closing.signal.aborted) {
            emit({ type: 'warning', message: `${error.message}; the former ones are used for up to 24 h` })
          }
          failure = error
        },
      )
      .finally(() => (fetching = undefined))
    return fetching
  }

  return {
    async current() {
      if (held && since(held.at) >= keptForMs) held = undefined
      if (!held) {
        if (!fetching && failure && since(attemptedAt) < leastWithoutMs) throw failure
        await fetched()
      } else if (since(held.at) >= refreshAfterMs && (fetching || since(attemptedAt) >= leastMs)) {
        const isAwaited = since(held.at) >= staleAfterMs && !failure
        const refreshing = fetched()
        if (isAwaited) await refreshing
      }
      if (held) return held.keys
      throw failure ?? late()
    },
    async newer() {
      if (fetching || since(attemptedAt) >= leastMs) await fetched()
      else if (!failure) return undefined
      if (failure) throw failure
      return held?.keys
    },
    close() {
      closing.abort(configurationChanges('ERR_CALLER_KEYS'))
      origin.close()
    },
  }
}
