import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { errorCode } from './error-code.ts'

/** One file as it was read. */
export interface FileBytes {
  readonly bytes: Buffer
  /** Permission bits, as in 0o600. */
  readonly mode: number
}

export type ReadFile = (path: string) => Promise<FileBytes>

export interface CurrentFilesOptions<Value> {
  /** Makes the value; every file that it needs, it reads by `read`, which rejects with what `unreadable` makes. */
  readonly make: (read: ReadFile) => Promise<Value>
  /** Words for a file that cannot be read; `problem` is ENOENT, EACCES or the like, or a reason in words. */
  readonly unreadable: (path: string, problem: string) => Error
  /** The files hold something new and usable, or are as they were before `onBroken`. */
  readonly onReloaded: () => void
  /** The files changed and hold nothing usable: the former value is kept. Told once for each such content. */
  readonly onBroken: (reason: unknown) => void
}

/** More is not read. */
const largestBytes = 1024 * 1024
/** Files that change while they are read are read again. */
const mostTries = 3

interface Attempt {
  /** Digest of each file that was read, or why it could not be. */
  readonly files: ReadonlyMap<string, string>
}

/**
 * A value that is made from files, some of which are named in others: made anew when one of them differs, the former one
 * while they hold nothing usable. Asking reads the files; nothing is watched in between. Rejects when there has never been a
 * value.
 */
export function currentFiles<Value>({
  make,
  unreadable,
  onReloaded,
  onBroken,
}: CurrentFilesOptions<Value>): () => Promise<Value> {
  let held: { readonly value: Value } | undefined
  let last: Attempt | undefined
  let looking: Promise<Value> | undefined

  async function look(): Promise<Value> {
    for (let tries = 1; ; tries++) {
      if (held && last && (await isAsBefore(last))) return held.value
      const files = new Map<string, string>()
      try {
        const value = await make(async (path) => {
          const content = await contentOf(path)
          files.set(path, digestOf(content))
          if (typeof content === 'string') throw unreadable(path, content)
          return content
        })
        const isNews = held !== undefined
        held = { value }
        last = { files }
        if (isNews) onReloaded()
        return value
      } catch (reason) {
        // Of two files that belong together one may have been replaced in between.
        if (tries < mostTries && !(await isAsBefore({ files }))) continue
        if (!held) throw reason
        last = { files }
        onBroken(reason)
        return held.value
      }
    }
  }

  return () => (looking ??= look().finally(() => (looking = undefined)))
}

async function isAsBefore({ files }: Attempt): Promise<boolean> {
  for (const [path, digest] of files) if (digestOf(await contentOf(path)) !== digest) return false
  return true
}

/** The content, or why there is none. */
async function contentOf(path: string): Promise<FileBytes | string> {
  try {
    const about = await stat(path)
    if (!about.isFile()) return 'it is not a regular file'
    if (about.size > largestBytes) return 'it is larger than 1 MB'
    return { bytes: await readFile(path), mode: about.mode & 0o777 }
  } catch (error) {
    return errorCode(error)
  }
}

/** So that a second copy of a secret is not kept. */
function digestOf(content: FileBytes | string): string {
  if (typeof content === 'string') return content
  return createHash('sha256').update(`${content.mode} `).update(content.bytes).digest('base64')
}
