import { metadataServer } from '../test/fakes/metadata-server.ts'
import { table } from './figures.ts'
import type { Measurement, MeasurementOptions } from './measurement.ts'
import { askOnce, startServer } from './server.ts'

const upstreamDelayMs = 200
const tokenPath = '/service-accounts/default/token'

/** A thousand clients at once, nothing in the cache. */
export const burst: Measurement = {
  name: 'burst',
  about: `source gcp, a metadata server that takes ${upstreamDelayMs} ms, all clients connect and ask at once, each once`,
  async run(options) {
    const { rounds = 5 } = options
    const rows = []
    for (const cache of ['never asked before', 'first call under way'] as const) {
      for (let round = 0; round < rounds; round++) rows.push(await once(options, cache))
    }
    return table(['cache', 'clients', 'tokens', 'other answers', 'dropped', 'upstream calls', 'last answer ms'], rows)
  },
}

async function once(
  { product, connections = 1_000 }: MeasurementOptions,
  cache: 'never asked before' | 'first call under way',
): Promise<(string | number)[]> {
  const metadata = await metadataServer()
  try {
    metadata.delay(upstreamDelayMs)
    const config = product.file('burst.yaml', 'profiles: { default: { source: self-issued }, cold: { source: gcp } }\n')
    const env = { GCE_METADATA_HOST: metadata.host }
    // The default profile's first token is obtained at start, another profile's when it is first asked for.
    const isCold = cache === 'never asked before'
    const command = isCold ? product.serve(['--config', config], env) : product.serve(['--source', 'gcp'], env)
    const path = isCold ? '/token/cold' : '/token'
    await using server = await startServer(command, { until: isCold ? 'first token' : 'accepting' })
    const startedAt = performance.now()
    const answers = await Promise.all(Array.from({ length: connections }, () => askOnce(server.port, path)))
    const tookMs = performance.now() - startedAt
    const dropped = answers.filter((status) => status === undefined).length
    const given = answers.filter((status) => status === 200).length
    return [
      cache,
      connections,
      given,
      connections - given - dropped,
      dropped,
      metadata.callsTo(tokenPath).length,
      Math.round(tookMs),
    ]
  } finally {
    await metadata.close()
  }
}
