import { describe, expect, it } from 'vitest'
import { observer, type ObserverLimits } from '../../../src/ops/observed/observe.ts'
import { fakePlatform } from '../../fakes/platform.ts'
import { answered, failed, obtained, tokenChanged, tokenFailed } from './events.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

function setUp(limits: Partial<ObserverLimits> = {}) {
  const platform = fakePlatform()
  const { emit, current, keepOnly } = observer({ platform, limits })
  const known = (...names: string[]) => current(names.length > 0 ? names : ['default'])
  const profile = (name = 'default') => known(name).profiles.get(name)
  return { platform, emit, known, profile, keepOnly }
}

const started = { type: 'started', version: '1', urls: ['http://127.0.0.1:1'], profiles: 1, source: 'gcp' } as const

describe('what is known of a profile', () => {
  it('is that it is unused, before anybody asks', () => {
    const { profile } = setUp()
    expect(profile()).toMatchObject({ isUsed: false, canAnswer: true })
  })

  it('is that a server obtains the default one, and has not got it yet', () => {
    const { emit, profile, known } = setUp()
    emit(started)
    expect(profile()).toMatchObject({ isUsed: true, canAnswer: false })
    expect(profile('orders')).toMatchObject({ isUsed: false, canAnswer: true })
    expect(known().phase).toBe('starting')
  })

  it('is its token, and how often it was renewed', () => {
    const { platform, emit, profile, known } = setUp()
    const expiresAt = platform.now() + hour
    emit(obtained({ expiresAt }))
    emit(obtained({ expiresAt: expiresAt + hour, reason: 'renewal' }))
    expect(profile()).toMatchObject({ expiresAt: expiresAt + hour, subject: 'alice', renewals: 1, canAnswer: true })
    expect(known().phase).toBe('running')
  })

  it('is that it can answer during a failure for as long as the former token is given', () => {
    const { platform, emit, profile } = setUp()
    emit(obtained({ expiresAt: platform.now() + hour }))
    emit(failed({ servingForMs: 30 * second }))
    expect(profile()).toMatchObject({ canAnswer: true, failure: { code: 'ERR_GCP_UNAVAILABLE' } })
    platform.stepWallClock(30 * second)
    expect(profile()?.canAnswer).toBe(false)
    emit(obtained({ expiresAt: platform.now() + hour, reason: 'recovery' }))
    expect(profile()).toMatchObject({ canAnswer: true })
    expect(profile()?.failure).toBeUndefined()
  })

  it('is that it cannot, once its token was dropped', () => {
    const { platform, emit, profile } = setUp()
    emit(obtained({ expiresAt: platform.now() + hour }))
    emit(failed({ servingForMs: hour, code: 'ERR_GCP_REFUSED' }))
    emit({ type: 'token-dropped', profile: 'default', source: 'gcp', code: 'ERR_GCP_REFUSED' })
    expect(profile()).toMatchObject({ canAnswer: false, failure: { code: 'ERR_GCP_REFUSED' } })
    expect(profile()?.expiresAt).toBeUndefined()
  })

  it('is not what becomes of the wishes of one client', () => {
    const { platform, emit, profile } = setUp()
    emit(obtained({ expiresAt: platform.now() + hour }))
    emit(failed({ scope: 'nonsense' }))
    emit(obtained({ expiresAt: platform.now() + minute, audience: 'other' }))
    expect(profile()).toMatchObject({ canAnswer: true, expiresAt: platform.now() + hour })
    expect(profile()?.upstream).toMatchObject({ calls: 3, failures: 1 })
  })

  it('is that it cannot answer when its clients are told so, as for a key that cannot be read', () => {
    const { emit, profile } = setUp()
    emit(answered({ outcome: 'refused', code: 'ERR_KEY_FILE', message: 'no such file' }))
    expect(profile()).toMatchObject({ canAnswer: false, failure: { code: 'ERR_KEY_FILE' } })
    emit(answered())
    expect(profile()).toMatchObject({ canAnswer: true })
  })

  it.each(['ERR_REQUEST_SCOPE', 'ERR_CALLER_PROFILE'] as const)('is not that a client was wrong (%s)', (code) => {
    const { emit, profile } = setUp()
    emit(answered({ outcome: 'refused', code, message: 'no' }))
    expect(profile()).toMatchObject({ canAnswer: true, isUsed: true })
  })

  it('is that an idle one can answer, although its token has ended', () => {
    const { platform, emit, profile } = setUp()
    emit(obtained({ expiresAt: platform.now() + minute }))
    platform.stepWallClock(hour)
    expect(profile()?.canAnswer).toBe(true)
  })
})

