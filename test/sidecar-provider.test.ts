import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { createSidecar, Secret, type ConfigInput, type Sidecar, type SidecarEvent } from '../src/index.ts'

/** The sidecar between a client and a provider; a second sidecar with its own issuer is that provider. */
const form = { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials' }) }
const folder = mkdtempSync(join(tmpdir(), 'kts-sidecar-provider-'))
const running: Sidecar[] = []
const silent: Server[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((sidecar) => sidecar.stop()))
  for (const server of silent.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

async function started(profiles: ConfigInput['profiles'], outlets: ConfigInput['outlets'] = []) {
  const events: SidecarEvent[] = []
  const sidecar = createSidecar(
    { listen: { port: 0, holdTimeout: '2s' }, profiles, outlets },
    { onEvent: (event) => void events.push(event) },
  )
  running.push(sidecar)
  const { url } = await sidecar.start()
  return { sidecar, url, events }
}

/** Takes requests and never answers. */
async function silentEndpoint(): Promise<string> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  silent.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
}

const provider = () => started({ default: { source: 'self-issued', subject: 'orders' } })

function keyFile(name: string): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const file = join(folder, name)
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return file
}

function orders(issuer: string, assertion: object = {}) {
  const privateKeyFile = keyFile('orders.pem')
  return {
    source: 'client-credentials' as const,
    issuer,
    clientId: 'orders',
    assertion: { algorithm: 'ES256' as const, privateKeyFile, ...assertion },
  }
}

