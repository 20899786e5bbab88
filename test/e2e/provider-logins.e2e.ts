import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type BrokerLog, brokerLog } from './broker.ts'
import { java39, java43, librdkafka, startJavaClient, startPythonClient } from './client.ts'
import { clientKey, keysInline } from './client-key.ts'
import { expectComplete, expectSparing, oneRenewalMs } from './expectations.ts'
import { type KeycloakWorld, keycloakWorld, orders } from './keycloak-world.ts'
import { audience, type Realm } from './realm.ts'
import { type Sidecar, startSidecar } from './sidecar.ts'

const secret = randomUUID()
const bySecret = { clientAuthenticatorType: 'client-secret', secret }
const partner = 'https://partner.example'
const cluster = 'https://cluster.example'
const workload = 'system:serviceaccount:orders:app'

let world: KeycloakWorld & { readonly realm: Realm }
// They come at the same time, each as a client of its own: one sidecar, one profile each.
let sidecar: Sidecar
let log: BrokerLog

beforeAll(async () => {
  const e2e = inject('e2e')
  world = await keycloakWorld()
  log = brokerLog(world.brokerLog)
  const { realm } = world
  const { tls } = world.keycloak
  const folder = join(e2e.folder, 'provider-logins')
  mkdirSync(folder)
  const file = (name: string, content: string) => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const [rs256, es256, granting] = await Promise.all([clientKey('RS256'), clientKey('ES256'), clientKey('ES256')])
  const clientSecretFile = file('client.secret', secret)
  const keycloak = { issuer: realm.issuer, provider: 'keycloak', principalClaim: 'azp' }
  const clientCredentials = { source: 'client-credentials', ...keycloak }

  sidecar = await startSidecar({
    cli: e2e.tools.cli,
    log: join(e2e.folder, 'sidecar-provider-logins'),
    configuration: {
      profiles: {
        rs256: {
          ...clientCredentials,
          clientId: orders.rs256,
          assertion: { privateKeyFile: file('rs256.pem', rs256.pem) },
        },
        es256: {
          ...clientCredentials,
          clientId: orders.es256,
          assertion: { algorithm: 'ES256', privateKeyFile: file('es256.pem', es256.pem) },
        },
        secret: { ...clientCredentials, clientId: orders.secret, clientSecretFile },
        certificate: {
          ...clientCredentials,
          // Keycloak's metadata tells of its plain port, as its host name is set so.
          tokenEndpoint: realm.tokenEndpoint.replace(world.keycloak.origin, tls.origin),
          clientId: orders.certificate,
          tls: { caFile: tls.caFile, certFile: tls.certFile, keyFile: tls.keyFile },
          clientAuth: 'tls_client_auth',
        },
        subject: { ...clientCredentials, clientId: 'subject', clientSecretFile },
        exchange: {
          source: 'token-exchange',
          ...keycloak,
          clientId: orders.exchange,
          clientSecretFile,
          subjectToken: { profile: 'subject' },
          subjectTokenType: 'urn:ietf:params:oauth:token-type:access_token',
        },
        'jwt-bearer': {
          source: 'jwt-bearer',
          ...keycloak,
          clientId: orders.jwtBearer,
          clientSecretFile,
          assertion: {
            algorithm: 'ES256',
            privateKeyFile: file('partner.pem', granting.pem),
            claim: { iss: partner, sub: 'partner-orders' },
            publishKeys: true,
          },
        },
        // In the place of Kubernetes, whose tokens are renewed in their file too.
        workload: {
          source: 'self-issued',
          issuer: cluster,
          subject: workload,
          audience: realm.issuer,
          lifetime: '40s',
        },
        federated: {
          ...clientCredentials,
          clientId: orders.federated,
          assertion: { file: join(folder, 'workload.jwt') },
        },
      },
      outlets: [{ from: { profile: 'workload' }, to: { file: join(folder, 'workload.jwt') } }],
    },
  })

  await realm.client(orders.rs256, keysInline('RS256', [rs256]))
  await realm.client(orders.es256, keysInline('ES256', [es256]))
  await realm.client(orders.secret, bySecret)
  await realm.client(orders.certificate, {
    clientAuthenticatorType: 'client-x509',
    attributes: { 'x509.subjectdn': tls.subject },
  })
  await realm.client('subject', { ...bySecret, protocolMappers: [audience(orders.exchange)] })
  await realm.client(orders.exchange, { ...bySecret, attributes: { 'standard.token.exchange.enabled': 'true' } })
  await realm.identityProvider('partner', 'jwt-authorization-grant', {
    issuer: partner,
    useJwksUrl: 'true',
    jwksUrl: `${sidecar.origin}/client-jwks/jwt-bearer`,
    jwtAuthorizationGrantEnabled: 'true',
  })
  await realm.user('partner-orders', { federatedIdentities: [identity('partner', 'partner-orders')] })
  await realm.client(orders.jwtBearer, {
    ...bySecret,
    attributes: { 'oauth2.jwt.authorization.grant.enabled': 'true', 'oauth2.jwt.authorization.grant.idp': 'partner' },
  })
  await realm.identityProvider('cluster', 'oidc', {
    issuer: cluster,
    useJwksUrl: 'true',
    jwksUrl: `${sidecar.origin}/jwks/workload`,
    validateSignature: 'true',
    supportsClientAssertions: 'true',
    // The token in the file is presented as long as it lives.
    supportsClientAssertionReuse: 'true',
    ...unusedByAssertions,
  })
  await realm.client(orders.federated, {
    clientAuthenticatorType: 'federated-jwt',
    attributes: { 'jwt.credential.issuer': 'cluster', 'jwt.credential.sub': workload },
  })
})

