import { setTimeout as sleep } from 'node:timers/promises'
import { metadataServer } from '../test/fakes/metadata-server.ts'
import { median, quantile, table } from './figures.ts'
import { loadGenerator } from './load/generator.ts'
import type { LoadResult } from './load/order.ts'
import type { Measurement } from './measurement.ts'
import { startServer } from './server.ts'

const upstreamDelayMs = 200
/** The second in which a renewal happens is held against the other seconds. */
const windowMs = 1_000
const tokenPath = '/service-accounts/default/token'

/** Tokens of 30 s, so renewals every 15: does a client notice? */
export const renewal: Measurement = {
  name: 'renewal',
  about: `source gcp, tokens of 30 s, a metadata server that takes ${upstreamDelayMs} ms, 64 connections that ask every 10 ms; windows of ${windowMs} ms`,
  async run({ product, seconds = 62, connections = 64 }) {
    const metadata = await metadataServer()
    metadata.identity.expiresIn = 30
    metadata.delay(upstreamDelayMs)
    try {
      await using generator = loadGenerator()
      await using server = await startServer(product.serve(['--source', 'gcp'], { GCE_METADATA_HOST: metadata.host }), {
        core: 0,
      })
      const { pid, port } = server
      // The first answers of a process are slower; they are not what is looked for.
      await generator.run({ pid, port, connections, durationMs: 2_000 })
      const before = metadata.callsTo(tokenPath).length
      const result = await generator.run({
        pid,
        port,
        connections,
        durationMs: seconds * 1000,
        pauseMs: 10,
        keepsSamples: true,
      })
      await sleep(upstreamDelayMs)
      const renewals = metadata.callsTo(tokenPath).slice(before)
      const windows = byWindow(result)
      const isRenewal = (start: number): boolean =>
        renewals.some(({ at }) => start > at - windowMs && start < at + upstreamDelayMs)
      const rows = [true, false].map((during) => {
        const chosen = [...windows]
          .filter(([start]) => isRenewal(start) === during)
          .map(([, took]) => took.toSorted((a, b) => a - b))
        const p99 = median(chosen.map((sorted) => quantile(sorted, 0.99)))
        const longest = chosen.map((sorted) => sorted.at(-1) ?? NaN)
        return [
          during ? 'renewal' : 'other times',
          during ? renewals.length : 0,
          chosen.length,
          p99.toFixed(2),
          median(longest).toFixed(1),
          Math.max(...longest).toFixed(1),
        ]
      })
      return [
        table(['', 'upstream calls', 'windows', 'p99 ms', 'longest ms, median', 'longest ms'], rows),
        `\n${result.answers} answers, ${result.refused} refused, ${result.broken} connections broken`,
      ].join('\n')
    } finally {
      await metadata.close()
    }
  },
}

/** Answers by the window in which they came. */
function byWindow({ at, tookMs }: LoadResult): Map<number, number[]> {
  const windows = new Map<number, number[]>()
  for (const [index, time] of at.entries()) {
    const start = Math.floor(time / windowMs) * windowMs
    const list = windows.get(start)
    const took = tookMs[index] ?? NaN
    if (list) list.push(took)
    else windows.set(start, [took])
  }
  return windows
}
