import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TokenError } from '../../../src/token/error.ts'
import {
  authorizedUser,
  externalAccount,
  externalAccountAuthorizedUser,
  impersonated,
  serviceAccountKey,
  subjectToken,
  temporaryFolder,
  writeJson,
} from '../../fakes/credential-files.ts'
import { directPlatform } from '../../fakes/direct-platform.ts'
import { googleEndpoints, type GoogleEndpoints } from '../../fakes/google-endpoints.ts'
import { metadataServer, type MetadataServer } from '../../fakes/metadata-server.ts'
import type { Fault, ScriptedServer } from '../../fakes/scripted-server.ts'
import { failureOf, getToken, source } from './source.ts'

const leak = 'ya29.secret-that-must-not-show-0123456789'

let google: GoogleEndpoints
let metadata: MetadataServer
let folder: ReturnType<typeof temporaryFolder>

beforeEach(async () => {
  google = await googleEndpoints({ subjectToken: subjectToken('sub') })
  metadata = await metadataServer()
  folder = temporaryFolder()
})
afterEach(async () => {
  await google.close()
  await metadata.close()
  folder.remove()
})

/** What goes wrong, and the code for a Google endpoint; for the metadata server all of it is one code. */
const faults: readonly [name: string, fault: Fault, code: TokenError['code']][] = [
  ['hangs', 'hang', 'ERR_GCP_UNAVAILABLE'],
  ['stalls after half the body', 'stall', 'ERR_GCP_UNAVAILABLE'],
  ['breaks the connection', 'reset', 'ERR_GCP_UNAVAILABLE'],
  ['answers 500', { status: 500, body: leak }, 'ERR_GCP_UNAVAILABLE'],
  [
    'answers 503 in JSON',
    { status: 503, body: { error: { code: 503, status: 'UNAVAILABLE', message: leak } } },
    'ERR_GCP_UNAVAILABLE',
  ],
  ['answers garbage', { body: `<html>${leak}</html>` }, 'ERR_GCP_ANSWER'],
  [
    'answers garbage that calls itself JSON',
    { body: `garbage ${leak}`, headers: { 'content-type': 'application/json' } },
    'ERR_GCP_ANSWER',
  ],
  ['answers nothing', { body: '' }, 'ERR_GCP_ANSWER'],
  ['answers 204', { status: 204 }, 'ERR_GCP_ANSWER'],
  ['answers {}', { body: {} }, 'ERR_GCP_ANSWER'],
  ['answers null', { body: 'null', headers: { 'content-type': 'application/json' } }, 'ERR_GCP_ANSWER'],
  ['answers a list', { body: [leak] }, 'ERR_GCP_ANSWER'],
  [
    'answers truncated JSON',
    { body: `{"access_token":"${leak}","expires_`, headers: { 'content-type': 'application/json' } },
    'ERR_GCP_ANSWER',
  ],
  [
    'answers a token that is a number',
    { body: { access_token: 7, accessToken: 7, expires_in: 3599, expireTime: '2099-01-01T00:00:00Z' } },
    'ERR_GCP_ANSWER',
  ],
  [
    'answers an empty token',
    { body: { access_token: '', accessToken: '', expires_in: 3599, expireTime: '2099-01-01T00:00:00Z' } },
    'ERR_GCP_ANSWER',
  ],
  [
    'answers a token with a line break',
    {
      body: {
        access_token: `${leak}\nX: y`,
        accessToken: `${leak}\nX: y`,
        expires_in: 3599,
        expireTime: '2099-01-01T00:00:00Z',
      },
    },
    'ERR_GCP_ANSWER',
  ],
  ['answers no lifetime', { body: { access_token: leak, accessToken: leak } }, 'ERR_GCP_ANSWER'],
  [
    'answers a lifetime that is a word',
    { body: { access_token: leak, accessToken: leak, expires_in: 'soon', expireTime: 'soon' } },
    'ERR_GCP_ANSWER',
  ],
  [
    'answers a token that has expired',
    { body: { access_token: leak, accessToken: leak, expires_in: -60, expireTime: '2020-01-01T00:00:00Z' } },
    'ERR_TOKEN_EXPIRED',
  ],
  ['redirects', { status: 302, headers: { location: 'https://login.example/' } }, 'ERR_GCP_ANSWER'],
  ['is a proxy that forbids', { status: 403, body: `<html>${leak}</html>` }, 'ERR_GCP_ANSWER'],
]

