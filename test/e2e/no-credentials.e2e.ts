import { join } from 'node:path'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { metadataServer } from '../fakes/metadata-server.ts'
import { freePorts } from './child-process.ts'
import { java43, librdkafka, startJavaClient, startPythonClient } from './client.ts'
import { expectComplete } from './expectations.ts'
import { startSidecar } from './sidecar.ts'

describe('while there are no Google credentials', () => {
  it('a Java user reads why, and clients log in once they appear', async () => {
    const e2e = inject('e2e')
    const [port] = (await freePorts(1)) as [number]
    await using sidecar = await startSidecar({
      cli: e2e.tools.cli,
      log: join(e2e.folder, 'sidecar-no-credentials'),
      options: { source: 'gcp' },
      env: { GCE_METADATA_HOST: `127.0.0.1:${port}` },
    })
    const access = { bootstrap: e2e.google, tokenEndpoint: `${sidecar.origin}/token` }
    const load = (topic: string) => ({ topic, durationMs: 3_000 })
    await using early = startJavaClient(e2e, load('java-no-credentials'), java43(access))
    await using waiting = startPythonClient(e2e, load('librdkafka-no-credentials'), librdkafka(access))
    // On a fresh pod credentials may still come, so clients are told to ask again, which Java does for 10 s.
    const error = await early.refused()
    expect(error).toMatch(/LoginException.*unexpected response code 503.*temporarily_unavailable/s)
    expect(error).toContain('gcloud auth application-default login')
    expect(error).toContain('[ERR_GCP_NO_CREDENTIALS]')
    await sidecar.shows(/"status":503,.*"client":"librdkafka"/, 20_000)

    const metadata = await metadataServer({ port })
    onTestFinished(() => metadata.close())
    await using late = startJavaClient(e2e, load('java-with-credentials'), java43(access))
    expectComplete(await late.exchange())
    expectComplete(await waiting.exchange())
    await sidecar.stop()
  })
})
