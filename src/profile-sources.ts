import { isSame } from './config/same.ts'
import type { Config, ProfileConfig } from './config/schema.ts'
import type { Issuer } from './http/issuer-routes.ts'
import { withFetch, type FairFetch } from './platform/fair-fetch.ts'
import type { Platform } from './platform/platform.ts'
import { sourceKinds } from './sources/index.ts'
import { isAsserting, type AssertingSource } from './sources/provider/provider-source.ts'
import { isIssuing } from './sources/self-issued.ts'
import type { SourceKind, SourceWorld } from './sources/source-kind.ts'
import { requestsOf } from './token/allowance.ts'
import { cached, type CachedSource } from './token/cache.ts'
import { checked } from './token/checked.ts'
import { asTokenError, TokenError } from './token/error.ts'
import type { Emit } from './token/event.ts'
import { patiently } from './token/hold.ts'
import { profiles, requireProfile, type Profiles } from './token/profiles.ts'
import type { AccessToken, TokenSource } from './token/token.ts'

/** The profiles of a configuration and what their sources can do besides giving tokens. */
export interface ProfileSources {
  readonly profiles: Profiles
  /** Undefined where the profile does not issue its tokens itself. */
  readonly issuerOf: (profile: string) => Issuer | undefined
  /** Public keys of the profile's assertions, where it publishes them. */
  readonly publishedJwks: (profile: string) => AssertingSource['publishedJwks']
  /** Throws ERR_REQUEST_PROFILE, or ERR_KEY_ASSERTION where the profile makes no assertions. */
  asserting(profile: string): AssertingSource
  /** The token of a profile that clients without wishes are given, for those who look and do not ask. */
  held(profile: string): AccessToken | undefined
  /** No token that a profile has at hand is given any more. Throws ERR_REQUEST_PROFILE where there is none of that name. */
  flush(profile: string): void
  /** From now on there are these profiles; who waits for a token of one that is gone still gets it. */
  replace(config: Config['profiles']): void
  close(): void
}

export interface ProfileSourcesOptions {
  readonly platform: Platform
  readonly emit: Emit
  /** Issuer of a profile that issues its tokens itself, unless one is configured. */
  readonly defaultIssuer: (profile: string) => string
  /** Whether the tokens of a profile are renewed although nobody asks. */
  readonly keepsWarm: (profile: string) => boolean
  /** The way out of each profile. */
  readonly calls: FairFetch
}

/** Of a profile's deadline, for the token of another one: it ends before, so that the error can say who did not answer. */
const passedShare = 0.9

/** What is replaced is kept until nobody can be waiting for it any more. */
const retirementMs = 60_000

