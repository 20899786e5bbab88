import { asTokenError } from './error.ts'
import type { Emit } from './event.ts'

/** Whose files they are. */
export interface ReloadedFor {
  readonly emit: Emit
  /** Absent where they belong to the sidecar itself. */
  readonly profile?: string
  /** Hears, after the event, that they changed. */
  readonly changed?: () => void
}

/** Tells what becomes of files that changed: `what` names them, as in `private key`. */
export function reloadEvents({ emit, profile, changed }: ReloadedFor, what: string) {
  const about = { ...(profile !== undefined && { profile }), what }
  return {
    onReloaded(): void {
      emit({ type: 'files-reloaded', ...about })
      changed?.()
    },
    onBroken(reason: Error): void {
      const { code, message, hint } = asTokenError(reason)
      emit({ type: 'reload-failed', ...about, code, message, hint })
    },
  }
}