afterAll(() => sidecar.stop())

describe.concurrent('logs in at a broker that trusts Keycloak', () => {
  const access = (bootstrap: string, profile: string) => ({
    bootstrap,
    tokenEndpoint: `${sidecar.origin}/token/${profile}`,
  })
  const load = (topic: string) => ({ topic, durationMs: oneRenewalMs })

  /** Keycloak and the broker saw this client, and the one no more often than its tokens need. */
  async function expectLogins(clientId: string, topic: string, type = 'CLIENT_LOGIN') {
    const events = await world.realm.events(clientId)
    expect(new Set(events.map((event) => event.type))).toEqual(new Set([type]))
    expectSparing(events)
    expect(log.principals('WRITE', topic)).toEqual([`User:${clientId}`])
    expect(log.principals('READ', topic)).toEqual([`User:${clientId}`])
    expect(log.reauthentications()).toBeGreaterThanOrEqual(2)
  }

  it('Java 3.9 by an assertion signed with RS256', async () => {
    const client = java39(access(world.kafka, 'rs256'))
    await using run = startJavaClient(inject('e2e'), load('keycloak-rs256'), client)
    expectComplete(await run.exchange())
    await expectLogins(orders.rs256, 'keycloak-rs256')
  })

  it('Java 4.3 by an assertion signed with ES256, checked by Strimzi', async () => {
    const client = java43(access(world.strimzi, 'es256'))
    await using run = startJavaClient(inject('e2e'), load('keycloak-es256'), client)
    expectComplete(await run.exchange())
    await expectLogins(orders.es256, 'keycloak-es256')
  })

  it('librdkafka by a client secret, checked by Strimzi', async () => {
    const client = librdkafka(access(world.strimzi, 'secret'))
    await using run = startPythonClient(inject('e2e'), load('keycloak-secret'), client)
    expectComplete(await run.exchange())
    await expectLogins(orders.secret, 'keycloak-secret')
  })

  it('Java 3.9 by a client certificate', async () => {
    const client = java39(access(world.kafka, 'certificate'))
    await using run = startJavaClient(inject('e2e'), load('keycloak-certificate'), client)
    expectComplete(await run.exchange())
    await expectLogins(orders.certificate, 'keycloak-certificate')
  })

  it('Java 4.3 by exchanging the token of another profile', async () => {
    const client = java43(access(world.kafka, 'exchange'))
    await using run = startJavaClient(inject('e2e'), load('keycloak-exchange'), client)
    expectComplete(await run.exchange())
    await expectLogins(orders.exchange, 'keycloak-exchange', 'TOKEN_EXCHANGE')
  })

  it('librdkafka by an assertion as the grant', async () => {
    const client = librdkafka(access(world.kafka, 'jwt-bearer'))
    await using run = startPythonClient(inject('e2e'), load('keycloak-jwt-bearer'), client)
    expectComplete(await run.exchange())
    await expectLogins(orders.jwtBearer, 'keycloak-jwt-bearer', 'JWT_AUTHORIZATION_GRANT')
  })

  it('Java 3.9 by the token of another issuer, kept in a file, checked by Strimzi', async () => {
    const client = java39(access(world.strimzi, 'federated'))
    await using run = startJavaClient(inject('e2e'), load('keycloak-federated'), client)
    expectComplete(await run.exchange())
    await expectLogins(orders.federated, 'keycloak-federated')
  })
})

const identity = (identityProvider: string, userId: string) => ({ identityProvider, userId, userName: userId })

// An identity provider is also one for logins of people; Keycloak wants to know their addresses too.
const unusedByAssertions = {
  clientId: 'unused',
  clientSecret: 'unused',
  authorizationUrl: 'https://cluster.example/unused',
  tokenUrl: 'https://cluster.example/unused',
}
