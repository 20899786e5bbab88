import { describe, inject, it } from 'vitest'
import { brokerLog } from './broker.ts'
import { librdkafka, startPythonClient } from './client.ts'
import { expectComplete, expectRenewed, oneRenewalMs } from './expectations.ts'

describe('librdkafka by confluent-kafka for Python', () => {
  it('produces and consumes over a renewal', async () => {
    const e2e = inject('e2e')
    const log = brokerLog(e2e.brokerLog)
    const topic = 'librdkafka'
    // Google's documentation gives the address without a scheme.
    const tokenEndpoint = e2e.sidecar.replace('http://', '')
    const configuration = librdkafka({ bootstrap: e2e.jwks, tokenEndpoint })
    await using run = startPythonClient(e2e, { topic, durationMs: oneRenewalMs }, configuration)
    expectComplete(await run.exchange())
    expectRenewed(log, topic, 'alice')
  })
})
