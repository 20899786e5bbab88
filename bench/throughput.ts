import { answerOf, floor } from './floors/floor.ts'
import { median, ratio, table } from './figures.ts'
import { loadGenerator } from './load/generator.ts'
import type { LoadResult } from './load/order.ts'
import type { Measurement } from './measurement.ts'
import { startServer } from './server.ts'

/** Requests per second, CPU time and latency on one core, against the floors, in turns. */
export const throughput: Measurement = {
  name: 'throughput',
  about: 'one core, keep-alive, the form checked, the same bytes answered; medians of the rounds, ratios side by side',
  async run({ product, rounds = 24, seconds = 0.5, connections = 64 }) {
    const answer = await answerOf(product.serve())
    const bare = floor('bare', answer)
    // The floor runs twice: how far it is from itself is the noise.
    const commands = [
      bare,
      product.serve(),
      { ...bare, name: 'bare again' },
      floor('fastify', answer),
      floor('express', answer),
    ]
    await using stack = new AsyncDisposableStack()
    const generator = stack.use(loadGenerator())
    const servers = []
    for (const command of commands) servers.push(stack.use(await startServer(command, { core: 0 })))

    const results = servers.map((): LoadResult[] => [])
    for (let round = -1; round < rounds; round++) {
      // Who comes first changes, so that nobody always runs behind the same one.
      for (const turn of servers.keys()) {
        const index = (turn + Math.max(round, 0)) % servers.length
        const { pid = 0, port = 0, name = '' } = servers[index] ?? {}
        const result = await generator.run({ port, pid, connections, durationMs: seconds * 1000 })
        if (result.refused + result.broken > 0)
          throw new Error(`${name}: ${result.refused} refused, ${result.broken} broken`)
        // The first round warms up.
        if (round >= 0) results[index]?.push(result)
      }
    }

    const of = (index: number, figure: 'perSecond' | 'cpuMicros' | 'p50' | 'p99' | 'busy'): number[] =>
      (results[index] ?? []).map((result) => result[figure])
    return table(
      ['server', 'requests/s', 'x bare', 'CPU µs', 'x bare', 'p50 ms', 'p99 ms', 'p99 x bare', 'core used'],
      servers.map(({ name }, index) => [
        name,
        Math.round(median(of(index, 'perSecond'))),
        ratio(of(index, 'perSecond'), of(0, 'perSecond')),
        median(of(index, 'cpuMicros')).toFixed(1),
        ratio(of(index, 'cpuMicros'), of(0, 'cpuMicros')),
        median(of(index, 'p50')).toFixed(2),
        median(of(index, 'p99')).toFixed(2),
        ratio(of(index, 'p99'), of(0, 'p99')),
        median(of(index, 'busy')).toFixed(2),
      ]),
    )
  },
}
