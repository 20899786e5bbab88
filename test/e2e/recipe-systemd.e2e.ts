import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { freePorts } from './child-process.ts'
import { type Container, type ContainerNetwork, type Image, thisNetwork } from './containers.ts'
import { keycloakWorld } from './keycloak-world.ts'
import { repository, sectionOf } from './readme.ts'
import { sidecarFolder, sidecarImage } from './recipe-images.ts'
import { installRecipes } from './recipe-toolchain.ts'

const run = promisify(execFile)
const unitFile = join(repository, 'examples', 'systemd', 'kafka-token-sidecar.service')
const unit = readFileSync(unitFile, 'utf8')
const valueOf = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? ''
const page = (heading: string) => sectionOf('docs/systemd.md', heading)

let folder: string
let sidecar: string

beforeAll(async () => {
  const e2e = inject('e2e')
  folder = join(e2e.folder, 'systemd')
  mkdirSync(folder)
  await installRecipes()
  sidecar = await sidecarFolder(e2e, 'systemd')
})

describe('the unit, read by systemd', () => {
  it('is a unit that can be started', async () => {
    const root = join(folder, 'root')
    const units = join(root, 'etc', 'systemd', 'system')
    const basic = ['sysinit', 'network-online', 'shutdown', 'basic', 'multi-user'].map((name) => `${name}.target`)
    mkdirSync(units, { recursive: true })
    for (const name of basic) writeFileSync(join(units, name), '[Unit]\nDefaultDependencies=no\n')
    for (const name of ['system.slice', '-.slice', '-.mount'])
      writeFileSync(join(units, name), name.endsWith('mount') ? '[Mount]\nWhat=/dev/root\nWhere=/\n' : '[Slice]\n')
    cpSync(unitFile, join(units, 'kafka-token-sidecar.service'))
    const program = join(root, 'opt', 'kafka-token-sidecar')
    cpSync(join(sidecar, 'bin'), join(program, 'bin'), { recursive: true })
    const dropIn = join(units, 'orders.service.d')
    mkdirSync(dropIn)
    cpSync(join(repository, 'examples', 'systemd', 'orders.conf'), join(dropIn, 'kafka-token-sidecar.conf'))
    writeFileSync(join(units, 'orders.service'), `[Service]\nExecStart=${valueOf('ExecStart')}\n`)
    const names = ['kafka-token-sidecar.service', 'orders.service']
    const { stdout, stderr } = await run('systemd-analyze', ['verify', `--root=${root}`, '--man=no', ...names])
    expect(stdout + stderr).toBe('')
  })

  it('has the exposure that the page tells', async () => {
    const { stdout } = await run('systemd-analyze', ['security', '--offline=true', '--no-pager', unitFile])
    const [, exposure = ''] = /Overall exposure level for \S+: (\d+\.\d)/.exec(stdout) ?? []
    expect(Number(exposure)).toBeLessThan(2)
    expect(page('What it may do').text).toContain(`: **${exposure}**`)
  })
})

describe('what the unit starts, as its user and under its filter of system calls', () => {
  let network: ContainerNetwork
  let service: Container
  let port: number
  let adminPort: number

  beforeAll(async () => {
    const { realm } = await keycloakWorld()
    ;[port, adminPort] = (await freePorts(2)) as [number, number]
    const key = join(folder, 'orders.pem')
    const { stdout: jwk } = await run(process.execPath, [inject('e2e').tools.cli, 'keys', 'generate', '--out', key])
    await realm.client('systemd-orders', {
      clientAuthenticatorType: 'client-jwt',
      attributes: { 'use.jwks.string': 'true', 'jwks.string': `{"keys":[${jwk}]}` },
    })
    const written = readFileSync(join(repository, 'examples', 'systemd', 'config.yaml'), 'utf8')
    const config = join(folder, 'config.yaml')
    const ports = `listen: { port: ${port} }\nadmin: { port: ${adminPort} }\n`
    const keycloak = `issuer: ${realm.issuer}\n    provider: keycloak\n    principalClaim: azp`
    writeFileSync(
      config,
      ports + written.replace('issuer: https://idp.example', keycloak).replace('Id: orders', 'Id: systemd-orders'),
    )

    network = thisNetwork(folder)
    const [name = '', path = ''] = valueOf('LoadCredential').split(':')
    const credential = `/run/credentials/kafka-token-sidecar.service/${name}`
    expect(path).toMatch(/^\/etc\/kafka-token-sidecar\//)
    service = await network.start('unit', {
      image: asUnit(key, credential),
      command: valueOf('ExecStart').split(' '),
      mounts: { '/etc/kafka-token-sidecar/config.yaml': config },
      isReadOnly: valueOf('ProtectSystem') === 'strict',
      hasNoPrivileges: valueOf('CapabilityBoundingSet') === '' && valueOf('NoNewPrivileges') === 'yes',
    })
    await service.shows(/listening on/, 20_000)
  })
  afterAll(async () => {
    await network[Symbol.asyncDispose]()
  })

  it('gives tokens by a key that only root can read on disk', async () => {
    expect(statSync(join(folder, 'orders.pem')).mode & 0o777).toBe(0o600)
    const answer = await fetch(`http://localhost:${port}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    const { access_token: token } = (await answer.json()) as { access_token: string }
    expect(decodeJwt(token)).toMatchObject({ azp: 'systemd-orders' })
    expect(service.output()).not.toMatch(/"level":"(error|fatal)"/)
  })

  it('is waited for as the other unit does', async () => {
    const dropIn = readFileSync(join(repository, 'examples', 'systemd', 'orders.conf'), 'utf8')
    const [, wait = ''] = /^ExecStartPre=-(.*)$/m.exec(dropIn) ?? []
    await service.exec(...wait.split(' '), '--admin-port', `${adminPort}`)
  })

  it('tells its metrics, with what it sees of the system', async () => {
    const answer = await fetch(`http://localhost:${adminPort}/metrics`)
    expect(await answer.text()).toMatch(/^process_resident_memory_bytes \d+$/m)
    await expect(service.exec('cat', '/proc/meminfo')).rejects.toThrow(/No such file/)
  })

  it('does run under the filter', async () => {
    const status = await service.exec('cat', '/proc/1/status')
    expect(status).toMatch(/^Seccomp:\s2$/m)
    expect(status).toMatch(/^NoNewPrivs:\s1$/m)
    expect(status).toMatch(/^CapBnd:\s0+$/m)
  })
})

/** What systemd does: the key becomes a file of the user, and system calls are filtered. */
function asUnit(key: string, credential: string): Image {
  const filter = join(import.meta.dirname, 'python', 'under_syscall_filter.py')
  const image = sidecarImage(sidecar)
  const user = 61_234
  return {
    user,
    entrypoint: ['/usr/bin/python3', filter, unitFile],
    env: Object.fromEntries(
      valueOf('Environment')
        .split(' ')
        .map((pair) => pair.split('=') as [string, string]),
    ),
    // ProtectProc and ProcSubset.
    files: `${image.files}
mount -t proc -o hidepid=${valueOf('ProtectProc')},subset=${valueOf('ProcSubset')} proc "$root/proc"
mkdir -p "$(dirname "$root${credential}")"
install --owner=${user} --mode=0400 '${key}' "$root${credential}"`,
  }
}
