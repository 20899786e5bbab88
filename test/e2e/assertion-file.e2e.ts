import { execFile } from 'node:child_process'
import { chownSync, copyFileSync, cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, inject, it } from 'vitest'
import { java43, startJavaClient } from './client.ts'
import { clientKey, keysInline } from './client-key.ts'
import { expectComplete } from './expectations.ts'
import { type KeycloakWorld, keycloakWorld, orders } from './keycloak-world.ts'
import type { Realm } from './realm.ts'
import { type Sidecar, startSidecar } from './sidecar.ts'

// In a pod the application is another user than the sidecar, and only the group is the same (fsGroup).
const isRoot = process.getuid?.() === 0
const ourselves = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
const writer = isRoot ? { uid: 20_001, gid: 20_000 } : ourselves
const reader = isRoot ? { uid: 20_002, gid: 20_000 } : ourselves
const stranger = { uid: 20_003, gid: 20_003 }

// The client asks again after 80 % of it: later than an assertion is replaced, by default every 30 s.
const tokenSeconds = 40

let world: KeycloakWorld & { readonly realm: Realm }
let sidecar: Sidecar
let file: string

beforeAll(async () => {
  const e2e = inject('e2e')
  world = await keycloakWorld()
  const key = await clientKey('RS256')
  const { attributes, ...registered } = keysInline('RS256', [key])
  const life = { 'access.token.lifespan': `${tokenSeconds}` }
  await world.realm.client(orders.assertionFile, { ...registered, attributes: { ...attributes, ...life } })

  const folder = join(e2e.folder, 'assertion-file')
  mkdirSync(folder, { mode: 0o755 })
  const privateKeyFile = join(folder, 'key.pem')
  writeFileSync(privateKeyFile, key.pem, { mode: 0o600 })
  for (const path of [folder, privateKeyFile]) chownSync(path, writer.uid, writer.gid)
  file = join(folder, 'assertion.jwt')
  // A checkout may lie where nobody else can read, as below /root.
  const program = join(e2e.folder, 'program')
  mkdirSync(program, { mode: 0o755 })
  cpSync(dirname(e2e.tools.cli), join(program, 'bin'), { recursive: true })
  copyFileSync(process.execPath, join(program, 'node'))
  sidecar = await startSidecar({
    cli: join(program, 'bin', basename(e2e.tools.cli)),
    node: join(program, 'node'),
    log: join(e2e.folder, 'sidecar-assertion-file'),
    user: writer,
    configuration: {
      profiles: {
        orders: {
          source: 'client-credentials',
          issuer: world.realm.issuer,
          provider: 'keycloak',
          clientId: orders.assertionFile,
          assertion: { privateKeyFile },
        },
      },
      outlets: [{ from: { assertion: 'orders' }, to: { file, mode: '0640', group: reader.gid } }],
    },
  })
  await sidecar.shows(/assertion\.jwt written/, 10_000)
})

afterAll(() => sidecar.stop())

describe.concurrent('a file with a fresh assertion', () => {
  it('lets a Java client log in at Keycloak that never sees the key', async ({ expect }) => {
    const access = { bootstrap: world.kafka, tokenEndpoint: world.realm.tokenEndpoint }
    const direct = java43(access)
    const client = {
      ...direct,
      configuration: `${direct.configuration.replaceAll(/^.*client\.credentials.*$/gm, '')}
        sasl.oauthbearer.assertion.file=${file}`,
      jvm: [...direct.jvm, `-Dorg.apache.kafka.sasl.oauthbearer.allowed.files=${file}`],
    }
    const load = { topic: 'assertion-file', durationMs: 1.8 * tokenSeconds * 1000 }
    await using run = startJavaClient(inject('e2e'), load, client)
    expectComplete(await run.exchange())

    const events = await world.realm.events(orders.assertionFile)
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['CLIENT_LOGIN']))
    expect(events.length).toBeGreaterThanOrEqual(3)
    // Keycloak takes each of them once.
    expect(new Set(events.map(({ details }) => details?.client_assertion_id)).size).toBe(events.length)
    // It is the client who logged in, not the sidecar.
    expect(sidecar.output()).not.toContain('token obtained')
  })

  it('is replaced before Keycloak finds it too old', async ({ expect }) => {
    const ids = new Set<unknown>()
    const end = Date.now() + 65_000
    while (Date.now() < end) {
      const { jti, iat = 0 } = decodeJwt(readFileSync(file, 'utf8'))
      ids.add(jti)
      expect(Date.now() / 1000 - iat).toBeLessThan(40)
      await sleep(100)
    }
    expect(ids.size).toBeGreaterThanOrEqual(3)
  })

  it('is for the group of its reader and for nobody else', async ({ expect }) => {
    const { mode, uid, gid } = statSync(file)
    expect({ mode: mode & 0o777, uid, gid }).toEqual({ mode: 0o640, uid: writer.uid, gid: reader.gid })
    const read = (user: typeof reader) => promisify(execFile)('cat', [file], user)
    expect((await read(reader)).stdout).toMatch(/^eyJ/)
    if (isRoot) await expect(read(stranger)).rejects.toThrow(/Permission denied/)
  })
})
