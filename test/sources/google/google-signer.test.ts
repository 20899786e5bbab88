import { createLocalJWKSet, jwtVerify, type JWK } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { googleSigner, type GoogleSignerOptions } from '../../../src/sources/google/google-signer.ts'
import { authorizedUser, serviceAccountKey, temporaryFolder, writeJson } from '../../fakes/credential-files.ts'
import { directPlatform } from '../../fakes/direct-platform.ts'
import { googleEndpoints, type GoogleEndpoints } from '../../fakes/google-endpoints.ts'
import { metadataServer, type MetadataServer } from '../../fakes/metadata-server.ts'
import { faults, leak, timeoutOf } from '../faults.ts'
import { expectNoSecret, refusalOf } from '../outcome.ts'

const account = 'orders@project.iam.gserviceaccount.com'
const claims = { iss: 'orders', sub: 'orders', aud: 'https://idp.example', iat: 1, exp: 4_000_000_000 }

let google: GoogleEndpoints
let metadata: MetadataServer
let folder: ReturnType<typeof temporaryFolder>

beforeEach(async () => {
  google = await googleEndpoints({})
  metadata = await metadataServer()
  folder = temporaryFolder()
})
afterEach(async () => {
  await google.close()
  await metadata.close()
  folder.remove()
})

function signerWith(credentials: object = serviceAccountKey(), options: Partial<GoogleSignerOptions> = {}) {
  const env = { GOOGLE_APPLICATION_CREDENTIALS: writeJson(folder.file('credentials.json'), credentials) }
  return googleSigner({ platform: directPlatform(env, google), fetchTimeoutMs: 5_000, ...options })
}

function onMetadataServer(options: Partial<GoogleSignerOptions> = {}) {
  const signer = googleSigner({
    platform: directPlatform({ GCE_METADATA_HOST: metadata.host }, google),
    fetchTimeoutMs: 5_000,
    ...options,
  })
  // The fake of IAM takes the tokens that it gave itself.
  metadata.identity.token = 'ya29.c.attached'
  ;(google.tokens as string[]).push(metadata.identity.token)
  return signer
}

describe('signs as a service account', () => {
  test('with claims as they are, and keys that verify it', async () => {
    const signer = signerWith()
    const signed = await signer.sign(claims, { header: { typ: 'JWT' } })
    const keys = { keys: [...(await signer.publicJwks())] }
    const { payload, protectedHeader } = await jwtVerify(signed, createLocalJWKSet(keys as { keys: JWK[] }))
    expect(payload).toEqual(claims)
    expect(protectedHeader).toEqual({ alg: 'RS256', kid: keys.keys[0]?.kid, typ: 'JWT' })
  })

  test('the one it runs as, by default', async () => {
    await signerWith().sign(claims)
    expect(google.callsTo(':signJwt')[0]?.path).toBe(`/v1/projects/-/serviceAccounts/${account}:signJwt`)
    await onMetadataServer().sign(claims)
    expect(google.callsTo(':signJwt')[1]?.path).toContain(metadata.identity.email)
  })

  test('another one, if told so', async () => {
    await signerWith(authorizedUser(), { serviceAccount: 'other@p.iam.gserviceaccount.com' }).sign(claims)
    const [call] = google.callsTo(':signJwt')
    expect(call?.path).toContain('/other@p.iam.gserviceaccount.com:signJwt')
    expect(call?.headers.authorization).toBe('Bearer ya29.user-1')
  })

  test('with one access token for many signatures, also at once', async () => {
    const signer = signerWith()
    await Promise.all([signer.sign(claims), signer.sign(claims), signer.sign(claims)])
    await signer.sign(claims)
    expect(google.callsTo('/token')).toHaveLength(1)
    expect(google.callsTo(':signJwt')).toHaveLength(4)
  })

  test('with a new access token shortly before the former one ends', async () => {
    google.script.expiresIn = 50
    const signer = signerWith()
    await signer.sign(claims)
    await signer.sign(claims)
    expect(google.callsTo('/token')).toHaveLength(2)
  })

  test('and asks for its public keys once in five minutes, keeping them while Google is away', async () => {
    let monotonic = 0
    const platform = { ...directPlatform({ GCE_METADATA_HOST: metadata.host }, google), monotonicNow: () => monotonic }
    const signer = googleSigner({ platform, fetchTimeoutMs: 5_000, serviceAccount: account })
    await signer.publicJwks()
    await signer.publicJwks()
    expect(google.callsTo('/jwk/').map(({ path }) => path)).toEqual([`/service_accounts/v1/jwk/${account}`])
    monotonic = 300_000
    google.fail('/jwk/', { status: 500 })
    expect(await signer.publicJwks()).toHaveLength(1)
    expect(google.callsTo('/jwk/')).toHaveLength(2)
  })
})

