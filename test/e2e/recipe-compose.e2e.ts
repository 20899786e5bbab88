import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { readProject, type StartedProject, startProject } from './compose.ts'
import type { Container } from './containers.ts'
import { auditIn } from './gateway.ts'
import { repository, sectionOf } from './readme.ts'
import { dockerStandIn, kafkaImage, keycloakImage, sidecarFolder, sidecarImage } from './recipe-images.ts'
import { installRecipes } from './recipe-toolchain.ts'

const page = sectionOf('docs/docker-compose.md', 'Try it')

let folder: string
let project: StartedProject

beforeAll(async () => {
  const e2e = inject('e2e')
  const { tools } = e2e
  const [{ compose }, sidecar] = await Promise.all([installRecipes(), sidecarFolder(e2e, 'compose')])
  const world = join(e2e.folder, 'compose')
  folder = join(world, 'project')
  cpSync(join(repository, 'examples', 'docker-compose'), folder, { recursive: true })
  const path = `${dockerStandIn(tools.cli, join(world, 'docker'))}${delimiter}${process.env['PATH'] ?? ''}`
  const prepare = lineWith('prepare.sh').replace('sh examples/docker-compose/', 'sh ./')
  await promisify(execFile)('sh', ['-euc', prepare], { cwd: folder, env: { ...process.env, PATH: path } })

  const images = {
    'apache/kafka:4.3.0': kafkaImage(e2e, join(world, 'kafka')),
    'quay.io/keycloak/keycloak:26.7.3': keycloakImage(tools.keycloak),
    'kafka-token-sidecar:0.1.0': sidecarImage(sidecar),
  }
  const containers = join(world, 'containers')
  mkdirSync(containers)
  project = await startProject(await readProject(compose, join(folder, 'compose.yaml')), images, containers)
  // Keycloak builds itself for its options first.
}, 480_000)

afterAll(async () => {
  await project[Symbol.asyncDispose]()
})

const container = (name: string) => project.containers.get(name) as Container
const lineWith = (words: string) => page.text.split('\n').find((line) => line.includes(words)) ?? ''

describe('examples/docker-compose, whose services run without an engine', () => {
  it('lets a client with an id and a secret produce and consume', async () => {
    await container('consumer').shows(/^order 3$/m, 90_000)
    expect(container('producer').output()).not.toMatch(/ERROR|Exception/)
    const given = auditIn(container('gateway').output()).filter(({ event }) => event === 'token-given')
    expect(given.length).toBeGreaterThanOrEqual(2)
    for (const line of given) expect(line).toMatchObject({ caller: 'orders-app', profile: 'orders' })
  })

  it('answers the commands of the page', async () => {
    const answer = await project.run(page.block('sh', 'curl --cacert'), folder)
    expect(JSON.parse(answer)).toMatchObject({ token_type: 'Bearer' })
    expect(await project.run(page.block('sh', '14294'), folder)).toMatch(/^ready/)
  })

  it('gives a stranger nothing', async () => {
    const strange = page.block('sh', 'curl --cacert').replace('$(cat generated/orders.secret)', 'guessed')
    expect(JSON.parse(await project.run(strange, folder))).toMatchObject({ error: 'invalid_client' })
  })

  it('shows a sidecar that the library of Docker takes', async () => {
    const file = join(folder, 'sidecar.yaml')
    writeFileSync(file, sectionOf('docs/docker-compose.md', 'A sidecar instead').block('yaml', 'services:'))
    const { services } = await readProject((await installRecipes()).compose, file)
    expect(services['token']).toMatchObject({ network_mode: 'service:app', read_only: true, cap_drop: ['ALL'] })
  })

  it('keeps keys and secrets from other users of the machine', () => {
    expect(statSync(join(folder, 'generated')).mode & 0o777).toBe(0o700)
    expect(readFileSync(join(folder, 'generated', 'gateway.yaml'), 'utf8')).toContain('scrypt$')
  })
})
