import { createPublicKey, verify } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  audience,
  authorizedUser,
  externalAccount,
  externalAccountAuthorizedUser,
  impersonated,
  serviceAccountKey,
  subjectToken,
  temporaryFolder,
  writeExecutable,
  writeJson,
} from '../../fakes/credential-files.ts'
import { directPlatform } from '../../fakes/direct-platform.ts'
import { googleEndpoints, type GoogleEndpoints } from '../../fakes/google-endpoints.ts'
import { scriptedServer } from '../../fakes/scripted-server.ts'
import { failureOf, getToken, parts, source, type Options } from './source.ts'

const cloudPlatform = 'https://www.googleapis.com/auth/cloud-platform'
const subject = 'system:serviceaccount:orders:app'
const principal = `principal:${audience.replace(/\/providers\/.*/, '')}/subject/${subject}`
const target = 'target@project.iam.gserviceaccount.com'

let google: GoogleEndpoints
let folder: ReturnType<typeof temporaryFolder>

beforeEach(async () => {
  google = await googleEndpoints({ subjectToken: subjectToken(subject) })
  folder = temporaryFolder()
})
afterEach(async () => {
  await google.close()
  folder.remove()
})

function sourceOf(credentials: object, options: Options = {}, env: Record<string, string> = {}) {
  const path = writeJson(folder.file('credentials.json'), credentials)
  return source({ platform: directPlatform({ ...env, GOOGLE_APPLICATION_CREDENTIALS: path }, google), ...options })
}

const paths = (): string[] => google.calls.map(({ path }) => path.replace(/.*:/, ':'))
const form = (index: number): URLSearchParams => new URLSearchParams(google.calls[index]?.body)

describe('a service account key', () => {
  test('signs an assertion and exchanges it, once per token', async () => {
    const key = serviceAccountKey()
    const gcp = sourceOf(key)
    const token = await getToken(gcp)
    expect(parts(token).inner).toBe('ya29.key-1')
    expect(token.subject).toBe(key.client_email)
    await getToken(gcp)
    expect(paths()).toEqual(['/token', '/token'])
    expect(form(0).get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
    const [head = '', claims = '', signature = ''] = form(0).get('assertion')?.split('.') ?? []
    const data = Buffer.from(`${head}.${claims}`)
    expect(verify('sha256', data, createPublicKey(key.private_key), Buffer.from(signature, 'base64url'))).toBe(true)
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      iss: key.client_email,
      scope: cloudPlatform,
    })
  })

  test('signs its own access token in another universe, where there is no endpoint for it', async () => {
    const token = await getToken(sourceOf({ ...serviceAccountKey(), universe_domain: 'example-universe.goog' }))
    const claims = JSON.parse(Buffer.from(parts(token).inner.split('.')[1] ?? '', 'base64url').toString()) as object
    expect(claims).toMatchObject({ scope: cloudPlatform, exp: token.expiresAt / 1000 })
    expect(google.calls).toHaveLength(0)
  })

  test('whose key is no key is a fault of the file that quotes nothing of it', async () => {
    const failure = await failureOf(sourceOf({ ...serviceAccountKey(), private_key: 'not-a-key-but-secret' }))
    expect(failure.code).toBe('ERR_GCP_CREDENTIALS_FILE')
    expect(failure.description).toContain('credentials.json')
    expect(failure.description).not.toContain('secret')
  })
})

