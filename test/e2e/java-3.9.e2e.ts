import { describe, inject, it } from 'vitest'
import { brokerLog } from './broker.ts'
import { java39, startJavaClient } from './client.ts'
import { expectComplete, expectRenewed, oneRenewalMs } from './expectations.ts'

describe('Java client 3.9, configured as Beam KafkaIO', () => {
  it('produces and consumes over a renewal', async () => {
    const e2e = inject('e2e')
    const log = brokerLog(e2e.brokerLog)
    const topic = 'java-3.9'
    // Google's documentation gives the address without a path.
    const client = java39({ bootstrap: e2e.jwks, tokenEndpoint: e2e.sidecar })
    await using run = startJavaClient(e2e, { topic, durationMs: oneRenewalMs }, client)
    expectComplete(await run.exchange())
    expectRenewed(log, topic, 'alice')
  })
})
