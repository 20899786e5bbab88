import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { start, type Running, type RunOptions } from './sidecar-process.ts'

/** Whether there are real pid namespaces to be had: root, and a kernel that allows it. */
export const hasPidNamespaces = await canUnshare()

async function canUnshare(): Promise<boolean> {
  const child = spawn('unshare', ['--pid', '--fork', '--mount-proc', 'true'], { stdio: 'ignore' })
  const ended = Promise.race([once(child, 'exit'), once(child, 'error')])
  return (await ended)[0] === 0
}

/** Nothing of this machine's. */
const offline = {
  GCE_METADATA_HOST: '127.0.0.1:65534',
  HOME: '/nonexistent',
}

/** `exec` with the built-in issuer on a free port, unless `options` say otherwise. */
export function startExec(options: readonly string[], command: readonly string[], run: RunOptions = {}): Running {
  const base = options.includes('--port') ? [] : ['--port', '0', '--admin-port', 'false']
  const env = { ...offline, ...run.env }
  return start(['exec', '--source', 'self-issued', ...base, ...options, '--', ...command], { ...run, env })
}

export async function runExec(options: readonly string[], command: readonly string[], run?: RunOptions) {
  const running = startExec(options, command, run)
  const code = await running.ended
  return { code, out: running.out(), err: running.err() }
}

/** A shell as command. */
export const sh = (script: string): readonly string[] => ['sh', '-c', script]

export const entry = join(import.meta.dirname, '../../src/cli/process.ts')
