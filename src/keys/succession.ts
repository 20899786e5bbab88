import type { PublicJwk } from './jwk.ts'
import { newest, oldest, type KeySet, type SigningKey } from './key-set.ts'

export interface SuccessionOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** How long a new key is published before it signs. */
  readonly publishAheadMs: number
  /** How long a key is published after it has left the file or signed last, whatever is later: what it signed is valid so long. */
  readonly afterlifeMs: number
}

/** Which key signs, and which ones are published, while the keys in the file come and go. */
export interface Succession {
  /** The file holds these from now on. */
  take(keys: KeySet): void
  /** The key that signs now. Only after the first `take`. */
  current(): SigningKey
  /** All that verify what is valid or will be signed, the one in use first. */
  published(): readonly PublicJwk[]
}

interface GoneKey {
  readonly jwk: PublicJwk
  /** When what it signed has ended. */
  readonly until: number
  /** It signs as long as none of the file is ready: here, or in another replica. */
  readonly maySign: boolean
}

/** A file comes to each replica with some delay, in Kubernetes a minute or two. */
const lateShare = 0.1
const latestMs = 5 * 60_000

function graceMsOf(publishAheadMs: number): number {
  return Math.min(lateShare * publishAheadMs, latestMs)
}

/**
 * How long after it was added a key signs: by the end of the grace every replica has the file, and publishes the key for the
 * whole time from then on.
 */
export function signsAfterMs(publishAheadMs: number): number {
  return graceMsOf(publishAheadMs) + publishAheadMs
}

/**
 * The newest key that has been published long enough by its `iat` signs; where there is none, the one that did, and at a
 * start the oldest. So every process takes the same from the same file, whenever it started. What a process has seen for
 * itself only delays: a key that comes without `iat`, or long after it, signs as if it had been added when it came.
 */
export function succession({ now, publishAheadMs, afterlifeMs }: SuccessionOptions): Succession {
  const graceMs = graceMsOf(publishAheadMs)
  let held: KeySet | undefined
  /** When each key that signs in its turn came into the file. */
  let cameAt: ReadonlyMap<string, number> = new Map()
  /** What signed last; while none of the file is ready, it may be gone from there. */
  let inUse: SigningKey | undefined
  /** Whether one of the file was ready when that was asked last. */
  let wasReady = false
  /** Keys that are gone from the file. */
  let gone: Map<string, GoneKey> = new Map()

  function readyAt({ jwk, addedAt }: SigningKey): number {
    const came = cameAt.get(idOf(jwk)) ?? -Infinity
    const isLate = came > addedAt + graceMs
    return (isLate ? came : addedAt) + signsAfterMs(publishAheadMs)
  }

  function current(): SigningKey {
    const { own } = held as KeySet
    const at = now()
    if (!wasReady) for (const key of gone.values()) if (key.maySign) publishOn(key.jwk, at, true)
    const ready = newest(own.filter((key) => readyAt(key) <= at))
    wasReady = ready !== undefined
    inUse = ready ?? inUse ?? oldest(own)
    return inUse as SigningKey
  }

  /** Other replicas may have the file later, and sign with the key for so long. */
  function publishOn(jwk: PublicJwk, at: number, maySign: boolean): void {
    gone.set(idOf(jwk), { jwk, maySign, until: at + graceMs + afterlifeMs })
  }

  return {
    current,
    take(next) {
      if (next === held) return
      const at = now()
      // Before it has signed or published anything, a process is one that starts.
      const isStart = !inUse
      if (!isStart) {
        const used = idOf(current().jwk)
        gone = new Map([...gone].filter(([, { until }]) => until > at))
        // Each may have signed: before this process was asked or started, or in a replica that has the file later.
        for (const key of held?.own ?? []) {
          publishOn(key.jwk, at, idOf(key.jwk) === used || readyAt(key) <= at + graceMs)
        }
        for (const jwk of next.published) gone.delete(idOf(jwk))
      }
      // What comes back has to wait again: not every replica need have seen it the first time.
      const came = ({ jwk, addedAt }: SigningKey): number =>
        isStart ? Math.min(addedAt, at) : (cameAt.get(idOf(jwk)) ?? at)
      cameAt = new Map(next.own.map((key) => [idOf(key.jwk), came(key)]))
      held = next
      if (!isStart) current()
    },
    published() {
      const { jwk } = current()
      const at = now()
      const afterwards = [...gone.values()].filter(({ until }) => until > at)
      const all = [jwk, ...(held as KeySet).published, ...afterwards.map((key) => key.jwk)]
      return [...new Map(all.map((one) => [idOf(one), one])).values()]
    },
  }
}

/** A key under another `kid` is another key to brokers. */
function idOf({ kid, x, y, n }: PublicJwk): string {
  return JSON.stringify([kid, x, y, n])
}
