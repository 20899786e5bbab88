import { watchedFiles } from '../../platform/watched-files.ts'
import { TokenError } from '../../token/error.ts'
import { endOf, readJwtShape } from '../../token/jwt-shape.ts'
import type { SourceWorld } from '../source-kind.ts'
import { defaultTimes } from '../source-times.ts'
import { reloadEvents } from '../../token/reload-events.ts'

/** A token that somebody else keeps fresh in a file. */
export interface TokenFile {
  /** Its text, read anew. Rejects with ERR_KEY_ASSERTION. */
  read(): Promise<string>
  readonly close: () => void
}

/**
 * Reads the file each time. Content that is no token, as of a file that is just being written, is passed over while the one
 * before lives. With the whole world, what lasts is told, and a failing profile tries again as soon as the file changes.
 */
export function tokenFile(
  path: string,
  world: Pick<SourceWorld, 'platform'> | SourceWorld,
  { isJwt = true }: { readonly isJwt?: boolean } = {},
): TokenFile {
  const { platform } = world
  const createdAt = platform.monotonicNow()

  function fault(message: string): TokenError {
    return new TokenError('ERR_KEY_ASSERTION', message, {
      starting: platform.monotonicNow() - createdAt < defaultTimes.startingMs,
    })
  }

  const watched = watchedFiles({
    platform,
    files: { token: path },
    ...('emit' in world && reloadsOf(path, world)),
    unreadable: (file, problem) => fault(`cannot read ${file} (${problem})`),
    parse({ token }) {
      const text = token?.text.trim() ?? ''
      if (text === '') throw fault(`${path} is empty`)
      if (isJwt && !readJwtShape(text)) throw fault(`${path} holds no JWT`)
      return text
    },
  })

  return {
    async read() {
      const text = await watched.read()
      const lateMs = platform.now() - ((isJwt ? endOf(text) : undefined) ?? Infinity)
      if (lateMs >= 0) throw fault(`the token in ${path} expired ${Math.round(lateMs / 1000)} s ago`)
      return text
    },
    close: watched.close,
  }
}

/** Such a file changes all the time, which is only worth a word after it was broken. */
function reloadsOf(path: string, world: SourceWorld): ReturnType<typeof reloadEvents> {
  const events = reloadEvents(world, `the token in ${path}`)
  let isBroken = false
  return {
    onReloaded() {
      if (isBroken) events.onReloaded()
      else world.changed()
      isBroken = false
    },
    onBroken(reason) {
      isBroken = true
      events.onBroken(reason)
    },
  }
}
