import type { Platform } from '../platform/platform.ts'

export interface FirstOfOptions {
  readonly platform: Pick<Platform, 'setTimer'>
  /** The next one is tried after this, in milliseconds, while the one before still tries. */
  readonly staggerMs: number
  /** Whether a failure says more than another one does. */
  readonly isTelling: (failure: unknown) => boolean
  readonly signal: AbortSignal
}

interface Closable {
  close(): void
}

/**
 * What `open` makes of the first address that works, in the manner of happy eyeballs (RFC 8305): a host that swallows packets
 * costs the stagger and not its whole deadline. What comes later is closed. When all failed it rejects with the first failure
 * that is telling, or else with the first.
 */
export async function firstOf<Made extends Closable>(
  addresses: readonly string[],
  open: (address: string, signal: AbortSignal) => Promise<Made>,
  { platform, staggerMs, isTelling, signal }: FirstOfOptions,
): Promise<Made> {
  const losing = new AbortController()
  const either = AbortSignal.any([signal, losing.signal])
  const won = Promise.withResolvers<Made>()
  const failures: unknown[] = []
  let isWon = false
  const settled = addresses.map(() => Promise.withResolvers<undefined>())

  function attempt(address: string, index: number): void {
    open(address, either).then(
      (made) => {
        if (isWon) made.close()
        isWon = true
        won.resolve(made)
      },
      (thrown: unknown) => {
        failures[index] = thrown
        settled[index]?.resolve(undefined)
        if (failures.filter((failure) => failure !== undefined).length === addresses.length) {
          won.reject(failures.find(isTelling) ?? failures[0])
        }
      },
    )
  }

  async function attemptAll(): Promise<void> {
    for (const [index, address] of addresses.entries()) {
      if (isWon || signal.aborted) return
      attempt(address, index)
      const waited = Promise.withResolvers<undefined>()
      const timer = platform.setTimer(() => {
        waited.resolve(undefined)
      }, staggerMs)
      await Promise.race([waited.promise, settled[index]?.promise, won.promise.catch(() => undefined)])
      timer.cancel()
    }
  }

  const onAbort = (): void => {
    won.reject(signal.reason)
  }
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  void attemptAll()
  try {
    return await won.promise
  } finally {
    isWon = true
    signal.removeEventListener('abort', onAbort)
    losing.abort(new Error('another address was faster'))
  }
}
