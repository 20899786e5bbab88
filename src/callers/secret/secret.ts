import { hash } from 'node:crypto'
import type { Platform } from '../../platform/platform.ts'
import { TokenError } from '../../token/error.ts'
import { addressGroup } from '../address-group.ts'
import { basicCredentials, credentials, isBasic, type Credentials } from './basic.ts'
import type { CallerCheck, CallerForm, CallerRequest, CallersConfig, Proof } from '../caller.ts'
import { knownSecrets, type Verified } from './known-secrets.ts'
import { rateLimit } from '../rate.ts'
import { matchesHash } from './secret-hash.ts'
import { fairTurns } from '../turns.ts'

export interface SecretCheckOptions {
  readonly platform: Pick<Platform, 'monotonicNow' | 'setTimer'>
  /** How a secret is compared with a hash; default scrypt. */
  readonly matches?: typeof matchesHash
}

export interface SecretCheck {
  readonly check: CallerCheck
  /** From now on these are the callers. */
  replace(callers: CallersConfig): void
  /** Sends away who waits for a check, and answers at once whose failure was held back. */
  close(): void
}

/** What came of an attempt, and how long the hashing took where it was wrong. */
type Checked = Verified | (Extract<Verified, { readonly reason: string }> & { readonly tookMs: number })

/** Whose failures an attempt is counted among. */
interface Attempt {
  readonly group: string
  readonly groupAndId: string
}

/** A failure is answered so many milliseconds after it came, whatever it took: that hides what it took, and slows guessing. */
const failureMs = 500
/** Longer than this no hash can take. */
const longestHeldMs = 3_000

/** Hashing takes a core and 16 MiB: of the four threads that Node shares among files, names and this, two are left to others. */
const turnOptions = { atOnce: 2, most: 256, mostOfGroup: 32 }

/** Of one client id at one address: clients of others behind the same proxy are not to suffer from a wrong secret. */
const mostFailures = { burst: 20, perMinute: 20 }
/** Of one address, whatever id is tried. */
const mostOfAddress = { burst: 200, perMinute: 100 }

/**
 * Proof by client id and secret (RFC 6749 §2.3.1): `Authorization: Basic`, or `client_id` and `client_secret` in the form.
 * What was verified before is recognized at once, wherever it comes from; all else is hashed in fair turns by address.
 * Throws or rejects with ERR_CALLER_UNKNOWN, ERR_CALLER_LIMIT after many failures from an address, ERR_REQUEST_OVERLOAD.
 */
export function secretCheck(
  callers: CallersConfig,
  { platform, matches = matchesHash }: SecretCheckOptions,
): SecretCheck {
  const known = knownSecrets(callers, matches)
  const turns = fairTurns<Checked>({ ...turnOptions, full: overloaded, rest: restAfter })
  const failuresOfId = rateLimit({ ...mostFailures, platform })
  const failuresOfAddress = rateLimit({ ...mostOfAddress, platform })
  const heldBack = new Set<() => void>()
  let heldMs = failureMs

  async function verified(shown: readonly Credentials[], address: string | undefined): Promise<Proof> {
    const cameAt = platform.monotonicNow()
    const group = addressGroup(address)
    const attempt = { group, groupAndId: `${group} ${hash('sha256', shown[0]?.id ?? '', 'base64')}` }
    requireFewFailures(attempt)
    const result = await resultFor(shown, attempt)
    if ('proof' in result) return result.proof
    await holdBack(cameAt + heldMs - platform.monotonicNow())
    throw new TokenError('ERR_CALLER_UNKNOWN', 'the client id is not known here, or its secret is another one', {
      cause: new Error(result.reason),
    })
  }

  function requireFewFailures({ group, groupAndId }: Attempt): void {
    const waitMs = Math.max(failuresOfId.wait(groupAndId), failuresOfAddress.wait(group))
    if (waitMs > 0) throw tooManyFailures(waitMs)
  }

  async function resultFor(shown: readonly Credentials[], attempt: Attempt): Promise<Checked> {
    if (shown.length === 0) {
      failuresOfAddress.take(attempt.group)
      return { reason: 'id and secret cannot be read' }
    }
    return turns.take(attempt.group, shown.map((one) => known.mark(one)).join(), () => verifiedInTurn(shown, attempt))
  }

  async function verifiedInTurn(shown: readonly Credentials[], attempt: Attempt): Promise<Checked> {
    // Those before it may have been wrong, since it came; and it counts as wrong until it proves to be right.
    requireFewFailures(attempt)
    failuresOfId.take(attempt.groupAndId)
    failuresOfAddress.take(attempt.group)
    const beganAt = platform.monotonicNow()
    const result = await known.verify(shown)
    const tookMs = platform.monotonicNow() - beganAt
    // Some hashes may cost more than others, which nobody is to see either.
    heldMs = Math.max(heldMs, Math.min(tookMs, longestHeldMs))
    if ('reason' in result) return { ...result, tookMs }
    failuresOfId.give(attempt.groupAndId)
    failuresOfAddress.give(attempt.group)
    return result
  }

  /** A wrong secret keeps its turn for twice as long as the hashing: a flood of them gets half of the time of two threads. */
  async function restAfter(result: Checked): Promise<void> {
    if ('tookMs' in result) await holdBack(result.tookMs)
  }

  async function holdBack(ms: number): Promise<void> {
    if (ms <= 0) return
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const answer = (): void => {
      timer.cancel()
      heldBack.delete(answer)
      resolve(undefined)
    }
    const timer = platform.setTimer(answer, Math.ceil(ms), { holdsProcess: true })
    heldBack.add(answer)
    await promise
  }

  return {
    check(request, form) {
      const header = basicHeader(request)
      const proof = header === undefined ? undefined : known.recognizedHeader(header)
      if (proof) return proof
      const shown = header === undefined ? shownIn(form) : basicCredentials(header)
      for (const one of shown ?? []) {
        const found = known.recognized(one, header)
        if (found) return found
      }
      return shown && verified(shown, request.remoteAddress)
    },
    replace(next) {
      known.replace(next)
    },
    close() {
      turns.close()
      for (const answer of heldBack) answer()
    },
  }
}

function basicHeader({ headers }: CallerRequest): string | undefined {
  const header = headers['authorization']
  return isBasic(header) ? header : undefined
}

/** Undefined where the form shows no secret; empty where it cannot be read. */
function shownIn(form: CallerForm): readonly Credentials[] | undefined {
  const secret = form.get('client_secret')
  if (secret === undefined) return undefined
  const shown = credentials(form.get('client_id') ?? '', secret)
  return shown ? [shown] : []
}

function tooManyFailures(retryAfterMs: number): TokenError {
  return new TokenError('ERR_CALLER_LIMIT', 'too many wrong ids or secrets came from this address', {
    retryAfterMs,
    hint: 'Correct client id and secret, and ask again later.',
  })
}

function overloaded(): TokenError {
  return new TokenError('ERR_REQUEST_OVERLOAD', 'too many ids and secrets wait to be checked', {
    hint: 'Ask again: Kafka clients do so by themselves.',
    retryAfterMs: 5_000,
  })
}
