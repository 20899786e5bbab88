import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Ecosystem, installEcosystem } from './ecosystem.ts'
import { configureFlink, flinkHome, flinkScripts } from './flink-home.ts'
import { repository, sectionOf } from './readme.ts'
import { type Recipe, startRecipe } from './recipe.ts'
import { arrivals, sendOrders } from './recipe-records.ts'

let recipe: Recipe

beforeAll(async () => {
  const e2e = inject('e2e')
  const ecosystem: Ecosystem = await installEcosystem()
  const home = join(e2e.folder, 'flink-home')
  recipe = await startRecipe(e2e, {
    name: 'flink',
    subjects: { default: 'invoices' },
    topics: ['orders', 'invoices', 'reports'],
    scripts: flinkScripts(ecosystem),
    env: {
      FLINK_HOME: flinkHome(ecosystem, home),
      FLINK_CONF_DIR: join(e2e.folder, 'recipe-flink', 'examples', 'flink'),
    },
  })
  await configureFlink(join(recipe.folder, 'examples', 'flink', 'config.yaml'))
})

afterAll(() => recipe[Symbol.asyncDispose]())

it('shows files as they are in examples/', () => {
  for (const [heading, language, file] of [
    ['DataStream', 'properties', 'client.properties'],
    ['Settings of the cluster', 'yaml', 'config.yaml'],
    ['SQL', 'sql', 'reports.sql'],
  ] as const) {
    const text = readFileSync(join(repository, 'examples', 'flink', file), 'utf8')
    expect(sectionOf('docs/flink.md', heading).block(language, text.slice(0, 20))).toBe(text)
  }
})

describe('Flink with the commands and files of its page', () => {
  it('reads and writes over renewals: DataStream in JobManager and TaskManager, and SQL in the shaded jar', async () => {
    const { internal } = recipe.cluster
    await using invoices = await arrivals(internal, 'invoices')
    await using reports = await arrivals(internal, 'reports')
    await using sidecar = recipe.start('serve-flink', recipe.commands('Beside Flink', ' serve '))
    await sidecar.shows(/listening on/, 20_000)
    const log = recipe.log()
    await using jobManager = recipe.start('jobmanager', recipe.commands('Beside Flink', 'jobmanager.sh'))
    await using taskManager = recipe.start('taskmanager', recipe.commands('Beside Flink', 'taskmanager.sh'))
    await using _sql = recipe.start('sql', recipe.commands('SQL', 'sql-client.sh'))
    await recipe.run(recipe.commands('DataStream', 'javac'))
    await jobManager.shows(/Registering TaskManager/, 120_000)
    await recipe.run(recipe.commands('DataStream', 'flink run'))

    let sent = await sendOrders(internal, 0, 1_000)
    const expected = (kind: string) => new Set(Array.from({ length: sent }, (_, order) => `${kind} of order ${order}`))
    await expect.poll(invoices.values, { timeout: 60_000 }).toEqual(expected('invoice'))
    await expect.poll(reports.values, { timeout: 60_000 }).toEqual(expected('report'))
    // Whatever comes now finds clients that have logged in.
    sent = await sendOrders(internal, sent, 25_000)
    await expect.poll(invoices.values, { timeout: 20_000 }).toEqual(expected('invoice'))
    await expect.poll(reports.values, { timeout: 20_000 }).toEqual(expected('report'))
    expect(log.tokens()).toBeGreaterThanOrEqual(2)
    expect(log.reauthentications()).toBeGreaterThanOrEqual(4)
    // Offsets are asked for by the JobManager.
    for (const child of [jobManager, taskManager]) expect(child.output()).toContain('Successfully logged in')
  }, 240_000)
})
