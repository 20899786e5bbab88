import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { gcpSource } from '../../../src/sources/google/gcp.ts'
import { serviceAccountKey, temporaryFolder, writeJson } from '../../fakes/credential-files.ts'
import { directPlatform } from '../../fakes/direct-platform.ts'
import { googleEndpoints, type GoogleEndpoints } from '../../fakes/google-endpoints.ts'
import { metadataServer } from '../../fakes/metadata-server.ts'
import { scriptedServer } from '../../fakes/scripted-server.ts'
import { unacceptingPort } from '../../fakes/unaccepting-port.ts'
import { failureOf, getToken, source } from './source.ts'

let google: GoogleEndpoints
let folder: ReturnType<typeof temporaryFolder>
let closed: string

beforeEach(async () => {
  google = await googleEndpoints({})
  folder = temporaryFolder()
  closed = await closedPort()
})
afterEach(async () => {
  await google.close()
  folder.remove()
})

const withEnv = (env: Record<string, string>, times = {}) => source({ platform: directPlatform(env, google), times })

describe('with no credentials anywhere', () => {
  test('says at once what was tried and how to get them', async () => {
    const startedAt = performance.now()
    const failure = await failureOf(withEnv({ HOME: folder.path, GCE_METADATA_HOST: closed }))
    expect(performance.now() - startedAt).toBeLessThan(4_000)
    expect(failure.code).toBe('ERR_GCP_NO_CREDENTIALS')
    expect(failure.retryAfterMs).toBe(3_000)
    expect(failure.description).toContain('GOOGLE_APPLICATION_CREDENTIALS (not set)')
    expect(failure.description).toContain(
      `${folder.path}/.config/gcloud/application_default_credentials.json (does not exist)`,
    )
    expect(failure.description).toContain(`metadata server ${closed} (ECONNREFUSED)`)
    expect(failure.description).toContain('gcloud auth application-default login')
  })

  test('is 503 while the pod is fresh, and 400 later', async () => {
    let now = 0
    const platform = { ...directPlatform({ GCE_METADATA_HOST: closed }), monotonicNow: () => now }
    const gcp = source({ platform })
    expect((await failureOf(gcp)).status).toBe(503)
    now = 29_999
    expect((await failureOf(gcp)).status).toBe(503)
    now = 30_000
    const failure = await failureOf(gcp)
    expect(failure.status).toBe(400)
    expect(failure.oauth).toBe('unauthorized_client')
  })

  test.each([
    ['a name that does not resolve', 'metadata.invalid'],
    ['something that is no host', 'not a host'],
  ])('a metadata host with %s is none', async (_name, host) => {
    expect((await failureOf(withEnv({ GCE_METADATA_HOST: host }))).code).toBe('ERR_GCP_NO_CREDENTIALS')
  })

  test('a metadata address that swallows packets is given up within four seconds', async () => {
    const silent = await unacceptingPort()
    const startedAt = performance.now()
    const failure = await failureOf(withEnv({ GCE_METADATA_HOST: silent.host }, { timeoutMs: 8_000 }))
    silent.close()
    expect(performance.now() - startedAt).toBeLessThan(4_000)
    expect(failure.code).toBe('ERR_GCP_NO_CREDENTIALS')
    expect(failure.description).toContain('UND_ERR_CONNECT_TIMEOUT')
  })

  test("another cloud's metadata server at the same address is none", async () => {
    const aws = await scriptedServer(() => ({ status: 404, body: '<html>not found</html>' }))
    const failure = await failureOf(withEnv({ GCE_METADATA_HOST: aws.host }))
    await aws.close()
    expect(failure.code).toBe('ERR_GCP_NO_CREDENTIALS')
    expect(failure.description).toContain("and is not Google's")
  })

  test('does not need a home directory', async () => {
    const failure = await failureOf(withEnv({ GCE_METADATA_HOST: closed }))
    expect(failure.description).toContain('HOME is not set')
  })

  test('does not ask a metadata server that is switched off', async () => {
    const metadata = await metadataServer()
    const failure = await failureOf(withEnv({ GCE_METADATA_HOST: metadata.host, METADATA_SERVER_DETECTION: 'none' }))
    await metadata.close()
    expect(failure.code).toBe('ERR_GCP_NO_CREDENTIALS')
    expect(metadata.calls).toHaveLength(0)
  })
})