describe('refuses what Google cannot do', () => {
  test('another algorithm, when it is made', () => {
    expect(() => signerWith(undefined, { algorithm: 'ES256' })).toThrow('RS256 only')
  })

  test.each([
    ['kid', { kid: 'a' }],
    ['x5t#S256', { typ: 'JWT', 'x5t#S256': 'a' }],
    ['typ', { typ: 'at+jwt' }],
  ])('the header %s', async (name, header) => {
    const failure = await refusalOf(signerWith().sign(claims, { header }))
    expect(failure.code).toBe('ERR_KEY_SIGNER')
    expect(failure.message).toContain(name)
    expect(google.calls).toHaveLength(0)
  })

  test('signing as a user', async () => {
    const failure = await refusalOf(signerWith(authorizedUser()).sign(claims))
    expect(failure.code).toBe('ERR_KEY_SIGNER')
    expect(failure.description).toContain('Set assertion.google.serviceAccount')
  })

  test('signing as an identity pool of GKE, with the line that mends it', async () => {
    metadata.identity.email = 'project.svc.id.goog'
    const failure = await refusalOf(onMetadataServer().sign(claims))
    expect(failure.code).toBe('ERR_GCP_PRINCIPAL')
    expect(failure.description).toContain('kubectl annotate serviceaccount')
  })
})

describe('a refusal of Google is told with its words and what mends it', () => {
  test.each([
    [
      403,
      'PERMISSION_DENIED',
      `Permission 'iam.serviceAccounts.signJwt' denied ${leak}`,
      'roles/iam.serviceAccountTokenCreator',
    ],
    [
      403,
      'PERMISSION_DENIED',
      'IAM Service Account Credentials API has not been used in project 1',
      'gcloud services enable',
    ],
    [404, 'NOT_FOUND', 'Unknown service account', 'there is no such account'],
    [400, 'INVALID_ARGUMENT', 'exp too far', '12 hours'],
    [401, 'UNAUTHENTICATED', 'invalid credentials', 'new access token'],
  ])('%d %s: %s', async (status, code, message, hint) => {
    const signer = signerWith()
    google.fail(':signJwt', { status, body: { error: { code: status, status: code, message } } })
    const failure = await refusalOf(signer.sign(claims))
    expect(failure.code).toBe('ERR_KEY_SIGNER')
    expect(failure.message).toContain(`${status}: ${code}, `)
    expect(failure.description).toContain(hint)
    expectNoSecret(failure)
    google.heal()
    expect(await signer.sign(claims)).toContain('.')
    expect(google.callsTo('/token')).toHaveLength(2)
  })
})

describe.each([
  ['signatures', ':signJwt', (signer: ReturnType<typeof googleSigner>) => signer.sign(claims)],
  ['public keys', '/jwk/', (signer: ReturnType<typeof googleSigner>) => signer.publicJwks()],
] as const)('the endpoint of %s', (_name, path, ask) => {
  test.each(faults)('%s: one call, a clear code, and it heals', async (name, fault, kind) => {
    const signer = signerWith(undefined, { fetchTimeoutMs: timeoutOf(fault) })
    google.fail(path, fault)
    const failure = await refusalOf(ask(signer))
    const unavailable = kind === 'unavailable' || name === 'answers 5 MB'
    expect(failure.code).toBe(unavailable ? 'ERR_GCP_UNAVAILABLE' : 'ERR_GCP_ANSWER')
    expect(failure.retryAfterMs).toBe(name === 'answers 429' ? 7_000 : undefined)
    expect(google.callsTo(path)).toHaveLength(1)
    expectNoSecret(failure)
    google.heal()
    expect((await ask(signer)).length).toBeGreaterThan(0)
  })
})

test('a caller who gives up is let go at once, with its own reason', async () => {
  google.fail(':signJwt', 'hang')
  const giveUp = new AbortController()
  const reason = new Error('the client has gone')
  const asked = signerWith().sign(claims, { signal: giveUp.signal })
  setTimeout(() => {
    giveUp.abort(reason)
  }, 50)
  await expect(asked).rejects.toBe(reason)
})

test('credentials that are missing are told as such', async () => {
  const signer = googleSigner({ platform: directPlatform({}, google), fetchTimeoutMs: 5_000 })
  expect((await refusalOf(signer.sign(claims))).code).toBe('ERR_GCP_NO_CREDENTIALS')
})
