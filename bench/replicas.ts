import { setTimeout as sleep } from 'node:timers/promises'
import { scriptedServer } from '../test/fakes/scripted-server.ts'
import { median, ratio, table } from './figures.ts'
import { loadGenerator } from './load/generator.ts'
import type { LoadResult } from './load/order.ts'
import type { Measurement } from './measurement.ts'
import { listenersOn } from './process-figures.ts'
import { startServer, type RunningServer, type ServerCommand } from './server.ts'

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = `${part({ alg: 'RS256' })}.${part({ sub: 'orders', iat: 1, exp: 4_000_000_000 })}.c2lnbmF0dXJl`

/** One port, one process or two: does a request cost more? */
export const replicas: Measurement = {
  name: 'replicas',
  about:
    'processes that share a port (--reuse-port), keep-alive, as many requests as are answered; CPU of all of them for one request; medians of the rounds, ratios side by side',
  async run({ product, rounds = 24, seconds = 0.5, connections = 64 }) {
    const provider = await scriptedServer(() => ({
      body: { access_token: token, token_type: 'Bearer', expires_in: 3600 },
    }))
    try {
      const source = {
        source: 'client-credentials',
        tokenEndpoint: `${provider.origin}/token`,
        clientId: 'orders',
        clientSecretFile: product.file('secret', 'unused'),
      }
      const config = product.file('replicas.yaml', JSON.stringify({ profiles: { default: source } }))
      const command = product.serve(['--config', config, '--reuse-port'])
      await using stack = new AsyncDisposableStack()
      const generator = stack.use(loadGenerator())
      const groups = []
      for (const [name, cores] of [
        ['one process', [0]],
        ['two, on one core', [0, 0]],
        ['two, a core each', [0, 1]],
        ['one process again', [0]],
      ] as const) {
        groups.push({ name, servers: await together(command, cores, stack) })
      }
      const results = groups.map((): LoadResult[] => [])
      for (let round = -1; round < rounds; round++) {
        for (const turn of groups.keys()) {
          const index = (turn + Math.max(round, 0)) % groups.length
          const { name = '', servers = [] } = groups[index] ?? {}
          const pid = servers.map((server) => server.pid)
          const port = servers[0]?.port ?? 0
          const result = await generator.run({ port, pid, connections, durationMs: seconds * 1000 })
          if (result.refused + result.broken > 0)
            throw new Error(`${name}: ${result.refused} refused, ${result.broken} broken`)
          // The first round warms up.
          if (round >= 0) results[index]?.push(result)
        }
      }
      const of = (index: number, figure: 'perSecond' | 'cpuMicros' | 'p99'): number[] =>
        (results[index] ?? []).map((result) => result[figure])
      return table(
        ['processes', 'requests/s', 'x one', 'CPU µs', 'x one', 'p99 ms', 'x one'],
        groups.map(({ name }, index) => [
          name,
          Math.round(median(of(index, 'perSecond'))),
          ratio(of(index, 'perSecond'), of(0, 'perSecond')),
          median(of(index, 'cpuMicros')).toFixed(1),
          ratio(of(index, 'cpuMicros'), of(0, 'cpuMicros')),
          median(of(index, 'p99')).toFixed(2),
          ratio(of(index, 'p99'), of(0, 'p99')),
        ]),
      )
    } finally {
      await provider.close()
    }
  },
}

/** Starts processes on the same port, one on each of these cores. */
async function together(
  command: ServerCommand,
  cores: readonly number[],
  stack: AsyncDisposableStack,
): Promise<RunningServer[]> {
  const servers: RunningServer[] = []
  for (const core of cores) {
    const port = servers[0]?.port
    servers.push(stack.use(await startServer(command, { core, ...(port !== undefined && { port }) })))
    // The first one answers for those that do not listen yet.
    const startedAt = performance.now()
    while (listenersOn(servers[0]?.port ?? 0) < servers.length) {
      if (performance.now() - startedAt > 15_000) throw new Error('the port is not shared')
      await sleep(10)
    }
  }
  return servers
}
