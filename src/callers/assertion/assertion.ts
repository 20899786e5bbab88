import { hash, randomBytes } from 'node:crypto'
import { TokenError } from '../../token/error.ts'
import { clientAssertionType } from './bearer.ts'
import { readAssertion, refused, requireSmall, requireTimely, skewMs, wrongAudience, type Assertion } from './claims.ts'
import { configurationChanges } from './closing.ts'
import { defaultIssuer, verifier, verifierText, type Verifier, type Vouched } from './issuer.ts'
import { memory } from './memory.ts'
import { replays, type Replays } from './replay.ts'
import { callerOf, untrusted } from './named-caller.ts'
import { subjectsByIssuer } from './subjects.ts'
import { addressGroup } from '../address-group.ts'
import type { CallerCheck, CallerForm, CallersConfig, IssuersConfig, Proof } from '../caller.ts'
import type { IssuerWorld } from './issuer-keys.ts'

export type AssertionWorld = IssuerWorld

export interface AssertionCheck {
  /** Answers at once for an assertion that it knows. */
  readonly check: CallerCheck
  /** What was learnt stays, as far as it still holds: keys of issuers, assertions that were used. */
  replace(callers: CallersConfig, issuers: IssuersConfig): void
  close(): void
}

/** An assertion that was accepted. Never the token itself. */
interface Accepted extends Vouched {
  readonly issuer: string
  readonly verifier: Verifier
  readonly proof: Proof
  /** Of the configuration that `proof` follows from. */
  readonly generation: number
  /** By the clock that never runs backwards, and by the other one. */
  readonly until: number
  readonly expiresAt: number
}

const acceptedForMs = 60_000
const refusedForMs = 5_000
const mostRemembered = 10_000

/**
 * Who sends a request, by the JWT that it presents: `client_assertion` (RFC 7523 §2.2) or, with the grant jwt-bearer, `assertion`
 * (§2.1). What is remembered of a use (`jti: once`) is that of this process alone.
 */