describe('credentials that appear later are found by the same source', () => {
  test('at the metadata server', async () => {
    const metadata = await metadataServer()
    await metadata.close()
    const gcp = withEnv({ GCE_METADATA_HOST: metadata.host })
    expect((await failureOf(gcp)).code).toBe('ERR_GCP_NO_CREDENTIALS')
    await metadata.reopen()
    expect((await getToken(gcp)).subject).toBe('kafka@project.iam.gserviceaccount.com')
    await metadata.close()
  })

  test('in the file that GOOGLE_APPLICATION_CREDENTIALS names', async () => {
    const path = folder.file('late.json')
    const gcp = withEnv({ GOOGLE_APPLICATION_CREDENTIALS: path })
    const failure = await failureOf(gcp)
    expect(failure.code).toBe('ERR_GCP_NO_CREDENTIALS')
    expect(failure.status).toBe(503)
    expect(failure.description).toContain(`${path}, which does not exist`)
    writeJson(path, serviceAccountKey())
    expect((await getToken(gcp)).subject).toBe('orders@project.iam.gserviceaccount.com')
  })

  test.each([
    ['HOME', '.config/gcloud/'],
    ['CLOUDSDK_CONFIG', ''],
  ])('in the file of gcloud below %s', async (variable, below) => {
    const gcp = withEnv({ [variable]: folder.path, GCE_METADATA_HOST: closed })
    expect((await failureOf(gcp)).code).toBe('ERR_GCP_NO_CREDENTIALS')
    const path = folder.file(`${below}application_default_credentials.json`)
    mkdirSync(dirname(path), { recursive: true })
    writeJson(path, serviceAccountKey())
    expect((await getToken(gcp)).subject).toBe('orders@project.iam.gserviceaccount.com')
  })
})

test('a file that is named but missing does not give way to another identity', async () => {
  const metadata = await metadataServer()
  const env = { GOOGLE_APPLICATION_CREDENTIALS: folder.file('missing.json'), GCE_METADATA_HOST: metadata.host }
  expect((await failureOf(withEnv(env))).code).toBe('ERR_GCP_NO_CREDENTIALS')
  expect(metadata.calls).toHaveLength(0)
  await metadata.close()
})

test('a metadata server that has answered before is not called absent when it is away for a moment', async () => {
  const metadata = await metadataServer()
  const gcp = source({ env: { GCE_METADATA_HOST: metadata.host }, times: { startingMs: 0 } })
  await getToken(gcp)
  await metadata.close()
  const failure = await failureOf(gcp)
  expect(failure.code).toBe('ERR_GCP_METADATA_UNAVAILABLE')
  expect(failure.status).toBe(503)
})

describe('a file that cannot be used is named, and quoted nowhere', () => {
  const secret = 'MIIEvQIBADANBg-secret'
  test.each([
    ['text', `-----BEGIN PRIVATE KEY-----${secret}`],
    ['broken JSON', `{"type":"service_account","private_key":"${secret}`],
    ['a list', `["${secret}"]`],
    ['no type', `{"private_key":"${secret}"}`],
    ['an unknown type', `{"type":"other","private_key":"${secret}"}`],
    ['no private key', '{"type":"service_account","client_email":"a@b"}'],
    ['no refresh token', '{"type":"authorized_user","client_id":"a","client_secret":"b"}'],
    ['no source', `{"type":"impersonated_service_account","service_account_impersonation_url":"x"}`],
    ['no credential source', `{"type":"external_account","audience":"${secret}"}`],
    ['an audience of the wrong type', `{"type":"external_account","audience":7,"credential_source":{"file":"x"}}`],
  ])('%s', async (_name, content) => {
    const path = folder.file('bad.json')
    writeFileSync(path, content)
    const failure = await failureOf(withEnv({ GOOGLE_APPLICATION_CREDENTIALS: path }))
    expect(failure.code).toBe('ERR_GCP_CREDENTIALS_FILE')
    expect(failure.description).toContain(path)
    expect(failure.description + String(failure.cause)).not.toContain(secret)
  })

  test('a folder', async () => {
    const failure = await failureOf(withEnv({ GOOGLE_APPLICATION_CREDENTIALS: folder.path }))
    expect(failure.code).toBe('ERR_GCP_CREDENTIALS_FILE')
    expect(failure.description).toContain('EISDIR')
  })

  // The superuser can read everything.
  test('a file of another user', async () => {
    const path = writeJson(folder.file('key.json'), serviceAccountKey())
    chmodSync(dirname(path), 0o755)
    chmodSync(path, 0)
    const failure = await asNobody(() => failureOf(withEnv({ GOOGLE_APPLICATION_CREDENTIALS: path })))
    expect(failure.code).toBe('ERR_GCP_CREDENTIALS_FILE')
    expect(failure.description).toContain('EACCES')
  })
})

/** Root reads everything, so as root we are somebody else for a moment. */
async function asNobody<T>(task: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return task()
  process.seteuid?.(65_534)
  try {
    return await task()
  } finally {
    process.seteuid?.(0)
  }
}

test('making the source costs nothing: no file is read, no address asked, no library loaded', () => {
  expect(() =>
    gcpSource(
      { scope: 's', format: 'envelope' },
      { platform: directPlatform({ GOOGLE_APPLICATION_CREDENTIALS: '/' }) },
    ),
  ).not.toThrow()
})

async function closedPort(): Promise<string> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return `127.0.0.1:${port}`
}