/** Makes the source of each profile when it is first used, with the cache around it. */
export function profileSources(
  first: Config['profiles'],
  { platform, emit, defaultIssuer, keepsWarm, calls }: ProfileSourcesOptions,
): ProfileSources {
  let config = first
  const retired = new Set<CachedSource>()
  const sources = new Map<string, TokenSource>()
  const caches = new Map<string, CachedSource>()
  const lasting = new Map<string, unknown>()

  const known = profiles(Object.keys(config), create, (name) => {
    const profile = profileOf(name)
    return 'allow' in profile ? requestsOf(name, profile.allow, profile) : requestsOf(name)
  })

  function profileOf(name: string): ProfileConfig {
    return config[name] as ProfileConfig
  }

  function create(name: string): CachedSource {
    const profile = profileOf(name)
    const source = createSource(profile, {
      platform: withFetch(platform, calls.for(name)),
      profile: name,
      emit,
      fetchTimeoutMs: profile.fetchTimeout,
      defaultIssuer: defaultIssuer(name),
      lasting: (what, make) => lastingOf(name, what, make),
      source: (other) => tokensOf(other, passedShare * profile.fetchTimeout),
      changed: (options) => caches.get(name)?.changed(options),
    })
    sources.set(name, source)
    const kept = keepTokensOf(source, profile, keepsWarm(name))
    caches.set(name, kept)
    return kept
  }

  function lastingOf<Value>(name: string, what: string, make: () => Value): Value {
    const key = JSON.stringify([name, what])
    if (!lasting.has(key)) lasting.set(key, make())
    return lasting.get(key) as Value
  }

  /** Another profile's tokens, for `limitMs` milliseconds; what goes wrong there is told with its name. */
  function tokensOf(name: string, limitMs: number): TokenSource {
    return {
      kind: config[name]?.source ?? 'none',
      async getToken(request, signal) {
        try {
          const { source } = requireProfile(known, name)
          return await patiently(platform, limitMs, (until) => source.getToken(request, until), { signal })
        } catch (thrown) {
          signal.throwIfAborted()
          const { code, message, cause, ...further } = asTokenError(thrown)
          throw new TokenError(code, `profile ${name}: ${message}`, { ...further, cause })
        }
      },
    }
  }

  function keepTokensOf(source: TokenSource, profile: ProfileConfig, keepWarm: boolean): CachedSource {
    const { fetchTimeout: fetchTimeoutMs, refusalGrace: refusalGraceMs, lazyRenewal: isLazy } = profile
    const isRaw = 'format' in profile && profile.format === 'raw'
    const principalClaim = 'principalClaim' in profile ? profile.principalClaim : 'sub'
    return cached(isRaw ? source : checked(source, { platform, emit, principalClaim }), {
      platform,
      emit,
      fetchTimeoutMs,
      refusalGraceMs,
      keepWarm,
      isLazy,
    })
  }

  function forget(name: string): void {
    sources.delete(name)
    caches.delete(name)
  }

  /** Closing ends the wait of whoever is in line. */
  function retire(former: readonly CachedSource[]): void {
    for (const source of former) {
      retired.add(source)
      platform.setTimer(() => {
        source.close()
        retired.delete(source)
      }, retirementMs)
    }
  }

  function sourceOf(name: string): TokenSource | undefined {
    return known.get(name) && sources.get(name)
  }

  return {
    profiles: known,
    issuerOf(name) {
      // Whoever asks for keys need not prove anything: no source is made for it but one that has keys.
      if (!known.has(name) || profileOf(name).source !== 'self-issued') return undefined
      const source = sourceOf(name)
      if (!source || !isIssuing(source)) return undefined
      return { issuer: source.issuer, algorithm: source.algorithm, publicJwks: () => source.signer.publicJwks() }
    },
    publishedJwks(name) {
      const source = sourceOf(name)
      return source && isAsserting(source) ? source.publishedJwks : undefined
    },
    asserting(name) {
      requireProfile(known, name)
      const source = sourceOf(name)
      if (source && isAsserting(source)) return source
      throw new TokenError('ERR_KEY_ASSERTION', `profile ${name} makes no assertions`, {
        hint: 'Configure its assertion, as with assertion.privateKeyFile.',
      })
    },
    held: (name) => caches.get(name)?.held(name),
    flush(name) {
      if (!known.has(name)) {
        throw new TokenError('ERR_REQUEST_PROFILE', `there is no profile ${name.slice(0, 64)}`, {
          hint: 'Correct the last part of the path, or add the profile to the configuration of the sidecar.',
        })
      }
      caches.get(name)?.flush()
    },
    replace(changed) {
      const former = config
      config = changed
      retire(known.replace(Object.keys(changed), (name) => isSame(former[name], changed[name])))
      for (const name of sources.keys()) if (!known.has(name)) forget(name)
    },
    close() {
      known.close()
      for (const source of retired) source.close()
    },
  }
}

function createSource(profile: ProfileConfig, world: SourceWorld): TokenSource {
  const kind = sourceKinds.find((candidate) => candidate.kind === profile.source)
  // The schema has checked that the options are those of this kind; the compiler cannot see it through the lookup.
  return (kind as unknown as SourceKind<string, never>).create(profile as never, world)
}
