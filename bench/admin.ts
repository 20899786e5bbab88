import { median, ratio, table } from './figures.ts'
import { loadGenerator } from './load/generator.ts'
import type { LoadResult } from './load/order.ts'
import type { Measurement } from './measurement.ts'
import type { Product } from './product.ts'
import { freePort, startServer, type ServerCommand } from './server.ts'

const issuer = ['--source', 'self-issued']

/** What the admin listener costs while nobody looks, and while Prometheus does; and how long a scrape takes. */
export const admin: Measurement = {
  name: 'admin',
  about: 'one core, keep-alive, in turns with the same without an admin listener; scrapes of used profiles, 6 of each',
  async run({ product, rounds = 24, seconds = 0.5, connections = 64 }) {
    const scrapedPort = await freePort()
    const commands: readonly ServerCommand[] = [
      { ...product.serve([...issuer, '--admin-port', 'false']), name: 'none' },
      { ...product.serve([...issuer, '--admin-port', 'false']), name: 'none again' },
      { ...product.serve([...issuer, '--admin-port', '0']), name: 'nobody looks' },
      { ...product.serve([...issuer, '--admin-port', String(scrapedPort)]), name: 'scraped each second' },
    ]
    await using stack = new AsyncDisposableStack()
    const generator = stack.use(loadGenerator())
    const servers = []
    for (const command of commands) servers.push(stack.use(await startServer(command, { core: 0 })))
    const scraping = setInterval(() => void scrape(scrapedPort).catch(() => undefined), 1_000)
    stack.defer(() => {
      clearInterval(scraping)
    })

    const results = servers.map((): LoadResult[] => [])
    for (let round = -1; round < rounds; round++) {
      // Who comes first changes, so that nobody always runs behind the same one.
      for (const turn of servers.keys()) {
        const index = (turn + Math.max(round, 0)) % servers.length
        const { pid = 0, port = 0 } = servers[index] ?? {}
        const result = await generator.run({ port, pid, connections, durationMs: seconds * 1000 })
        // The first round warms up.
        if (round >= 0) results[index]?.push(result)
      }
    }
    const of = (index: number, figure: 'perSecond' | 'cpuMicros' | 'p99'): number[] =>
      (results[index] ?? []).map((result) => result[figure])
    const throughput = table(
      ['admin listener', 'requests/s', 'x none', 'CPU µs', 'x none', 'p99 ms'],
      servers.map(({ name }, index) => [
        name,
        Math.round(median(of(index, 'perSecond'))),
        ratio(of(index, 'perSecond'), of(0, 'perSecond')),
        median(of(index, 'cpuMicros')).toFixed(1),
        ratio(of(index, 'cpuMicros'), of(0, 'cpuMicros')),
        median(of(index, 'p99')).toFixed(2),
      ]),
    )
    const scrapes = []
    for (const count of [1, 100, 1_000, 10_000]) scrapes.push(await scrapesOf(product, count))
    return `${throughput}\n\n${table(['used profiles', 'first scrape ms', 'scrape ms', 'KB'], scrapes)}`
  },
}

async function scrapesOf(product: Product, count: number): Promise<readonly (string | number)[]> {
  const names = Array.from({ length: count - 1 }, (_, index) => `team-${index}`)
  const profiles = Object.fromEntries(
    ['default', ...names].map((name) => [name, { source: 'self-issued', algorithm: 'ES256' }]),
  )
  const port = await freePort()
  const file = product.file(`admin-${count}.json`, JSON.stringify({ admin: { port }, profiles }))
  await using server = await startServer(product.serve(['--config', file]), { core: 0 })
  for (const name of names) await take(server.port, name)
  const tookMs: number[] = []
  let bytes = 0
  for (let turn = 0; turn < 6; turn++) {
    const startedAt = performance.now()
    bytes = (await scrape(port)).length
    tookMs.push(performance.now() - startedAt)
    // Who asks again within a second is told the same.
    await new Promise((again) => setTimeout(again, 1_050))
  }
  const [firstMs = 0, ...rest] = tookMs
  return [count, firstMs.toFixed(1), median(rest).toFixed(1), Math.round(bytes / 1024)]
}

async function scrape(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
}

async function take(port: number, profile: string): Promise<void> {
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  await (await fetch(`http://127.0.0.1:${port}/token/${profile}`, { method: 'POST', body })).text()
}
