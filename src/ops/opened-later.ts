import type { Platform } from '../platform/platform.ts'

/** The first item waits this long, because loading the logger would keep the first token waiting. */
const loadDelayMs = 25

/** Takes items at once, and hands them on when what writes them is there. */
export interface OpenedLater<Item> {
  write(item: Item): void
  /** Opens now what is waited for, if anything is; resolves when all items are handed on. */
  flush(): Promise<void>
}

/** Calls `open` after the first item, and what that resolves to with each of them in turn. */
export function openedLater<Item>(
  platform: Pick<Platform, 'setTimer'>,
  open: () => Promise<(item: Item) => void>,
): OpenedLater<Item> {
  let write: ((item: Item) => void) | undefined
  let early: Item[] = []
  let opening: Promise<void> | undefined

  async function handOn(): Promise<void> {
    const opened = await open()
    for (const item of early) opened(item)
    early = []
    write = opened
  }

  const flush = (): Promise<void> => (opening ??= handOn())

  return {
    write(item) {
      if (write) write(item)
      else if (early.push(item) === 1) platform.setTimer(() => void flush(), loadDelayMs, { holdsProcess: true })
    },
    async flush() {
      if (early.length > 0) await flush()
    },
  }
}