describe('a sidecar in front of a provider', () => {
  it("gives the provider's tokens to clients that know only a URL", async () => {
    const { url: issuer } = await provider()
    const { url } = await started({ default: orders(issuer) })
    const answer = (await (await fetch(`${url}/token`, form)).json()) as { access_token: string }
    expect(decodeJwt(answer.access_token)).toMatchObject({ iss: issuer, sub: 'orders' })
  })

  it('publishes the keys of its assertions only where it is told to, and apart from those of an issuer', async () => {
    const { url: issuer } = await provider()
    const { sidecar, url } = await started({
      default: { source: 'self-issued' },
      orders: orders(issuer, { publishKeys: true }),
      silent: orders(issuer),
    })
    const keys = createRemoteJWKSet(new URL(`${url}/client-jwks/orders`))
    const assertion = (await sidecar.getAssertion('orders')).reveal()
    await expect(jwtVerify(assertion, keys, { issuer: 'orders', audience: issuer })).resolves.toBeDefined()
    await expect(jwtVerify(assertion, createRemoteJWKSet(new URL(`${url}/jwks`)))).rejects.toThrow()
    for (const name of ['silent', 'default', 'nobody']) {
      const answer = await fetch(`${url}/client-jwks/${name}`)
      expect(answer.status).toBe(404)
      expect(await answer.text()).toContain('ERR_REQUEST_NO_CLIENT_KEYS')
    }
    expect((await fetch(`${url}/jwks/orders`)).status).toBe(404)
  })

  it('tells at start which profile cannot work, and serves the others', async () => {
    const { url: issuer } = await provider()
    const { url, events } = await started({
      default: { source: 'self-issued' },
      broken: orders(issuer, { privateKeyFile: join(folder, 'nothing.pem') }),
    })
    await expect
      .poll(() => events.filter(({ type }) => type === 'warning'))
      .toEqual([
        {
          type: 'warning',
          message: expect.stringMatching(/^profile broken does not work: .*\[ERR_KEY_FILE\]$/) as string,
        },
      ])
    expect((await fetch(`${url}/token`, form)).status).toBe(200)
    expect((await fetch(`${url}/token/broken`, form)).status).toBe(400)
  })

  it('says nothing of profiles that it had no time to look at before it was stopped', async () => {
    const { url: issuer } = await provider()
    const others = Array.from({ length: 20 }, (_, index) => [`p${index}`, orders(issuer)] as const)
    const { sidecar, events } = await started({ default: { source: 'self-issued' }, ...Object.fromEntries(others) })
    await sidecar.stop()
    await new Promise((done) => setTimeout(done, 50))
    expect(events.filter(({ type }) => type === 'warning')).toEqual([])
  })

  it('takes a secret that the program hands over', async () => {
    const { url: issuer } = await provider()
    const clientSecret = new Secret('s3cret')
    const { sidecar } = await started({
      default: { source: 'client-credentials', issuer, clientId: 'orders', clientSecret },
    })
    expect((await sidecar.getToken()).subject).toBe('orders')
  })

  it('hands the token of one profile to the provider of another', async () => {
    const { url: issuer } = await provider()
    const { sidecar } = await started({
      default: { source: 'token-exchange', issuer, subjectToken: { profile: 'mine' }, clientAuth: 'none' },
      mine: { source: 'self-issued' },
    })
    // A sidecar's own issuer knows no token exchange; its words reach us whole.
    await expect(sidecar.getToken()).rejects.toMatchObject({
      code: 'ERR_PROVIDER_REFUSED',
      oauth: 'unsupported_grant_type',
    })
  })

  it('tells of which profile the failure is that another one waits for', async () => {
    const { url: issuer } = await provider()
    const exchange = { source: 'token-exchange' as const, issuer, clientAuth: 'none' as const }
    const refused = { ...exchange, subjectToken: { profile: 'mine' } }
    const broken = orders(issuer, { privateKeyFile: join(folder, 'nothing.pem') })
    const silent = { ...orders(issuer), issuer: undefined, tokenEndpoint: await silentEndpoint(), fetchTimeout: '30s' }
    const { sidecar } = await started({
      default: { source: 'self-issued' },
      mine: { source: 'self-issued' },
      refused,
      broken,
      silent,
      second: { ...exchange, subjectToken: { profile: 'refused' } },
      third: { ...exchange, subjectToken: { profile: 'broken' } },
      fourth: { ...exchange, subjectToken: { profile: 'silent' }, fetchTimeout: '200ms' },
    })
    await expect(sidecar.getToken('second')).rejects.toMatchObject({
      code: 'ERR_PROVIDER_REFUSED',
      oauth: 'unsupported_grant_type',
      message: expect.stringMatching(/^profile refused: .*unsupported_grant_type/) as string,
    })
    await expect(sidecar.getToken('third')).rejects.toMatchObject({
      code: 'ERR_KEY_FILE',
      message: expect.stringMatching(/^profile broken: cannot read/) as string,
    })
    await expect(sidecar.getToken('fourth')).rejects.toMatchObject({
      code: 'ERR_TOKEN_TIMEOUT',
      message: 'profile silent: no token was obtained within 0.18 s',
    })
  }, 15_000)

  it('keeps files fresh with an assertion and a token until it stops', async () => {
    const { url: issuer } = await provider()
    const [assertionFile, tokenFile] = [join(folder, 'assertion.jwt'), join(folder, 'token.jwt')]
    const { sidecar, events } = await started({ default: orders(issuer) }, [
      { from: { assertion: 'default' }, to: { file: assertionFile, mode: '0640', refresh: '1s' } },
      { from: { profile: 'default' }, to: { file: tokenFile } },
    ])
    await expect.poll(() => events.filter(({ type }) => type === 'outlet-written').length).toBeGreaterThanOrEqual(2)
    expect(decodeJwt(readFileSync(assertionFile, 'utf8'))).toMatchObject({ iss: 'orders', aud: issuer })
    expect(statSync(assertionFile).mode & 0o777).toBe(0o640)
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600)
    expect(readFileSync(tokenFile, 'utf8')).toBe((await sidecar.getToken()).value.reveal())
    const first = readFileSync(assertionFile, 'utf8')
    await expect.poll(() => readFileSync(assertionFile, 'utf8'), { timeout: 4_000 }).not.toBe(first)
    await sidecar.stop()
    const last = readFileSync(assertionFile, 'utf8')
    await new Promise((done) => setTimeout(done, 1_200))
    expect(readFileSync(assertionFile, 'utf8')).toBe(last)
  })

  it('leaves alone the file of an outlet that was replaced before it began', async () => {
    const profiles = { default: { source: 'self-issued' as const, subject: 'orders' } }
    const { sidecar, events } = await started(profiles)
    const config = (file: string): ConfigInput => ({
      listen: { port: 0, holdTimeout: '2s' },
      profiles,
      outlets: [{ from: { profile: 'default' }, to: { file: join(folder, file) } }],
    })
    sidecar.reload(config('first.jwt'))
    sidecar.reload(config('second.jwt'))
    await expect.poll(() => events.filter(({ type }) => type === 'outlet-written').length).toBeGreaterThan(0)
    expect([existsSync(join(folder, 'first.jwt')), existsSync(join(folder, 'second.jwt'))]).toEqual([false, true])
  })

  it('fills the outlets that it was told of while it started', async () => {
    const file = join(folder, 'early.jwt')
    const config: ConfigInput = {
      listen: { port: 0 },
      profiles: { default: { source: 'self-issued', subject: 'orders' } },
    }
    const sidecar = createSidecar(config)
    running.push(sidecar)
    const starting = sidecar.start()
    sidecar.reload({ ...config, outlets: [{ from: { profile: 'default' }, to: { file } }] })
    await starting
    await expect.poll(() => existsSync(file)).toBe(true)
  })
})
