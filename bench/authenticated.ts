import { benchCallers } from './callers.ts'
import { median, ratio, table } from './figures.ts'
import { loadGenerator } from './load/generator.ts'
import type { LoadResult } from './load/order.ts'
import type { Measurement } from './measurement.ts'
import { startServer } from './server.ts'

/** What it costs to know who asks, and to write it down. */
export const authenticated: Measurement = {
  name: 'authenticated',
  about:
    'client id and secret by Basic, against the same requests where everybody is served; one core, keep-alive; medians of the rounds, ratios side by side',
  async run({ product, rounds = 24, seconds = 0.5, connections = 64 }) {
    const { config, credentials } = await benchCallers()
    const profiles = { default: { source: 'self-issued' } }
    const withCallers = (name: string, to: string) => {
      const file = product.file(`${name}.yaml`, JSON.stringify({ profiles, callers: config, audit: { to } }))
      return { ...product.serve(['--config', file]), name }
    }
    const anonymous = { ...product.serve(), name: 'anonymous' }
    const trail = product.file('audit.jsonl', '')
    const commands = [
      anonymous,
      withCallers('callers', 'off'),
      withCallers('callers, audit to standard output', 'stdout'),
      withCallers('callers, audit to a file', trail),
      { ...anonymous, name: 'anonymous again' },
    ]
    await using stack = new AsyncDisposableStack()
    const generator = stack.use(loadGenerator())
    const servers = []
    for (const command of commands) {
      servers.push(stack.use(await startServer(command, { core: 0, until: 'accepting' })))
    }
    const results = servers.map((): LoadResult[] => [])
    for (let round = -1; round < rounds; round++) {
      for (const turn of servers.keys()) {
        const index = (turn + Math.max(round, 0)) % servers.length
        const { pid = 0, port = 0, name = '' } = servers[index] ?? {}
        // The first round warms up, and has every secret checked.
        const durationMs = round < 0 ? 3_000 : seconds * 1000
        const result = await generator.run({ port, pid, connections, durationMs, credentials })
        if (result.refused + result.broken > 0)
          throw new Error(`${name}: ${result.refused} refused, ${result.broken} broken`)
        if (round >= 0) results[index]?.push(result)
      }
    }
    const of = (index: number, figure: 'perSecond' | 'cpuMicros' | 'p99'): number[] =>
      (results[index] ?? []).map((result) => result[figure])
    return table(
      ['server', 'requests/s', 'x anonymous', 'CPU µs', 'x anonymous', 'p99 ms', 'x anonymous'],
      servers.map(({ name }, index) => [
        name,
        Math.round(median(of(index, 'perSecond'))),
        ratio(of(index, 'perSecond'), of(0, 'perSecond')),
        median(of(index, 'cpuMicros')).toFixed(1),
        ratio(of(index, 'cpuMicros'), of(0, 'cpuMicros')),
        median(of(index, 'p99')).toFixed(2),
        ratio(of(index, 'p99'), of(0, 'p99')),
      ]),
    )
  },
}
