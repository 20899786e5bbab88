import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Admin } from '@platformatic/kafka'
import { inject } from 'vitest'
import { attemptTopic } from './attempts.ts'
import { failingEndpoint } from './failing-endpoint.ts'
import { type KafkaCluster, startCluster } from './kafka-cluster.ts'
import { clusterTls } from './kafka-cluster-tls.ts'

/** Addresses, right ones and wrong ones. */
export interface AttemptWorld extends AsyncDisposable {
  /** Bootstrap servers: tokens with and without TLS, and SCRAM or PLAIN alone. */
  readonly oauth: string
  readonly tls: string
  readonly scram: string
  /** Where nobody listens. */
  readonly nobody: string
  readonly caFile: string
  /** Token endpoint of the sidecar whose tokens the cluster trusts. */
  readonly good: string
  /** Token endpoints that fail, by their paths, without and with TLS. */
  readonly failing: string
  readonly failingByTls: string
  /** PEM; who issued the certificate of the latter. */
  readonly failingCaFile: string
}

export const password = 'alice-secret'

/** A broker with three listeners, and the endpoint that goes wrong. */
export async function attemptWorld(): Promise<AttemptWorld> {
  const { tools, folder, issuer, sidecar } = inject('e2e')
  const oauth = { jwksUrl: `${sidecar}/jwks`, ...issuer }
  const cluster: KafkaCluster = await startCluster({
    classpath: tools.broker,
    folder: join(folder, 'attempts'),
    users: { alice: password },
    superUsers: ['alice'],
    listeners: {
      OAUTH: { protocol: 'SASL_PLAINTEXT', mechanisms: ['OAUTHBEARER'], oauth },
      TLS: { protocol: 'SASL_SSL', mechanisms: ['OAUTHBEARER'], oauth },
      SCRAM: { protocol: 'SASL_PLAINTEXT', mechanisms: ['SCRAM-SHA-512', 'PLAIN'] },
    },
  })
  const admin = new Admin({ clientId: 'attempts', bootstrapBrokers: [cluster.internal] })
  await admin.createTopics({ topics: [attemptTopic], partitions: 1, replicas: 1 }).finally(() => admin.close())
  const good = `${sidecar}/token`
  // An authority of its own, as a token endpoint mostly has another one than brokers.
  const tls = clusterTls(join(folder, 'attempts-tls'))
  const pem = readFileSync(tls.serverFile, 'utf8')
  const failing = await failingEndpoint(good, { key: pem, cert: pem })
  return {
    oauth: cluster.bootstrap['OAUTH'] ?? '',
    tls: cluster.bootstrap['TLS'] ?? '',
    scram: cluster.bootstrap['SCRAM'] ?? '',
    nobody: 'localhost:9',
    caFile: cluster.tls.caFile,
    good,
    failing: failing.origin,
    failingByTls: failing.secureOrigin,
    failingCaFile: tls.caFile,
    [Symbol.asyncDispose]: async () => {
      await failing[Symbol.asyncDispose]()
      await cluster.stop()
    },
  }
}
