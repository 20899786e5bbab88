import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const entry = join(import.meta.dirname, '../../src/cli/process.ts')

const children: ChildProcess[] = []

afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

export interface RunOptions {
  /** The whole environment; default: only what finds the programs. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[]
  readonly uid?: number
  readonly gid?: number
}

/** The command as a process of its own, from the sources. It is killed when the tests of the file are over. */
export interface Running {
  readonly child: ChildProcess
  /** All that it has printed on standard output, or on standard error. */
  out(): string
  err(): string
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
  /** Waits until `text` is in either output; rejects when the process ends without. */
  printed(text: string | RegExp): Promise<void>
}

export interface Ended {
  readonly code: number | string
  readonly out: string
  readonly err: string
}

export interface Serving extends Running {
  readonly port: number
}

export function start(args: readonly string[], { nodeOptions = [], env = {}, ...options }: RunOptions = {}): Running {
  const child = spawn(process.execPath, [...nodeOptions, entry, ...args], {
    ...options,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('latin1')))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('latin1')))
  const closed = Promise.all([once(child.stdout, 'close'), once(child.stderr, 'close'), ended])
  children.push(child)

  async function printed(text: string | RegExp): Promise<void> {
    const found = () => (typeof text === 'string' ? (out + err).includes(text) : text.test(out + err))
    while (!found()) {
      const more = Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]).then(() => true)
      if (!(await Promise.race([more, closed.then(() => false)])) && !found()) {
        throw new Error(`ended without printing ${String(text)}:\n${out}${err}`)
      }
    }
  }

  return { child, out: () => out, err: () => err, ended: closed.then(() => ended), printed }
}

/** Runs one command to its end. */
export async function run(args: readonly string[], options?: RunOptions): Promise<Ended> {
  const running = start(args, options)
  const code = await running.ended
  return { code, out: running.out(), err: running.err() }
}

/** `serve` with the built-in issuer on a free port, unless `args` say otherwise. */
export async function serving(args: readonly string[] = [], options?: RunOptions): Promise<Serving> {
  const running = start(['serve', '--source', 'self-issued', '--port', '0', ...args], options)
  const listening = /listening on http:\/\/[^ ]*:(\d+)/
  await running.printed(listening)
  return { ...running, port: Number(listening.exec(running.out())?.[1]) }
}

export function askToken(port: number, path = '/token', init: RequestInit = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
    ...init,
  })
}

export async function takeToken(port: number, path?: string): Promise<string> {
  const answer = (await (await askToken(port, path)).json()) as { access_token?: string }
  return answer.access_token ?? ''
}
