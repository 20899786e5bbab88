import { spawn } from 'node:child_process'
import { codeOfSignal, type Relay } from './relay.ts'

export interface CommandLine {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Runs the command with our standard input, output and error, and signals from the relay. Resolves with its exit code, 128 +
 * n where a signal ended it; rejects where it cannot be run.
 */
export function runCommand({ command, args, env }: CommandLine, relay: Relay): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  // In our process group, so that it is in the terminal's foreground with us.
  const child = spawn(command, args, { env, stdio: 'inherit' })
  child.once('error', (error) => {
    if (child.pid === undefined) reject(error)
  })
  child.once('exit', (code, signal) => {
    resolve(code ?? (signal ? codeOfSignal(signal) : 1))
  })
  if (child.pid !== undefined) relay.to(child)
  return promise
}