describe('user credentials', () => {
  test('refresh, and are asked for their e-mail once', async () => {
    const gcp = sourceOf(authorizedUser())
    expect((await getToken(gcp)).subject).toBe('user@example.com')
    expect(parts(await getToken(gcp)).inner).toBe('ya29.user-2')
    expect(paths()).toEqual(['/token', '/tokeninfo', '/token'])
    expect(form(0).get('refresh_token')).toBe('1//refresh-token-of-a-user')
    expect(google.callsTo('/tokeninfo')[0]?.headers.authorization).toBe('Bearer ya29.user-1')
  })

  test('without the scope that tells the e-mail ask for --principal', async () => {
    google.script.email = undefined
    const failure = await failureOf(sourceOf(authorizedUser()))
    expect(failure.code).toBe('ERR_GCP_PRINCIPAL')
    expect(failure.description).toContain('Set --principal')
    expect((await getToken(sourceOf(authorizedUser(), { principal: 'me@example.com' }))).subject).toBe('me@example.com')
  })

  test('say so in the file, if gcloud wrote the account', async () => {
    expect((await getToken(sourceOf({ ...authorizedUser(), account: 'me@example.com' }))).subject).toBe(
      'me@example.com',
    )
    expect(google.callsTo('/tokeninfo')).toHaveLength(0)
  })
})

describe('impersonation', () => {
  test.each([
    ['a user', authorizedUser(), 'ya29.user-1'],
    ['a key', serviceAccountKey(), 'ya29.key-1'],
  ])('by %s takes one call of IAM per token, and keeps the token for it', async (_name, from, sourceToken) => {
    const gcp = sourceOf(impersonated(from), { scope: 'https://scope/a' })
    const token = await getToken(gcp)
    expect(parts(token).inner).toBe('ya29.iam-2')
    expect(token.subject).toBe(target)
    await getToken(gcp)
    expect(paths()).toEqual(['/token', ':generateAccessToken', ':generateAccessToken'])
    const [asked] = google.callsTo(':generateAccessToken')
    expect(asked?.headers.authorization).toBe(`Bearer ${sourceToken}`)
    expect(JSON.parse(asked?.body ?? '')).toMatchObject({ scope: ['https://scope/a'], lifetime: '3600s' })
    expect(asked?.path).toContain(target)
  })

  test('by a key asks for its own token with the scope that IAM needs', async () => {
    await getToken(sourceOf(impersonated(serviceAccountKey()), { scope: 'https://scope/a' }))
    const assertion = form(0).get('assertion')?.split('.')[1] ?? ''
    expect(JSON.parse(Buffer.from(assertion, 'base64url').toString())).toMatchObject({ scope: cloudPlatform })
  })

  test('gets a new token for it after IAM refused', async () => {
    const gcp = sourceOf(impersonated(authorizedUser()))
    google.fail(':generateAccessToken', {
      status: 401,
      body: { error: { code: 401, status: 'UNAUTHENTICATED', message: 'expired' } },
    })
    expect((await failureOf(gcp)).code).toBe('ERR_GCP_REFUSED')
    google.heal()
    expect(parts(await getToken(gcp)).inner).toBe('ya29.iam-3')
    expect(google.callsTo('/token')).toHaveLength(2)
  })
})

