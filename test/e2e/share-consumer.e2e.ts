import { describe, inject, it } from 'vitest'
import { brokerLog } from './broker.ts'
import { java43, startJavaClient } from './client.ts'
import { expectComplete, expectRenewed, oneRenewalMs } from './expectations.ts'

describe('KafkaShareConsumer', () => {
  it('consumes over a renewal', async () => {
    const e2e = inject('e2e')
    const log = brokerLog(e2e.brokerLog)
    const topic = 'share-consumer'
    const client = java43({ bootstrap: e2e.jwks, tokenEndpoint: `${e2e.sidecar}/oauth2/token` })
    await using run = startJavaClient(e2e, { topic, durationMs: oneRenewalMs }, { ...client, main: 'ShareClient' })
    expectComplete(await run.exchange())
    expectRenewed(log, topic, 'alice')
  })
})
