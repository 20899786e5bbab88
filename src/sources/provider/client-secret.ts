import { requirePrivateFile } from '../../keys/file-mode.ts'
import type { ClientSecret } from '../../oauth/client-auth.ts'
import { watchedFiles } from '../../platform/watched-files.ts'
import { TokenError } from '../../token/error.ts'
import { defaultProfile } from '../../token/profiles.ts'
import type { SourceWorld } from '../source-kind.ts'
import type { ClientAuthSettings } from './options.ts'
import { reloadEvents } from '../../token/reload-events.ts'
import { secretText } from './secret-text.ts'
import { inVariable } from './secret-variable.ts'

/** The secret in the variable of the profile, if it has one. */
export function secretInVariable(
  settings: ClientAuthSettings,
  world: Pick<SourceWorld, 'platform' | 'profile'>,
): string | undefined {
  return inVariable(settings.clientSecretVariable, 'KTS_CLIENT_SECRET', world)
}

/** The secret a program handed over, else that of the file, read again when it changes, else that of the variable. */
export function clientSecret(settings: ClientAuthSettings, world: SourceWorld): ClientSecret & { close(): void } {
  const { clientSecretFile: file, clientSecretVariable: variable = 'KTS_CLIENT_SECRET' } = settings
  if (settings.clientSecret || file === undefined) {
    const text = settings.clientSecret?.reveal() ?? secretInVariable(settings, world)
    if (text === undefined || text.trim() === '') {
      const where = settings.clientSecretVariable ?? (world.profile === defaultProfile ? variable : 'clientSecretFile')
      throw new TokenError('ERR_KEY_SECRET', `there is no client secret: ${where} is not set`)
    }
    return { read: () => Promise.resolve(text), hasFormer: () => false, confirm: noop, close: noop }
  }
  return watchedFiles({
    platform: world.platform,
    files: { secret: file },
    required: true,
    ...reloadEvents(world, 'the client secret'),
    unreadable: (path, problem) => new TokenError('ERR_KEY_SECRET', `cannot read ${path} (${problem})`),
    parse({ secret }) {
      requirePrivateFile(file, secret?.mode ?? 0)
      const text = secretText(secret?.text ?? '')
      if (text.trim() === '') throw new TokenError('ERR_KEY_SECRET', `${file} holds no secret: it is empty`)
      return text
    },
  })
}

const noop = (): void => undefined
