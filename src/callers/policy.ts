import type { Platform } from '../platform/platform.ts'
import { TokenError } from '../token/error.ts'
import type { CallersConfig } from './caller.ts'
import { rateLimit, type RateLimit } from './rate.ts'

/** What callers may have, as it is configured. */
export interface PolicySettings {
  readonly callers: CallersConfig
  readonly limits: { readonly callerRequestsPerMinute: number }
}

/** What callers may have who proved who they are, and how often they may ask: as `Gate` has it. */
export interface Policy {
  profileFor(caller: string, inPath: string | undefined): string
  requireDelegationToken(caller: string, name: string): void
  replace(settings: PolicySettings): void
}

interface Allowed {
  readonly profiles: ReadonlySet<string>
  readonly first: string | undefined
  readonly delegationTokens: ReadonlySet<string>
  readonly perMinute: number
  readonly rate: RateLimit
}

export function callersPolicy(first: PolicySettings, platform: Pick<Platform, 'monotonicNow'>): Policy {
  let settings = first
  /** Made when a caller first comes: thousands of them cost nothing until then. */
  let allowed = new Map<string, Allowed>()

  function allowedOf(name: string): Allowed {
    const known = allowed.get(name)
    if (known) return known
    const caller = Object.hasOwn(settings.callers, name) ? settings.callers[name] : undefined
    const perMinute = caller?.requestsPerMinute ?? settings.limits.callerRequestsPerMinute
    const profiles = caller?.profiles ?? []
    const made = {
      profiles: new Set(profiles),
      first: profiles[0],
      delegationTokens: new Set(caller?.delegationTokens),
      perMinute,
      // A job that starts with a thousand executors asks for a minute's worth at once.
      rate: rateLimit({ perMinute, burst: perMinute, platform, mostKeys: 1 }),
    }
    allowed.set(name, made)
    return made
  }

  /** Counts whatever is asked for, so that nobody tries all names. */
  function counted(caller: string): Allowed {
    const its = allowedOf(caller)
    const waitMs = its.rate.take(caller)
    if (waitMs === 0) return its
    const message = `caller ${caller} asks more often than ${its.perMinute} times a minute`
    throw new TokenError('ERR_CALLER_LIMIT', message, { retryAfterMs: waitMs })
  }

  return {
    profileFor(caller, inPath) {
      const { profiles, first } = counted(caller)
      const profile = inPath ?? first
      if (profile !== undefined && profiles.has(profile)) return profile
      const which = profile === undefined ? 'any profile' : `a profile ${profile.slice(0, 64)}`
      throw new TokenError('ERR_CALLER_PROFILE', `caller ${caller} may not use ${which}`, {
        hint:
          profiles.size === 0
            ? `Add the profile to callers.${caller}.profiles.`
            : `It may use ${[...profiles].join(', ')}: correct the last part of sasl.oauthbearer.token.endpoint.url, or add the profile to callers.${caller}.profiles.`,
      })
    },
    requireDelegationToken(caller, name) {
      const { delegationTokens } = counted(caller)
      if (delegationTokens.has(name)) return
      const message = `caller ${caller} may not read a delegation token ${name.slice(0, 64)}`
      const may = delegationTokens.size === 0 ? '' : `It may read ${[...delegationTokens].join(', ')}. `
      throw new TokenError('ERR_CALLER_DELEGATION_TOKEN', message, {
        hint: `${may}Correct the last part of the address, or add the name to callers.${caller}.delegationTokens.`,
      })
    },
    replace(changed) {
      settings = changed
      const former = allowed
      allowed = new Map()
      // Editing the file gives nobody a second minute's worth.
      for (const [name, { perMinute, rate }] of former) {
        if (!Object.hasOwn(changed.callers, name)) continue
        const made = allowedOf(name)
        if (made.perMinute === perMinute) allowed.set(name, { ...made, rate })
      }
    },
  }
}
