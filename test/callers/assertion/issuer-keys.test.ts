import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CallersConfig } from '../../../src/callers/caller.ts'
import { eventually } from '../../fakes/eventually.ts'
import { scriptedServer, type Fault } from '../../fakes/scripted-server.ts'
import { mountedVolume } from '../../fakes/mounted-volume.ts'
import { settled } from '../../fakes/platform.ts'
import { assertionFixture, issuerConfig, type AssertionFixture } from './assertions.ts'
import { jwt, otherRsa, p256, publicJwk, rsa } from './jwt.ts'

const minute = 60_000
const hour = 60 * minute
const fraud = { caller: 'fraud', by: 'assertion' }
const wellKnown = '/.well-known/openid-configuration'

let of: AssertionFixture
beforeEach(async () => {
  of = await assertionFixture()
})
afterEach(() => of.close())

const fetches = (): number => of.server.callsTo('/jwks').length
const rotated = (): string => of.good({}, { key: otherRsa, kid: 'two' })
const rotate = (): void => void (of.keys = [publicJwk(otherRsa, { kid: 'two' })])

describe('the keys of an issuer', () => {
  it('are discovered when they are first needed, once, and no timer waits for them', async () => {
    expect(of.server.calls).toHaveLength(0)
    await of.present(of.good())
    await of.present(of.good())
    expect(of.server.calls.map(({ path }) => path)).toEqual([wellKnown, '/jwks'])
    expect(of.server.calls[1]?.headers.accept).toBe('application/json, application/jwk-set+json')
    expect(of.platform.pendingTimers).toBe(0)
  })

  it('are fetched once for all who wait', async () => {
    await Promise.all(Array.from({ length: 50 }, async () => of.present(of.good())))
    expect(of.server.calls).toHaveLength(2)
  })

  it('are refreshed after 10 minutes, while the former ones answer', async () => {
    await of.present(of.good())
    await of.platform.pass(10 * minute - 1)
    await of.present(of.good())
    expect(fetches()).toBe(1)
    await of.platform.pass(1)
    rotate()
    of.server.delay(50)
    expect(await of.present(of.good())).toEqual(fraud)
    await eventually(fetches).toBe(2)
    await eventually(() => of.platform.pendingTimers).toBe(0)
    expect(await of.present(rotated())).toEqual(fraud)
    expect(fetches()).toBe(2)
    expect((await of.refusal(of.good())).message).toContain('does not publish (kid one)')
  })

  it('are awaited when nobody asked for an hour, so that one that was withdrawn is not believed', async () => {
    await of.present(of.good())
    await of.platform.pass(hour)
    rotate()
    for (const error of await Promise.all([of.refusal(of.good()), of.refusal(of.good())])) {
      expect(error.message).toContain('does not publish (kid one)')
    }
    expect(fetches()).toBe(2)
  })

  it('are fetched again for a kid that is unknown', async () => {
    await of.present(of.good())
    await of.platform.pass(10_000)
    rotate()
    expect(await of.present(rotated())).toEqual(fraud)
    expect(fetches()).toBe(2)
  })

  it.each([
    ['that has no kid', ''],
    ['that took over the kid', 'one'],
  ])('are fetched again for a new key %s', async (_name, kid) => {
    await of.present(of.good())
    await of.platform.pass(10_000)
    of.keys = [publicJwk(otherRsa, { kid: 'one' })]
    expect(await of.present(of.good({}, { key: otherRsa, kid }))).toEqual(fraud)
  })

  it('are not fetched for each unknown kid: once in 10 s', async () => {
    await of.present(of.good())
    await of.platform.pass(10_000)
    for (let n = 0; n < 20; n++) await of.refusal(of.good({}, { kid: `unknown-${n}` }))
    expect(fetches()).toBe(2)
    await of.platform.pass(10_000)
    await of.refusal(of.good({}, { kid: 'unknown' }))
    expect(fetches()).toBe(3)
  })

  it('stay when the configuration of something else changes', async () => {
    await of.present(of.good())
    of.replace()
    of.replace(undefined, { [of.issuer]: issuerConfig({ jti: 'once' }), 'https://else.example': issuerConfig() })
    await of.present(of.good({ jti: 'a' }))
    expect(fetches()).toBe(1)
  })

  it('are asked for at the address that is configured, without discovery', async () => {
    const fixed = await assertionFixture()
    fixed.replace(undefined, { [fixed.issuer]: issuerConfig({ jwksUri: `${fixed.issuer}/jwks` }) })
    expect(await fixed.present(fixed.good())).toEqual(fraud)
    expect(fixed.server.calls.map(({ path }) => path)).toEqual(['/jwks'])
    await fixed.close()
  })

  it('are discovered anew when they have moved', async () => {
    await of.present(of.good())
    const moved = await scriptedServer(() => ({ body: { keys: [publicJwk(otherRsa, { kid: 'two' })] } }))
    of.server.fail('/jwks', { status: 404 })
    of.server.fail(wellKnown, { body: { issuer: of.issuer, jwks_uri: `${moved.origin}/keys` } })
    await of.platform.pass(10_000)
    expect(await of.refusal(rotated())).toMatchObject({ code: 'ERR_CALLER_KEYS' })
    await of.platform.pass(10_000)
    expect(await of.present(rotated())).toEqual(fraud)
    await moved.close()
  })
})

