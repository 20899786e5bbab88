import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { certificateAuthority } from '../../fakes/certificate-authority.ts'
import { connectProxy, type ConnectProxy } from '../../fakes/connect-proxy.ts'
import {
  authorizedUser,
  externalAccount,
  impersonated,
  serviceAccountKey,
  subjectToken,
  temporaryFolder,
  writeJson,
} from '../../fakes/credential-files.ts'
import { googleEndpoints, type GoogleEndpoints } from '../../fakes/google-endpoints.ts'
import { metadataServer, type MetadataServer } from '../../fakes/metadata-server.ts'

const authority = certificateAuthority()
const folder = temporaryFolder()
const caFile = folder.file('ca.pem')
let google: GoogleEndpoints
let metadata: MetadataServer
let proxy: ConnectProxy

beforeAll(async () => {
  writeFileSync(caFile, authority.cert)
  google = await googleEndpoints({ tls: authority.issue('googleapis.com', '*.googleapis.com', '127.0.0.1') })
  metadata = await metadataServer()
})
beforeEach(async () => {
  proxy = await connectProxy(google)
  return () => proxy.close()
})
afterAll(async () => {
  await google.close()
  await metadata.close()
  folder.remove()
})

interface Outcome {
  readonly value?: string
  readonly subject?: string
  readonly error?: string
}

async function run(env: Record<string, string>): Promise<Outcome> {
  const script = new URL('print-token.ts', import.meta.url).pathname
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script], {
    env: { GCE_METADATA_HOST: '127.0.0.1:1', ...env },
    timeout: 30_000,
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as Outcome
}

const inner = ({ value = '' }: Outcome): string => Buffer.from(value.split('.')[2] ?? '', 'base64url').toString()
const file = (json: object): string => writeJson(folder.file('credentials.json'), json)

describe('in a process of its own, through HTTPS_PROXY and an extra CA', () => {
  test.each([
    ['a service account key', serviceAccountKey(), 'ya29.key-', 'orders@project.iam.gserviceaccount.com', ['oauth2']],
    ['a user', authorizedUser(), 'ya29.user-', 'user@example.com', ['oauth2']],
    [
      'impersonation',
      impersonated(authorizedUser()),
      'ya29.iam-',
      'target@project.iam.gserviceaccount.com',
      ['oauth2', 'iamcredentials'],
    ],
  ])('%s gets its token from the addresses that Google has', async (_name, credentials, prefix, subject, hosts) => {
    const outcome = await run({
      GOOGLE_APPLICATION_CREDENTIALS: file(credentials),
      HTTPS_PROXY: proxy.url,
      NODE_EXTRA_CA_CERTS: caFile,
    })
    expect(outcome).toMatchObject({ subject })
    expect(inner(outcome)).toMatch(prefix)
    expect(google.tokens).toContain(inner(outcome))
    expect([...new Set(proxy.tunnels)]).toEqual(hosts.map((host) => `${host}.googleapis.com:443`))
    expect(google.calls.at(-1)?.host).toBe(`${hosts.at(-1) ?? ''}.googleapis.com`)
  })

  test('an external account obeys the proxy too, on the clients that the library makes by itself', async () => {
    const subject = folder.file('subject-token')
    writeFileSync(subject, subjectToken('sub'))
    const credentials = { ...externalAccount('https://sts.googleapis.com', { file: subject }) }
    const outcome = await run({
      GOOGLE_APPLICATION_CREDENTIALS: file(credentials),
      https_proxy: proxy.url,
      NODE_EXTRA_CA_CERTS: caFile,
    })
    expect(inner(outcome)).toMatch('ya29.sts-')
    expect(proxy.tunnels).toEqual(['sts.googleapis.com:443'])
  })

  test('the metadata server is never asked through a proxy', async () => {
    const outcome = await run({
      GCE_METADATA_HOST: metadata.host,
      HTTPS_PROXY: proxy.url,
      HTTP_PROXY: proxy.url,
      http_proxy: proxy.url,
    })
    expect(outcome.subject).toBe(metadata.identity.email)
    expect(inner(outcome)).toBe(metadata.tokens.at(-1))
    expect([proxy.tunnels, proxy.forwarded]).toEqual([[], []])
  })

  test('a certificate that nothing vouches for is refused, and named', async () => {
    const { error } = await run({ GOOGLE_APPLICATION_CREDENTIALS: file(serviceAccountKey()), HTTPS_PROXY: proxy.url })
    expect(error).toMatch(/ERR_GCP_UNAVAILABLE/)
    expect(error).toMatch(/oauth2\.googleapis\.com .*(SELF_SIGNED|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY)/)
  })

  test('a proxy that is away is told as that', async () => {
    await proxy.close()
    const { error } = await run({ GOOGLE_APPLICATION_CREDENTIALS: file(serviceAccountKey()), HTTPS_PROXY: proxy.url })
    expect(error).toMatch(/cannot reach oauth2\.googleapis\.com \(ECONNREFUSED.*HTTPS_PROXY.*ERR_GCP_UNAVAILABLE/)
    proxy = await connectProxy(google)
  })

  test('with no credentials it says so within five seconds, start of the process included', async () => {
    const startedAt = performance.now()
    const { error } = await run({ HOME: folder.path, GCE_METADATA_HOST: '127.0.0.1:1' })
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(error).toContain('ERR_GCP_NO_CREDENTIALS')
  })
})
