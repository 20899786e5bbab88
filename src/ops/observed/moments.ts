import type { DelegationTokenChanged, SidecarEvent } from '../../token/event.ts'
import type { ObservedMoment } from './observed.ts'
import { isPlain } from './profile-state.ts'
import type { TimeLines } from './time-lines.ts'

/** What is told of a delegation token, as its time line says it; to be found usable is no event in its life. */
const shownAs: Partial<Record<DelegationTokenChanged['action'], ObservedMoment['what']>> = {
  created: 'issued',
  adopted: 'issued',
  renewed: 'renewed',
  rekeyed: 'replaced',
  lapsing: 'replaced',
  expired: 'expired',
}

/** Writes what happened on the time line of the token that it happened to. */
export function noteMoment(event: SidecarEvent, lines: TimeLines, at: number): void {
  switch (event.type) {
    case 'token-obtained': {
      const { profile, reason, expiresAt } = event
      if (!isPlain(event)) return
      lines.note({ at, about: { profile }, what: reason === 'first' ? 'issued' : 'renewed', expiresAt })
      break
    }
    case 'token-failed':
      lines.note({ at, about: { profile: event.profile }, what: 'failed', code: event.code })
      break
    case 'token-dropped':
      lines.note({ at, about: { profile: event.profile }, what: 'dropped', code: event.code })
      break
    case 'admin-action':
      if (event.action === 'flush' && event.profile !== undefined) {
        lines.note({ at, about: { profile: event.profile }, what: 'dropped' })
      }
      break
    case 'delegation-token-changed': {
      const { action, name: delegationToken, expiresAt } = event
      const what = shownAs[action]
      if (what) lines.note({ at, about: { delegationToken }, what, expiresAt })
      break
    }
    case 'delegation-token-failed':
      lines.note({ at, about: { delegationToken: event.name }, what: 'failed', code: event.code })
      break
  }
}
