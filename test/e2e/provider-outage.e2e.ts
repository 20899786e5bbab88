import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, inject, it } from 'vitest'
import { java39, java43, startJavaClient } from './client.ts'
import { clientKey, keysInline } from './client-key.ts'
import { expectComplete, expectSparing } from './expectations.ts'
import { type KeycloakWorld, keycloakWorld, orders } from './keycloak-world.ts'
import { pressure } from './pressure.ts'
import type { Realm } from './realm.ts'
import { relay } from './relay.ts'
import { type Sidecar, startSidecar } from './sidecar.ts'

// Renewed from half of its life on. The outage begins before that, ends before the token's end, and is longer than the 10 s
// for which a Java client asks again.
const tokenSeconds = 60
const outageAt = { begin: 22_000, end: 47_000 }
const durationMs = 75_000

let world: KeycloakWorld & { readonly realm: Realm }
beforeAll(async () => {
  world = await keycloakWorld()
})

const life = { 'access.token.lifespan': `${tokenSeconds}` }

function sidecarOf(clientId: string, profile: Readonly<Record<string, unknown>>) {
  const { tools, folder } = inject('e2e')
  const provider = { source: 'client-credentials', provider: 'keycloak', principalClaim: 'azp', clientId }
  return startSidecar({
    cli: tools.cli,
    log: join(folder, `sidecar-${clientId}`),
    configuration: { profiles: { default: { ...provider, ...profile } } },
  })
}

/** What runs on and what starts while the provider is away, and what came of both. */
async function throughOutage(clientId: string, sidecar: Sidecar, outage: { begin(): unknown; end(): unknown }) {
  const e2e = inject('e2e')
  const begun = Date.now()
  const until = (ms: number) => sleep(Math.max(0, begun + ms - Date.now()))
  const access = { bootstrap: world.kafka, tokenEndpoint: `${sidecar.origin}/token` }
  await using running = startJavaClient(e2e, { topic: `${clientId}-running`, durationMs }, java43(access))
  await running.producing()
  const load = pressure(access.tokenEndpoint)

  await until(outageAt.begin)
  let started: Awaited<ReturnType<typeof running.exchange>>
  try {
    await outage.begin()
    // A renewal has failed: now it is the cache that a new client lives on.
    await sidecar.shows(/"code":"ERR_PROVIDER_UNAVAILABLE"/, 24_000)
    await using starting = startJavaClient(e2e, { topic: `${clientId}-starting`, durationMs: 3_000 }, java39(access))
    started = await starting.exchange()
    await until(outageAt.end)
  } finally {
    await outage.end()
  }
  return { started, continued: await running.exchange(), load: await load.stop() }
}

describe.concurrent('while the provider is away for longer than a client asks again, nobody notices', () => {
  it('that it hangs', async ({ expect }) => {
    const key = await clientKey('RS256')
    const registered = keysInline('RS256', [key])
    const clientId = orders.providerHangs
    await world.realm.client(clientId, { ...registered, attributes: { ...registered.attributes, ...life } })
    const privateKeyFile = join(inject('e2e').folder, `${clientId}.pem`)
    writeFileSync(privateKeyFile, key.pem, { mode: 0o600 })
    await using sidecar = await sidecarOf(clientId, { issuer: world.realm.issuer, assertion: { privateKeyFile } })

    const { pid } = world.keycloak
    const { started, continued, load } = await throughOutage(clientId, sidecar, {
      begin: () => process.kill(pid, 'SIGSTOP'),
      end: () => process.kill(pid, 'SIGCONT'),
    })
    expectComplete(started)
    expectComplete(continued)
    expect(load.failures).toEqual([])
    await sidecar.stop()
  })

  it('that it refuses connections', async ({ expect }) => {
    const secret = randomUUID()
    const clientId = orders.providerGone
    await world.realm.client(clientId, { clientAuthenticatorType: 'client-secret', secret, attributes: life })
    const clientSecretFile = join(inject('e2e').folder, `${clientId}.secret`)
    writeFileSync(clientSecretFile, secret, { mode: 0o600 })
    const endpoint = new URL(world.realm.tokenEndpoint)
    await using between = await relay({ port: Number(endpoint.port) })
    endpoint.port = `${between.port}`
    await using sidecar = await sidecarOf(clientId, { tokenEndpoint: endpoint.href, clientSecretFile })

    const { started, continued, load } = await throughOutage(clientId, sidecar, {
      begin: between.close,
      end: between.open,
    })
    expectComplete(started)
    expectComplete(continued)
    expect(load.failures).toEqual([])
    expectSparing(await world.realm.events(clientId), tokenSeconds)
    await sidecar.stop()
  })
})
