import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { selfIssued, type IssuingSource } from '../../src/sources/self-issued.ts'
import { requireKafkaUsable } from '../../src/token/jwt-shape.ts'
import { fakePlatform } from '../fakes/platform.ts'

const never = new AbortController().signal
const now = Date.UTC(2026, 0, 1)

function create(options: Record<string, unknown> = {}): IssuingSource {
  const settings = selfIssued.options.parse(options)
  const world = { platform: fakePlatform({ now }), profile: 'default', emit: () => undefined }
  return selfIssued.create(settings, {
    ...world,
    fetchTimeoutMs: 10_000,
    source: () => ({ kind: 'none', getToken: () => Promise.reject(new Error('no other profile')) }),
    changed: () => undefined,
    defaultIssuer: 'http://localhost:14293',
  }) as IssuingSource
}

async function verified(source: IssuingSource) {
  const token = (await source.getToken({ profile: 'default' }, never)).value.reveal()
  const keys = createLocalJWKSet({ keys: (await source.signer.publicJwks()) as JWK[] })
  return { token, ...(await jwtVerify(token, keys, { currentDate: new Date(now), typ: 'at+jwt' })) }
}

describe('a self-issued token', () => {
  it.each(['ES256', 'RS256'])(
    'is signed with %s by a key of the JWK Set, whose kid is its thumbprint',
    async (algorithm) => {
      const source = create({ algorithm })
      const { protectedHeader } = await verified(source)
      const [jwk] = (await source.signer.publicJwks()) as [JWK]
      expect(protectedHeader).toEqual({ alg: algorithm, typ: 'at+jwt', kid: await calculateJwkThumbprint(jwk) })
      expect(jwk).not.toHaveProperty('d')
    },
  )

  it('has the claims of RFC 9068, and those that Kafka clients check', async () => {
    const { token, payload } = await verified(create())
    expect(payload).toEqual({
      iss: 'http://localhost:14293',
      sub: 'kafka-client',
      aud: 'kafka',
      client_id: 'kafka-client',
      iat: now / 1000,
      exp: now / 1000 + 3_600,
      jti: 'uuid-1',
    })
    expect(requireKafkaUsable(token, now)).toBeDefined()
  })

  it('carries what is configured', async () => {
    const options = {
      issuer: 'https://tokens.example',
      audience: ['a', 'b'],
      subject: 'alice',
      scope: 'read write',
      lifetime: '90s',
      claims: { team: 'orders' },
    }
    const { payload } = await verified(create(options))
    expect(payload).toMatchObject({
      iss: 'https://tokens.example',
      aud: ['a', 'b'],
      sub: 'alice',
      scope: 'read write',
      team: 'orders',
    })
    expect(Number(payload.exp) - Number(payload.iat)).toBe(90)
  })

  it('is another at each call', async () => {
    const source = create()
    expect((await verified(source)).payload.jti).not.toBe((await verified(source)).payload.jti)
  })

  it('is verified by the same key after a restart when the key is kept in a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kts-issuer-'))
    try {
      const keyFile = join(folder, 'issuer.pem')
      const before = await create({ keyFile }).signer.publicJwks()
      expect(await create({ keyFile }).signer.publicJwks()).toEqual(before)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('options of self-issued', () => {
  it.each([
    ['a lifetime without a unit that exists', { lifetime: '1 fortnight' }],
    ['a lifetime of nothing', { lifetime: 0 }],
    ['an issuer that is no URL', { issuer: 'me' }],
    ['an empty subject', { subject: '' }],
    ['HS256', { algorithm: 'HS256' }],
    ['claims that have options of their own', { claims: { sub: 'bob' } }],
  ])('refuse %s', (_what, options) => {
    expect(selfIssued.options.safeParse(options).success).toBe(false)
  })

  it.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    [45, 45_000],
    ['45', 45_000],
  ])('take the lifetime %s', (lifetime, ms) => {
    expect(selfIssued.options.parse({ lifetime }).lifetime).toBe(ms)
  })
})
