import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, fetch } from 'undici'
import { freePorts, startChild, type User } from './child-process.ts'

export interface SidecarOptions {
  readonly cli: string
  /** Folder and stem of its output files. */
  readonly log: string
  /** Options of `serve` in the names of the configuration file: `{ source: 'gcp' }`. */
  readonly options?: Readonly<Record<string, string>>
  /** A configuration file's content; it is written beside the output. */
  readonly configuration?: Readonly<Record<string, unknown>>
  /** PEM; who issued its certificate, where the configuration has `listen.tls`. */
  readonly caFile?: string
  /** 0: a free one. */
  readonly port?: number
  readonly env?: Readonly<Record<string, string>>
  readonly user?: User
  /** The program of Node; default: the one that runs the tests. */
  readonly node?: string
}

export interface Sidecar extends AsyncDisposable {
  readonly pid: number
  readonly port: number
  readonly origin: string
  output(): string
  /** Waits until its log matches. */
  readonly shows: (pattern: RegExp, timeoutMs: number) => Promise<void>
  /** As Kubernetes stops it; rejects unless it ends by itself and well. */
  stop(): Promise<void>
}

/** The built command in a process of its own, answering when this resolves. */
export async function startSidecar(given: SidecarOptions): Promise<Sidecar> {
  const { cli, log, options = {}, configuration, port = 0, env = {}, user, node = process.execPath, caFile } = given
  const [free] = (await freePorts(1)) as [number]
  const chosen = port === 0 ? free : port
  // Nothing of this machine's: no credentials, no home.
  const environment = { PATH: process.env['PATH'], HOME: '/nonexistent', KTS_LOG_LEVEL: 'debug', ...env }
  // YAML holds JSON.
  const config = `${log}.yaml`
  if (configuration) writeFileSync(config, JSON.stringify(configuration, undefined, 2))
  // The port next to a free one may be another suite's; who tests the admin listener says where it is.
  const admin = configuration?.['admin'] === undefined ? { adminPort: 'false' } : {}
  const all = { ...admin, ...options, ...(configuration && { config }), port: `${chosen}` }
  const flags = Object.entries(all).flatMap(([name, value]) => [flag(name), value])
  const serve = [cli, 'serve', ...flags]
  const child = startChild({ command: node, args: serve, env: environment, log, user })
  const origin = `${caFile === undefined ? 'http' : 'https'}://localhost:${chosen}`
  try {
    const end = Date.now() + 10_000
    while (!(await answers(origin, caFile))) {
      if (Date.now() > end || !child.isRunning()) throw new Error(`the sidecar does not answer:\n${child.output()}`)
      await sleep(50)
    }
  } catch (error) {
    await child[Symbol.asyncDispose]()
    throw error
  }
  return {
    pid: child.pid,
    port: chosen,
    origin,
    output: () => child.output(),
    shows: child.shows,
    stop: async () => {
      child.kill('SIGTERM')
      const code = await child.exited(10_000).finally(() => child[Symbol.asyncDispose]())
      if (code !== 0) throw new Error(`the sidecar ended with ${code}:\n${child.output()}`)
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}

const flag = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

const answers = async (origin: string, caFile: string | undefined) => {
  const dispatcher = new Agent(caFile === undefined ? {} : { connect: { ca: readFileSync(caFile, 'utf8') } })
  return fetch(origin, { dispatcher })
    .then(
      () => true,
      () => false,
    )
    .finally(() => dispatcher.destroy())
}
