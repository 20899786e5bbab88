import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { gcp } from '../../../src/sources/google/gcp.ts'
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
import { googleIdToken, googleJwks } from '../../fakes/google-id-tokens.ts'
import { metadataServer, type MetadataServer } from '../../fakes/metadata-server.ts'
import { faults, timeoutOf } from '../faults.ts'
import { expectNoSecret } from '../outcome.ts'
import { failureOf, getToken, source } from './source.ts'

const audience = 'https://idp.example/realms/k?a=b&c d'
const target = 'target@project.iam.gserviceaccount.com'

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

function idTokens(credentials?: object, timeoutMs = 5_000) {
  const env = credentials
    ? { GOOGLE_APPLICATION_CREDENTIALS: writeJson(folder.file('credentials.json'), credentials) }
    : { GCE_METADATA_HOST: metadata.host }
  return source({ platform: directPlatform(env, google), format: 'id-token', audience, times: { timeoutMs } })
}

function federated(): object {
  return externalAccount(google.origin, { url: `${google.origin}/subject-token` }, { impersonate: target })
}

describe('gives an ID token that verifies by the keys of Google', () => {
  test.each([
    ['of the metadata server', () => undefined, 'kafka@project.iam.gserviceaccount.com', []],
    ['for a service account key', () => serviceAccountKey(), undefined, ['/token']],
    [
      'by impersonation',
      () => impersonated(serviceAccountKey()),
      target,
      ['/token', `/v1/projects/-/serviceAccounts/${target}:generateIdToken`],
    ],
    [
      'for a federated identity that impersonates',
      federated,
      target,
      ['/subject-token', '/v1/token', `/v1/projects/-/serviceAccounts/${target}:generateIdToken`],
    ],
  ])('%s', async (_name, credentials, email, paths) => {
    const gcpSource = idTokens(credentials())
    const token = await getToken(gcpSource)
    const { payload } = await jwtVerify(token.value.reveal(), createLocalJWKSet(googleJwks()), {
      issuer: 'https://accounts.google.com',
      audience,
    })
    expect(payload['email']).toBe(email)
    expect(token).toMatchObject({ expiresAt: (payload.exp ?? 0) * 1000, subject: payload.sub })
    expect(google.calls.map(({ path }) => path)).toEqual(paths)
    expect((await getToken(gcpSource)).value.reveal()).toBeTruthy()
  })

  test('with one call, whose audience is escaped', async () => {
    await getToken(idTokens())
    expect(metadata.calls).toHaveLength(1)
    expect(metadata.calls[0]?.query.get('audience')).toBe(audience)
    expect(metadata.calls[0]?.query.get('format')).toBe('full')
  })

  test('with the permission of the federated identity, not of the account', async () => {
    await getToken(idTokens(federated()))
    const [asked] = google.callsTo(':generateIdToken')
    expect(asked?.headers.authorization).toBe('Bearer ya29.sts-1')
    expect(google.callsTo(':generateAccessToken')).toHaveLength(0)
  })
})

describe('credentials that cannot give one say so', () => {
  test.each([
    ['a user, whose tokens are for gcloud', () => authorizedUser(), 'for another audience'],
    ['a workforce user', () => externalAccountAuthorizedUser(google.origin), 'external_account_authorized_user'],
    [
      'a federated identity without an account',
      () => externalAccount(google.origin, { url: `${google.origin}/subject-token` }),
      'without a service account',
    ],
    [
      'an account of another universe',
      () => ({ ...serviceAccountKey(), universe_domain: 'example-universe.goog' }),
      'universe example-universe.goog',
    ],
  ])('%s', async (_name, credentials, words) => {
    const failure = await failureOf(idTokens(credentials()))
    expect(failure.code).toBe('ERR_GCP_ID_TOKEN')
    expect(failure.status).toBe(400)
    expect(failure.description).toContain(words)
    expect(failure.description).toContain('impersonate')
    expectNoSecret(failure, 'secret')
  })
})

test.each([
  ['no audience', { format: 'id-token' }, ['audience']],
  ['an audience for another format', { audience: 'a' }, ['audience']],
  ['a principal', { format: 'id-token', audience: 'a', principal: 'x@y' }, ['principal']],
  ['both', { format: 'id-token', principal: 'x@y' }, ['audience', 'principal']],
  ['nothing wrong', { format: 'id-token', audience: 'a' }, []],
  ['nothing at all', {}, []],
])('options with %s are told at the option', (_name, options, places) => {
  expect(gcp.check?.(gcp.options.parse(options)).map(({ path }) => path.join('.'))).toEqual(places)
})

describe.each([
  ['the metadata server', (): undefined => undefined, '/identity', 'ERR_GCP_METADATA_UNAVAILABLE'],
  ['the token endpoint', () => serviceAccountKey(), '/token', 'ERR_GCP_UNAVAILABLE'],
  ['IAM', () => impersonated(serviceAccountKey()), ':generateIdToken', 'ERR_GCP_UNAVAILABLE'],
  ['IAM, asked by a federated identity,', federated, ':generateIdToken', 'ERR_GCP_UNAVAILABLE'],
] as const)('%s', (_name, credentials, path, unavailable) => {
  test.each(faults)('%s: one call, a clear code, and it heals', async (name, fault, kind) => {
    const server = unavailable === 'ERR_GCP_METADATA_UNAVAILABLE' ? metadata : google
    const gcpSource = idTokens(credentials(), timeoutOf(fault))
    server.fail(path, fault)
    const failure = await failureOf(gcpSource)
    const tooLarge = name === 'answers 5 MB'
    expect(failure.code).toBe(
      kind === 'unavailable' || tooLarge || unavailable !== 'ERR_GCP_UNAVAILABLE' ? unavailable : 'ERR_GCP_ANSWER',
    )
    expect(failure.transient).toBe(true)
    expectNoSecret(failure)
    expect(server.callsTo(path)).toHaveLength(1)
    server.heal()
    expect((await getToken(gcpSource)).value.reveal()).toContain('.')
  })

  test('that gives a token for somebody else is not believed', async () => {
    const server = unavailable === 'ERR_GCP_METADATA_UNAVAILABLE' ? metadata : google
    const token = googleIdToken({ audience: 'https://other.example', expiresIn: 3599 })
    server.fail(path, { body: path === '/identity' ? token : { id_token: token, token } })
    expect((await failureOf(idTokens(credentials()))).code).toBe('ERR_GCP_ID_TOKEN')
  })
})
