import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer, type Server, Socket } from 'node:net'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** A program under test. Its output goes to files, so that suites in other processes and the final search read it too. */
export interface Child extends AsyncDisposable {
  readonly pid: number
  stdout(): string
  /** Standard output and error, one after the other. */
  output(): string
  /** Resolves with the exit code; a signal counts as 128 and its number is not told apart. */
  readonly exited: (timeoutMs: number) => Promise<number>
  /** Waits until the output matches; rejects when the program ends first. */
  readonly shows: (pattern: RegExp, timeoutMs: number) => Promise<void>
  isRunning(): boolean
  kill(signal: NodeJS.Signals): void
}

export interface User {
  readonly uid: number
  readonly gid: number
}

export interface ChildOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Who it runs as; another than ourselves if we are root. */
  readonly user?: User | undefined
  /** Folder and stem of the two output files. */
  readonly log: string
}

const running = new Set<number>()
let reaper: Writable | undefined

/** Also a runner that is killed leaves no broker behind. */
function tellReaper(line: string) {
  if (!reaper) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'reaper.ts')], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    child.unref()
    if (child.stdin instanceof Socket) child.stdin.unref()
    reaper = child.stdin
  }
  reaper.write(`${line}\n`)
}

export function startChild({ command, args, env, cwd, user, log }: ChildOptions): Child {
  const files = [openSync(`${log}.stdout`, 'a'), openSync(`${log}.stderr`, 'a')] as const
  const child = spawn(command, args, { cwd, env, ...user, stdio: ['ignore', ...files] })
  const ended = once(child, 'close') as Promise<[number | null]>
  // Who waits for the end hears of it; nobody has to.
  ended.catch(() => undefined)
  files.forEach(closeSync)
  const pid = child.pid
  if (pid === undefined) throw new Error(`${command} cannot be started`)
  running.add(pid)
  tellReaper(`+${pid}`)
  child.once('exit', () => {
    running.delete(pid)
    tellReaper(`-${pid}`)
  })

  const stdout = () => readFileSync(`${log}.stdout`, 'utf8')
  const output = () => stdout() + readFileSync(`${log}.stderr`, 'utf8')
  const tail = () => output().slice(-4000)

  const exited = async (timeoutMs: number) => {
    const late = new AbortController()
    const timeout = sleep(timeoutMs, undefined, { signal: late.signal, ref: false }).then(() => {
      throw new Error(`${command} still runs after ${timeoutMs} ms:\n${tail()}`)
    })
    try {
      const [code] = await Promise.race([ended, timeout])
      return code ?? 128
    } finally {
      late.abort()
      timeout.catch(() => undefined)
    }
  }
  return {
    pid,
    stdout,
    output,
    exited,
    shows: async (pattern, timeoutMs) => {
      const end = Date.now() + timeoutMs
      for (;;) {
        const wasRunning = running.has(pid)
        if (pattern.test(output())) return
        if (!wasRunning) throw new Error(`${command} ended before it showed ${String(pattern)}:\n${tail()}`)
        if (Date.now() > end) throw new Error(`${command} did not show ${String(pattern)}:\n${tail()}`)
        await sleep(50)
      }
    },
    isRunning: () => running.has(pid),
    kill: (signal) => {
      if (running.has(pid)) process.kill(pid, signal)
    },
    [Symbol.asyncDispose]: async () => {
      if (!running.has(pid)) return
      process.kill(pid, 'SIGKILL')
      await exited(10_000)
    },
  }
}

/** How `exec` is ended, whose command would live on if it were killed: by a signal first. */
export const inOrder = (child: Child): AsyncDisposable => ({
  [Symbol.asyncDispose]: async () => {
    child.kill('SIGTERM')
    await child.exited(20_000).catch(() => undefined)
    await child[Symbol.asyncDispose]()
  },
})

/** Ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers: Server[] = []
  while (servers.length < count) {
    const server = createServer()
    if (await listens(server, randomInt(...portRange))) servers.push(server)
  }
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

/** Below those that systems give away by themselves, which two runs at once would soon meet. */
const portRange = [10_000, 32_000] as const

function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(false)
    })
    server.listen(port, () => {
      resolve(true)
    })
  })
}