export function assertionCheck(callers: CallersConfig, issuers: IssuersConfig, world: AssertionWorld): AssertionCheck {
  const { platform } = world
  const digestKey = randomBytes(32).toString('hex')
  const accepted = memory<Accepted>(mostRemembered)
  const refusals = memory<{ readonly error: TokenError; readonly until: number }>(mostRemembered)
  const inFlight = new Map<string, Promise<Proof>>()
  const verifiers = new Map<string, Verifier>()
  const replaysOf = new Map<string, Replays>()
  let generation = 0
  let subjects = subjectsByIssuer(callers)

  // The digests never leave this process, so nothing can be appended to one; an HMAC would take twice as long.
  const digest = (text: string): string => hash('sha256', digestKey + text, 'base64')
  const configOf = (issuer: string) => (Object.hasOwn(issuers, issuer) ? issuers[issuer] : undefined) ?? defaultIssuer

  function verifierOf(issuer: string): Verifier {
    const known = verifiers.get(issuer) ?? verifier(issuer, configOf(issuer), world)
    verifiers.set(issuer, known)
    return known
  }

  function proofOf(issuer: string, { subject, audience, by }: Vouched): Proof {
    return { caller: callerOf(subjects.get(issuer), issuer, subject, audience), by }
  }

  function remembered(key: string): Proof | undefined {
    const known = accepted.get(key)
    if (!known) return undefined
    const isOver = platform.monotonicNow() >= known.until || platform.now() >= known.expiresAt + skewMs
    if (isOver || known.verifier !== verifiers.get(known.issuer)) {
      accepted.delete(key)
      return undefined
    }
    if (known.generation === generation) return known.proof
    try {
      const proof = proofOf(known.issuer, known)
      accepted.set(key, { ...known, proof, generation })
      return proof
    } catch {
      // The policy is another one: what it needs may not have been looked at, such as another audience.
      accepted.delete(key)
      return undefined
    }
  }

  /** What can be told without asking anybody; otherwise the audiences that are of use here. */
  function wantedAudiences(assertion: Assertion): readonly string[] {
    const of = subjects.get(assertion.issuer)
    if (!of) throw untrusted(assertion.issuer)
    requireTimely(assertion, platform.now())
    const wanted = assertion.audience.filter((one) => of.audiences.has(one))
    if (wanted.length === 0) throw wrongAudience(assertion.audience, of.audiences)
    if (configOf(assertion.issuer).jti === 'once' && !assertion.jti) {
      throw refused('the assertion has no jti, and this issuer has jti: once')
    }
    return wanted
  }

  async function verified(
    key: string,
    assertion: Assertion,
    wanted: readonly string[],
    address: string | undefined,
  ): Promise<Proof> {
    const { issuer, expiresAt, jti } = assertion
    const by = verifierOf(issuer)
    const began = generation
    try {
      const vouched = await by.verify(assertion, wanted, addressGroup(address))
      // Whoever vouched for it is not asked any more, perhaps because that key or cluster is not to be trusted.
      if (by !== verifiers.get(issuer)) throw configurationChanges('ERR_CALLER_KEYS')
      const proof = proofOf(issuer, vouched)
      const monotonicNow = platform.monotonicNow()
      if (configOf(issuer).jti === 'once') {
        const use = { tokenDigest: key, jtiDigest: digest(jti ?? ''), expiresAt, now: platform.now(), monotonicNow }
        replayed(issuer).use(use)
      }
      const until = monotonicNow + acceptedForMs
      accepted.set(key, { ...vouched, issuer, verifier: by, proof, generation, until, expiresAt })
      return proof
    } catch (error) {
      const isRefusal = error instanceof TokenError && error.code === 'ERR_CALLER_ASSERTION'
      if (isRefusal && began === generation) refusals.set(key, { error, until: platform.monotonicNow() + refusedForMs })
      throw error
    }
  }

  function replayed(issuer: string): Replays {
    const known = replaysOf.get(issuer) ?? replays(issuer)
    replaysOf.set(issuer, known)
    return known
  }

  function proofFor(token: string, address: string | undefined): Proof | Promise<Proof> {
    requireSmall(token)
    const key = digest(token)
    const known = remembered(key) ?? inFlight.get(key)
    if (known) return known
    const refusal = refusals.get(key)
    if (refusal && platform.monotonicNow() < refusal.until) throw refusal.error
    const assertion = readAssertion(token)
    const wanted = wantedAudiences(assertion)
    const verifying = verified(key, assertion, wanted, address).finally(() => inFlight.delete(key))
    inFlight.set(key, verifying)
    return verifying
  }

  return {
    check({ remoteAddress }, form) {
      const token = assertionIn(form)
      if (token === undefined) return undefined
      const proof = proofFor(token, remoteAddress)
      const clientId = form.get('client_id')
      const named = clientId !== undefined && Object.hasOwn(callers, clientId) ? clientId : undefined
      if (named === undefined || form.get('client_assertion') === undefined) return proof
      return proof instanceof Promise ? proof.then((one) => requireSame(one, named)) : requireSame(proof, named)
    },
    replace(nextCallers, nextIssuers) {
      callers = nextCallers
      issuers = nextIssuers
      subjects = subjectsByIssuer(callers)
      generation++
      refusals.clear()
      for (const [issuer, known] of verifiers) {
        if (subjects.has(issuer) && known.text === verifierText(configOf(issuer))) continue
        verifiers.delete(issuer)
        known.close()
      }
      for (const [issuer, known] of replaysOf) {
        if (!subjects.has(issuer) && known.isEmpty(platform.now())) replaysOf.delete(issuer)
      }
    },
    close() {
      verifiers.forEach((known) => {
        known.close()
      })
      verifiers.clear()
    },
  }
}

/** JWT-SVIDs may say what they are (draft-ietf-oauth-spiffe-client-auth §3.1); they are verified as any other JWT. */
const clientAssertionTypes = [clientAssertionType, 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe']
const jwtBearerGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** Undefined where the request does not try it. Throws ERR_CALLER_ASSERTION for an assertion of another kind. */
function assertionIn(form: CallerForm): string | undefined {
  const type = form.get('client_assertion_type')
  const assertion = form.get('client_assertion')
  if (type === undefined && assertion === undefined) {
    return form.get('grant_type') === jwtBearerGrant ? form.get('assertion') : undefined
  }
  if (type === undefined || !clientAssertionTypes.includes(type)) {
    throw refused('the client_assertion_type is not the one of a JWT', {
      hint: `Send client_assertion_type=${clientAssertionType} (RFC 7523 section 2.2).`,
    })
  }
  if (assertion === undefined) throw refused('there is a client_assertion_type, but no client_assertion')
  return assertion
}

/** RFC 7521 §4.2: a `client_id` that says something has to say the same. */
function requireSame(proof: Proof, clientId: string): Proof {
  if (proof.caller === clientId) return proof
  throw refused(`the client_id is ${clientId}, but the assertion is that of ${proof.caller}`, {
    hint: 'Leave client_id out, or set it to the name of the caller that the assertion belongs to.',
  })
}
