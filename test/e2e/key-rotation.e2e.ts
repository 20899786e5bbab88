import { realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, inject, it } from 'vitest'
import { brokerLog } from './broker.ts'
import { freePorts } from './child-process.ts'
import { java43, startJavaClient } from './client.ts'
import { type ClientKey, clientKey, keysAt, keysInline } from './client-key.ts'
import { expectComplete, expectSparing } from './expectations.ts'
import { type KeycloakWorld, keycloakWorld, orders } from './keycloak-world.ts'
import { pressure } from './pressure.ts'
import { projectedVolume } from './projected-volume.ts'
import type { Realm } from './realm.ts'
import { type Sidecar, startSidecar } from './sidecar.ts'

// Three tokens' lives and more: each new key has to be used while the client goes on.
const durationMs = 55_000

let world: KeycloakWorld & { readonly realm: Realm }
beforeAll(async () => {
  world = await keycloakWorld()
})

/** One client, its sidecar and the folder with its keys. */
async function rotating(
  clientId: string,
  assertion: Readonly<Record<string, unknown>>,
  keys: Record<string, string>,
  port = 0,
) {
  const e2e = inject('e2e')
  const volume = projectedVolume(join(e2e.folder, `keys-${clientId}`))
  volume.write(keys)
  const files = Object.fromEntries(
    Object.entries(assertion).map(([name, value]) => [
      name,
      name.endsWith('File') ? volume.path(String(value)) : value,
    ]),
  )
  const sidecar = await startSidecar({
    cli: e2e.tools.cli,
    log: join(e2e.folder, `sidecar-${clientId}`),
    port,
    configuration: {
      profiles: {
        default: {
          source: 'client-credentials',
          issuer: world.realm.issuer,
          provider: 'keycloak',
          principalClaim: 'azp',
          clientId,
          assertion: { algorithm: 'ES256', ...files },
        },
      },
    },
  })
  return { volume, sidecar }
}

/** Waits until Keycloak has accepted an assertion that this key signed. */
async function accepted(clientId: string, { kid }: ClientKey) {
  const end = Date.now() + 30_000
  while (Date.now() < end) {
    const used = kidsOf(await world.realm.events(clientId))
    if (used.includes(kid)) return
    await sleep(500)
  }
  throw new Error(`Keycloak has seen no assertion of ${clientId} with ${kid}`)
}

const kidsOf = (events: Awaited<ReturnType<Realm['events']>>) =>
  events.filter(({ type }) => type === 'CLIENT_LOGIN').map(({ details }) => details?.client_jwt_kid)

/** What was used, each once, in the order of its first use. */
async function rotations(clientId: string) {
  return [...new Set(kidsOf(await world.realm.events(clientId)))]
}

function producing(topic: string, sidecar: Sidecar) {
  const access = { bootstrap: world.kafka, tokenEndpoint: `${sidecar.origin}/token` }
  return startJavaClient(inject('e2e'), { topic, durationMs }, java43(access))
}

const jwk = ({ privateJwk }: ClientKey) => JSON.stringify(privateJwk)

