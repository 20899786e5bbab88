import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import type { Platform, Timer } from '../../platform/platform.ts'

/** What is passed on to the command. The others stop and continue a whole job, or cannot be caught. */
const passedOn = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGALRM'] as const
type PassedOn = (typeof passedOn)[number]

/** They end exec while there is no command yet. */
const ending: readonly string[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']
/** Who sends one of these to a command twice wants it gone. */
const stopping: readonly string[] = ['SIGTERM', 'SIGINT']
/** What a terminal sends, it sends to everybody in its foreground. */
const ofTerminal: readonly string[] = ['SIGINT', 'SIGQUIT', 'SIGWINCH']

/** `timeout` and systemd send the same signal to a process and its group, or its children: that is one. */
const sameMs = 1_000

export interface RelayOptions {
  readonly platform: Pick<Platform, 'monotonicNow' | 'setTimer'>
  /** Kills what still runs so long after the first SIGTERM or SIGINT; undefined: never. */
  readonly killAfterMs: number | undefined
  /** Hears why the command is killed. */
  readonly tell: (message: string) => void
}

/** Signals of this process, passed on to the command. */
export interface Relay {
  /** Resolves with the signal that came before there was a command. */
  readonly early: Promise<NodeJS.Signals>
  /** From now on they go to this one. */
  to(child: Pick<ChildProcess, 'kill'>): void
  /** As if this signal had come from outside. */
  send(signal: PassedOn): void
  close(): void
}

/** Takes signals from now on. */
export function signalRelay({ platform, killAfterMs, tell }: RelayOptions): Relay {
  const early = Promise.withResolvers<NodeJS.Signals>()
  const first = new Map<PassedOn, number>()
  let command: Pick<ChildProcess, 'kill'> | undefined
  let limit: Timer | undefined

  function send(signal: PassedOn): void {
    if (!command) {
      if (ending.includes(signal)) early.resolve(signal)
      return
    }
    command.kill(signal)
    if (stopping.includes(signal)) stop(signal)
  }

  function stop(signal: PassedOn): void {
    const now = platform.monotonicNow()
    const before = first.get(signal)
    if (before !== undefined) {
      if (now - before > sameMs) kill(`the command is killed, as ${signal} came a second time`)
      return
    }
    first.set(signal, now)
    if (killAfterMs === undefined || limit) return
    const late = `the command is killed, as it still runs ${killAfterMs / 1000} s after ${signal}`
    limit = platform.setTimer(() => {
      kill(late)
    }, killAfterMs)
  }

  function kill(why: string): void {
    tell(why)
    command?.kill('SIGKILL')
  }

  const listeners = passedOn.map((signal) => {
    const listener = (): void => {
      // The command has it already; a second one would be taken for impatience.
      if (!(ofTerminal.includes(signal) && command && isInForeground())) send(signal)
    }
    process.on(signal, listener)
    return { signal, listener }
  })
  return {
    early: early.promise,
    to(child) {
      command = child
    },
    send,
    close() {
      limit?.cancel()
      for (const { signal, listener } of listeners) process.off(signal, listener)
    },
  }
}

/** Whether a terminal has our process group, which is also the command's, in its foreground. */
function isInForeground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return terminal !== '0' && group === foreground
  } catch {
    // No Linux: whoever has a terminal is most likely started from it.
    return process.stdin.isTTY || process.stderr.isTTY
  }
}

/** As shells tell that a signal ended a command. */
export function codeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}
