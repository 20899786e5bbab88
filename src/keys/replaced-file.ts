import { closeSync, fchmodSync, fchownSync, fstatSync, fsyncSync, lstatSync, openSync, realpathSync } from 'node:fs'
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { errorCode } from '../platform/error-code.ts'
import { TokenError } from '../token/error.ts'
import { publishDraft, readIfThere } from './kept-key.ts'

export interface Replaced<Change> {
  /** What was made of the text before. */
  readonly change: Change
  /** False where the user may not give the new file to owner and group of the one before; it is then for nobody else. */
  readonly isOwnerKept: boolean
}

/**
 * Writes what `make` makes of the text of a file, undefined where there is none; it appears whole or not at all, with mode
 * and owner of the file before it, or mode 0600. The draft beside it, `<file>.new`, keeps out others who do the same: to
 * them, and where the file changes meanwhile, it throws ERR_KEY_FILE.
 */
export function replaceFile<Change extends { readonly text: string }>(
  file: string,
  make: (text: string | undefined) => Change,
): Replaced<Change> {
  const path = whereItIs(file)
  const draft = `${path}.new`
  const descriptor = opened(draft, file)
  let isDraftOurs = true
  try {
    const before = readIfThere(path)
    const change = make(before)
    writeFileSync(descriptor, change.text)
    const isOwnerKept = before === undefined || keepOwner(descriptor, path)
    fsyncSync(descriptor)
    if (readIfThere(path) !== before) throw changedMeanwhile(file)
    if (before === undefined) publishDraft(draft, path)
    else {
      renameSync(draft, path)
      // Whoever comes now may make a draft of that name.
      isDraftOurs = false
    }
    return { change, isOwnerKept }
  } catch (error) {
    // Whatever `make` throws is its own affair.
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw errorCode(error) === 'EEXIST' ? changedMeanwhile(file) : unwritable(file, error)
  } finally {
    closeSync(descriptor)
    if (isDraftOurs) rmSync(draft, { force: true })
  }
}

/** A link goes on leading to the file. */
function whereItIs(file: string): string {
  try {
    return realpathSync(file)
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw unwritable(file, cause)
    if (lstatSync(file, { throwIfNoEntry: false })) {
      throw new TokenError('ERR_KEY_FILE', `${file} is a link that leads nowhere`)
    }
    return file
  }
}

function opened(draft: string, file: string): number {
  try {
    return openSync(draft, 'wx', 0o600)
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') throw unwritable(file, cause)
    throw new TokenError('ERR_KEY_FILE', `${draft} is there: somebody else is changing ${file}, or was cut off`, {
      cause,
      hint: 'Try again; if it stays and nobody is at work, delete it.',
    })
  }
}

/** Owner first: without it, a mode for a group would be for another one. */
function keepOwner(descriptor: number, path: string): boolean {
  const { uid, gid, mode } = statSync(path)
  const own = fstatSync(descriptor)
  try {
    if (own.uid !== uid || own.gid !== gid) fchownSync(descriptor, uid, gid)
  } catch {
    return false
  }
  fchmodSync(descriptor, mode & 0o775)
  return true
}

function changedMeanwhile(file: string): TokenError {
  return new TokenError('ERR_KEY_FILE', `${file} was changed by somebody else at the same moment`, {
    hint: 'Nothing was written; try again.',
  })
}

function unwritable(file: string, cause: unknown): TokenError {
  return new TokenError('ERR_KEY_FILE', `cannot write ${file} (${errorCode(cause)})`, {
    cause,
    hint: 'Name a file in a folder that you may write. Volumes of Kubernetes cannot be written: change a copy, and the Secret from that.',
  })
}
