import { createPrivateKey, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, inject, it } from 'vitest'
import { type Broker, startBroker } from './broker.ts'
import {
  type GatewayAccess,
  java39BySecret,
  java43ByAssertion,
  java43ByCertificate,
  java43ByGrant,
  java43BySecret,
  type JavaClient,
  librdkafkaByGrant,
  librdkafkaBySecret,
  startJavaClient,
  startPythonClient,
} from './client.ts'
import { expectComplete, oneRenewalMs } from './expectations.ts'
import { type Gateway, type GatewayWorld, gatewayWorld } from './gateway.ts'
import { keycloakWorld } from './keycloak-world.ts'
import { kubernetesWorld } from './kubernetes-world.ts'
import { keycloakAudience } from './realm.ts'

const audience = 'kafka-tokens'
const account = { namespace: 'fraud-team', name: 'app' }

type Kubernetes = Awaited<ReturnType<typeof kubernetesWorld>>
let kubernetes: Kubernetes
let files: GatewayWorld
let broker: Broker
/** The same but for how it verifies the tokens of the cluster. */
let gateways: Readonly<Record<'jwks' | 'token-review', Gateway>>
let orders: Awaited<ReturnType<GatewayWorld['secret']>>

beforeAll(async () => {
  const e2e = inject('e2e')
  const { realm } = await keycloakWorld()
  kubernetes = await kubernetesWorld()
  files = gatewayWorld(e2e, 'gateway')
  const upstream = randomUUID()
  await realm.client('orders', { clientAuthenticatorType: 'client-secret', secret: upstream })
  const { cluster } = kubernetes
  const own = { namespace: 'kafka', name: 'gateway' }
  for (const { namespace, name } of [account, own]) {
    await cluster.namespace(namespace)
    await cluster.serviceAccount({ namespace, name })
  }
  await cluster.grant(own, 'system:auth-delegator')

  orders = await files.secret('orders-app')
  const tokenFile = files.file('gateway.jwt', await cluster.token(own, {}))
  const issuer = { issuer: 'https://gateway.example', audience: 'kafka' }
  const configuration = (verified: object) => ({
    profiles: {
      orders: {
        source: 'client-credentials',
        provider: 'keycloak',
        issuer: realm.issuer,
        principalClaim: 'azp',
        clientId: 'orders',
        clientSecretFile: files.file('upstream.secret', upstream),
      },
      fraud: {
        source: 'self-issued',
        ...issuer,
        subject: 'fraud',
        keyFile: files.path('issuer.pem'),
        lifetime: '20s',
      },
    },
    callers: {
      'orders-app': { secretHashes: [orders.hash], profiles: ['orders'] },
      'fraud-app': {
        assertion: { issuer: kubernetes.issuer, audience, subject: `system:serviceaccount:${account.namespace}:*` },
        profiles: ['fraud'],
      },
      batch: { certificate: { sanDns: 'batch.example' }, profiles: ['orders', 'fraud'] },
    },
    issuers: { [kubernetes.issuer]: { tokenFile, tls: { caFile: kubernetes.caFile }, ...verified } },
  })
  // The first one makes the key.
  const jwks = await files.start('gateway-jwks', configuration({ jwksUri: kubernetes.jwksUri }))
  const reviewed = { verifyBy: 'token-review', apiServer: kubernetes.origin }
  gateways = { jwks, 'token-review': await files.start('gateway-token-review', configuration(reviewed)) }
  broker = await startBroker({
    classpath: e2e.tools.broker,
    folder: join(e2e.folder, 'broker-of-tenants'),
    tenants: { fraud: 'fraud-', orders: 'orders-' },
    listeners: {
      GATEWAY: {
        validation: { jwksUrl: `${jwks.origin}/jwks/fraud`, caFile: files.caFile, ...issuer },
        connectionsMaxReauthMs: 8_000,
      },
      KEYCLOAK: {
        validation: {
          jwksUrl: realm.jwksUrl,
          issuer: realm.issuer,
          audience: keycloakAudience,
          principalClaim: 'azp',
        },
        connectionsMaxReauthMs: 8_000,
      },
    },
  })
})

afterAll(async () => {
  await broker.stop()
  for (const gateway of Object.values(gateways)) await gateway.stop()
})

function access(listener: 'GATEWAY' | 'KEYCLOAK', by: keyof typeof gateways = 'jwks', path = '/token'): GatewayAccess {
  return {
    bootstrap: broker.bootstrap[listener] ?? '',
    tokenEndpoint: gateways[by].origin + path,
    caFile: files.caFile,
  }
}

