import type { Platform } from '../../platform/platform.ts'
import type { Emit, SidecarEvent } from '../../token/event.ts'
import { defaultProfile } from '../../token/profiles.ts'
import { delegationTokenState, type DelegationTokenState } from './delegation-token-state.ts'
import { answerBoundsMs, histogram, upstreamBoundsMs, type Histogram } from './histogram.ts'
import { minutes } from './minutes.ts'
import { noteMoment } from './moments.ts'
import type { Observed, ObservedProfile } from './observed.ts'
import { outletState, type OutletState } from './outlet-state.ts'
import { hintOf, problems } from './problems.ts'
import { profileState, type ProfileState } from './profile-state.ts'
import { tallies } from './tallies.ts'
import { keyOf, timeLines } from './time-lines.ts'

export interface ObserverLimits {
  /** Kinds of answers that are counted apart: by profile, outcome, code and client. */
  readonly tallies: number
  /** Of minutes, and of what the time lines tell. */
  readonly minutes: number
  readonly timeLines: number
  readonly moments: number
  readonly problems: number
}

export interface ObserverOptions {
  readonly platform: Pick<Platform, 'now'>
  readonly limits?: Partial<ObserverLimits>
}

/** Remembers what happened, within bounds, for whoever looks. */
export interface Observer {
  readonly emit: Emit
  /** What is known now of these profiles; each part is made when it is read. */
  readonly current: (profiles: readonly string[]) => Observed
  /** From now on there is nothing else. */
  readonly keepOnly: (names: KeptNames) => void
}

export interface KeptNames {
  readonly profiles: readonly string[]
  readonly delegationTokens: readonly string[]
  /** Outlets began anew, and tell of themselves. */
  readonly hasNewOutlets: boolean
}

const usual: ObserverLimits = { tallies: 20_000, minutes: 180, timeLines: 100, moments: 100, problems: 100 }

export function observer({ platform, limits }: ObserverOptions): Observer {
  const most = { ...usual, ...limits }
  const profiles = new Map<string, ProfileState>()
  const delegationTokens = new Map<string, DelegationTokenState>()
  const outlets = new Map<string, OutletState>()
  const requests = tallies(most.tallies)
  const lastMinutes = minutes(most.minutes)
  const lines = timeLines({ lines: most.timeLines, moments: most.moments, minutes: most.minutes })
  const faults = problems(most.problems)
  const durations = {
    token: histogram(answerBoundsMs),
    refused: histogram(answerBoundsMs),
    failed: histogram(answerBoundsMs),
  }
  const upstreamDurations = new Map<string, Histogram>()
  let startedAt: number | undefined
  let urls: readonly string[] = []
  let isDraining = false
  let hasTried = false
  let reloads = 0
  let reloadFailures = 0

  function answered(event: Extract<SidecarEvent, { readonly type: 'request-answered' }>): void {
    const { profile, outcome, tookMs, code, message } = event
    const now = platform.now()
    requests.add(event)
    durations[outcome].add(tookMs)
    lastMinutes.add(outcome, tookMs, now)
    if (profile !== undefined) {
      madeOnce(profiles, profile, profileState).answered(event, now)
      if (outcome === 'token' && !event.delegationToken) lines.handedOut(profile, now)
    }
    if (code !== undefined) {
      const about = profile === undefined ? {} : { profile }
      faults.note({ at: now, code, message: message ?? '', hint: hintOf(code), ...about })
    }
  }

  function tookUpstream(source: string, tookMs: number): void {
    madeOnce(upstreamDurations, source, () => histogram(upstreamBoundsMs)).add(tookMs)
  }

  function emit(event: SidecarEvent): void {
    if (event.type === 'request-answered') {
      answered(event)
      return
    }
    const now = platform.now()
    noteMoment(event, lines, now)
    switch (event.type) {
      case 'token-obtained':
        hasTried = true
        tookUpstream(event.source, event.tookMs)
        madeOnce(profiles, event.profile, profileState).obtained(event, now)
        break
      case 'token-unchanged':
        if (event.tookMs !== undefined) tookUpstream(event.source, event.tookMs)
        madeOnce(profiles, event.profile, profileState).unchanged(event)
        break
      case 'token-failed':
        hasTried = true
        tookUpstream(event.source, event.tookMs)
        madeOnce(profiles, event.profile, profileState).failed(event, now)
        faults.note({ ...event, at: now })
        break
      case 'token-dropped':
        madeOnce(profiles, event.profile, profileState).dropped(event, now)
        break
      case 'admin-action':
        if (event.action === 'flush' && event.profile !== undefined) profiles.get(event.profile)?.flushed()
        break
      case 'delegation-token-changed':
        hasTried = true
        madeOnce(delegationTokens, event.name, delegationTokenState).changed(event)
        break
      case 'delegation-token-failed':
        hasTried = true
        madeOnce(delegationTokens, event.name, delegationTokenState).failed(event, now)
        faults.note({ ...event, at: now, delegationToken: event.name })
        break
      case 'outlet-written':
        madeOnce(outlets, event.target, outletState).written(now)
        break
      case 'outlet-failed':
        madeOnce(outlets, event.target, outletState).failed(event, now)
        faults.note({ ...event, at: now, ...(event.name !== undefined && { delegationToken: event.name }) })
        break
      case 'files-reloaded':
        reloads += 1
        break
      case 'reload-failed':
        reloadFailures += 1
        faults.note({ ...event, at: now })
        break
      case 'started':
        startedAt = now
        urls = event.urls
        break
      case 'draining':
        isDraining = true
        break
    }
  }

  function profileNamed(name: string, now: number): ObservedProfile {
    const state = profiles.get(name)
    if (state) return state.read(name, now)
    // A server obtains this one before anybody asks.
    const isAwaited = name === defaultProfile && startedAt !== undefined
    const upstream = { calls: 0, failures: 0, unchanged: 0, totalMs: 0 }
    return { name, source: '', isUsed: isAwaited, canAnswer: !isAwaited, renewals: 0, upstream }
  }

  return {
    emit,
    current(names) {
      const now = platform.now()
      const isStarting = !hasTried && (startedAt === undefined || names.includes(defaultProfile))
      return {
        phase: isDraining ? 'draining' : isStarting ? 'starting' : 'running',
        startedAt,
        urls,
        get profiles() {
          return new Map(names.map((name) => [name, profileNamed(name, now)]))
        },
        get delegationTokens() {
          return new Map([...delegationTokens].map(([name, state]) => [name, state.read(name, now)]))
        },
        get outlets() {
          return new Map([...outlets].map(([target, state]) => [target, state.read(target)]))
        },
        get requests() {
          return requests.list()
        },
        durations,
        upstreamDurations,
        get minutes() {
          return lastMinutes.list(now)
        },
        get moments() {
          return lines.list(now)
        },
        get problems() {
          return faults.list()
        },
        reloads,
        reloadFailures,
      }
    },
    keepOnly(names) {
      const kept = { profiles: new Set(names.profiles), delegationTokens: new Set(names.delegationTokens) }
      for (const name of profiles.keys()) if (!kept.profiles.has(name)) profiles.delete(name)
      for (const name of delegationTokens.keys()) if (!kept.delegationTokens.has(name)) delegationTokens.delete(name)
      if (names.hasNewOutlets) outlets.clear()
      requests.keepOnly(kept.profiles)
      const keys = names.delegationTokens.map((delegationToken) => keyOf({ delegationToken }))
      lines.keepOnly(new Set([...names.profiles, ...keys]))
    },
  }
}

function madeOnce<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
