import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Child, freePorts, startChild } from './child-process.ts'
import { sectionOf } from './readme.ts'

export type Mount = readonly [from: string, to: string]

export interface ImageConfiguration {
  readonly User: string
  readonly Entrypoint: readonly string[]
  readonly Cmd: readonly string[]
  readonly Env: readonly string[]
  readonly Labels: Readonly<Record<string, string>>
  readonly Healthcheck: { readonly Test: readonly string[] }
}

export interface Run {
  readonly user?: string
  readonly env?: NodeJS.ProcessEnv
  readonly mounts?: readonly Mount[]
}

/** An image whose files are at `root`, run without an engine: its user, its environment, and a root that nobody can write. */
export function imageContainer(config: ImageConfiguration, root: string, logs: string) {
  const environment: NodeJS.ProcessEnv = {
    ...Object.fromEntries(config.Env.map((each) => splitAt(each, each.indexOf('=')))),
    GCE_METADATA_HOST: '127.0.0.1:65534',
  }

  /** Arguments of `unshare`. */
  function contained(words: readonly string[], { user = config.User, mounts = [] }: Run = {}) {
    // Every container engine gives it.
    const all = [...mounts, ['/etc/hosts', '/etc/hosts'] as const]
    const binds = all.map(([from, to]) => `touch "${root}${to}" && mount --bind "${from}" "${root}${to}"`)
    const script = [
      `mount --bind "${root}" "${root}"`,
      ...binds,
      `mount -o remount,bind,ro "${root}"`,
      `exec /usr/sbin/chroot --userspec=${user} --groups= "${root}" "$@"`,
    ]
    return ['--mount', 'sh', '-ec', script.join('\n'), 'sh', ...words]
  }

  async function startedIn(command: string, words: readonly string[]) {
    const [port = 0] = await freePorts(1)
    const args = [...words, '--port', `${port}`, '--admin-port', 'false']
    const startedAt = performance.now()
    await using _ = startChild({ command, args, env: environment, log: join(logs, `image-start-${port}`) })
    while ((await askToken(port).catch(() => undefined))?.status !== 200) await sleep(2)
    return performance.now() - startedAt
  }

  return {
    async ran(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
      return promisify(execFile)('unshare', contained(words), { env: { ...environment, ...env } }).then(
        ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
        (error: unknown) => error as { code: number; stdout: string; stderr: string },
      )
    },

    async serving(options: readonly string[], run: Run = {}) {
      const [port = 0, admin = 0] = await freePorts(2)
      const words = [...config.Entrypoint, 'serve', ...options, '--port', `${port}`, '--admin-port', `${admin}`]
      const env = { ...environment, ...run.env }
      const log = join(logs, `image-${port}`)
      const child: Child = startChild({ command: 'unshare', args: contained(words, run), env, log })
      await child.shows(/listening/i, 20_000)
      return { child, port, admin }
    },

    /** Milliseconds from the start to the first token, medians of five by turns: in the container, and the same files outside. */
    async starts() {
      const words = [...config.Entrypoint, 'serve', '--source', 'self-issued']
      const [program = '', ...args] = words.map((word) => (word.startsWith('/') ? join(root, word) : word))
      const took: [number, number][] = []
      for (let round = 0; round < 5; round += 1) {
        took.push([await startedIn('unshare', contained(words)), await startedIn(program, args)])
      }
      const median = (of: 0 | 1) => Math.round(took.map((each) => each[of]).sort((a, b) => a - b)[2] ?? 0)
      return { inside: median(0), outside: median(1) }
    },
  }
}

export const askToken = (port: number) => fetch(`http://localhost:${port}/token`, grant)
const grant = { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials' }) }

/** Options, variables and mounts of the `docker run … serve` under a heading of a page. */
export function commandOf(page: string, heading: string) {
  const words = sectionOf(page, heading).block('sh', 'docker run').replaceAll('\\\n', ' ')
  const [before = '', after = ''] = words.split(' serve ')
  const given = (flag: string) =>
    [...before.matchAll(new RegExp(` ${flag} "?([^" ]+)`, 'g'))].map(([, word = '']) => word)
  return {
    options: after.trim().split(/\s+/),
    env: Object.fromEntries(given('-e').map((each) => splitAt(each, each.indexOf('=')))),
    mounts: given('-v').map((each): Mount => {
      const [from = '', to = ''] = each.split(':')
      return [from, to]
    }),
  }
}

const splitAt = (text: string, index: number): [string, string] => [text.slice(0, index), text.slice(index + 1)]
