import type { Fault } from '../test/fakes/scripted-server.ts'
import { metadataServer } from '../test/fakes/metadata-server.ts'
import { quantile, table } from './figures.ts'
import { loadGenerator } from './load/generator.ts'
import type { LoadResult } from './load/order.ts'
import type { Measurement, MeasurementOptions } from './measurement.ts'
import { startServer } from './server.ts'

const lifetimeMs = 30_000
/** A token is given until a twentieth of its life is left; a second more is the rounding of Google's seconds and ours. */
const givenUntilMs = lifetimeMs * 0.95 - 1_000
const tokenPath = '/service-accounts/default/token'

const faults: readonly (readonly [name: string, fault: Fault])[] = [
  ['hangs', 'hang'],
  ['500', { status: 500, body: 'internal' }],
  ['garbage', { body: '<html>captive portal</html>' }],
  ['{}', { body: {} }],
]

/** The metadata server goes bad after the first token: what do clients get until that token ends? */
export const upstreamFaults: Measurement = {
  name: 'upstream-faults',
  about:
    'source gcp, a token of 30 s, then only faults, 16 connections that ask every 10 ms until shortly before its end; before and after the renewal is due',
  async run(options) {
    const rows = await Promise.all(faults.map(([name, fault]) => during(name, fault, options)))
    return table(
      [
        'upstream',
        'answers',
        'other than 200',
        'broken',
        'upstream calls',
        'p99 ms before',
        'p99 ms while due',
        'longest ms before',
        'longest ms while due',
      ],
      rows,
    )
  },
}

async function during(
  name: string,
  fault: Fault,
  { product, connections = 16 }: MeasurementOptions,
): Promise<(string | number)[]> {
  const metadata = await metadataServer()
  metadata.identity.expiresIn = lifetimeMs / 1000
  try {
    await using generator = loadGenerator()
    await using server = await startServer(product.serve(['--source', 'gcp'], { GCE_METADATA_HOST: metadata.host }))
    const { pid, port } = server
    const obtainedAt = metadata.callsTo(tokenPath).at(-1)?.at ?? 0
    const before = metadata.callsTo(tokenPath).length
    metadata.fail(tokenPath, fault)
    const order = { pid, port, connections, pauseMs: 10, keepsSamples: true }
    await generator.run({ ...order, durationMs: 1_000 })
    const durationMs = obtainedAt + givenUntilMs - Date.now()
    const result = await generator.run({ ...order, durationMs })
    const calls = metadata.callsTo(tokenPath).slice(before)
    const dueAt = calls[0]?.at ?? NaN
    const early = sorted(result, (at) => at < dueAt)
    const late = sorted(result, (at) => at >= dueAt)
    return [
      name,
      result.answers,
      result.refused,
      result.broken,
      calls.length,
      quantile(early, 0.99).toFixed(2),
      quantile(late, 0.99).toFixed(2),
      (early.at(-1) ?? NaN).toFixed(1),
      (late.at(-1) ?? NaN).toFixed(1),
    ]
  } finally {
    await metadata.close()
  }
}

function sorted({ at, tookMs }: LoadResult, isWanted: (at: number) => boolean): Float32Array {
  return tookMs.filter((_, index) => isWanted(at[index] ?? NaN)).toSorted()
}