describe('an external account', () => {
  test('with a file exchanges what stands there now', async () => {
    const file = folder.file('subject-token')
    writeFileSync(file, subjectToken(subject))
    const gcp = sourceOf(externalAccount(google.origin, { file }))
    const token = await getToken(gcp)
    expect(parts(token).inner).toBe('ya29.sts-1')
    expect(token.subject).toBe(principal)
    writeFileSync(file, `${subjectToken(subject)}-renewed`)
    await getToken(gcp)
    expect(paths()).toEqual(['/v1/token', '/v1/token'])
    expect(form(0).get('audience')).toBe(audience)
    expect(form(1).get('subject_token')).toMatch(/-renewed$/)
  })

  test('with a URL asks there each time', async () => {
    const gcp = sourceOf(
      externalAccount(google.origin, { url: `${google.origin}/subject-token`, format: { type: 'text' } }),
    )
    expect((await getToken(gcp)).subject).toBe(principal)
    await getToken(gcp)
    expect(paths()).toEqual(['/subject-token', '/v1/token', '/subject-token', '/v1/token'])
  })

  test('with a service account impersonates it and takes its e-mail', async () => {
    const credentials = externalAccount(
      google.origin,
      { url: `${google.origin}/subject-token` },
      { impersonate: target },
    )
    const token = await getToken(sourceOf(credentials))
    expect(token.subject).toBe(target)
    expect(parts(token).inner).toBe('ya29.iam-2')
    expect(paths()).toEqual(['/subject-token', '/v1/token', ':generateAccessToken'])
  })

  test('on AWS signs a request with the credentials of the instance; its principal has to be set', async () => {
    const aws = await scriptedServer(({ path }) => {
      if (path === '/latest/api/token') return { body: 'imds-session' }
      if (path === '/latest/region') return { body: 'us-east-2b' }
      if (path === '/latest/role') return { body: 'kafka-role' }
      return { body: { AccessKeyId: 'AKID', SecretAccessKey: 'aws-secret', Token: 'aws-session' } }
    })
    try {
      const credentials = {
        ...externalAccount(google.origin, {
          environment_id: 'aws1',
          region_url: `${aws.origin}/latest/region`,
          url: `${aws.origin}/latest/role`,
          imdsv2_session_token_url: `${aws.origin}/latest/api/token`,
          regional_cred_verification_url:
            'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
        }),
        subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
      }
      const token = await getToken(sourceOf(credentials, { principal: 'principal://set' }))
      expect(parts(token).inner).toBe('ya29.sts-1')
      const request = JSON.parse(decodeURIComponent(form(0).get('subject_token') ?? '')) as {
        url: string
        headers: { key: string; value: string }[]
      }
      expect(request.url).toContain('sts.us-east-2.amazonaws.com')
      expect(request.headers.find(({ key }) => key === 'authorization')?.value).toContain('AKID')
      expect(aws.calls.map(({ path }) => path)).toContain('/latest/role/kafka-role')

      const failure = await failureOf(sourceOf(credentials))
      expect(failure.code).toBe('ERR_GCP_PRINCIPAL')
      expect(failure.description).toContain('Set --principal')
    } finally {
      await aws.close()
    }
  })

  test('of a workforce user refreshes, and keeps a rotated refresh token', async () => {
    const gcp = sourceOf(externalAccountAuthorizedUser(google.origin), { principal: 'principal://set' })
    google.fail('/v1/oauthtoken', {
      body: { access_token: 'ya29.workforce', expires_in: 3599, refresh_token: 'rotated' },
    })
    expect(parts(await getToken(gcp)).inner).toBe('ya29.workforce')
    google.heal()
    await getToken(gcp)
    expect(paths()).toEqual(['/v1/oauthtoken', '/v1/oauthtoken'])
    expect([form(0).get('refresh_token'), form(1).get('refresh_token')]).toEqual([
      'refresh-token-of-workforce',
      'rotated',
    ])
    expect((await failureOf(sourceOf(externalAccountAuthorizedUser(google.origin)))).code).toBe('ERR_GCP_PRINCIPAL')
  })
})

test('every kind gives the bare token with format raw, without asking for a principal', async () => {
  google.script.email = undefined
  for (const credentials of [
    serviceAccountKey(),
    authorizedUser(),
    impersonated(authorizedUser()),
    externalAccount(google.origin, { url: `${google.origin}/subject-token` }),
    externalAccountAuthorizedUser(google.origin),
  ]) {
    const token = await getToken(sourceOf(credentials, { format: 'raw' }))
    expect(token.value.reveal()).toBe(google.tokens.at(-1))
  }
  expect(google.callsTo('/tokeninfo')).toHaveLength(0)
})

test('the library writes nothing to the console', async () => {
  const { log, info, warn, error } = console
  const written: unknown[] = []
  Object.assign(
    console,
    Object.fromEntries(['log', 'info', 'warn', 'error'].map((name) => [name, (text: unknown) => written.push(text)])),
  )
  try {
    await getToken(sourceOf(impersonated(authorizedUser())))
    await getToken(sourceOf(externalAccount(google.origin, { url: `${google.origin}/subject-token` })))
    const echo = writeExecutable(folder.file('echo'), 'console.log("{}")')
    await failureOf(sourceOf(externalAccount(google.origin, { executable: { command: echo } })))
  } finally {
    Object.assign(console, { log, info, warn, error })
  }
  expect(written).toEqual([])
})
