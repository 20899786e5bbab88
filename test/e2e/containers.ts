import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Child, startChild } from './child-process.ts'

/** What an image has that a service does not say: here its files are those of this machine, with some put in their places. */
export interface Image {
  readonly entrypoint: readonly string[]
  readonly command?: readonly string[]
  readonly user: number
  readonly env?: Readonly<Record<string, string>>
  /** Shell commands that put the files of the image below `$root`. */
  readonly files: string
}

export interface ContainerOptions {
  readonly image: Image
  readonly command?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Paths in the container, with those of this machine. */
  readonly mounts?: Readonly<Record<string, string>>
  readonly isReadOnly?: boolean
  readonly hasNoPrivileges?: boolean
}

export interface Container extends AsyncDisposable {
  readonly output: () => string
  readonly shows: Child['shows']
  readonly exited: Child['exited']
  readonly isRunning: Child['isRunning']
  /** Runs a command inside, as the user of the image; resolves with what it prints. */
  exec(...command: readonly string[]): Promise<string>
}

export interface ContainerNetwork extends AsyncDisposable {
  start(name: string, options: ContainerOptions): Promise<Container>
  /** Runs a line of shell on the same loopback, without a root folder of its own; resolves with what it prints. */
  readonly run: (line: string, cwd: string) => Promise<string>
}

const run = promisify(execFile)
const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`

/**
 * Containers without an engine, for root: each has a root folder of its own over this machine's, its own processes and its own user;
 * all share one loopback, where these names lead. Ports are so those of the files under test.
 */
export async function containerNetwork(folder: string, names: readonly string[]): Promise<ContainerNetwork> {
  const network = startChild({
    command: 'unshare',
    args: ['--net', 'sh', '-ec', 'ip link set lo up; echo up; exec sleep infinity'],
    log: join(folder, 'network'),
  })
  await network.shows(/up/, 10_000)
  const containers = containersIn(folder, names, [`--net=/proc/${network.pid}/ns/net`])
  return {
    ...containers,
    [Symbol.asyncDispose]: async () => {
      await containers[Symbol.asyncDispose]()
      await network[Symbol.asyncDispose]()
    },
  }
}

/** The same on the loopback of this machine: ports have to be free ones. */
export const thisNetwork = (folder: string): ContainerNetwork => containersIn(folder, [], [])

function containersIn(folder: string, names: readonly string[], net: readonly string[]): ContainerNetwork {
  const hosts = join(folder, 'hosts')
  writeFileSync(hosts, `127.0.0.1 localhost ${names.join(' ')}\n`)
  const running: Child[] = []
  return {
    run: async (line, cwd) => {
      const { stdout } = await run('nsenter', [...net, 'sh', '-euc', line], { cwd })
      return stdout
    },
    start: async (name, options) => {
      const script = join(folder, `${name}.sh`)
      writeFileSync(script, startScript(join(folder, `root-${name}`), hosts, options))
      const child = startChild({
        command: 'nsenter',
        args: [...net, 'unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-eu', script],
        log: join(folder, name),
      })
      running.push(child)
      const inside = await firstProcess(child)
      return {
        output: () => child.output(),
        shows: child.shows,
        exited: child.exited,
        isRunning: () => child.isRunning(),
        exec: async (...command) => {
          const enter = ['--target', `${inside}`, '--mount', '--pid', '--net', '--root', '--wd']
          const { stdout } = await run('nsenter', [...enter, ...asUser(options), ...command], { timeout: 30_000 })
          return stdout
        },
        [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of running.toReversed()) await child[Symbol.asyncDispose]()
    },
  }
}

function startScript(root: string, hosts: string, options: ContainerOptions): string {
  const { image, mounts = {}, command = image.command ?? [], isReadOnly = false } = options
  const binds = Object.entries(mounts).map(([inside, outside]) => {
    const target = `"$root"${quoted(inside)}`
    return `mkdir -p "$(dirname ${target})"; touch ${target}; mount --bind -o ro ${quoted(outside)} ${target}`
  })
  return `root=${quoted(root)}
mkdir -p "$root"
mount -t tmpfs tmpfs "$root"
mkdir "$root/upper" "$root/work" "$root/merged"
mount -t overlay overlay -o "lowerdir=/,upperdir=$root/upper,workdir=$root/work" "$root/merged"
root="$root/merged"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
cat ${quoted(hosts)} > "$root/etc/hosts"
# Jars are in the home of root.
chmod 755 "$root/root"
${image.files}
${binds.join('\n')}
${isReadOnly ? 'mount -o remount,ro "$root"' : ''}
exec chroot "$root" ${[...asUser(options), ...image.entrypoint, ...command].map(quoted).join(' ')}
`
}

function asUser({ image, env = {}, hasNoPrivileges = false }: ContainerOptions): readonly string[] {
  const all = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...image.env, ...env }
  const ids = [`--reuid=${image.user}`, `--regid=${image.user}`, '--clear-groups']
  const dropped = hasNoPrivileges ? ['--bounding-set=-all', '--no-new-privs'] : []
  return [
    'setpriv',
    '--pdeathsig=KILL',
    ...ids,
    ...dropped,
    'env',
    '-i',
    ...Object.entries(all).map(([name, value]) => `${name}=${value}`),
  ]
}

/** By which others get into its namespaces. */
async function firstProcess(child: Child): Promise<number> {
  const end = Date.now() + 10_000
  while (Date.now() < end) {
    const [found] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')
    if (found) return Number(found)
    await sleep(20)
  }
  throw new Error(`nothing runs inside:\n${child.output()}`)
}
