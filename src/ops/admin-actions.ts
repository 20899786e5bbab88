import type { Route } from '../http/route.ts'
import type { WireResponse } from '../http/wire-message.ts'
import type { Platform } from '../platform/platform.ts'
import { TokenError } from '../token/error.ts'
import type { Emit } from '../token/event.ts'
import { plainText } from './plain-text.ts'

export interface AdminActionsOptions {
  readonly platform: Pick<Platform, 'setTimer'>
  readonly emit: Emit
  /** Drops what a profile has at hand. Throws ERR_REQUEST_PROFILE. */
  readonly flush: (profile: string) => void
  /** Ends the sidecar in order; absent where it may not be ended so. */
  readonly quit?: (() => void) | undefined
}

/** What changes something: `POST /flush/<profile>` and `POST /quitquitquit`. */
export function adminActionRoutes({ platform, emit, flush, quit }: AdminActionsOptions): Route[] {
  let isEnding = false
  return [
    {
      method: 'POST',
      path: '/flush/:profile',
      handle({ remoteAddress: from }, profile): WireResponse {
        flush(profile)
        emit({ type: 'admin-action', action: 'flush', profile, from })
        return plainText(200, `the token of profile ${profile} was dropped: the next client gets a new one\n`)
      },
    },
    {
      method: 'POST',
      path: '/quitquitquit',
      handle({ remoteAddress: from }): WireResponse {
        if (!quit) throw new TokenError('ERR_REQUEST_QUIT', 'this sidecar does not end by POST /quitquitquit')
        if (!isEnding) {
          emit({ type: 'admin-action', action: 'quit', from })
          // The answer leaves first.
          platform.setTimer(quit, 0, { holdsProcess: true })
        }
        isEnding = true
        return plainText(200, 'ending\n')
      },
    },
  ]
}
