import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerCommand } from './server.ts'

/** What a container of a pod may use, by cgroups of version 1, which root may make. */
export interface Limits {
  readonly memoryMb?: number
  /** Thousandths of a core. */
  readonly milliCpu?: number
}

export interface Pod extends Disposable {
  /** The same server within the limits, also its first page of memory. */
  limited(server: ServerCommand): ServerCommand
  /** Most that was charged, page cache included; what of it cannot be given back; how often the limit was met. */
  memory(): { readonly peakMb: number; readonly workingSetMb: number; readonly hits: number; readonly kills: number }
  /** Share of the periods in which it had to wait for its quota. */
  throttled(): number
}

const mounted = '/sys/fs/cgroup'

export const hasCgroups = (): boolean =>
  process.getuid?.() === 0 && ['memory', 'cpu'].every((each) => existsSync(join(mounted, each, 'cgroup.procs')))

let count = 0

export function pod({ memoryMb, milliCpu }: Limits): Pod {
  const [memory = '', cpu = ''] = ['memory', 'cpu'].map((each) =>
    join(mounted, each, `kts-bench-${process.pid}-${count}`),
  )
  count++
  for (const folder of [memory, cpu]) mkdirSync(folder)
  if (memoryMb !== undefined) writeFileSync(join(memory, 'memory.limit_in_bytes'), `${memoryMb << 20}`)
  if (milliCpu !== undefined) {
    writeFileSync(join(cpu, 'cpu.cfs_period_us'), '100000')
    writeFileSync(join(cpu, 'cpu.cfs_quota_us'), `${milliCpu * 100}`)
  }
  const number = (file: string): number => Number(readFileSync(file, 'utf8'))
  const line = (file: string, name: string): number =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? 0)
  const enter = [memory, cpu].map((folder) => `echo $$ > ${folder}/cgroup.procs`).join(' && ')

  return {
    limited: (server) => ({
      ...server,
      command: (port) => ['/bin/sh', '-c', `${enter} && exec "$@"`, 'sh', ...server.command(port)],
    }),
    memory: () => ({
      peakMb: number(join(memory, 'memory.max_usage_in_bytes')) / 2 ** 20,
      workingSetMb:
        (number(join(memory, 'memory.usage_in_bytes')) - line(join(memory, 'memory.stat'), 'total_inactive_file')) /
        2 ** 20,
      hits: number(join(memory, 'memory.failcnt')),
      kills: line(join(memory, 'memory.oom_control'), 'oom_kill'),
    }),
    throttled: () => line(join(cpu, 'cpu.stat'), 'nr_throttled') / line(join(cpu, 'cpu.stat'), 'nr_periods'),
    [Symbol.dispose]() {
      for (const folder of [memory, cpu]) rmdirSync(folder)
    },
  }
}

/** A Node of its own, not in the page cache: its pages are then charged to the pod, as in a fresh node of a cluster. */
export function coldNode(folder: string): string {
  const path = join(folder, 'node')
  if (!existsSync(path)) copyFileSync(process.execPath, path)
  execFileSync('sync', ['-d', path])
  execFileSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none'])
  return path
}
