import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { median, table } from './figures.ts'
import { answerOf, floor } from './floors/floor.ts'
import { loadGenerator } from './load/generator.ts'
import type { Measurement, MeasurementOptions } from './measurement.ts'
import { coldNode, hasCgroups, type Limits, pod } from './pod-limits.ts'
import { residentMb } from './process-figures.ts'
import { type ServerCommand, startServer } from './server.ts'

/** Node flags to choose between for the image. */
const variants: readonly (readonly string[])[] = [[], ['--max-semi-space-size=1'], ['--max-old-space-size=32']]
const requests: Limits = { memoryMb: 96 }

export const pods: Measurement = {
  name: 'pod',
  about:
    'within cgroup limits, as root: memory under a load as fast as it goes, start to first token at 100m CPU, and what 1,000 tokens/s take',
  async run(options) {
    if (!hasCgroups()) return 'Not run: needs root and cgroups of version 1.'
    const folder = mkdtempSync(join(tmpdir(), 'kts-pod-'))
    try {
      return [await memory(options, folder), await starts(options), await steady(options, folder)].join('\n\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}

/** The same server under another Node, or with flags for it. */
function under(server: ServerCommand, node: string, flags: readonly string[] = []): ServerCommand {
  return { ...server, command: (port) => [node, ...flags, ...server.command(port).slice(1)] }
}

async function memory({ product, seconds = 8, connections = 256 }: MeasurementOptions, folder: string) {
  await using generator = loadGenerator()
  const rows = []
  for (const memoryMb of [96, 64]) {
    for (const flags of variants) {
      using limits = pod({ memoryMb })
      const command = limits.limited(under(product.serve(), coldNode(folder), flags))
      await using server = await startServer(command, { core: 0 })
      const order = { pid: server.pid, port: server.port, connections, durationMs: seconds * 1000 }
      const result = await generator.run(order)
      const { peakMb, workingSetMb, hits, kills } = limits.memory()
      rows.push([
        `${memoryMb} MiB`,
        flags.join(' ') || 'none',
        Math.round(result.perSecond),
        result.refused + result.broken,
        result.p99.toFixed(1),
        residentMb(server.pid).toFixed(0),
        workingSetMb.toFixed(0),
        peakMb.toFixed(0),
        hits,
        kills,
      ])
      await server.stop()
    }
  }
  const head = [
    'limit',
    'flags',
    'tokens/s',
    'failed',
    'p99 ms',
    'RSS',
    'working set',
    'peak charged',
    'limit met',
    'killed',
  ]
  return table(head, rows)
}

async function starts({ product, rounds = 9 }: MeasurementOptions) {
  const bare = floor('bare', await answerOf(product.serve()))
  const cold = product.serve(undefined, { NODE_DISABLE_COMPILE_CACHE: '1' })
  const commands = [bare, product.serve(), { ...cold, name: 'without compile cache (another user)' }]
  const rows = []
  for (const command of commands) {
    for (const milliCpu of [100, 1000]) {
      const took: number[] = []
      for (let round = 0; round < rounds; round++) {
        using limits = pod({ ...requests, milliCpu })
        const server = await startServer(limits.limited(command))
        took.push(server.startedInMs)
        await server.stop()
      }
      rows.push([command.name, `${milliCpu}m`, median(took).toFixed(0), Math.max(...took).toFixed(0)])
    }
  }
  return table(['server', 'CPU limit', 'first token ms, median', 'longest'], rows)
}

async function steady({ product, seconds = 8 }: MeasurementOptions, folder: string) {
  await using generator = loadGenerator()
  const rows = []
  for (const milliCpu of [undefined, 100]) {
    for (const perSecond of [100, 1_000]) {
      using limits = pod({ ...requests, ...(milliCpu !== undefined && { milliCpu }) })
      await using server = await startServer(limits.limited(under(product.serve(), coldNode(folder))))
      await sleep(1_500)
      const { pid, port } = server
      const order = { pid, port, connections: perSecond / 10, pauseMs: 100, durationMs: seconds * 1000 }
      const { perSecond: given, busy, p50, p99, refused, broken } = await generator.run(order)
      const waits = milliCpu === undefined ? '' : limits.throttled().toFixed(2)
      const cells = [Math.round(given), (busy * 1000).toFixed(0), limits.memory().workingSetMb.toFixed(0)]
      rows.push([milliCpu ? `${milliCpu}m` : 'none', ...cells, p50.toFixed(1), p99.toFixed(1), waits, refused + broken])
      await server.stop()
    }
  }
  return table(
    ['CPU limit', 'tokens/s', 'CPU used, m', 'working set MiB', 'p50 ms', 'p99 ms', 'periods throttled', 'failed'],
    rows,
  )
}
