import { benchCallers } from './callers.ts'
import { median, ratio, table } from './figures.ts'
import { loadGenerator } from './load/generator.ts'
import type { LoadResult } from './load/order.ts'
import type { Measurement } from './measurement.ts'
import { startServer } from './server.ts'

/** How many connections guess, and from how many addresses they come. */
const guessers = [
  { name: 'nobody guesses', connections: 0, addresses: 1 },
  { name: 'one address', connections: 64, addresses: 1 },
  { name: '64 addresses', connections: 64, addresses: 64 },
] as const

/** Somebody guesses secrets: what do callers notice who have the right ones, and what does it cost? */
export const guessing: Measurement = {
  name: 'guessing',
  about:
    '16 connections with right secrets ask every 10 ms, 64 others with wrong ones as fast as they are answered; a new process each time, one core; medians of the rounds, ratios side by side',
  async run({ product, rounds = 5, seconds = 5, connections = 16 }) {
    const { config, credentials } = await benchCallers()
    const profiles = { default: { source: 'self-issued' } }
    const file = product.file('guessing.yaml', JSON.stringify({ profiles, callers: config, audit: { to: 'off' } }))
    const command = product.serve(['--config', file], { KTS_LOG_LEVEL: 'error' })
    await using good = loadGenerator()
    await using bad = loadGenerator()
    const results = guessers.map((): { good: LoadResult; guesses: number }[] => [])
    for (let round = 0; round < rounds; round++) {
      for (const turn of guessers.keys()) {
        const index = (turn + round) % guessers.length
        const { connections: guessing = 0, addresses = 1 } = guessers[index] ?? {}
        await using server = await startServer(command, { core: 0, until: 'accepting' })
        const { pid, port } = server
        // Everybody's secret is checked once.
        await good.run({ pid, port, connections, credentials, pauseMs: 10, durationMs: 1_500 })
        const durationMs = seconds * 1000
        const attack =
          guessing > 0
            ? bad.run({ pid, port, connections: guessing, addresses, credentials, isGuessing: true, durationMs })
            : undefined
        const result = await good.run({ pid, port, connections, credentials, pauseMs: 10, durationMs })
        results[index]?.push({ good: result, guesses: (await attack)?.answers ?? 0 })
      }
    }
    const of = (index: number, figure: (result: LoadResult) => number): number[] =>
      (results[index] ?? []).map((result) => figure(result.good))
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
    return table(
      [
        'guessing',
        'guesses answered/s',
        'good answers/s',
        'x quiet',
        'good ones refused',
        'p50 ms',
        'p99 ms',
        'x quiet',
        'longest ms',
        'core used',
      ],
      guessers.map(({ name }, index) => [
        name,
        Math.round(median((results[index] ?? []).map(({ guesses }) => guesses / seconds))),
        Math.round(median(of(index, ({ perSecond }) => perSecond))),
        ratio(
          of(index, ({ perSecond }) => perSecond),
          of(0, ({ perSecond }) => perSecond),
        ),
        sum(of(index, ({ refused, broken }) => refused + broken)),
        median(of(index, ({ p50 }) => p50)).toFixed(2),
        median(of(index, ({ p99 }) => p99)).toFixed(2),
        ratio(
          of(index, ({ p99 }) => p99),
          of(0, ({ p99 }) => p99),
        ),
        Math.max(...of(index, ({ longest }) => longest)).toFixed(0),
        median(of(index, ({ busy }) => busy)).toFixed(2),
      ]),
    )
  },
}