describe.concurrent('a Java producer goes on while its key is rotated', () => {
  it('in the file, by a swap of the volume and by an overwrite seen half way', async ({ expect }) => {
    const clientId = orders.fileRotation
    const [first, second, third] = await Promise.all([clientKey('ES256'), clientKey('ES256'), clientKey('ES256')])
    await world.realm.client(clientId, keysInline('ES256', [first, second, third]))
    const { volume, sidecar } = await rotating(clientId, { privateKeyFile: 'key' }, { key: jwk(first) })
    await using _ = sidecar
    await using java = producing('rotation-in-file', sidecar)
    await java.producing()
    const load = pressure(`${sidecar.origin}/token`)

    volume.write({ key: jwk(second) })
    await accepted(clientId, second)

    const file = realpathSync(volume.path('key'))
    writeFileSync(file, jwk(third).slice(0, 100))
    await sidecar.shows(/changed and cannot be used, the former one is/, 15_000)
    const before = kidsOf(await world.realm.events(clientId)).length
    await expect
      .poll(async () => kidsOf(await world.realm.events(clientId)).length, { timeout: 20_000 })
      .toBe(before + 1)
    writeFileSync(file, jwk(third))
    await accepted(clientId, third)

    const { requests, failures } = await load.stop()
    expect(failures).toEqual([])
    expect(requests).toBeGreaterThan(300)
    expectComplete(await java.exchange())
    const events = await world.realm.events(clientId)
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['CLIENT_LOGIN']))
    expectSparing(events)
    expect(await rotations(clientId)).toEqual([first.kid, second.kid, third.kid])
    await sidecar.stop()
  })

  it('in the file, before the provider has heard of the new one', async ({ expect }) => {
    const clientId = orders.earlyRotation
    const [first, second] = await Promise.all([clientKey('ES256'), clientKey('ES256')])
    await world.realm.client(clientId, keysInline('ES256', [first]))
    const { volume, sidecar } = await rotating(clientId, { privateKeyFile: 'key' }, { key: jwk(first) })
    await using _ = sidecar
    await using java = producing('rotation-before-provider', sidecar)
    await java.producing()
    const load = pressure(`${sidecar.origin}/token`)

    volume.write({ key: jwk(second) })
    await sidecar.shows(/the provider refuses the new key or secret, the former one still works/, 30_000)
    await world.realm.change(clientId, keysInline('ES256', [first, second]))
    await accepted(clientId, second)

    expect((await load.stop()).failures).toEqual([])
    expectComplete(await java.exchange())
    expect(await rotations(clientId)).toEqual([first.kid, second.kid])
    await sidecar.stop()
  })

  it('in the provider too, which follows what the sidecar publishes', async ({ expect }) => {
    const log = brokerLog(world.brokerLog)
    const clientId = orders.providerRotation
    const [first, second, third, fourth] = (await Promise.all([1, 2, 3, 4].map(() => clientKey('ES256')))) as [
      ClientKey,
      ClientKey,
      ClientKey,
      ClientKey,
    ]
    // The sidecar asks for its first token when it starts.
    const [port] = (await freePorts(1)) as [number]
    await world.realm.client(clientId, keysAt('ES256', `http://localhost:${port}/client-jwks/default`))
    const { volume, sidecar } = await rotating(
      clientId,
      { privateKeyFile: 'key', nextKeyFile: 'next', previousKeyFile: 'previous', publishKeys: true },
      { key: first.pem, next: second.pem },
      port,
    )
    await using _ = sidecar
    const published = async () => {
      const jwks = (await (await fetch(`${sidecar.origin}/client-jwks/default`)).json()) as { keys: { kid: string }[] }
      return new Set(jwks.keys.map(({ kid }) => kid))
    }
    await using java = producing('rotation-in-provider', sidecar)
    await java.producing()
    const load = pressure(`${sidecar.origin}/token`)

    volume.write({ key: second.pem, next: third.pem, previous: first.pem })
    await accepted(clientId, second)
    expect(await published()).toEqual(new Set([first.kid, second.kid, third.kid]))
    // Keycloak has read the keys before the fourth was there.
    volume.write({ key: fourth.pem, next: third.pem, previous: second.pem })
    await accepted(clientId, fourth)

    expect((await load.stop()).failures).toEqual([])
    expectComplete(await java.exchange())
    const events = await world.realm.events(clientId)
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['CLIENT_LOGIN']))
    expectSparing(events)
    expect(await rotations(clientId)).toEqual([first.kid, second.kid, fourth.kid])
    // Sessions last 8 s, tokens 20 s.
    expect(log.reauthentications()).toBeGreaterThanOrEqual(5)
    expect(log.tokens()).toBeGreaterThanOrEqual(3)
    await sidecar.stop()
  })
})
