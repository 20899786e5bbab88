import { lookup } from 'node:dns/promises'

/** The addresses of a host name, as the system resolves it. Rejects with what Node says, or the signal's reason. */
export type OutwardLookup = (host: string, signal: AbortSignal) => Promise<readonly string[]>

export const outwardLookup: OutwardLookup = async (host, signal) => {
  signal.throwIfAborted()
  const left = Promise.withResolvers<never>()
  const onAbort = (): void => {
    left.reject(signal.reason)
  }
  signal.addEventListener('abort', onAbort)
  try {
    // The system's own resolver cannot be stopped: its answer is not waited for any more.
    const found = await Promise.race([lookup(host, { all: true }), left.promise])
    return found.map(({ address }) => address)
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
