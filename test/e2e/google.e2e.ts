import { join } from 'node:path'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { metadataServer } from '../fakes/metadata-server.ts'
import { brokerLog } from './broker.ts'
import { java39, librdkafka, startJavaClient, startPythonClient } from './client.ts'
import { expectComplete, expectRenewed, oneRenewalMs } from './expectations.ts'
import { googlePrincipals, serviceAccountKeyWorld } from './google.ts'
import { startSidecar } from './sidecar.ts'

const lifetimeSeconds = 20

describe('a broker that takes tokens as Google Managed Kafka does', () => {
  it('serves Java 3.9, configured as Beam KafkaIO, with tokens of the metadata server', async () => {
    const e2e = inject('e2e')
    const log = brokerLog(e2e.brokerLog)
    const metadata = await metadataServer()
    onTestFinished(() => metadata.close())
    metadata.identity.expiresIn = lifetimeSeconds
    await using sidecar = await startSidecar({
      cli: e2e.tools.cli,
      log: join(e2e.folder, 'sidecar-metadata'),
      options: { source: 'gcp' },
      env: { GCE_METADATA_HOST: metadata.host },
    })
    const topic = 'google-java-3.9'
    const client = java39({ bootstrap: e2e.google, tokenEndpoint: sidecar.origin })
    await using run = startJavaClient(e2e, { topic, durationMs: oneRenewalMs }, client)
    expectComplete(await run.exchange())
    expectRenewed(log, topic, googlePrincipals.metadata)
    expect(metadata.tokens.length).toBeGreaterThanOrEqual(2)
    await sidecar.stop()
  })

  it('serves librdkafka with tokens of a service account key', async () => {
    const e2e = inject('e2e')
    const log = brokerLog(e2e.brokerLog)
    await using world = await serviceAccountKeyWorld(e2e.folder, lifetimeSeconds)
    await using sidecar = await startSidecar({
      cli: e2e.tools.cli,
      log: join(e2e.folder, 'sidecar-key'),
      options: { source: 'gcp' },
      env: world.env,
    })
    const topic = 'google-librdkafka'
    const tokenEndpoint = sidecar.origin.replace('http://', '')
    const configuration = librdkafka({ bootstrap: e2e.google, tokenEndpoint })
    await using run = startPythonClient(e2e, { topic, durationMs: oneRenewalMs }, configuration)
    expectComplete(await run.exchange())
    expectRenewed(log, topic, googlePrincipals.key)
    expect(world.endpoints.tokens.length).toBeGreaterThanOrEqual(2)
    await sidecar.stop()
  })
})
