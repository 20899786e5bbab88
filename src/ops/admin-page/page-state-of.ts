import type {
  Observed,
  ObservedDelegationToken,
  ObservedMoment,
  ObservedOutlet,
  ObservedProfile,
  ObservedRequests,
} from '../observed/observed.ts'
import type { Answers, PageMoment, PageProfileDetail, PageState, Standing } from './page-state.ts'

export interface AboutSidecar {
  readonly now: number
  readonly version: string
  readonly isOpen: boolean
  /** Moments and minutes before this are not told. */
  readonly since: number
}

/** What the page shows, in the order in which it is shown. */
export function pageStateOf(observed: Observed, { now, version, isOpen, since }: AboutSidecar): PageState {
  const ofProfile = answersBy(observed.requests, ({ profile }) => profile)
  const ofClient = answersBy(observed.requests, ({ client }) => client)
  const profiles = [...observed.profiles.values()].map((profile) => ({
    ...profileStanding(profile, now),
    failure: profile.failure,
    name: profile.name,
    source: profile.source,
    subject: profile.subject,
    obtainedAt: profile.obtainedAt,
    expiresAt: profile.expiresAt,
    answers: ofProfile.get(profile.name) ?? none,
    upstream: profile.upstream,
  }))
  const delegationTokens = [...observed.delegationTokens.values()].map((token) => ({
    ...delegationTokenStanding(token, now),
    failure: token.failure,
    name: token.name,
    tokenId: token.tokenId,
    owner: token.owner,
    expiresAt: token.expiresAt,
    maxLifetimeAt: token.maxLifetimeAt,
  }))
  const outlets = [...observed.outlets.values()].map((outlet) => ({
    ...outletStanding(outlet),
    failure: outlet.failure,
    target: outlet.target,
    writtenAt: outlet.writtenAt,
  }))
  const clients = [...ofClient].map(([client, answers]) => ({ client, answers }))
  const isRecent = ({ at }: { readonly at: number }): boolean => at >= since
  return {
    now,
    version,
    isOpen,
    since,
    phase: observed.phase,
    startedAt: observed.startedAt,
    urls: observed.urls,
    profiles: profiles.sort((a, b) => urgency(a) - urgency(b) || byName(a.name, b.name)),
    delegationTokens: delegationTokens.sort((a, b) => urgency(a) - urgency(b) || byName(a.name, b.name)),
    outlets: outlets.sort((a, b) => urgency(a) - urgency(b) || byName(a.target, b.target)),
    clients: clients.sort((a, b) => sum(b.answers) - sum(a.answers) || byName(a.client, b.client)),
    answers: observed.requests.reduce(counted, none),
    fromCache: observed.requests.reduce((sum, { fromCache }) => sum + fromCache, 0),
    minutes: observed.minutes.filter(isRecent),
    moments: observed.moments.filter(isRecent).map(momentOf),
    problems: observed.problems.map((problem) => ({ ...problem, message: withoutHint(problem) })),
    reloadFailures: observed.reloadFailures,
  }
}

/** The answers to clients have it all in one line; here the hint has its own. */
function withoutHint({ message, hint, code }: Observed['problems'][number]): string {
  const end = ` ${hint} [${code}]`
  return message.endsWith(end) ? message.slice(0, -end.length) : message
}

/** Who asked for one profile, and what they were told. */
export function requestsFor(observed: Observed, name: string): PageProfileDetail['requests'] {
  return observed.requests
    .filter(({ profile }) => profile === name)
    .map(({ client, outcome, code, count }) => ({ client, outcome, code, count }))
    .sort((a, b) => b.count - a.count)
}

interface Stands {
  readonly standing: Standing
  readonly says: string
}

function profileStanding({ expiresAt = 0, failure, isUsed, canAnswer }: ObservedProfile, now: number): Stands {
  const lives = expiresAt > now
  if (failure && lives) return { standing: 'risky', says: 'cannot be renewed; the former token is still given' }
  if (failure || (isUsed && !canAnswer)) return { standing: 'bad', says: 'no token: clients are refused' }
  if (lives) return { standing: 'good', says: 'token at hand' }
  if (!isUsed) return { standing: 'idle', says: 'nobody has asked yet' }
  return { standing: 'idle', says: expiresAt > 0 ? 'obtained when next asked for' : 'no token yet' }
}

function delegationTokenStanding({ expiresAt = 0, failure, isUsable }: ObservedDelegationToken, now: number): Stands {
  const isGiven = isUsable && expiresAt > now
  if (failure && isGiven) return { standing: 'risky', says: 'cannot be kept; the former one is still given' }
  if (failure) return { standing: 'bad', says: 'none to give' }
  return isGiven ? { standing: 'good', says: 'usable' } : { standing: 'idle', says: 'not usable yet' }
}

function outletStanding({ failure, writtenAt }: ObservedOutlet): Stands {
  if (failure) {
    return writtenAt === undefined
      ? { standing: 'bad', says: 'could not be written' }
      : { standing: 'risky', says: 'cannot be written; what was there before stays' }
  }
  return writtenAt === undefined ? { standing: 'idle', says: 'not written yet' } : { standing: 'good', says: 'written' }
}

const order: Readonly<Record<Standing, number>> = { bad: 0, risky: 1, good: 2, idle: 3 }

function urgency({ standing }: Stands): number {
  return order[standing]
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function momentOf({ about, ...moment }: ObservedMoment): PageMoment {
  const named = 'profile' in about ? `profile ${about.profile}` : `delegation token ${about.delegationToken}`
  return { ...moment, about: named }
}

const none: Answers = { token: 0, refused: 0, failed: 0 }

function counted(answers: Answers, { outcome, count }: ObservedRequests): Answers {
  return { ...answers, [outcome]: answers[outcome] + count }
}

function answersBy<Key>(
  requests: readonly ObservedRequests[],
  keyOf: (request: ObservedRequests) => Key | undefined,
): ReadonlyMap<Key, Answers> {
  const by = new Map<Key, Answers>()
  for (const request of requests) {
    const key = keyOf(request)
    if (key !== undefined) by.set(key, counted(by.get(key) ?? none, request))
  }
  return by
}

function sum({ token, refused, failed }: Answers): number {
  return token + refused + failed
}
