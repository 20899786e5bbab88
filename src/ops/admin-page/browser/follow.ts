/** One look at the sidecar each second while somebody looks at the page, and none while nobody does. */
export interface Following {
  /** Looks at once, as after a new secret. */
  readonly now: () => void
  /** Looks no more until `now`. */
  readonly pause: () => void
}

const everyMs = 1_000

export function follow(look: (signal: AbortSignal) => Promise<void>): Following {
  let timer: number | undefined
  let looking: AbortController | undefined
  let isPaused = false

  function stop(): void {
    clearTimeout(timer)
    looking?.abort()
    looking = undefined
  }

  async function start(): Promise<void> {
    stop()
    if (document.hidden || isPaused) return
    const mine = new AbortController()
    looking = mine
    await look(mine.signal)
    // Meanwhile another look may have begun, or the page may have been hidden.
    if (looking === mine) timer = setTimeout(() => void start(), everyMs)
  }

  document.addEventListener('visibilitychange', () => void start())
  return {
    now() {
      isPaused = false
      void start()
    },
    pause() {
      isPaused = true
      stop()
    },
  }
}
