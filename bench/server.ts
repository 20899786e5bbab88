import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tokenRequest } from './load/connection.ts'
import { pinned } from './pinned.ts'

/** How a server is started; it finds its port in `BENCH_PORT`, or is told by an argument. */
export interface ServerCommand {
  readonly name: string
  command(port: number): readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface RunningServer extends AsyncDisposable {
  readonly name: string
  readonly pid: number
  readonly port: number
  /** Milliseconds from the start of the process. */
  readonly startedInMs: number
  stop(): Promise<void>
}

export interface StartOptions {
  /** Bind it to this core. */
  readonly core?: number
  /** Default: one that is free. */
  readonly port?: number
  /** When it counts as started: at its first token (default), or as soon as it accepts a connection. */
  readonly until?: 'first token' | 'accepting'
}

/** Starts a server and waits for its first token, asking as soon as it accepts. */
export async function startServer(server: ServerCommand, options: StartOptions = {}): Promise<RunningServer> {
  const { core, until = 'first token' } = options
  const { port = await freePort() } = options
  const words = server.command(port)
  const [command, args] = core === undefined ? [words[0] ?? '', words.slice(1)] : pinned(core, words)
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent', BENCH_PORT: String(port), ...server.env }
  const startedAt = performance.now()
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  endWithUs(child)
  if (child.pid === undefined) throw new Error(`${server.name} does not start`)
  try {
    await started(child, port, until)
  } catch (error) {
    await ended(child)
    throw error
  }
  const stop = (): Promise<void> => ended(child)
  return {
    name: server.name,
    pid: child.pid,
    port,
    startedInMs: performance.now() - startedAt,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function started(child: ChildProcess, port: number, until: StartOptions['until']): Promise<void> {
  const end = performance.now() + 15_000
  while (performance.now() < end) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    if (until === 'accepting' && (await accepts(port))) return
    const status = until === 'accepting' ? undefined : await askOnce(port)
    if (status === 200) return
    if (status !== undefined) throw new Error(`the first answer is ${status}`)
    await new Promise((again) => setTimeout(again, 1))
  }
  throw new Error('the server gives no token')
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1')
  socket.once('connect', () => {
    resolve(true)
    socket.destroy()
  })
  socket.once('error', () => {
    resolve(false)
  })
  return promise
}

/** Status of one request on a connection of its own; undefined where nobody accepts. */
export function askOnce(port: number, path = '/token'): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  const socket = connect(port, '127.0.0.1')
  socket.once('connect', () => socket.write(tokenRequest(path, port)))
  socket.once('data', (answer: Buffer) => {
    resolve(Number(answer.toString('latin1', 9, 12)))
    socket.destroy()
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    resolve(undefined)
  })
  return promise
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

/** Nothing that was started outlives the bench. */
export function endWithUs(child: ChildProcess): void {
  children.add(child)
  child.once('exit', () => children.delete(child))
}

/** Ends a process as a person would, and after 5 s for good. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const last = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await gone
  clearTimeout(last)
}