describe('keys that cannot be had', () => {
  it.each<[string, string, Fault, () => string]>([
    ['the connection breaks', '/jwks', 'reset', () => `${of.server.host} did not answer: it closed the connection`],
    [
      'they are huge',
      '/jwks',
      { body: `{"keys":[${' '.repeat(2_000_000)}]}` },
      () => `${of.server.host} answered with more than 1 MB`,
    ],
    [
      'they are no JSON',
      '/jwks',
      { body: '<html>' },
      () => `${of.server.host} answered with an HTML page for its keys`,
    ],
    [
      'they are no JWK Set',
      '/jwks',
      { body: { keys: 7 } },
      () => `${of.server.host} answers with something that is no JWK Set`,
    ],
    [
      'they are elsewhere',
      '/jwks',
      { status: 302, headers: { Location: 'https://evil.example/jwks' } },
      () => `${of.issuer}/jwks redirects to https://evil.example/jwks`,
    ],
    ['they are not there', '/jwks', { status: 404 }, () => `${of.server.host} answers 404 for its keys`],
    ['they are not for us', '/jwks', { status: 403 }, () => `${of.server.host} answers 403 for its keys`],
    ['the issuer is broken', '/jwks', { status: 500 }, () => `${of.server.host} answers 500 for its keys`],
    [
      'the metadata is that of another issuer',
      wellKnown,
      { body: { issuer: 'https://evil.example', jwks_uri: 'https://evil.example/jwks' } },
      () => `the metadata of ${of.issuer} is that of https://evil.example`,
    ],
    [
      'the metadata names none',
      wellKnown,
      { body: { issuer: 'ISSUER' } },
      () => `the metadata of ${of.issuer} has no jwks_uri`,
    ],
    [
      'the metadata names them over http',
      wellKnown,
      { body: { issuer: 'ISSUER', jwks_uri: 'http://evil.example/jwks' } },
      () => 'http://evil.example is not https',
    ],
    [
      'there is no metadata',
      '.well-known',
      { status: 404 },
      () => `there is no metadata at ${of.issuer}${wellKnown} (404)`,
    ],
  ])('because %s say so, and the client asks again', async (_name, path, fault, message) => {
    of.server.fail(path, JSON.parse(JSON.stringify(fault).replaceAll('ISSUER', of.issuer)) as Fault)
    const error = await of.refusal(of.good())
    expect(error).toMatchObject({ code: 'ERR_CALLER_KEYS', status: 503, retryAfterMs: 2_000 })
    expect(error.message).toContain(`the public keys of ${of.issuer} cannot be had: ${message()}`)
    expect(error.hint).not.toContain('tokenEndpoint')
    expect(of.events).toEqual([])
  })

  it('come with the wait that the issuer wishes', async () => {
    of.server.fail('/jwks', { status: 429, headers: { 'Retry-After': '7' } })
    expect(await of.refusal(of.good())).toMatchObject({ status: 503, retryAfterMs: 7_000 })
  })

  it.each<[string, Fault]>([
    ['/jwks', 'hang'],
    ['/jwks', 'stall'],
    ['.well-known', 'hang'],
  ])('because %s is slow (%s) say so after 5 s', async (path, fault) => {
    of.server.fail(path, fault)
    const refusal = of.refusal(of.good())
    await eventually(() => of.server.callsTo(path).length).toBe(1)
    await of.platform.pass(5_000)
    expect((await refusal).message).toBe(
      `the public keys of ${of.issuer} cannot be had: they did not arrive within 5 s`,
    )
    expect(of.platform.pendingTimers).toBe(0)
  })

  it('are asked for no more than once in 2 s', async () => {
    of.server.fail('/jwks', { status: 500 })
    for (let n = 0; n < 20; n++) await of.refusal(of.good())
    expect(fetches()).toBe(1)
    await of.platform.pass(2_000)
    of.server.heal()
    expect(await of.present(of.good())).toEqual(fraud)
  })

  it('are replaced by the former ones for 24 h, which is told once', async () => {
    await of.present(of.good())
    of.server.fail('/', { status: 500 })
    await of.platform.pass(11 * minute)
    for (let n = 0; n < 10; n++) {
      expect(await of.present(of.good())).toEqual(fraud)
      await eventually(() => of.platform.pendingTimers).toBe(0)
      await of.platform.pass(minute)
    }
    await of.platform.pass(20 * hour)
    expect(await of.present(of.good())).toEqual(fraud)
    const message = `the public keys of ${of.issuer} cannot be had: ${of.server.host} answers 500 for its keys`
    expect(of.events).toEqual([{ type: 'warning', message: `${message}; the former ones are used for up to 24 h` }])
    await of.platform.pass(4 * hour)
    expect(await of.refusal(of.good())).toMatchObject({ code: 'ERR_CALLER_KEYS' })
    await of.platform.pass(2_000)
    of.server.heal()
    expect(await of.present(of.good())).toEqual(fraud)
  })

  it('are told again after they were there again', async () => {
    await of.present(of.good())
    for (const outages of [1, 2]) {
      of.server.fail('/', { status: 500 })
      await of.platform.pass(11 * minute)
      await of.present(of.good())
      await eventually(() => of.events.length).toBe(outages)
      of.server.heal()
      await of.platform.pass(minute)
      await of.present(of.good())
      await eventually(() => of.platform.pendingTimers).toBe(0)
    }
  })

  it('leave it open whether an unknown kid is one', async () => {
    await of.present(of.good())
    await of.platform.pass(10_000)
    of.server.fail('/jwks', { status: 500 })
    expect(await of.refusal(rotated())).toMatchObject({ code: 'ERR_CALLER_KEYS', status: 503 })
    expect(await of.refusal(rotated())).toMatchObject({ code: 'ERR_CALLER_KEYS', status: 503 })
    expect(await of.present(of.good())).toEqual(fraud)
    expect(fetches()).toBe(2)
  })

  it('hold up a thousand who wait, and no other issuer', async () => {
    const other = await scriptedServer(() => ({ body: { keys: [publicJwk(rsa, { kid: 'one' })] } }))
    const callers: CallersConfig = {
      a: { profiles: ['p'], assertion: { issuer: of.issuer, audience: ['x'], subject: ['s'] } },
      b: { profiles: ['p'], assertion: { issuer: 'https://b.example', audience: ['x'], subject: ['s'] } },
    }
    of.replace(callers, { 'https://b.example': issuerConfig({ jwksUri: `${other.origin}/keys` }) })
    of.server.fail('/jwks', 'hang')
    const own = { aud: 'x', sub: 's' }
    const waiting = Array.from({ length: 1_000 }, () => of.refusal(of.good(own)))
    expect(await of.refusal(of.good(own))).toMatchObject({
      code: 'ERR_REQUEST_OVERLOAD',
      status: 503,
      hint: expect.stringContaining('this issuer answers slowly') as string,
    })
    expect(await of.present(of.good({ ...own, iss: 'https://b.example' }))).toEqual({ caller: 'b', by: 'assertion' })
    await eventually(fetches).toBe(1)
    await of.platform.pass(5_000)
    expect((await Promise.all(waiting)).every(({ code }) => code === 'ERR_CALLER_KEYS')).toBe(true)
    await of.platform.pass(2_000)
    of.server.heal()
    for (let n = 0; n < 5; n++) expect(await of.present(of.good(own))).toMatchObject({ caller: 'a' })
    await other.close()
  })

  it('are given up when the configuration changes meanwhile', async () => {
    of.server.fail('/jwks', 'hang')
    const refusal = of.refusal(of.good())
    await eventually(fetches).toBe(1)
    of.replace({})
    expect(await refusal).toMatchObject({
      code: 'ERR_CALLER_KEYS',
      message: 'the configuration of the sidecar changes',
    })
    await settled()
    expect(of.platform.pendingTimers).toBe(0)
  })
})

