import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalJWKSet, exportJWK, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSidecar, type Sidecar } from '../../src/sidecar.ts'
import { run } from './command-line.ts'

const folder = mkdtempSync(join(tmpdir(), 'kts-provider-commands-'))
const keyFile = join(folder, 'orders.pem')
let publicKey: KeyObject
/** Another sidecar with its own issuer is a provider that takes any client. */
let provider: Sidecar
let issuer = ''
let configFile = ''

beforeAll(async () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  publicKey = pair.publicKey
  writeFileSync(keyFile, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  provider = createSidecar({
    listen: { port: 0 },
    profiles: { default: { source: 'self-issued', subject: 'orders', claims: { azp: 'orders-app' } } },
  })
  issuer = (await provider.start()).url
  configFile = join(folder, 'sidecar.yaml')
  const assertion = { algorithm: 'ES256', privateKeyFile: keyFile }
  const orders = { source: 'client-credentials', issuer, clientId: 'orders', principalClaim: 'azp', assertion }
  const bare = { source: 'self-issued' }
  const broken = { ...orders, assertion: { algorithm: 'RS256', privateKeyFile: keyFile } }
  const gone = { ...orders, issuer: `${issuer}/nothing` }
  writeFileSync(configFile, JSON.stringify({ profiles: { orders, bare, broken, gone } }))
})

afterAll(async () => {
  await provider.stop()
  rmSync(folder, { recursive: true })
})

describe('the command assertion', () => {
  it('prints an assertion of the profile, signed by its key and meant for its provider', async () => {
    const { code, out, err } = await run(['assertion', '--profile', 'orders', '--config', configFile])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] })
    const { payload } = await jwtVerify(out.trim(), keys, { issuer: 'orders', subject: 'orders', audience: issuer })
    expect(Number(payload.exp) - Number(payload.iat)).toBe(300)
  })

  it('tells with --decode what is in it, and not the signature', async () => {
    const { code, out } = await run(['assertion', '--decode', '--profile=orders', '--config', configFile])
    expect(code).toBe(0)
    const { header, claims, expiresIn } = JSON.parse(out) as Record<string, unknown>
    expect(header).toEqual({ alg: 'ES256', typ: 'JWT' })
    expect(claims).toMatchObject({ iss: 'orders', sub: 'orders', aud: issuer })
    expect(Number(expiresIn)).toBeGreaterThan(290)
    expect(out).not.toMatch(/[\w-]{20,}\.[\w-]{20,}\./)
  })

  it.each([
    ['a profile that makes none', 'bare', 5, 'profile bare makes no assertions'],
    [
      'a profile that is not there',
      'nobody',
      2,
      '--profile (given: nobody): is no profile; there is orders, bare, broken, gone',
    ],
    ['what every object has', 'constructor', 2, '--profile (given: constructor): is no profile'],
    ['a key that does not fit', 'broken', 4, 'RS256'],
  ])('refuses %s', async (_name, profile, code, words) => {
    const ran = await run(['assertion', '--profile', profile, '--config', configFile])
    expect({ code: ran.code, out: ran.out }).toEqual({ code, out: '' })
    expect(ran.err).toContain(words)
    expect(ran.err.trim().split('\n').length).toBeLessThanOrEqual(code === 2 ? 2 : 1)
  })
})

describe('the command token', () => {
  it('takes the profile by name, and tells which claim is the principal', async () => {
    const { code, out } = await run(['token', '--decode', '--profile', 'orders', '--config', configFile])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      claims: { iss: issuer, azp: 'orders-app' },
      principal: 'orders-app',
      principalClaim: 'azp',
    })
  })
})

describe('a provider that does not answer', () => {
  const silent = createServer()
  let patient: string[]

  beforeAll(async () => {
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/token`
    const shortly = ['--fetch-timeout', '400ms', '--hold-timeout', '250ms']
    const client = ['--source', 'client-credentials', '--client-id', 'orders', '--client-auth', 'none']
    patient = [...client, '--token-endpoint', endpoint, ...shortly]
  })

  afterAll(() => {
    silent.closeAllConnections()
    silent.close()
  })

  it.each(['token', 'verify'])('is named by %s, also where a client would not be held for so long', async (command) => {
    const { code, out, err } = await run([command, ...patient])
    expect(code).toBe(5)
    expect(out + err).toMatch(/127\.0\.0\.1:\d+ did not answer/)
    expect(out + err).toContain('ERR_PROVIDER_UNAVAILABLE')
  })
})

describe('the command verify', () => {
  it('reports each step of a profile that works', async () => {
    const { code, out, err } = await run(['verify', 'orders', '--config', configFile])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain(`profile orders, source client-credentials, provider ${issuer}`)
    expect(out).toMatch(/^ok {5}assertion \(\d+ ms\): JWT, alg "ES256", iss "orders"/m)
    expect(out).toMatch(/^ok {5}token \(\d+ ms\): JWT, .*principal orders-app/m)
    expect(out).not.toMatch(/ey[\w-]{20,}\./)
    expect(out.trim().split('\n').at(-1)).toBe('The profile works.')
  })

  it('stops at the step that fails, with what mends it', async () => {
    const { code, out } = await run(['verify', 'gone', '--json', '--config', configFile])
    expect(code).toBe(5)
    const { ok, steps } = JSON.parse(out) as { ok: boolean; steps: Record<string, unknown>[] }
    expect(ok).toBe(false)
    expect(steps).toEqual([
      {
        step: 'assertion',
        ok: false,
        code: 'ERR_PROVIDER_METADATA',
        found: expect.stringContaining('Correct issuer') as string,
        tookMs: expect.any(Number) as number,
      },
    ])
  })

  it.each([
    [['verify', 'orders', '--profile', 'bare'], '--profile: is orders already; name one profile'],
    [['verify', '--log-level', 'error', 'orders'], 'orders: is not expected here'],
  ])('takes one name, as its first word: %j', async (words, problem) => {
    const { code, err } = await run([...words, '--config', configFile])
    expect(code).toBe(2)
    expect(err).toContain(problem)
  })

  it('tries the default profile by flags alone', async () => {
    const { code, out } = await run(['verify', '--source', 'self-issued'])
    expect(code).toBe(0)
    expect(out).toContain('profile default, source self-issued')
  })
})
