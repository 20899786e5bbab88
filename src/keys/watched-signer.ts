import type { Platform } from '../platform/platform.ts'
import { watchedFiles } from '../platform/watched-files.ts'
import { TokenError } from '../token/error.ts'
import type { SigningAlgorithm } from './algorithm.ts'
import { requirePrivateFile } from './file-mode.ts'
import { keptPrivateKey, readIfThere } from './kept-key.ts'
import { parseKeySet } from './key-set.ts'
import type { Signer } from './signer.ts'
import { succession, type SuccessionOptions } from './succession.ts'

export interface WatchedSignerOptions extends Omit<SuccessionOptions, 'now'> {
  readonly platform: Pick<Platform, 'now' | 'monotonicNow' | 'setTimer'>
  readonly algorithm: SigningAlgorithm
  /** The file holds other keys than before. */
  readonly onReloaded: () => void
  /** The file holds something new that is not usable; what it held before is. */
  readonly onBroken: (reason: Error) => void
}

/** A signer whose keys change with a file. */
export interface WatchedSigner extends Signer {
  readonly close: () => void
}

/**
 * Signs with the key of `file` whose turn it is, and publishes all of them. Where there is no such file a key is made and
 * kept there. Throws ERR_KEY_FILE, ERR_KEY_FILE_MODE or ERR_KEY_TYPE for a file that cannot be used from the start.
 */
export function watchedSigner(file: string, options: WatchedSignerOptions): WatchedSigner {
  const { platform, algorithm, publishAheadMs, afterlifeMs, onReloaded, onBroken } = options
  if (readIfThere(file) === undefined) keptPrivateKey(file, algorithm)
  const keys = succession({ now: () => platform.now(), publishAheadMs, afterlifeMs })
  const watched = watchedFiles({
    platform,
    files: { keys: file },
    required: true,
    onReloaded,
    onBroken,
    unreadable: (path, problem) => new TokenError('ERR_KEY_FILE', `cannot read ${path} (${problem})`),
    parse({ keys: content }) {
      const { path = file, text = '', mode = 0 } = content ?? {}
      requirePrivateFile(path, mode)
      keys.take(parseKeySet(text, { algorithm, from: path }))
    },
  })
  return {
    async publicJwks() {
      await watched.read()
      return keys.published()
    },
    async sign(claims, signing) {
      await watched.read()
      return keys.current().signer.sign(claims, signing)
    },
    close: watched.close,
  }
}
