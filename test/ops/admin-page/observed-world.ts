import type {
  Observed,
  ObservedMinute,
  ObservedMoment,
  ObservedProfile,
  ObservedRequests,
} from '../../../src/ops/observed/observed.ts'

const minute = 60_000
const hour = 60 * minute

const noTimes = { boundsMs: [], counts: [0], sumMs: 0, count: 0 }

/** Nothing has happened. */
export const nothingObserved: Observed = {
  phase: 'running',
  startedAt: undefined,
  urls: [],
  profiles: new Map(),
  delegationTokens: new Map(),
  outlets: new Map(),
  requests: [],
  minutes: [],
  moments: [],
  problems: [],
  reloads: 0,
  reloadFailures: 0,
  durations: { token: noTimes, refused: noTimes, failed: noTimes },
  upstreamDurations: new Map(),
}

export function profile(name: string, changes: Partial<ObservedProfile> = {}): ObservedProfile {
  const upstream = { calls: 0, failures: 0, unchanged: 0, totalMs: 0 }
  return { name, source: 'self-issued', isUsed: true, canAnswer: true, renewals: 0, upstream, ...changes }
}

export function observed(changes: Partial<Observed>, profiles: readonly ObservedProfile[] = []): Observed {
  return { ...nothingObserved, profiles: new Map(profiles.map((one) => [one.name, one])), ...changes }
}

const connectionRefused = {
  code: 'ERR_PROVIDER_UNAVAILABLE',
  message: 'https://idp.example/realms/k/token cannot be reached: ECONNREFUSED',
  hint: 'Look whether the identity provider runs, and whether this host may connect to it.',
} as const

/** A sidecar that has run for hours: every state, every kind of moment, six hours of requests. */
export function busySidecar(now: number): Observed {
  const failure = { ...connectionRefused, at: now - 20_000 }
  const profiles = [
    profile('default', {
      source: 'gcp',
      subject: 'jobs@example-project.iam.gserviceaccount.com',
      obtainedAt: now - 22 * minute,
      expiresAt: now + 38 * minute,
      upstream: { calls: 9, failures: 0, unchanged: 0, totalMs: 1_260 },
    }),
    profile('orders', {
      source: 'client-credentials',
      subject: 'orders',
      obtainedAt: now - 75 * minute,
      expiresAt: now - 15 * minute,
      canAnswer: false,
      failure,
      upstream: { calls: 31, failures: 24, unchanged: 0, totalMs: 9_300 },
    }),
    profile('payments', {
      source: 'token-exchange',
      subject: 'payments',
      obtainedAt: now - 49 * minute,
      expiresAt: now + 11 * minute,
      failure: { ...failure, code: 'ERR_PROVIDER_REFUSED', message: 'the provider answers invalid_client' } as const,
      upstream: { calls: 12, failures: 5, unchanged: 0, totalMs: 2_900 },
    }),
    profile('fraud', { subject: 'fraud', obtainedAt: now - 5 * minute, expiresAt: now + 55 * minute }),
    profile('reports', { source: 'azure', isUsed: false }),
  ]
  const moments = [
    ...life('default', now, { first: 6 * hour - 8 * minute, every: 46 * minute, lives: hour }),
    ...life('fraud', now, { first: 5 * hour + 12 * minute, every: 51 * minute, lives: hour }),
    ...life('orders', now, { first: 5 * hour, every: 45 * minute, lives: hour, until: 75 * minute }),
    ...life('payments', now, { first: 3 * hour + 10 * minute, every: 47 * minute, lives: hour, until: 49 * minute }),
    ...failures('orders', now, { first: 30 * minute, every: minute }),
    ...failures('payments', now, { first: 4 * minute, every: minute }),
    { at: now - 15 * minute, about: { profile: 'orders' }, what: 'expired' } as const,
    { at: now - 4 * hour, about: { delegationToken: 'spark' }, what: 'issued', expiresAt: now + 20 * hour } as const,
    {
      at: now - 9 * minute,
      about: { delegationToken: 'flink' },
      what: 'failed',
      code: 'ERR_KAFKA_UNREACHABLE',
    } as const,
    { at: now - hour, about: { delegationToken: 'spark' }, what: 'renewed', expiresAt: now + 23 * hour } as const,
  ]
  return {
    ...nothingObserved,
    startedAt: now - 6 * hour,
    urls: ['http://localhost:14293'],
    profiles: new Map(profiles.map((one) => [one.name, one])),
    delegationTokens: new Map([
      [
        'spark',
        {
          name: 'spark',
          tokenId: 'mTrLWQ4yQ8Gq4cS9yWfDzw',
          owner: 'User:spark',
          expiresAt: now + 23 * hour,
          maxLifetimeAt: now + 160 * hour,
          isUsable: true,
          wasUsable: true,
          renewals: 1,
          failures: 0,
        },
      ],
      [
        'flink',
        {
          name: 'flink',
          owner: 'User:flink',
          isUsable: false,
          wasUsable: false,
          renewals: 0,
          failures: 3,
          failure: {
            code: 'ERR_KAFKA_UNREACHABLE',
            message: 'none of k-0:9093, k-1:9093 can be reached',
            hint: 'Look whether bootstrapServers names the right listener.',
            at: now - 70_000,
          },
        },
      ],
    ]),
    outlets: new Map([
      ['secret jobs/spark-kafka', { target: 'secret jobs/spark-kafka', writtenAt: now - hour, writes: 2, failures: 0 }],
      ['/run/kafka/token', { target: '/run/kafka/token', writtenAt: now - 22 * minute, writes: 8, failures: 0 }],
    ]),
    requests: busyRequests(),
    minutes: busyMinutes(now),
    moments: moments.sort((a, b) => a.at - b.at),
    problems: [
      { ...failure, profile: 'orders', count: 24 },
      {
        at: now - 4 * minute,
        code: 'ERR_PROVIDER_REFUSED',
        profile: 'payments',
        message: 'the provider answers invalid_client: Client authentication failed.',
        hint: 'Register the public key of assertion.privateKeyFile at the provider.',
        count: 5,
      },
      {
        at: now - 70_000,
        code: 'ERR_KAFKA_UNREACHABLE',
        delegationToken: 'flink',
        message: 'none of k-0:9093, k-1:9093 can be reached',
        hint: 'Look whether bootstrapServers names the right listener.',
        count: 3,
      },
    ],
    reloadFailures: 1,
  }
}

