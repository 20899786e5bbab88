import { defaultProfile } from '../../token/profiles.ts'
import type { SourceWorld } from '../source-kind.ts'

/**
 * What an environment variable holds in confidence. `KTS_*` is for the default profile, as every variable of that kind: another
 * profile names one of its own, so that no secret goes to a provider it is not for.
 */
export function inVariable(
  named: string | undefined,
  ofDefault: string,
  { platform, profile }: Pick<SourceWorld, 'platform' | 'profile'>,
): string | undefined {
  const variable = named ?? (profile === defaultProfile ? ofDefault : undefined)
  const text = variable === undefined ? undefined : platform.env[variable]
  return text === undefined || text.trim() === '' ? undefined : text
}
