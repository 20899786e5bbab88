import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { librdkafka, startPythonClient } from './client.ts'
import { expectComplete } from './expectations.ts'
import { serviceAccountKeyWorld } from './google.ts'
import { askToken, commandOf, imageContainer, type ImageConfiguration, type Mount } from './image-container.ts'
import { type ImageTools, installImage } from './image-toolchain.ts'
import { repository } from './readme.ts'

const name = 'localhost/kafka-token-sidecar:e2e'
const opt = 'opt/kafka-token-sidecar'
const page = 'docs/docker.md'

let tools: ImageTools
let container: string
let root: string
let config: ImageConfiguration
let image: ReturnType<typeof imageContainer>
const folder = mkdtempSync(join(tmpdir(), 'kts-image-'))
chmodSync(folder, 0o755)

beforeAll(async () => {
  tools = await installImage()
  const { nodeImage, baseImage } = tools
  const bases = [`NODE_IMAGE=${nodeImage}`, `BASE_IMAGE=${baseImage}`, 'VERSION=0.1.0']
  const given = bases.flatMap((each) => ['--build-arg', each])
  const how = ['--isolation', 'chroot', '--layers', '--format', 'docker', '--timestamp', '0']
  await tools.buildah('bud', ...how, ...given, '--tag', name, repository)
  const inspected = JSON.parse(await tools.buildah('inspect', '--type', 'image', name)) as {
    Docker: { config: ImageConfiguration }
  }
  config = inspected.Docker.config
  container = await tools.buildah('from', name)
  root = await tools.buildah('mount', container)
  image = imageContainer(config, root, inject('e2e').folder)
}, 900_000)

afterAll(async () => {
  await tools.buildah('rm', container)
  rmSync(folder, { recursive: true })
})

describe('the image', () => {
  it('explains itself without arguments', async () => {
    const { code, stdout } = await image.ran([...config.Entrypoint, ...config.Cmd])
    expect(code).toBe(0)
    expect(stdout).toContain('docker run')
    expect(stdout).toContain('--host 0.0.0.0')
  })

  it('gives a token as its own user and as a random one with group 0, with a read-only root', async () => {
    expect(config.User).toBe('10001:10001')
    for (const user of [config.User, '1000730000:0']) {
      const { child, port } = await image.serving(['--source', 'self-issued'], { user })
      await using _ = child
      const answer = await askToken(port)
      expect(answer.status, child.output()).toBe(200)
    }
  })

  it('is healthy while it gives tokens, and not when it is gone', async () => {
    const [how, ...probe] = config.Healthcheck.Test
    expect(how).toBe('CMD')
    const { child, admin } = await image.serving(['--source', 'self-issued'])
    const asked = { KTS_ADMIN_PORT: `${admin}` }
    expect(await image.ran(probe, asked)).toMatchObject({ code: 0 })
    child.kill('SIGTERM')
    expect(await child.exited(10_000)).toBe(0)
    expect((await image.ran(probe, asked)).code).not.toBe(0)
  })

  it('gives librdkafka a token of Google by the command of the page, and names a key that it cannot read', async () => {
    const e2e = inject('e2e')
    await using world = await serviceAccountKeyWorld(folder, 3600)
    const { options, env, mounts } = commandOf(page, 'Beside programs on this machine')
    const key = join(folder, 'key.json')
    copyFileSync(world.env.GOOGLE_APPLICATION_CREDENTIALS, key)
    const files: Mount[] = mounts.map(([from, to]) => [from.replace('$PWD', folder), to])
    expect(files.map(([from]) => from)).toEqual([key])
    // To Google's stand-in.
    const google = { HTTPS_PROXY: world.env.HTTPS_PROXY, NODE_EXTRA_CA_CERTS: '/ca.pem' }
    const run = { env: { ...env, ...google }, mounts: [...files, [world.env.NODE_EXTRA_CA_CERTS, '/ca.pem'] as const] }

    chmodSync(key, 0o400)
    chownSync(key, 10_001, 10_001)
    const { child, port } = await image.serving(options, run)
    await using _ = child
    const access = { bootstrap: e2e.google, tokenEndpoint: `localhost:${port}` }
    await using client = startPythonClient(e2e, { topic: 'image-librdkafka', durationMs: 3_000 }, librdkafka(access))
    expectComplete(await client.exchange())

    chownSync(key, 0, 0)
    const { child: blind } = await image.serving(options, run)
    await using _blind = blind
    await blind.shows(/key\.json/, 20_000)
    expect(blind.output()).toMatch(/EACCES|permission|cannot be read/i)
  })

  it('starts in about the time of its process outside of a container', async () => {
    const { inside, outside } = await image.starts()
    console.log(`start to first token: ${inside} ms in a container, ${outside} ms outside`)
  })

  it('has no shell, no npm, and nothing that anybody may write', () => {
    for (const path of [
      'bin/sh',
      'bin/bash',
      'bin/dash',
      'bin/busybox',
      'usr/bin/sh',
      'usr/bin/perl',
      'usr/local/bin/npm',
    ])
      expect(existsSync(join(root, path)), path).toBe(false)
    const writable = execFileSync('find', [join(root, opt), '-perm', '/022', '!', '-type', 'l'], { encoding: 'utf8' })
    expect(writable).toBe('')
    expect(config.Labels['org.opencontainers.image.version']).toBe('0.1.0')
  })

  it('lists what is in it: the SBOM and NOTICE agree, and its Node has the digest that it says', () => {
    interface Component {
      readonly name: string
      readonly version: string
      readonly hashes?: readonly { readonly content: string }[]
    }
    const text = readFileSync(join(root, opt, 'sbom.cdx.json'), 'utf8')
    const { components } = JSON.parse(text) as { components: readonly Component[] }
    const [node, ...packages] = components
    const digest = execFileSync('sha256sum', [join(root, opt, 'lib/node')], { encoding: 'utf8' }).slice(0, 64)
    expect(node?.hashes?.[0]?.content).toBe(digest)
    const notice = readFileSync(join(root, opt, 'NOTICE'), 'utf8')
    for (const { name, version } of packages) expect(notice).toContain(`\n${name} ${version} (`)
    expect(packages.length).toBeGreaterThan(40)
    expect(globSync('licenses/*', { cwd: join(root, opt) }).length).toBeGreaterThan(40)
  })

  it('is small enough', () => {
    const size = execFileSync('sh', ['-c', `tar -C "${root}" -c . | gzip -6 | wc -c`], { encoding: 'utf8' })
    console.log(`the image with its base: ${Math.round(Number(size) / 1e6)} MB compressed`)
    expect(Number(size)).toBeLessThan(130e6)
  })
})
