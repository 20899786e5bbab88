import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Child, freePorts, inOrder } from './child-process.ts'
import { repository, sectionOf } from './readme.ts'
import { type Recipe, startRecipe } from './recipe.ts'

const page = 'docs/connect.md'
let recipe: Recipe

const connect = '-Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.showDateTime=true'

beforeAll(async () => {
  const e2e = inject('e2e')
  recipe = await startRecipe(e2e, {
    name: 'connect',
    subjects: { default: 'connect', archive: 'archive' },
    topics: ['orders'],
    scripts: {
      'connect-distributed.sh': `exec java ${connect} -cp '${e2e.tools.connect}' org.apache.kafka.connect.cli.ConnectDistributed "$@"`,
    },
  })
})

afterAll(() => recipe[Symbol.asyncDispose]())

it('shows files as they are in examples/', () => {
  const example = (file: string) => readFileSync(join(repository, 'examples', 'connect', file), 'utf8')
  const own = sectionOf(page, 'An identity of its own for a connector').block('json', '"connector.class"')
  expect(own).toBe(example('orders-sink.json'))
  const worker = sectionOf(page, 'Run it').block('properties', 'group.id')
  expect(example('worker.properties').startsWith(worker)).toBe(true)
})

/** A second one on the same machine needs another port for its REST API; a replication factor of 1 is all that one broker has. */
async function worker(name: string): Promise<{ readonly child: Child; readonly origin: string }> {
  const [port] = (await freePorts(1)) as [number]
  const example = join('examples', 'connect', 'worker.properties')
  const file = example.replace('worker', name)
  const replicas = ['config', 'offset', 'status'].map((topic) => `${topic}.storage.replication.factor=1\n`)
  const here = readFileSync(join(recipe.folder, example), 'utf8').replace('localhost:8083', `localhost:${port}`)
  const quick = ['offset.flush.interval.ms=1000\n', 'scheduled.rebalance.max.delay.ms=2000\n']
  writeFileSync(join(recipe.folder, file), [here, ...replicas, ...quick].join(''))
  const command = recipe.commands('Run it', 'connect-distributed.sh').replace(example, file)
  return { child: recipe.start(name, command), origin: `localhost:${port}` }
}

const ready = ({ child }: { readonly child: Child }) => child.shows(/Finished starting connectors and tasks/, 120_000)

/** The sink with another setting of its clients. */
async function expectRefused(origin: string, name: string) {
  const sink = readFileSync(join(recipe.folder, 'examples', 'connect', 'orders-sink.json'), 'utf8')
  const answer = await fetch(`http://${origin}/connectors/other/config`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...(JSON.parse(sink) as object), [name]: 'elsewhere:9092' }),
  })
  expect(await answer.text()).toContain('bootstrap.servers')
  expect(answer.status).toBe(400)
}

describe('Kafka Connect with the commands and files of its page', () => {
  it('moves lines over renewals, and over the end of the worker that has the endpoint', async () => {
    const [input, output] = ['orders.txt', 'archive.txt'].map((name) => join(recipe.folder, name)) as [string, string]
    for (const name of ['orders-source.json', 'orders-sink.json']) {
      const file = join(recipe.folder, 'examples', 'connect', name)
      writeFileSync(file, readFileSync(file, 'utf8').replace('/data', recipe.folder))
    }
    let sent = 0
    const send = () => {
      appendFileSync(input, `order ${sent++}\n`)
    }
    const arrived = () => new Set(readFileSync(output, { encoding: 'utf8', flag: 'a+' }).trim().split('\n'))
    const all = () => new Set(Array.from({ length: sent }, (_, order) => `order ${order}`))
    send()

    const first = await worker('first')
    await using _first = inOrder(first.child)
    await first.child.shows(/listening on/, 30_000)
    const log = recipe.log()
    const second = await worker('second')
    await using _second = inOrder(second.child)
    await Promise.all([ready(first), ready(second)])
    expect(second.child.output()).toMatch(/another instance of this user listens on port/)

    await recipe.run(recipe.commands('Run it', 'curl').replaceAll('localhost:8083', second.origin))
    await expect.poll(arrived, { timeout: 60_000 }).toEqual(all())
    await expectRefused(second.origin, 'consumer.override.bootstrap.servers')
    const end = Date.now() + 25_000
    while (Date.now() < end) {
      send()
      await sleep(100)
    }
    await expect.poll(arrived, { timeout: 20_000 }).toEqual(all())
    expect(log.tokens()).toBeGreaterThanOrEqual(2)
    expect(log.reauthentications()).toBeGreaterThanOrEqual(4)

    first.child.kill('SIGTERM')
    expect([0, 143]).toContain(await first.child.exited(60_000))
    send()
    await expect.poll(arrived, { timeout: 60_000 }).toEqual(all())
  }, 300_000)
})
