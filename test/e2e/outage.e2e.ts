import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, inject, it } from 'vitest'
import { freePorts } from './child-process.ts'
import { java43, librdkafka, startJavaClient, startPythonClient } from './client.ts'
import { expectComplete, expectRecovered } from './expectations.ts'
import { startSidecar } from './sidecar.ts'

// What each client prints when it got no token and is going to ask again.
const javaRetries = /Attempt \d+ to make call resulted in an error/
const librdkafkaRetries = /Failed to retrieve OIDC token/

function issuing(name: string, port: number) {
  const { tools, folder, issuer } = inject('e2e')
  const options = { source: 'self-issued', ...issuer, subject: 'alice', lifetime: '20s' }
  return startSidecar({ cli: tools.cli, log: join(folder, `sidecar-${name}`), options, port })
}

// They wait most of the time, each for a sidecar of its own.
describe.concurrent('while the sidecar is down', () => {
  it('a client that starts logs in once it is up', async () => {
    const e2e = inject('e2e')
    const [port] = (await freePorts(1)) as [number]
    const access = { bootstrap: e2e.jwks, tokenEndpoint: `http://localhost:${port}/token` }
    const load = (topic: string) => ({ topic, durationMs: 5_000 })
    await using java = startJavaClient(e2e, load('java-before-sidecar'), java43(access))
    await using python = startPythonClient(e2e, load('librdkafka-before-sidecar'), librdkafka(access))
    await Promise.all([java.shows(javaRetries, 10_000), python.shows(librdkafkaRetries, 10_000)])

    await using sidecar = await issuing('late', port)
    expectComplete(await java.exchange())
    expectComplete(await python.exchange())
    await sidecar.stop()
  })

  it('a renewal waits for it, and no record is lost', async () => {
    const e2e = inject('e2e')
    await using before = await issuing('short-outage', 0)
    const access = { bootstrap: e2e.jwks, tokenEndpoint: `${before.origin}/token` }
    const load = { topic: 'java-over-short-outage', durationMs: 25_000 }
    await using java = startJavaClient(e2e, load, java43(access))
    await java.producing()
    await before.stop()

    await java.shows(javaRetries, 30_000)
    await using after = await issuing('short-outage', before.port)
    expectComplete(await java.exchange())
    await after.stop()
  })

  it('a client whose token ends goes on once it is up', async () => {
    const e2e = inject('e2e')
    await using before = await issuing('long-outage', 0)
    const access = { bootstrap: e2e.jwks, tokenEndpoint: `${before.origin}/token` }
    const load = (topic: string) => ({ topic, durationMs: 45_000 })
    await using java = startJavaClient(e2e, load('java-over-long-outage'), java43(access))
    await using python = startPythonClient(e2e, load('librdkafka-over-long-outage'), librdkafka(access))
    await Promise.all([java.producing(), python.producing()])
    await before.stop()

    await java.shows(javaRetries, 30_000)
    // Their tokens had a fifth of their life left, 4 s.
    await sleep(8_000)
    await using after = await issuing('long-outage', before.port)
    expectRecovered(await java.exchange())
    expectRecovered(await python.exchange())
    await after.stop()
  })
})