describe('the keys of an issuer without an address', () => {
  it.each(['spiffe://example.org', 'orders'])('%s are not looked for', async (issuer) => {
    of.replace({ a: { profiles: ['p'], assertion: { issuer, audience: ['x'], subject: ['spiffe://example.org/a'] } } })
    const error = await of.refusal(of.good({ iss: issuer, sub: 'spiffe://example.org/a', aud: 'x' }))
    expect(error).toMatchObject({
      code: 'ERR_CALLER_KEYS',
      message: `the public keys of ${issuer} cannot be had: it has no address to discover them at`,
    })
    expect(error.hint).toContain('Set jwksUri or jwksFile')
  })
})

describe('keys in a file', () => {
  const trustDomain = 'spiffe://example.org'
  const sub = `${trustDomain}/ns/fraud/sa/app`
  const svid = (more: object = {}): string =>
    jwt({ sub, aud: ['kafka'], exp: of.platform.now() / 1000 + 300, ...more }, { key: p256, alg: 'ES256' })
  const bundle = (...keys: object[]): string => JSON.stringify({ keys, spiffe_sequence: 1, spiffe_refresh_hint: 300 })
  const ofUse = (use: string): object => publicJwk(p256, { kid: 'one', use })

  function trusting(jwksFile: string): void {
    of.replace(
      {
        app: {
          profiles: ['p'],
          assertion: { issuer: trustDomain, audience: ['kafka'], subject: [`${trustDomain}/ns/*/sa/app`] },
        },
      },
      { [trustDomain]: issuerConfig({ jwksFile }) },
    )
  }

  it('as a SPIFFE bundle verify JWT-SVIDs, which have no issuer', async () => {
    const volume = mountedVolume({ bundle: bundle({ kty: 'EC', use: 'x509-svid', crv: 'P-256' }, ofUse('jwt-svid')) })
    trusting(volume.file('bundle'))
    expect(await of.present(svid())).toEqual({ caller: 'app', by: 'assertion' })
    expect(await of.present(svid({ iss: trustDomain }))).toEqual({ caller: 'app', by: 'assertion' })
    volume.remove()
  })

  it('may be those of several trust domains, as spiffe-helper writes them', async () => {
    const inBase64 = (text: string): string => Buffer.from(text).toString('base64')
    const file = { 'other.org': inBase64(bundle()), 'example.org': inBase64(bundle(ofUse('jwt-svid'))) }
    const volume = mountedVolume({ bundle: JSON.stringify(file) })
    trusting(volume.file('bundle'))
    expect(await of.present(svid())).toEqual({ caller: 'app', by: 'assertion' })
    volume.swap({ bundle: JSON.stringify({ 'other.org': inBase64(bundle(ofUse('jwt-svid'))) }) })
    // The file holds nothing for this trust domain, so what it held is used on.
    expect(await of.present(svid())).toEqual({ caller: 'app', by: 'assertion' })
    volume.remove()
  })

  it('for other uses than verifying do not', async () => {
    const volume = mountedVolume({ bundle: bundle({ ...publicJwk(p256, { kid: 'one' }), key_ops: ['encrypt'] }) })
    trusting(volume.file('bundle'))
    expect((await of.refusal(svid())).message).toContain('does not publish (kid one)')
    volume.remove()
  })

  it('for certificates only do not', async () => {
    const volume = mountedVolume({ bundle: bundle(ofUse('x509-svid')) })
    trusting(volume.file('bundle'))
    expect((await of.refusal(svid())).message).toBe(
      `the assertion is signed by a key that ${trustDomain} does not publish (kid one)`,
    )
    volume.remove()
  })

  it('are the new ones as soon as they change, and stay where a change is broken', async () => {
    const volume = mountedVolume({ bundle: bundle() })
    trusting(volume.file('bundle'))
    await of.refusal(svid())
    volume.swap({ bundle: bundle(ofUse('jwt-svid')) })
    expect(await of.present(svid({ n: 1 }))).toMatchObject({ caller: 'app' })
    volume.swap({ bundle: 'nonsense' })
    expect(await of.present(svid({ n: 2 }))).toMatchObject({ caller: 'app' })
    await of.platform.pass(5_000)
    await eventually(() => of.events.map(({ type }) => type)).toEqual(['files-reloaded', 'reload-failed'])
    volume.remove()
  })

  it.each([
    ['is missing', undefined, 'cannot read FILE (ENOENT)'],
    ['is empty', '', 'FILE holds no JWK Set'],
    ['is a list', '[]', 'FILE holds no JWK Set'],
  ])('that %s cannot be had', async (_name, content, message) => {
    const folder = mkdtempSync(join(tmpdir(), 'kts-jwks-'))
    const file = join(folder, 'bundle.json')
    if (content !== undefined) writeFileSync(file, content)
    trusting(file)
    expect(await of.refusal(svid())).toMatchObject({
      code: 'ERR_CALLER_KEYS',
      status: 503,
      message: `the public keys of ${trustDomain} cannot be had: ${message.replace('FILE', file)}`,
    })
    rmSync(folder, { recursive: true })
  })
})
