import type { Platform, Timer } from '../platform/platform.ts'
import type { Terminal } from './command.ts'

/** One line on standard error that says what is waited for, while a person watches; it leaves nothing behind. */
export interface Progress {
  /** What is waited for now, as in `connecting to k:9093`; shown when it takes longer than half a second. */
  at(what: string): void
  /** Takes the line away; called before anything else is printed. */
  end(): void
}

const quietMs = 500

export function progress(terminal: Terminal, platform: Pick<Platform, 'setTimer'>): Progress {
  if (!terminal.isErrorWatched || terminal.env['TERM'] === 'dumb') return { at: () => undefined, end: () => undefined }
  let timer: Timer | undefined
  let isShown = false
  function end(): void {
    timer?.cancel()
    if (isShown) terminal.err('\r\u001b[K')
    isShown = false
  }
  return {
    at(what) {
      end()
      timer = platform.setTimer(() => {
        isShown = true
        terminal.err(`${what} ...`)
      }, quietMs)
    },
    end,
  }
}