interface Life {
  readonly first: number
  readonly every: number
  readonly lives: number
  readonly until?: number
}

function life(name: string, now: number, { first, every, lives, until = 0 }: Life): ObservedMoment[] {
  const about = { profile: name }
  const moments: ObservedMoment[] = []
  for (let before = first; before >= until; before -= every) {
    const at = now - before
    moments.push({ at, about, what: before === first ? 'issued' : 'renewed', expiresAt: at + lives })
  }
  for (let before = first; before >= until; before -= minute) {
    const count = Math.round(3 + 2 * Math.sin(before / (20 * minute)) + (before % (7 * minute) === 0 ? 8 : 0))
    moments.push({ at: now - before, about, what: 'handed out', count })
  }
  return moments
}

function failures(name: string, now: number, { first, every }: { first: number; every: number }): ObservedMoment[] {
  return Array.from({ length: Math.ceil(first / every) }, (_, index) => ({
    at: now - first + index * every,
    about: { profile: name },
    what: 'failed',
    code: 'ERR_PROVIDER_UNAVAILABLE',
  }))
}

function busyRequests(): ObservedRequests[] {
  const given = { outcome: 'token', code: undefined } as const
  const down = { outcome: 'failed', code: 'ERR_PROVIDER_UNAVAILABLE' } as const
  return [
    { profile: 'default', client: 'java', count: 2_950, fromCache: 2_950 - 9, ...given },
    { profile: 'fraud', client: 'librdkafka', count: 1_411, fromCache: 1_411 - 9, ...given },
    { profile: 'orders', client: 'java', count: 702, fromCache: 702 - 9, ...given },
    { profile: 'orders', client: 'java', count: 214, fromCache: 0, ...down },
    { profile: 'payments', client: 'go', count: 388, fromCache: 388 - 9, ...given },
    {
      profile: undefined,
      client: 'curl',
      count: 6,
      fromCache: 0,
      outcome: 'refused',
      code: 'ERR_REQUEST_GRANT_MISSING',
    },
  ]
}

function busyMinutes(now: number): ObservedMinute[] {
  const start = Math.floor(now / minute) * minute
  return Array.from({ length: 60 }, (_, index) => {
    const at = start - (59 - index) * minute
    const tokens = Math.round(14 + 7 * Math.sin(index / 6) + (index % 9 === 0 ? 9 : 0))
    const failed = index > 44 ? 6 + (index % 3) : 0
    const medianMs = 0.14 + 0.02 * Math.sin(index)
    return { at, tokens, refused: index === 20 ? 6 : 0, failed, medianMs, highMs: index % 11 === 3 ? 240 : 1.1 }
  })
}
