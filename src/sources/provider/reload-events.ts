import { asTokenError } from '../../token/error.ts'
import type { SourceWorld } from '../source-kind.ts'

/** Tells what becomes of files that changed: `what` names them, as in `private key`. */
export function reloadEvents(
  { emit, profile, changed }: Pick<SourceWorld, 'emit' | 'profile' | 'changed'>,
  what: string,
) {
  return {
    onReloaded(): void {
      emit({ type: 'files-reloaded', profile, what })
      changed()
    },
    onBroken(reason: Error): void {
      const { code, message, hint } = asTokenError(reason)
      emit({ type: 'reload-failed', profile, what, code, message, hint })
    },
  }
}