/** As the kubelet keeps it in the pod. */
async function projected(name: string, options: { audience?: string } = { audience }) {
  const volume = files.volume(name)
  const renew = async () => {
    volume.write({ token: await kubernetes.cluster.token(account, options) })
  }
  await renew()
  return { file: volume.path('token'), renew }
}

async function exchanged(topic: string, client: JavaClient, durationMs = 3_000) {
  await using run = startJavaClient(inject('e2e'), { topic, durationMs }, client)
  return await run.exchange()
}

async function refused(topic: string, client: JavaClient) {
  await using run = startJavaClient(inject('e2e'), { topic, durationMs: 1_000 }, client)
  return await run.refused()
}

describe.concurrent('two teams at one gateway', () => {
  it('fraud by its service account alone, in a file that the kubelet renews', async ({ expect }) => {
    const topic = 'fraud-assertion'
    const { file, renew } = await projected('projected')
    const client = java43ByAssertion(access('GATEWAY'), file)
    await using run = startJavaClient(inject('e2e'), { topic, durationMs: oneRenewalMs }, client)
    await run.producing()
    await renew()
    expectComplete(await run.exchange())
    for (const operation of ['WRITE', 'READ'] as const)
      expect(broker.log.principals(operation, topic)).toEqual(['User:fraud'])
    const audited = { event: 'token-given', caller: 'fraud-app', provedBy: 'assertion', client: 'java' }
    const token = { profile: 'fraud', subject: 'fraud' }
    expect(gateways.jwks.audit()).toContainEqual(expect.objectContaining({ ...audited, ...token }))
  })

  it('orders by id and secret, with tokens of Keycloak', async ({ expect }) => {
    const topic = 'orders-librdkafka'
    const client = librdkafkaBySecret(access('KEYCLOAK'), orders)
    await using run = startPythonClient(inject('e2e'), { topic, durationMs: oneRenewalMs }, client)
    expectComplete(await run.exchange())
    for (const operation of ['WRITE', 'READ'] as const)
      expect(broker.log.principals(operation, topic)).toEqual(['User:orders'])
    const audited = { event: 'token-given', caller: 'orders-app', provedBy: 'secret', client: 'librdkafka' }
    const token = { profile: 'orders', subject: 'orders' }
    expect(gateways.jwks.audit()).toContainEqual(expect.objectContaining({ ...audited, ...token }))
  })

  it('fraud with its tokens reviewed by the API server', async ({ expect }) => {
    const topic = 'fraud-reviewed'
    const { file } = await projected('projected-reviewed')
    expectComplete(await exchanged(topic, java43ByAssertion(access('GATEWAY', 'token-review'), file)))
    expect(broker.log.principals('WRITE', topic)).toEqual(['User:fraud'])
    expect(gateways['token-review'].audit()).toContainEqual(expect.objectContaining({ provedBy: 'token-review' }))
  })

  it('fraud by its token as the grant, in Java and in librdkafka', async ({ expect }) => {
    const { file } = await projected('projected-grant')
    const load = { topic: 'fraud-grant-librdkafka', durationMs: 3_000 }
    await using python = startPythonClient(inject('e2e'), load, librdkafkaByGrant(access('GATEWAY'), file))
    expectComplete(await exchanged('fraud-grant-java', java43ByGrant(access('GATEWAY'), file)))
    expectComplete(await python.exchange())
    for (const topic of ['fraud-grant-java', load.topic])
      expect(broker.log.principals('WRITE', topic)).toEqual(['User:fraud'])
  })

  it('orders by id and secret in Java 3.9', async ({ expect }) => {
    const topic = 'orders-java39'
    expectComplete(await exchanged(topic, java39BySecret(access('KEYCLOAK'), orders)))
    expect(broker.log.principals('WRITE', topic)).toEqual(['User:orders'])
  })

  it('a job of both by its certificate, which chooses by the path', async ({ expect }) => {
    const certificate = files.clientCertificate('batch.example')
    const both = [
      exchanged('orders-batch', java43ByCertificate(access('KEYCLOAK'), 'batch', certificate)),
      exchanged('fraud-batch', java43ByCertificate(access('GATEWAY', 'jwks', '/token/fraud'), 'batch', certificate)),
    ]
    for (const exchange of await Promise.all(both)) expectComplete(exchange)
    expect(broker.log.principals('WRITE', 'orders-batch')).toEqual(['User:orders'])
    expect(broker.log.principals('WRITE', 'fraud-batch')).toEqual(['User:fraud'])
  })
})