/** Short for what never comes; long otherwise, for machines that are busy. */
const timeoutOf = (fault: Fault): number => (fault === 'hang' || fault === 'stall' ? 800 : 5_000)

function fileSource(credentials: object, timeoutMs = 5_000) {
  const env = { GOOGLE_APPLICATION_CREDENTIALS: writeJson(folder.file('credentials.json'), credentials) }
  return source({ platform: directPlatform(env, google), principal: 'set@example.com', times: { timeoutMs } })
}

function expectNoSecret(failure: TokenError): void {
  const text = [
    failure.message,
    failure.description,
    String(failure.cause),
    failure.stack,
    JSON.stringify(failure),
  ].join('\n')
  for (const secret of ['secret', 'PRIVATE', 'refresh-token', 'eyJ', 'ya29']) expect(text).not.toContain(secret)
}

/** One answer out of order, and the same source gives a token as soon as all is well again. */
async function expectHealing(server: ScriptedServer, path: string, fault: Fault, gcp: ReturnType<typeof source>) {
  server.fail(path, fault)
  const failure = await failureOf(gcp)
  expect(server.callsTo(path)).toHaveLength(1)
  expectNoSecret(failure)
  server.heal()
  expect((await getToken(gcp)).value.reveal()).toBeTruthy()
  return failure
}

describe.each([
  ['a service account key', (ms?: number) => fileSource(serviceAccountKey(), ms), '/token', 'oauth2.googleapis.com'],
  ['user credentials', (ms?: number) => fileSource(authorizedUser(), ms), '/token', 'oauth2.googleapis.com'],
  [
    'impersonation',
    (ms?: number) => fileSource(impersonated(authorizedUser()), ms),
    ':generateAccessToken',
    'iamcredentials.googleapis.com',
  ],
  [
    'an external account',
    (ms?: number) => fileSource(externalAccount(google.origin, { url: `${google.origin}/subject-token` }), ms),
    '/v1/token',
    '127.0.0.1',
  ],
  [
    'a workforce user',
    (ms?: number) => fileSource(externalAccountAuthorizedUser(google.origin), ms),
    '/v1/oauthtoken',
    '127.0.0.1',
  ],
] as const)('the endpoint of %s', (_kind, make, path, host) => {
  test.each(faults)('%s: one call, a clear code, no secret told, and it heals', async (_name, fault, code) => {
    const failure = await expectHealing(google, path, fault, make(timeoutOf(fault)))
    expect(failure.code).toBe(code)
    expect(failure.transient).toBe(true)
    if (code !== 'ERR_TOKEN_EXPIRED') expect(failure.description).toContain(host)
  })

  test('refuses: the code and the words of Google are told', async () => {
    const body = path.includes(':')
      ? { error: { code: 403, status: 'PERMISSION_DENIED', message: `Permission 'iam.x' denied ${leak}` } }
      : { error: 'invalid_grant', error_description: `Account has been deleted ${leak}` }
    google.fail(path, { status: path.includes(':') ? 403 : 400, body })
    const failure = await failureOf(make())
    expect(failure.code).toBe('ERR_GCP_REFUSED')
    expect(failure.refusal).toBe(true)
    expect(failure.status).toBe(400)
    expect(failure.description).toMatch(
      /PERMISSION_DENIED, Permission 'iam.x' denied|invalid_grant, Account has been deleted/,
    )
    expectNoSecret(failure)
  })

  test('asks for patience, in seconds or with a date', async () => {
    google.fail(path, { status: 429, headers: { 'Retry-After': '7' }, body: {} })
    const seconds = await failureOf(make())
    expect(seconds).toMatchObject({ code: 'ERR_GCP_UNAVAILABLE', retryAfterMs: 7_000, status: 503 })
    google.fail(path, { status: 503, headers: { 'Retry-After': new Date(Date.now() + 20_000).toUTCString() } })
    expect((await failureOf(make())).retryAfterMs).toBeGreaterThan(10_000)
  })

  test.each([
    ['none at all', '0', undefined],
    ['a moment that is over', new Date(0).toUTCString(), undefined],
    ['an hour', '3600', 30_000],
  ])('asks for a patience of %s, which is not believed', async (_what, retryAfter, believed) => {
    google.fail(path, { status: 503, headers: { 'Retry-After': retryAfter }, body: {} })
    expect((await failureOf(make())).retryAfterMs).toBe(believed)
  })
})