describe('what is known of a delegation token', () => {
  it('is that it is usable until it expires', () => {
    const { platform, emit, known } = setUp()
    const token = () => known().delegationTokens.get('spark')
    const expiresAt = platform.now() + hour
    emit(tokenChanged({ action: 'created', expiresAt }))
    expect(token()).toMatchObject({ isUsable: false, wasUsable: false })
    emit(tokenChanged({ expiresAt }))
    expect(token()).toMatchObject({ isUsable: true, tokenId: 'id-1', expiresAt })
    emit(tokenChanged({ action: 'renewed', expiresAt: expiresAt + hour }))
    expect(token()).toMatchObject({ expiresAt: expiresAt + hour, renewals: 1 })
    platform.stepWallClock(3 * hour)
    expect(token()).toMatchObject({ isUsable: false, wasUsable: true })
  })

  it('is of the one that is given, and not of its successor before that is usable', () => {
    const { platform, emit, known } = setUp()
    const expiresAt = platform.now() + hour
    emit(tokenChanged({ expiresAt }))
    emit(tokenChanged({ action: 'created', tokenId: 'id-2', expiresAt: expiresAt + hour }))
    expect(known().delegationTokens.get('spark')).toMatchObject({ tokenId: 'id-1', expiresAt })
  })

  it('is a failure until the next look must be over, as looks that find nothing to do are not told', () => {
    const { platform, emit, known } = setUp()
    const failure = () => known().delegationTokens.get('spark')?.failure?.code
    emit(tokenChanged({ expiresAt: platform.now() + hour }))
    emit(tokenFailed({ expiresAt: platform.now() + hour }))
    expect(failure()).toBe('ERR_KAFKA_UNREACHABLE')
    platform.stepWallClock(3 * minute)
    expect(failure()).toBeUndefined()
  })
})

describe('what is counted', () => {
  it('is each answer, with what it has in common with others', () => {
    const { emit, known } = setUp()
    emit(answered())
    emit(answered())
    emit(answered({ fromCache: false }))
    emit(answered({ client: 'go' }))
    emit(answered({ profile: undefined, outcome: 'refused', code: 'ERR_REQUEST_PATH', message: 'no' }))
    expect(known().requests).toEqual([
      { profile: 'default', outcome: 'token', code: undefined, client: 'java', count: 3, fromCache: 2 },
      { profile: 'default', outcome: 'token', code: undefined, client: 'go', count: 1, fromCache: 1 },
      { profile: undefined, outcome: 'refused', code: 'ERR_REQUEST_PATH', client: 'java', count: 1, fromCache: 1 },
    ])
  })

  it('stays bounded, and loses nothing, with ever more profiles', () => {
    const { emit, known } = setUp({ tallies: 10, timeLines: 3, moments: 2, minutes: 2, problems: 5 })
    for (let index = 0; index < 1_000; index++) {
      emit(answered({ profile: `p${index}` }))
      emit(obtained({ profile: `p${index}` }))
      emit(failed({ profile: `p${index}` }))
      emit(failed({ profile: 'p0', code: index % 2 ? 'ERR_GCP_ANSWER' : 'ERR_GCP_REFUSED' }))
    }
    const { requests, moments, problems } = known()
    expect(requests).toHaveLength(11)
    expect(requests.reduce((sum, { count }) => sum + count, 0)).toBe(1_000)
    expect(requests.at(-1)).toMatchObject({ profile: '_other', count: 990 })
    expect(moments.length).toBeLessThanOrEqual(3 * 4)
    expect(problems).toHaveLength(5)
  })

  it('keeps the counts of profiles that the configuration has no more', () => {
    const { emit, known, keepOnly } = setUp()
    for (const profile of ['gone', 'kept', 'gone', 'lost']) emit(answered({ profile }))
    emit(obtained({ profile: 'gone' }))
    keepOnly({ profiles: ['kept'], delegationTokens: [], hasNewOutlets: true })
    const { requests, profiles, moments } = known('kept', 'gone')
    expect(requests.map(({ profile, count }) => [profile, count])).toEqual([
      ['kept', 1],
      ['_other', 3],
    ])
    expect(profiles.get('gone')).toMatchObject({ isUsed: false })
    expect(moments.every(({ about }) => 'profile' in about && about.profile === 'kept')).toBe(true)
  })

  it('is what was answered in each minute, and how long that took', () => {
    const { platform, emit, known } = setUp()
    for (let ms = 1; ms <= 100; ms++) emit(answered({ tookMs: ms }))
    platform.stepWallClock(minute)
    emit(answered({ outcome: 'failed', code: 'ERR_GCP_UNAVAILABLE', message: 'no', tookMs: 5_000 }))
    const [first, second] = known().minutes
    expect(first).toMatchObject({ tokens: 100, refused: 0, failed: 0 })
    expect(first?.medianMs).toBeGreaterThan(45)
    expect(first?.medianMs).toBeLessThan(56)
    expect(first?.highMs).toBeGreaterThan(98)
    expect(first?.highMs).toBeLessThan(111)
    expect(second).toMatchObject({ tokens: 0, failed: 1 })
  })

  it('goes on when the clock is set back', () => {
    const { platform, emit, known } = setUp()
    emit(answered())
    platform.stepWallClock(-hour)
    emit(answered())
    expect(known().requests[0]?.count).toBe(2)
  })

  it('is how long providers take', () => {
    const { emit, known } = setUp()
    emit(obtained({ tookMs: 7 }))
    emit(failed({ tookMs: 60_000 }))
    expect(known().upstreamDurations.get('gcp')).toMatchObject({ count: 2, sumMs: 60_007 })
    expect(known().upstreamDurations.get('gcp')?.counts.at(-1)).toBe(1)
  })
})

