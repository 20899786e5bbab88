const signals = ['SIGTERM', 'SIGINT'] as const

/** The first SIGTERM or SIGINT; another one of them ends the process at once. */
export function firstSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  const onSignal = (signal: NodeJS.Signals): void => {
    for (const each of signals) process.off(each, onSignal)
    resolve(signal)
  }
  for (const each of signals) process.on(each, onSignal)
  return promise
}

/** SIGHUP, which asks servers to look at their configuration; without a listener it ends the process. */
export function onHangup(listener: () => void): void {
  process.on('SIGHUP', listener)
}
