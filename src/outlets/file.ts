import { chmod, chown, lstat, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errorCode } from '../platform/error-code.ts'
import type { Secret } from '../platform/secret.ts'
import { TokenError } from '../token/error.ts'
import type { Destination } from './outlet.ts'

export interface FileTarget {
  readonly file: string
  /** Permission bits; default 0o600. */
  readonly mode?: number | undefined
  /** Group id; default: that of the process, or of the folder where its setgid bit is set. */
  readonly group?: number | undefined
}

/** A file that holds what `text` makes of the content. */
export function fileDestination<Content>(target: FileTarget, text: (content: Content) => Secret): Destination<Content> {
  const { file } = target
  return {
    target: file,
    async put(content, { isLook }) {
      const wanted = text(content)
      const found = isLook ? await compared(file, wanted) : 'gone'
      if (found === 'same') return { isWritten: false }
      await replaceFile(target, wanted)
      if (found === 'gone') return { isWritten: true }
      return { isWritten: true, warning: `${file} was changed by another hand, and is written again` }
    },
  }
}

async function compared(file: string, wanted: Secret): Promise<'same' | 'other' | 'gone'> {
  try {
    const about = await lstat(file)
    // What is put there is no link, and a pipe would keep its reader waiting.
    const isOurs = about.isFile() && about.size === Buffer.byteLength(wanted.reveal())
    return isOurs && (await readFile(file, 'utf8')) === wanted.reveal() ? 'same' : 'other'
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? 'gone' : 'other'
  }
}

let drafts = 0

/** Replaces the file in one step: a reader sees the old content or the new, never a part. Rejects with ERR_OUTLET_FILE. */
export async function replaceFile({ file, mode = 0o600, group }: FileTarget, content: Secret): Promise<void> {
  const draft = join(dirname(file), `.${basename(file)}.${process.pid}-${++drafts}`)
  try {
    // That of a process that was killed: in a container each has the same number.
    await rm(draft, { force: true })
    // Nobody may read it before it has its group and mode.
    await writeFile(draft, content.reveal(), { mode: 0o600, flag: 'wx' })
    if (group !== undefined) await chown(draft, -1, group)
    await chmod(draft, mode)
    await rename(draft, file)
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw new TokenError('ERR_OUTLET_FILE', `cannot write ${file} (${errorCode(cause)})`, { cause })
  }
}
