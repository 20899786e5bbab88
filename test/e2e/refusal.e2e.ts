import { join, resolve } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { java43, startJavaClient } from './client.ts'
import { startSidecar } from './sidecar.ts'

// Without these the other suites could pass at a broker that accepts anything.
describe('the broker refuses a token', () => {
  it.each([
    { token: 'of another audience', options: { audience: 'another' }, error: '{"status":"invalid_token"}' },
    { token: 'of another issuer', options: { issuer: 'https://another.example' }, error: '{"status":"invalid_token"}' },
    { token: 'signed by another key', options: { keyFile: 'another.pem' }, error: '{"status":"invalid_token"}' },
    { token: 'of a principal without rights', options: { subject: 'mallory' }, error: 'TopicAuthorizationException' },
  ])('$token', async ({ token, options, error }) => {
    const e2e = inject('e2e')
    const topic = token.replaceAll(' ', '-')
    const own = { ...e2e.issuer, subject: 'alice', ...options }
    await using sidecar = await startSidecar({
      cli: e2e.tools.cli,
      log: join(e2e.folder, `sidecar-${topic}`),
      options: { source: 'self-issued', ...own, keyFile: resolve(e2e.folder, own.keyFile) },
    })
    const client = java43({ bootstrap: e2e.jwks, tokenEndpoint: `${sidecar.origin}/token` })
    await using run = startJavaClient(e2e, { topic, durationMs: 1_000 }, client)
    expect(await run.refused()).toContain(error)
    await sidecar.stop()
  })
})
