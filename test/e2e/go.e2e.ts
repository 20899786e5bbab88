import { describe, inject, it } from 'vitest'
import { brokerLog } from './broker.ts'
import { startGoClient } from './client.ts'
import { expectComplete, expectRenewed, oneRenewalMs } from './expectations.ts'

describe('Go: franz-go with x/oauth2 clientcredentials', () => {
  it('produces and consumes over a renewal', async () => {
    const e2e = inject('e2e')
    const log = brokerLog(e2e.brokerLog)
    const topic = 'go'
    const access = { bootstrap: e2e.jwks, tokenEndpoint: `${e2e.sidecar}/oauth/token` }
    await using run = startGoClient(e2e, { topic, durationMs: oneRenewalMs }, access)
    expectComplete(await run.exchange())
    expectRenewed(log, topic, 'alice')
  })
})
