import type { DestinationStream, pino as Pino } from 'pino'

/** More than this is not kept for a reader that stalls, or a file that cannot be written: newer lines are dropped. */
export const longestBacklogBytes = 4 * 1024 * 1024

/** Standard output or error, as lines go there. */
export interface PlainStream extends DestinationStream {
  /** False when the line was dropped, because the reader stalls. */
  take(line: string): boolean
  /** Calls back each time that nothing waits any more. */
  onDrained(callback: () => void): void
}

const opened = new Map<1 | 2, PlainStream>()

/** The one writer of this process to 1, standard output, or 2, standard error: two would write into each other's lines. */
export function plainStream({ destination }: Pick<typeof Pino, 'destination'>, fd: 1 | 2): PlainStream {
  const known = opened.get(fd)
  if (known) return known
  // A reader that stalls must not stop the endpoint, so lines are written in the background.
  let retries = 0
  const retryEAGAIN = (): boolean => ++retries % 20 !== 0
  const stream = destination({ fd, sync: false, maxLength: longestBacklogBytes, retryEAGAIN })
  // Whoever read our log is gone; that is no reason to stop serving.
  stream.on('error', () => undefined)
  const flush = stream.flushSync.bind(stream)
  stream.flushSync = () => {
    try {
      flush()
    } catch {
      // The reader stalls to the very end: its last lines are lost, but the end is an orderly one.
    }
  }
  let isTaken = true
  stream.on('drop', () => {
    isTaken = false
  })
  const plain: PlainStream = {
    write: (line) => void stream.write(line),
    take(line) {
      isTaken = true
      stream.write(line)
      return isTaken
    },
    onDrained: (callback) => void stream.on('drain', callback),
  }
  opened.set(fd, plain)
  return plain
}
