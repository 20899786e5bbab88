import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { metadataServer, type MetadataServer } from '../../fakes/metadata-server.ts'
import { serviceAccountKey, temporaryFolder, writeJson } from '../../fakes/credential-files.ts'
import { directPlatform } from '../../fakes/direct-platform.ts'
import { googleEndpoints } from '../../fakes/google-endpoints.ts'
import { failureOf, getToken, parts, source } from './source.ts'

let metadata: MetadataServer
let env: Record<string, string>

beforeEach(async () => {
  metadata = await metadataServer()
  env = { GCE_METADATA_HOST: metadata.host }
})
afterEach(() => metadata.close())

describe('on the metadata server', () => {
  test('wraps the token of the attached account', async () => {
    const before = Date.now()
    const token = await getToken(source({ env }))
    const { header, claims, inner } = parts(token)
    expect(header).toEqual({ typ: 'JWT', alg: 'GOOG_OAUTH2_TOKEN' })
    expect(inner).toBe('ya29.c.metadata-1')
    expect(Object.keys(claims)).toEqual(['exp', 'iat', 'iss', 'sub'])
    expect(claims).toMatchObject({ iss: 'Google', sub: 'kafka@project.iam.gserviceaccount.com' })
    expect(claims['exp']).toBe(Math.floor(token.expiresAt / 1000))
    expect(claims['iat']).toBeLessThanOrEqual(Date.now() / 1000)
    expect(claims['iat']).toBeGreaterThanOrEqual(Math.floor(before / 1000))
    expect(token.expiresAt - before).toBeGreaterThanOrEqual(3_599_000)
    expect(token.expiresAt - Date.now()).toBeLessThanOrEqual(3_599_000)
    expect(token.subject).toBe('kafka@project.iam.gserviceaccount.com')
    expect(String(token.value)).toBe('[secret]')
  })

  test('asks for each token anew, with one call each for token and e-mail', async () => {
    const gcp = source({ env })
    metadata.identity.expiresIn = 30
    const inner = [await getToken(gcp), await getToken(gcp), await getToken(gcp)].map((token) => parts(token).inner)
    expect(inner).toEqual(['ya29.c.metadata-1', 'ya29.c.metadata-2', 'ya29.c.metadata-3'])
    expect(metadata.callsTo('/token')).toHaveLength(3)
    expect(metadata.callsTo('/email')).toHaveLength(3)
    expect(metadata.calls).toHaveLength(6)
  })

  test('shows that the account was exchanged, and remembers it while only the e-mail cannot be asked', async () => {
    const gcp = source({ env })
    await getToken(gcp)
    metadata.identity.email = 'other@project.iam.gserviceaccount.com'
    expect((await getToken(gcp)).subject).toBe('other@project.iam.gserviceaccount.com')
    metadata.fail('/email', { status: 500 })
    expect((await getToken(gcp)).subject).toBe('other@project.iam.gserviceaccount.com')
  })

  test('gives the very same token while the server repeats its own', async () => {
    metadata.identity.token = 'ya29.c.repeated'
    const gcp = source({ env })
    const first = await getToken(gcp)
    metadata.identity.expiresIn -= 100
    expect((await getToken(gcp)).value.reveal()).toBe(first.value.reveal())
    metadata.identity.token = 'ya29.c.flipped'
    expect(parts(await getToken(gcp)).inner).toBe('ya29.c.flipped')
  })

  test('asks for the configured scopes', async () => {
    const token = await getToken(source({ env, scope: 'https://scope/a https://scope/b' }))
    expect(metadata.callsTo('/token')[0]?.query.get('scopes')).toBe('https://scope/a,https://scope/b')
    expect(token.scope).toBe('https://scope/a https://scope/b')
  })

  test('gives the bare token with format raw, and asks for no e-mail', async () => {
    const token = await getToken(source({ env, format: 'raw' }))
    expect(token.value.reveal()).toBe('ya29.c.metadata-1')
    expect(metadata.callsTo('/email')).toHaveLength(0)
  })
})

describe('the principal', () => {
  test('is the option before the variable before the e-mail', async () => {
    const set = { ...env, GOOGLE_MANAGED_KAFKA_AUTH_PRINCIPAL: 'variable@example.com' }
    expect((await getToken(source({ env: set, principal: 'option@example.com' }))).subject).toBe('option@example.com')
    expect((await getToken(source({ env: set }))).subject).toBe('variable@example.com')
    expect(metadata.callsTo('/email')).toHaveLength(0)
    expect((await getToken(source({ env }))).subject).toBe('kafka@project.iam.gserviceaccount.com')
  })

  test('that names an identity pool is refused with the line that mends it, and heals without a restart', async () => {
    const gcp = source({ env })
    metadata.identity.email = 'project.svc.id.goog'
    const { code, status, description } = await failureOf(gcp)
    expect(code).toBe('ERR_GCP_PRINCIPAL')
    expect(status).toBe(400)
    expect(description).toContain(
      'kubectl annotate serviceaccount <KSA> --namespace <NS> iam.gke.io/return-principal-id-as-email=true',
    )
    expect(metadata.callsTo('/token')).toHaveLength(0)
    metadata.identity.email = 'bound@project.iam.gserviceaccount.com'
    expect((await getToken(gcp)).subject).toBe('bound@project.iam.gserviceaccount.com')
  })

  test.each(['default', ''])('%j is refused', async (email) => {
    metadata.identity.email = email
    expect((await failureOf(source({ env }))).code).toBe('ERR_GCP_PRINCIPAL')
  })

  test('does not matter to format raw', async () => {
    metadata.identity.email = 'project.svc.id.goog'
    expect((await getToken(source({ env, format: 'raw' }))).value.reveal()).toMatch(/^ya29/)
  })
})

describe('a credentials file', () => {
  test('that is replaced is picked up, with its principal', async () => {
    const folder = temporaryFolder()
    const endpoints = await googleEndpoints({})
    try {
      const path = writeJson(folder.file('key.json'), serviceAccountKey('one@project.iam.gserviceaccount.com'))
      const platform = directPlatform({ ...env, GOOGLE_APPLICATION_CREDENTIALS: path }, endpoints)
      const gcp = source({ platform })
      expect((await getToken(gcp)).subject).toBe('one@project.iam.gserviceaccount.com')
      writeJson(path, serviceAccountKey('two@project.iam.gserviceaccount.com'))
      const token = await getToken(gcp)
      expect(token.subject).toBe('two@project.iam.gserviceaccount.com')
      expect(parts(token).inner).toBe('ya29.key-2')
      expect(metadata.calls).toHaveLength(0)
    } finally {
      await endpoints.close()
      folder.remove()
    }
  })
})

test('a caller who gives up is let go at once, with its own reason', async () => {
  metadata.fail('/token', 'hang')
  const giveUp = new AbortController()
  const reason = new Error('the client has gone')
  const asked = getToken(source({ env }), giveUp.signal)
  setTimeout(() => {
    giveUp.abort(reason)
  }, 50)
  await expect(asked).rejects.toBe(reason)
})

test('a caller who has gone before costs no call', async () => {
  const reason = new Error('gone')
  await expect(getToken(source({ env }), AbortSignal.abort(reason))).rejects.toBe(reason)
  expect(metadata.calls).toHaveLength(0)
})