describe.concurrent('is refused', () => {
  it('by the broker: fraud at the topic of orders', async ({ expect }) => {
    const { file } = await projected('projected-elsewhere')
    const text = await refused('orders-of-fraud', java43ByAssertion(access('GATEWAY'), file))
    expect(text).toContain('TopicAuthorizationException')
  })

  it('by the broker: orders at the topic of fraud', async ({ expect }) => {
    const client = librdkafkaBySecret(access('KEYCLOAK'), orders)
    const load = { topic: 'fraud-of-orders', durationMs: 1_000 }
    await using run = startPythonClient(inject('e2e'), load, client)
    expect(await run.refused()).toContain('Topic authorization failed')
  })

  it('by the gateway: orders that asks for the tokens of fraud', async ({ expect }) => {
    const client = java43BySecret(access('GATEWAY', 'jwks', '/token/fraud'), orders)
    const text = await refused('fraud-by-path', client)
    expect(text).toContain('response code 403')
    expect(text).toContain('[ERR_CALLER_PROFILE]')
    const unknown = java43BySecret(access('GATEWAY', 'jwks', '/token/none'), orders)
    expect((await refused('fraud-by-none', unknown)).replaceAll('none', 'fraud')).toBe(text)
  })

  it('a wrong secret, in the words of an unknown id', async ({ expect }) => {
    const wrong = java43BySecret(access('KEYCLOAK'), { ...orders, secret: randomUUID() })
    const unknown = java39BySecret(access('KEYCLOAK'), { id: 'nobody', secret: orders.secret })
    const [first, second] = await Promise.all([refused('orders-wrong', wrong), refused('orders-nobody', unknown)])
    for (const text of [first, second]) {
      expect(text).toContain('response code 401 and error response {"invalid_client" - ')
      expect(text).toContain('[ERR_CALLER_UNKNOWN]')
    }
    // The difference is for those who run the gateway.
    const reasons = gateways.jwks.audit().map(({ reason }) => reason)
    expect(reasons).toEqual(expect.arrayContaining([expect.stringContaining(`wrong secret of ${orders.id}`)]))
  })

  it('an expired token', async ({ expect }) => {
    const hours = (ago: number) => Math.floor(Date.now() / 1000) - ago * 3600
    const file = files.file('expired.jwt', await signedByCluster({ iat: hours(2), nbf: hours(2), exp: hours(1) }))
    const text = await refused('fraud-expired', java43ByAssertion(access('GATEWAY'), file))
    expect(text).toMatch(/expired 36\d\d s ago/)
    expect(text).toContain('[ERR_CALLER_ASSERTION]')
    const reviewed = await refused('fraud-expired', java43ByAssertion(access('GATEWAY', 'token-review'), file))
    expect(reviewed).toContain('[ERR_CALLER_ASSERTION]')
  })

  it.for(['jwks', 'token-review'] as const)('a token for another audience: by %s', async (by, { expect }) => {
    const { file } = await projected(`projected-other-audience-${by}`, { audience: 'vault' })
    const text = await refused(`fraud-other-audience-${by}`, java43ByAssertion(access('GATEWAY', by), file))
    expect(text).toContain('vault')
    expect(text).toContain('[ERR_CALLER_ASSERTION]')
  })

  it('the token of a service account that was deleted: by the review alone', async ({ expect }) => {
    const { cluster } = kubernetes
    const leaving = { namespace: account.namespace, name: 'leaving' }
    await cluster.serviceAccount(leaving)
    const [known, fresh] = await Promise.all([1, 2].map(() => cluster.token(leaving, { audience })))
    for (const gateway of Object.values(gateways))
      expect(await gateway.ask({ assertion: known ?? '' })).toMatchObject({ status: 200 })
    await cluster.deleteServiceAccount(leaving)

    const file = files.file('leaving.jwt', fresh ?? '')
    const text = await refused('fraud-deleted', java43ByAssertion(access('GATEWAY', 'token-review'), file))
    expect(text).toContain('[ERR_CALLER_ASSERTION]')
    expect(await gateways.jwks.ask({ assertion: fresh ?? '' })).toMatchObject({ status: 200 })
  })
})

/** A token of the account as the cluster would have signed it. */
async function signedByCluster(times: { iat: number; nbf: number; exp: number }) {
  const real = await kubernetes.cluster.token(account, { audience })
  const key = createPrivateKey(readFileSync(kubernetes.signingKeyFile))
  const { kid = '' } = decodeProtectedHeader(real)
  return new SignJWT({ ...decodeJwt(real), ...times }).setProtectedHeader({ alg: 'RS256', kid }).sign(key)
}