describe('a time line', () => {
  it('tells the life of a token in order, with how often it was given', () => {
    const { platform, emit, known } = setUp()
    emit(obtained({ expiresAt: 9 }))
    emit(answered())
    emit(answered())
    platform.stepWallClock(minute)
    emit(failed())
    emit(failed())
    emit(tokenChanged({ action: 'created', expiresAt: 5 }))
    expect(known().moments.map(({ what, count }) => [what, count])).toEqual([
      ['issued', 1],
      ['handed out', 2],
      ['failed', 2],
      ['issued', 1],
    ])
  })
})

describe('a problem', () => {
  it('stands once, with how often it came and what to do, the latest first', () => {
    const { emit, known } = setUp()
    emit(failed())
    emit(failed({ message: 'still no answer' }))
    emit(answered({ outcome: 'refused', code: 'ERR_CALLER_UNKNOWN', message: 'not known', profile: undefined }))
    emit({ type: 'reload-failed', what: 'private key', code: 'ERR_KEY_FILE', message: 'gone', hint: 'Look.' })
    expect(known().problems).toMatchObject([
      { code: 'ERR_KEY_FILE', count: 1 },
      { code: 'ERR_CALLER_UNKNOWN', count: 1 },
      { code: 'ERR_GCP_UNAVAILABLE', count: 2, message: 'still no answer', hint: 'Look at the node.' },
    ])
    expect(known().reloadFailures).toBe(1)
  })

  it('keeps no more of a message than a person reads', () => {
    const { emit, known } = setUp()
    emit(failed({ message: 'x'.repeat(100_000) }))
    expect(known().problems[0]?.message.length).toBeLessThan(1_000)
  })
})

describe('an outlet', () => {
  it('is known by when it was written, and why it is not', () => {
    const { platform, emit, known } = setUp()
    const outlet = () => known().outlets.get('/run/token')
    emit({ type: 'outlet-written', profile: 'default', target: '/run/token', isFirst: true })
    expect(outlet()).toMatchObject({ writtenAt: platform.now(), writes: 1, failures: 0 })
    const trouble = { code: 'ERR_OUTLET_FILE', message: 'read-only', hint: 'Mount it.' } as const
    emit({ type: 'outlet-failed', target: '/run/token', ...trouble, nextAttemptMs: 1, isRepeated: false })
    expect(outlet()).toMatchObject({ failures: 1, failure: { code: 'ERR_OUTLET_FILE' } })
    emit({ type: 'outlet-written', profile: 'default', target: '/run/token', isFirst: true })
    expect(outlet()?.failure).toBeUndefined()
  })
})
