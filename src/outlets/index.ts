import type { Platform } from '../platform/platform.ts'
import type { Secret } from '../platform/secret.ts'
import type { Emit } from '../token/event.ts'
import type { AccessToken } from '../token/token.ts'
import type { FileTarget } from './file.ts'
import { keepFileFresh, type Outlet } from './outlet.ts'

/** One entry of `outlets`: the profile whose assertions or tokens go where. */
export interface OutletPlan {
  readonly from: { readonly assertion: string } | { readonly profile: string }
  /** `refresh` in milliseconds, for assertions. */
  readonly to: FileTarget & { readonly refresh?: number | undefined }
}

export interface OutletsOptions {
  readonly platform: Pick<Platform, 'setTimer'>
  readonly emit: Emit
  readonly getToken: (profile: string) => Promise<AccessToken>
  readonly getAssertion: (profile: string) => Promise<Secret>
}

/** Providers that take an assertion once want a new one soon: Keycloak refuses what is older than 60 s. */
const assertionRefreshMs = 30_000
/** The cache renews ahead; a new token is noticed this soon. */
const tokenRefreshMs = 5_000

/** Starts everything that goes elsewhere than through the endpoint. */
export function startOutlets(
  plans: readonly OutletPlan[],
  { platform, emit, getToken, getAssertion }: OutletsOptions,
): readonly Outlet[] {
  return plans.map(({ from, to }) => {
    const { refresh, ...target } = to
    if ('assertion' in from) {
      const profile = from.assertion
      const content = (): Promise<Secret> => getAssertion(profile)
      return keepFileFresh({ platform, emit, profile, target, content, refreshMs: refresh ?? assertionRefreshMs })
    }
    const { profile } = from
    const content = async (): Promise<Secret> => (await getToken(profile)).value
    return keepFileFresh({ platform, emit, profile, target, content, refreshMs: tokenRefreshMs })
  })
}
