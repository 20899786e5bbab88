import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request as ask } from 'node:http'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { parseConfig } from '../src/config/load.ts'
import type { ConfigInput } from '../src/config/schema.ts'
import { nodePlatform } from '../src/platform/platform.ts'
import { composeSidecar, type ComposeOptions, type Sidecar } from '../src/sidecar.ts'
import type { SidecarEvent } from '../src/token/event.ts'
import { eventually } from './fakes/eventually.ts'
import { scriptedServer } from './fakes/scripted-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'admin-'))
const secret = 'a-secret-of-27-characters!!'
const secretFile = join(folder, 'secret')
writeFileSync(secretFile, secret)
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const running: Sidecar[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((sidecar) => sidecar.stop()))
})

async function started(config: ConfigInput = {}, options: ComposeOptions = {}) {
  const events: SidecarEvent[] = []
  const profiles: ConfigInput['profiles'] = { default: { source: 'self-issued' }, orders: { source: 'self-issued' } }
  const input = parseConfig({ listen: { port: 0 }, profiles, ...config, admin: { port: 0, ...config.admin } })
  const platform = nodePlatform({})
  const sidecar = composeSidecar(input, { platform, onEvent: (event) => events.push(event), ...options })
  running.push(sidecar)
  const { url } = await sidecar.start()
  const listening = events.find(({ type }) => type === 'admin-listening')
  const admin = listening && 'urls' in listening ? (listening.urls[0] ?? '') : ''
  const status = async (path: string) => (await fetch(admin + path)).status
  return { sidecar, events, url, admin, status }
}

/** As `fetch`, which lets nobody choose `Host`. */
function askAs(
  url: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = ask(url, { method, headers }, (answer) => {
      let body = ''
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()))
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, body })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

async function takeToken(url: string): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  const answer = (await (await fetch(`${url}/token`, { method: 'POST', body })).json()) as { access_token: string }
  return answer.access_token
}