describe('the metadata server', () => {
  const make = (timeoutMs = 5_000) => source({ env: { GCE_METADATA_HOST: metadata.host }, times: { timeoutMs } })
  const foreign = new Set(['is a proxy that forbids', 'redirects'])

  test.each(faults.filter(([name]) => !foreign.has(name)))(
    'that %s is unavailable, not absent, and heals',
    async (_name, fault, code) => {
      const failure = await expectHealing(metadata, '/token', fault, make(timeoutOf(fault)))
      expect(failure.code).toBe(code === 'ERR_TOKEN_EXPIRED' ? code : 'ERR_GCP_METADATA_UNAVAILABLE')
      expect(failure.status).toBe(503)
    },
  )

  test.each(faults.filter(([name]) => /hangs|500|garbage$|\{\}/.test(name)))(
    'that %s when asked for the e-mail is unavailable',
    async (_name, fault) => {
      const gcp = make(timeoutOf(fault))
      metadata.fail('/email', fault)
      const failure = await failureOf(gcp)
      expect(failure.code).toBe('ERR_GCP_METADATA_UNAVAILABLE')
      expectNoSecret(failure)
      metadata.heal()
      expect((await getToken(gcp)).subject).toBe(metadata.identity.email)
      expect(metadata.callsTo('/email')).toHaveLength(2)
    },
  )

  test('without a service account says so', async () => {
    metadata.identity.attached = false
    const failure = await failureOf(make())
    expect(failure.code).toBe('ERR_GCP_METADATA_UNAVAILABLE')
    expect(failure.description).toContain('no service account is attached')
  })

  test('that may not make tokens for the account is a refusal, with the role that is missing', async () => {
    metadata.fail('/token', { status: 403, body: `Unable to generate access token; IAM returned 403 ${leak}` })
    const failure = await failureOf(make())
    expect(failure.code).toBe('ERR_GCP_REFUSED')
    expect(failure.description).toContain('roles/iam.workloadIdentityUser')
    expectNoSecret(failure)
  })

  test('that asks for patience gets it', async () => {
    metadata.fail('/token', { status: 429, headers: { 'Retry-After': '5' } })
    expect(await failureOf(make())).toMatchObject({ code: 'ERR_GCP_METADATA_UNAVAILABLE', retryAfterMs: 5_000 })
  })

  test('is left alone after a hang: what was given up does not go on in the background', async () => {
    const gcp = make(timeoutOf('hang'))
    metadata.fail('/token', 'hang')
    await failureOf(gcp)
    await failureOf(gcp)
    expect(metadata.callsTo('/token')).toHaveLength(2)
    metadata.heal()
    await getToken(gcp)
    expect(metadata.callsTo('/token')).toHaveLength(3)
  })
})

test('an endpoint that cannot be reached is named with the reason', async () => {
  await google.close()
  const failure = await failureOf(fileSource(serviceAccountKey()))
  expect(failure.code).toBe('ERR_GCP_UNAVAILABLE')
  expect(failure.description).toContain('oauth2.googleapis.com (ECONNREFUSED')
  await google.reopen()
})

test('an answer of many megabytes is not read to its end', async () => {
  google.fail('/token', { body: 'x'.repeat(8 * 1024 * 1024) })
  const failure = await failureOf(fileSource(serviceAccountKey(), 4_000))
  expect(failure.code).toBe('ERR_GCP_UNAVAILABLE')
  expect(failure.description).toContain('larger than 1 MB')
})

test('a clock that is wrong is named as the cause', async () => {
  const words =
    'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values.'
  google.fail('/token', { status: 400, body: { error: 'invalid_grant', error_description: words } })
  expect((await failureOf(fileSource(serviceAccountKey()))).hint).toContain('Compare the clock')
})

test('a user whose login has ended is told to log in again', async () => {
  google.fail('/token', {
    status: 400,
    body: { error: 'invalid_grant', error_description: 'reauth related error (invalid_rapt)' },
  })
  expect((await failureOf(fileSource(authorizedUser()))).description).toContain('gcloud auth application-default login')
})
