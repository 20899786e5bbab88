import { join } from 'node:path'
import { inject } from 'vitest'
import { startBroker } from './broker.ts'
import { type KeycloakAddress, startKeycloak } from './keycloak.ts'
import { keycloakAudience, type Realm, realmAt } from './realm.ts'
import type { Toolchain } from './toolchain.ts'

/** One Keycloak and one broker that trusts it. */
export interface KeycloakWorld {
  readonly keycloak: KeycloakAddress
  readonly brokerLog: string
  /** Bootstrap servers: tokens checked by Kafka's validator, and by Strimzi's. The principal is the client id. */
  readonly kafka: string
  readonly strimzi: string
}

/** The clients that suites register, one each, so that none counts another's logins. They may do everything at the broker. */
export const orders = {
  rs256: 'orders-rs256',
  es256: 'orders-es256',
  secret: 'orders-secret',
  certificate: 'orders-certificate',
  exchange: 'orders-exchange',
  jwtBearer: 'orders-jwt-bearer',
  federated: 'orders-federated',
  fileRotation: 'orders-file-rotation',
  earlyRotation: 'orders-early-rotation',
  providerRotation: 'orders-provider-rotation',
  providerHangs: 'orders-provider-hangs',
  providerGone: 'orders-provider-gone',
  commands: 'orders-commands',
  assertionFile: 'orders-assertion-file',
}

/** Ready when this resolves; suites do not call it, but `keycloakWorld`. */
export async function startKeycloakWorld(tools: Toolchain, folder: string, connectionsMaxReauthMs: number) {
  const keycloak = await startKeycloak({ distribution: tools.keycloak, folder: join(folder, 'keycloak') })
  const { issuer, jwksUrl } = realmAt(keycloak.address)
  // `sub` is a UUID there.
  const expected = { jwksUrl, issuer, audience: keycloakAudience, principalClaim: 'azp' }
  const broker = await startBroker({
    classpath: tools.broker,
    folder: join(folder, 'broker-of-keycloak'),
    superUsers: Object.values(orders),
    listeners: {
      KAFKA: { validation: expected, connectionsMaxReauthMs },
      STRIMZI: { validation: { strimzi: expected }, connectionsMaxReauthMs },
    },
  }).catch(async (error: unknown) => {
    await keycloak[Symbol.asyncDispose]()
    throw error
  })
  const address: KeycloakWorld = {
    keycloak: keycloak.address,
    brokerLog: broker.log.file,
    kafka: broker.bootstrap['KAFKA'] ?? '',
    strimzi: broker.bootstrap['STRIMZI'] ?? '',
  }
  return {
    address,
    stop: async () => {
      await broker.stop().finally(() => keycloak[Symbol.asyncDispose]())
    },
  }
}

/** Started by the first suite that asks. */
export async function keycloakWorld(): Promise<KeycloakWorld & { readonly realm: Realm }> {
  const answer = await fetch(inject('e2e').keycloakWorld)
  if (!answer.ok) throw new Error(await answer.text())
  const world = (await answer.json()) as KeycloakWorld
  return { ...world, realm: realmAt(world.keycloak) }
}