describe('the admin listener', () => {
  it('is there in a library only where its port is named', async () => {
    const { events } = await started({ admin: { port: false } })
    expect(events.map(({ type }) => type)).not.toContain('admin-listening')
  })

  it('answers probes and scrapes by any name, HEAD too, without a secret', async () => {
    const { admin, status } = await started()
    await eventually(() => status('/startupz')).toBe(200)
    for (const path of ['/livez', '/readyz', '/startupz', '/metrics', '/readyz/default', '/readyz/orders']) {
      for (const method of ['GET', 'HEAD']) {
        const { status: got, body } = await askAs(
          admin + path,
          { Host: '10.0.0.7:8080', 'X-Forwarded-For': '1.2.3.4' },
          method,
        )
        expect([got, body === ''], `${method} ${path}`).toEqual([200, method === 'HEAD'])
      }
    }
  })

  it('tells in words, in JSON, and verbosely', async () => {
    const { admin, status } = await started()
    await eventually(() => status('/startupz')).toBe(200)
    expect(await (await fetch(`${admin}/readyz`)).text()).toBe('ready\n')
    expect(await (await fetch(`${admin}/readyz?verbose`)).text()).toBe(
      'ready\nprofile default: ready\nprofile orders: unused\n',
    )
    const json = await (await fetch(`${admin}/readyz`, { headers: { Accept: 'application/json' } })).json()
    expect(json).toMatchObject({ ready: true, profiles: { default: { ready: true }, orders: { unused: true } } })
    const { status: got, body } = await askAs(`${admin}/readyz/no-such`, {})
    expect([got, body]).toEqual([404, 'there is no profile no-such\n'])
  })

  it('tells which profile cannot answer by its code, and nothing of what the provider said', async () => {
    const idp = await scriptedServer(() => ({
      status: 503,
      body: { error: 'down', error_description: 'inner secret' },
    }))
    const profile = {
      source: 'client-credentials',
      tokenEndpoint: `${idp.origin}/t`,
      clientId: 'app',
      clientAuth: 'none',
    } as const
    const { admin, status } = await started({ profiles: { default: profile } })
    await eventually(async () => (await askAs(`${admin}/readyz`, {})).body).toContain('ERR_PROVIDER')
    expect(await status('/readyz')).toBe(503)
    expect(await status('/startupz')).toBe(503)
    expect(await status('/readyz/default')).toBe(503)
    expect(await status('/livez')).toBe(200)
    const { body } = await askAs(`${admin}/readyz?verbose`, {})
    expect(body).toBe(
      'nothing that is in use can be given\nprofile default: cannot be given (ERR_PROVIDER_UNAVAILABLE)\n',
    )
    await idp.close()
  })

  it('ends readiness before anything else, and answers until the end', async () => {
    const { sidecar, admin, url, events, status } = await started({ listen: { port: 0, drainDelay: '300ms' } })
    await eventually(() => status('/readyz')).toBe(200)
    const stopped = sidecar.stop()
    await eventually(() => status('/readyz')).toBe(503)
    expect((await askAs(`${admin}/readyz`, {})).body).toBe('draining\n')
    expect(await status('/livez')).toBe(200)
    expect(await takeToken(url)).toContain('.')
    await stopped
    expect(events.filter(({ type }) => type === 'draining')).toEqual([{ type: 'draining', delayMs: 300 }])
    await expect(status('/livez')).rejects.toThrow()
  })

  it('drops the token of a profile: the next client gets a new one', async () => {
    const { admin, url, events } = await started()
    const before = await takeToken(url)
    expect(await takeToken(url)).toBe(before)
    const { status, body } = await askAs(`${admin}/flush/default`, {}, 'POST')
    expect([status, body]).toEqual([200, 'the token of profile default was dropped: the next client gets a new one\n'])
    expect(await takeToken(url)).not.toBe(before)
    expect(events.map(({ type }) => type)).toContain('admin-action')
    expect((await askAs(`${admin}/flush/no-such`, {}, 'POST')).body).toContain('ERR_REQUEST_PROFILE')
    expect((await askAs(`${admin}/flush/default`, {})).status).toBe(405)
  })

  it('refuses what comes from another page, or by another name', async () => {
    const { admin } = await started({ admin: { allowQuit: true } })
    const { host } = new URL(admin)
    for (const headers of [
      { Origin: 'http://evil.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { Host: 'evil.example' },
      { Host: 'evil.example', Origin: 'http://evil.example' },
      { 'X-Forwarded-For': '192.0.2.1' },
    ]) {
      for (const path of ['/flush/default', '/quitquitquit']) {
        expect((await askAs(admin + path, headers, 'POST')).status, JSON.stringify(headers)).toBe(403)
      }
      expect((await askAs(`${admin}/state`, headers)).status).toBe(403)
    }
    const own = { Host: host, Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' }
    expect((await askAs(`${admin}/flush/default`, own, 'POST')).status).toBe(200)
  })

  it('asks for the secret, where there is one, for all but probes and metrics', async () => {
    const { admin, status } = await started({ admin: { secretFile, allowQuit: true } })
    for (const path of ['/livez', '/metrics', '/']) expect(await status(path), path).toBe(200)
    expect(await status('/state')).toBe(401)
    for (const path of ['/flush/default', '/quitquitquit']) {
      expect((await askAs(admin + path, {}, 'POST')).status).toBe(401)
      expect((await askAs(admin + path, { Authorization: 'Bearer wrong' }, 'POST')).status).toBe(401)
    }
    const authorization = { Authorization: `Bearer ${secret}` }
    expect((await askAs(`${admin}/state`, authorization)).status).toBe(200)
    expect((await askAs(`${admin}/flush/default`, authorization, 'POST')).status).toBe(200)
  })

  it('ends the sidecar only where that is allowed, once, and answers before', async () => {
    const { admin: firm } = await started()
    expect(await askAs(`${firm}/quitquitquit`, {}, 'POST')).toMatchObject({
      status: 404,
      body: expect.stringContaining('--admin-allow-quit') as string,
    })
    let asked = 0
    const { admin } = await started(
      { admin: { allowQuit: true } },
      {
        onQuit: () => {
          asked += 1
        },
      },
    )
    for (let turn = 0; turn < 3; turn++) {
      expect(await askAs(`${admin}/quitquitquit`, {}, 'POST')).toMatchObject({ status: 200, body: 'ending\n' })
    }
    await eventually(() => asked).toBe(1)
  })

  it('stops a sidecar of a library that says nothing else', async () => {
    const { admin, status } = await started({ admin: { allowQuit: true } })
    await askAs(`${admin}/quitquitquit`, {}, 'POST')
    await expect.poll(() => status('/livez').catch(() => 'gone')).toBe('gone')
  })

  it('tells a Kafka client that took its port for the endpoint where that is', async () => {
    const { admin, url } = await started()
    const { status, body } = await askAs(`${admin}/token`, { 'User-Agent': 'Java/17' }, 'POST')
    expect(status).toBe(404)
    expect(body).toContain(`tokens are given at ${url}/token`)
  })

  it('follows the configuration', async () => {
    const { sidecar, status, admin, url } = await started()
    await takeToken(url)
    sidecar.reload({ listen: { port: 0 }, admin: { port: 0 }, profiles: { fraud: { source: 'self-issued' } } })
    expect(await status('/readyz/fraud')).toBe(200)
    expect(await status('/readyz/default')).toBe(404)
    expect((await askAs(`${admin}/metrics`, {})).body).toContain('requests_total{profile="_other"')
  })

  it('is answered without, where its usual port is taken, and said so; a chosen one has to be had', async () => {
    const taken = await takenBehindFree()
    const { port } = taken.address() as AddressInfo
    await expect(started({ admin: { port } })).rejects.toMatchObject({ code: 'EADDRINUSE', option: '--admin-port' })
    const { events, url } = await started(
      { listen: { port: port - 1 }, admin: { port: undefined } },
      { hasAdmin: true },
    )
    expect(await takeToken(url)).toContain('.')
    const warnings = events.flatMap((event) => (event.type === 'warning' ? event.message : []))
    expect(warnings).toEqual([expect.stringContaining(`port ${port} is in use: no health, metrics and admin page`)])
    taken.close()
  })

  it('ends the start where its secret cannot be used', async () => {
    const { events, sidecar } = await started({ admin: { port: false } })
    expect(events.map(({ type }) => type)).toContain('started')
    await sidecar.stop()
    await expect(started({ admin: { secretFile: join(folder, 'nowhere') } })).rejects.toMatchObject({
      code: 'ERR_KEY_SECRET',
    })
  })
})

describe('a sidecar that only keeps', () => {
  it('has the admin listener, too', async () => {
    const events: SidecarEvent[] = []
    const target = join(folder, 'token')
    const config = parseConfig({
      admin: { port: 0 },
      profiles: { default: { source: 'self-issued' } },
      delegationTokens: { spark: { bootstrapServers: '127.0.0.1:1', login: { profile: 'default' } } },
      outlets: [{ from: { delegationToken: 'spark' }, to: { file: target } }],
    })
    const sidecar = composeSidecar(config, { platform: nodePlatform({}), onEvent: (event) => events.push(event) })
    running.push(sidecar)
    await sidecar.keep()
    const listening = events.find(({ type }) => type === 'admin-listening')
    const [admin = ''] = listening && 'urls' in listening ? listening.urls : []
    await eventually(async () => (await askAs(`${admin}/readyz`, {})).body).toContain('ERR_KAFKA_UNREACHABLE')
    expect((await fetch(`${admin}/readyz`)).status).toBe(503)
    expect((await fetch(`${admin}/startupz`)).status).toBe(503)
    expect((await fetch(`${admin}/readyz/delegation-tokens/spark`)).status).toBe(503)
    expect((await fetch(`${admin}/readyz/delegation-tokens/no-such`)).status).toBe(404)
    expect((await fetch(`${admin}/livez`)).status).toBe(200)
  })
})

/** Listens on a port with a free one before it. */
async function takenBehindFree(): Promise<Server> {
  for (;;) {
    // Below those that the system gives to whoever connects.
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const servers = [port, port - 1].map((each) => createServer().listen(each, '127.0.0.1'))
    const opened = await Promise.all(
      servers.map(
        (server) =>
          new Promise<boolean>((resolve) => {
            server.once('listening', () => {
              resolve(true)
            })
            server.once('error', () => {
              resolve(false)
            })
          }),
      ),
    )
    const [taken, free] = servers
    free?.close()
    if (taken && opened.every(Boolean)) return taken
    taken?.close()
  }
}
