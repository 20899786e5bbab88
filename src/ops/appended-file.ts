import { constants } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { errorCode } from '../platform/error-code.ts'
import type { Platform, Timer } from '../platform/platform.ts'
import { longestBacklogBytes } from './plain-stream.ts'

export interface AppendedFileOptions {
  readonly file: string
  readonly platform: Pick<Platform, 'monotonicNow' | 'setTimer'>
  /** Hears at each attempt, at most once a second, why the file cannot be written, as in ENOSPC. */
  readonly onTrouble: (reason: string) => void
  /** Hears each time that nothing waits any more. */
  readonly onDrained: () => void
}

export interface AppendedFile {
  /** Takes a whole line, to be written in the background; false when it is dropped, because too many wait already. */
  take(line: string): boolean
  /** Writes what waits, as far as that works, and closes the file; resolves after 2 s at the latest. */
  close(): Promise<void>
}

/** How often it is looked whether the file was moved away, and how often one that cannot be written is tried again. */
const lookMs = 1_000
const closeTimeoutMs = 2_000

// A named pipe that nobody reads is an error, instead of a thread that waits for ever.
const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK

/** A file that lines are appended to: made with mode 0600 when it is missing, and again when logrotate moved it away. */
export function appendedFile({ file, platform, onTrouble, onDrained }: AppendedFileOptions): AppendedFile {
  let opened: Opened | undefined
  let lookedAt = 0
  let lines: string[] = []
  let linesBytes = 0
  /** Lines on their way into the file; as far as `offset` they are there. */
  let batch: Buffer = Buffer.alloc(0)
  let offset = 0
  let writing: Promise<void> | undefined
  let retry: Timer | undefined
  let isClosed = false

  const backlogBytes = (): number => batch.length - offset + linesBytes

  async function handleOfFile(): Promise<FileHandle> {
    if (opened && platform.monotonicNow() - lookedAt >= lookMs && !(await isAt(file, opened))) {
      await opened.handle.close().catch(() => undefined)
      opened = undefined
      // The rest of a line means nothing in another file.
      if (offset > 0) offset = batch.lastIndexOf('\n', offset - 1) + 1
    }
    opened ??= await openFile(file)
    lookedAt = platform.monotonicNow()
    return opened.handle
  }

  async function writeAll(): Promise<void> {
    try {
      const handle = await handleOfFile()
      while (backlogBytes() > 0) {
        if (offset === batch.length) {
          batch = Buffer.from(lines.join(''))
          offset = 0
          lines = []
          linesBytes = 0
        }
        offset += (await handle.write(batch, offset)).bytesWritten
        if (backlogBytes() === 0) onDrained()
      }
    } catch (error) {
      if (!isClosed) retry = platform.setTimer(write, lookMs)
      onTrouble(errorCode(error))
    }
  }

  function write(): void {
    retry = undefined
    writing ??= writeAll().then(() => {
      writing = undefined
      // Lines that came with the end of the last write.
      if (linesBytes > 0 && !retry && !isClosed) write()
    })
  }

  async function end(): Promise<void> {
    retry?.cancel()
    await writing
    await writeAll()
    await opened?.handle.close()
  }

  // Whether it can be written shows at start, and not with the first line.
  write()
  return {
    take(line) {
      if (backlogBytes() >= longestBacklogBytes) return false
      lines.push(line)
      linesBytes += Buffer.byteLength(line)
      if (!retry && !isClosed) write()
      return true
    },
    async close() {
      isClosed = true
      const late = Promise.withResolvers<undefined>()
      const limit = platform.setTimer(
        () => {
          late.resolve(undefined)
        },
        closeTimeoutMs,
        { holdsProcess: true },
      )
      await Promise.race([late.promise, end().catch(() => undefined)])
      limit.cancel()
    },
  }
}

interface Opened {
  readonly handle: FileHandle
  readonly dev: number
  readonly ino: number
}

async function openFile(file: string): Promise<Opened> {
  const handle = await open(file, flags, 0o600)
  const { dev, ino } = await handle.stat()
  return { handle, dev, ino }
}

/** Whether what was opened is still what stands there. */
async function isAt(file: string, { dev, ino }: Opened): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  return found?.dev === dev && found.ino === ino
}
