import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

let canPin: boolean | undefined

/** The command bound to one core, where `taskset` is there and cores are to spare; else as it is. */
export function pinned(core: number, [command = '', ...args]: readonly string[]): [command: string, args: string[]] {
  canPin ??= availableParallelism() > 1 && hasTaskset()
  return canPin ? ['taskset', ['-c', String(core), command, ...args]] : [command, args]
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
