import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Child } from './child-process.ts'
import { keepFromLogs, passwordLogin } from './kafka-cluster-clients.ts'
import { repository, sectionOf } from './readme.ts'
import { type Recipe, startRecipe } from './recipe.ts'
import { type Arrivals, arrivals, sendOrders } from './recipe-records.ts'
import { sparkHome, sparkSubmit } from './spark-home.ts'

const page = 'docs/spark.md'
const heading = 'Run it'
const timeoutMs = 240_000

let recipe: Recipe
let invoices: Arrivals
let sent = 0
/** `spark-defaults.conf`, but that the connector lies among the jars already. */
let documented: string

beforeAll(async () => {
  const e2e = inject('e2e')
  recipe = await startRecipe(e2e, {
    name: 'spark',
    subjects: { default: 'invoices' },
    topics: ['orders', 'invoices'],
    scripts: { 'spark-submit': sparkSubmit },
    env: {
      SPARK_HOME: sparkHome(e2e.tools, join(e2e.folder, 'spark-home')),
      SPARK_SCALA_VERSION: '2.13',
      SPARK_LOCAL_IP: '127.0.0.1',
      // Of every JVM: quick to start.
      JDK_JAVA_OPTIONS: '-XX:+UseSerialGC -XX:TieredStopAtLevel=1',
    },
  })
  documented = readFileSync(defaults(), 'utf8').replace(/^spark\.jars\.packages.*\n/, '')
  await recipe.run(recipe.commands(heading, 'javac'))
  invoices = await arrivals(recipe.cluster.internal, 'invoices')
})

afterAll(async () => {
  await invoices[Symbol.asyncDispose]()
  await recipe[Symbol.asyncDispose]()
})

const defaults = () => join(recipe.folder, 'examples', 'spark', 'spark-defaults.conf')

/** What the page has no need to say: that this is one small machine. */
function configureSpark(master: string) {
  const settings = {
    'spark.master': master,
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.ui.enabled': 'false',
    'spark.sql.shuffle.partitions': '2',
    'spark.driver.memory': '512m',
    'spark.executor.memory': '512m',
    // Otherwise an executor of 512 MB would be refused as too small.
    'spark.testing.reservedMemory': '1',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`)
  writeFileSync(defaults(), documented + lines.join(''))
}

const invoicesSoFar = () => new Set(Array.from({ length: sent }, (_, order) => `invoice of order ${order}`))

async function ended(child: Child, expected: number) {
  const code = await child.exited(120_000)
  expect(code, child.output().slice(-4000)).toBe(expected)
}

it('shows files as they are in examples/', () => {
  const files = { properties: 'client.properties', text: 'spark-defaults.conf' }
  for (const [language, file] of Object.entries(files)) {
    const text = readFileSync(join(repository, 'examples', 'spark', file), 'utf8')
    expect(sectionOf(page, heading).block(language, text.slice(0, 20))).toBe(text)
  }
})

describe('Spark with the commands and files of its page', () => {
  it(
    'writes a batch under exec',
    async () => {
      configureSpark('local[2]')
      sent = await sendOrders(recipe.cluster.internal, sent, 1000)
      await using job = recipe.start('exec-spark', recipe.commands(heading, ' exec '))
      await ended(job, 0)
      await expect.poll(invoices.values).toEqual(invoicesSoFar())
    },
    timeoutMs,
  )

  it(
    'writes the next batch with a delegation token, and no sidecar',
    async () => {
      configureSpark('local[2]')
      const scram = recipe.cluster.bootstrap['SCRAM'] ?? ''
      const here = (text: string) => text.replaceAll('kafka.example:9094', scram)
      writeFileSync(join(recipe.folder, 'keeper.properties'), passwordLogin('keeper', 'keepers-password'))
      await recipe.run(here(recipe.commands('Delegation token', 'delegation-token create')))
      const [, hmac = ''] =
        /password="([^"]+)"/.exec(readFileSync(join(recipe.folder, 'token.properties'), 'utf8')) ?? []
      keepFromLogs(inject('e2e'), [hmac])

      sent = await sendOrders(recipe.cluster.internal, sent, 1000)
      await using job = recipe.start('token-spark', recipe.commands('Delegation token', 'spark-submit'))
      await ended(job, 0)
      await expect.poll(invoices.values).toEqual(invoicesSoFar())
      expect(hmac.length).toBeGreaterThan(20)
      expect(job.output().includes(hmac)).toBe(false)
    },
    timeoutMs,
  )

  it(
    'goes on as a stream over renewals, with the sidecar beside driver and executors',
    async () => {
      // A driver and two executors, each a process of its own.
      configureSpark('local-cluster[2,1,512]')
      await using sidecar = recipe.start('serve-spark', recipe.commands(heading, ' serve '))
      await sidecar.shows(/listening on/, 20_000)
      const log = recipe.log()
      const stream = recipe.commands(heading, 'examples/spark/client.properties checkpoints\n')
      await using job = recipe.start('stream-spark', stream)
      await expect.poll(() => log.tokens(), { timeout: 120_000 }).toBeGreaterThan(0)
      sent = await sendOrders(recipe.cluster.internal, sent, 25_000)
      await expect.poll(invoices.values, { timeout: 60_000 }).toEqual(invoicesSoFar())
      expect(log.tokens()).toBeGreaterThanOrEqual(2)
      expect(log.reauthentications()).toBeGreaterThanOrEqual(2)
      job.kill('SIGTERM')
      await ended(job, 143)
      sidecar.kill('SIGTERM')
      await ended(sidecar, 0)
    },
    timeoutMs,
  )
})
