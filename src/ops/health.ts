import type { Observed, ObservedDelegationToken, ObservedProfile } from './observed/observed.ts'

/** What the sidecar is there for. */
export interface Role {
  /** Many depend on it, so that readiness does not depend on providers: one that is refused a connection sees no hint. */
  readonly isGateway: boolean
  /** Gives tokens over its endpoint; otherwise it only keeps what goes elsewhere. */
  readonly isServing: boolean
  readonly profiles: readonly string[]
  readonly delegationTokens: readonly string[]
}

/** One thing that clients may ask for. */
export interface Part {
  /** As in `profile orders` or `delegation token spark`. */
  readonly kind: 'profile' | 'delegation token'
  readonly name: string
  readonly isReady: boolean
  /** Nobody has asked for it, so that nothing is known of it. */
  readonly isUnused: boolean
  /** Why not. */
  readonly code?: string
  readonly expiresAt?: number
}

export interface Health {
  readonly isReady: boolean
  /** Why not, or how it is. */
  readonly summary: string
  readonly parts: readonly Part[]
}

/** Whether a valid token can be given. What nobody uses counts as ready. */
export function readiness(role: Role, observed: Observed): Health {
  const parts = partsOf(role, observed)
  const used = parts.filter((part) => counts(part, role))
  if (observed.phase === 'draining') return { isReady: false, summary: 'draining', parts }
  if (role.isGateway) return { isReady: true, summary: 'ready', parts }
  const isReady = used.length === 0 || used.some((part) => part.isReady)
  return { isReady, summary: isReady ? 'ready' : 'nothing that is in use can be given', parts }
}

/** Whether the first token was there; from then on for ever. */
export function startedUp(role: Role, observed: Observed, defaultProfile: string): Health {
  const parts = partsOf(role, observed)
  const missing = role.isServing ? missingProfile(role, observed, defaultProfile) : missingTokens(role, observed)
  const isListening = !role.isServing || observed.startedAt !== undefined
  const isReady = isListening && (role.isGateway || missing.length === 0)
  const summary = isReady ? 'started' : isListening ? `no first token yet: ${missing.join(', ')}` : 'not listening yet'
  return { isReady, summary, parts }
}

function missingProfile({ profiles }: Role, observed: Observed, name: string): readonly string[] {
  if (!profiles.includes(name)) return []
  return observed.profiles.get(name)?.obtainedAt === undefined ? [`profile ${name}`] : []
}

function missingTokens({ delegationTokens }: Role, observed: Observed): readonly string[] {
  const known = observed.delegationTokens
  return delegationTokens
    .filter((name) => known.get(name)?.wasUsable !== true)
    .map((name) => `delegation token ${name}`)
}

/** Without an endpoint nobody is given the tokens of profiles, unless that is all there is. */
function counts({ kind, isUnused }: Part, { isServing, delegationTokens }: Role): boolean {
  return !isUnused && (isServing || delegationTokens.length === 0 || kind === 'delegation token')
}

function partsOf({ profiles, delegationTokens }: Role, observed: Observed): readonly Part[] {
  const knownProfiles = observed.profiles
  const knownTokens = observed.delegationTokens
  return [
    ...profiles.map((name) => profilePart(name, knownProfiles.get(name))),
    ...delegationTokens.map((name) => tokenPart(name, knownTokens.get(name))),
  ]
}

export function profilePart(name: string, profile: ObservedProfile | undefined): Part {
  const { canAnswer = true, isUsed = false, failure, expiresAt } = profile ?? {}
  return {
    kind: 'profile',
    name,
    isReady: canAnswer,
    isUnused: !isUsed,
    ...(failure && { code: failure.code }),
    ...(expiresAt !== undefined && { expiresAt }),
  }
}

export function tokenPart(name: string, token: ObservedDelegationToken | undefined): Part {
  const { isUsable = false, failure, expiresAt } = token ?? {}
  return {
    kind: 'delegation token',
    name,
    isReady: isUsable,
    isUnused: false,
    ...(failure && { code: failure.code }),
    ...(expiresAt !== undefined && { expiresAt }),
  }
}
