import { describe, inject, it } from 'vitest'
import { brokerLog } from './broker.ts'
import { java43, startJavaClient } from './client.ts'
import { expectComplete, expectRenewed, oneRenewalMs } from './expectations.ts'

describe('Java client 4.3', () => {
  it('produces and consumes over a renewal', async () => {
    const e2e = inject('e2e')
    const log = brokerLog(e2e.brokerLog)
    const topic = 'java-4.3'
    const client = java43({ bootstrap: e2e.jwks, tokenEndpoint: `${e2e.sidecar}/token` })
    await using run = startJavaClient(e2e, { topic, durationMs: oneRenewalMs }, client)
    expectComplete(await run.exchange())
    expectRenewed(log, topic, 'alice')
  })
})
