import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { run } from './sidecar-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'kts-delegation-token-process-'))

afterAll(() => {
  rmSync(folder, { recursive: true })
})

it('waits for the token of the login, and tells why there is none', { timeout: 60_000 }, async () => {
  const port = await closedPort()
  const file = join(folder, 'client.properties')
  const properties = `bootstrap.servers=127.0.0.1:9
security.protocol=SASL_PLAINTEXT
sasl.mechanism=OAUTHBEARER
sasl.oauthbearer.token.endpoint.url=http://127.0.0.1:${port}/token
sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="a" clientSecret="b";
`
  writeFileSync(file, properties)
  const { code, out, err } = await run(['delegation-token', 'describe', '--command-config', file])
  expect({ code, out }).toEqual({ code: 5, out: '' })
  expect(err).toContain(`127.0.0.1:${port} did not answer: it refused the connection`)
})

/** Nothing listens there any more. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
