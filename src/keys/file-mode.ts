import { TokenError } from '../token/error.ts'

/**
 * Throws ERR_KEY_FILE_MODE when everybody may write the file, and so put a key of his own there. `mode` is that of
 * stat(2). Being readable by others is left alone: volumes of Kubernetes are so by default.
 */
export function requirePrivateFile(path: string, mode: number): void {
  if ((mode & 0o002) === 0) return
  const shown = (mode & 0o777).toString(8).padStart(4, '0')
  throw new TokenError('ERR_KEY_FILE_MODE', `everybody may write ${path} (mode ${shown})`, {
    hint: `Take that right away: chmod o-w ${path}`,
  })
}
