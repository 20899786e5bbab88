import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scriptedServer, type Answer, type ScriptedServer } from '../fakes/scripted-server.ts'
import { unacceptingPort } from '../fakes/unaccepting-port.ts'
import { run } from './command-line.ts'

const folder = mkdtempSync(join(tmpdir(), 'wait-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** An admin listener that says what a test lets it say. */
let says: Answer
let server: ScriptedServer

beforeEach(async () => {
  says = { body: { ready: true, summary: 'ready', profiles: {} } }
  server = await scriptedServer(() => says)
})

afterEach(() => server.close())

const notReady = {
  status: 503,
  body: {
    ready: false,
    summary: 'nothing that is in use can be given',
    profiles: { default: { ready: false, code: 'ERR_GCP_NO_CREDENTIALS' }, orders: { ready: true } },
  },
}

describe('wait', () => {
  it('ends with 0 when a token can be given', async () => {
    expect(await run(`wait --admin-port ${server.port}`)).toEqual({ code: 0, out: 'ready\n', err: '' })
    expect(server.calls.map(({ path }) => path)).toEqual(['/readyz'])
  })

  it('with --live asks whether the sidecar listens, not for a token', async () => {
    says = { body: 'alive\n' }
    expect((await run(`wait --live --admin-port ${server.port}`)).code).toBe(0)
    expect(server.calls.map(({ path }) => path)).toEqual(['/livez'])
    says = { body: 'hello\n' }
    expect((await run(`wait --live --admin-port ${server.port}`)).code).toBe(2)
    expect((await run(`wait --live --profile orders --admin-port ${server.port}`)).code).toBe(2)
  })

  it('waits until one can', async () => {
    says = notReady
    const waiting = run(`wait --url ${server.origin}/ --timeout 20s`)
    await expect.poll(() => server.calls.length).toBeGreaterThan(1)
    says = { body: { ready: true, summary: 'ready' } }
    expect(await waiting).toEqual({ code: 0, out: 'ready\n', err: '' })
  })

  it('waits until somebody is there', async () => {
    await server.close()
    const waiting = run(`wait --admin-port ${server.port} --timeout 20s`)
    await server.reopen()
    expect((await waiting).code).toBe(0)
  })

  it('ends with 6 after its time, with what was said last', async () => {
    says = notReady
    expect(await run(`wait --url ${server.origin} --timeout 0s`)).toEqual({
      code: 6,
      out: '',
      err: 'kafka-token-sidecar: not ready within 0 s: nothing that is in use can be given; profile default: ERR_GCP_NO_CREDENTIALS\n',
    })
  })

  it('ends with 6 where nobody is, and says where it asked', async () => {
    await server.close()
    const { code, err } = await run(`wait --admin-port ${server.port} --timeout 0s`)
    expect([code, err]).toEqual([
      6,
      `kafka-token-sidecar: not ready within 0 s: nobody answers at http://localhost:${server.port} (ECONNREFUSED); is the sidecar there, and its --admin-port this one?\n`,
    ])
    await server.reopen()
  })

  it('ends in time where nobody accepts, and where somebody never answers', async () => {
    server.fail('/readyz', 'hang')
    const silent = await unacceptingPort()
    const startedAt = performance.now()
    const ended = await Promise.all([
      run(`wait --url ${server.origin} --timeout 500ms`),
      run(`wait --url http://${silent.host} --timeout 500ms`),
    ])
    silent.close()
    expect(ended.map(({ code }) => code)).toEqual([6, 6])
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  it('asks for one profile, and waits for none that there is not', async () => {
    says = { status: 404, headers: { 'Content-Type': 'text/plain' }, body: 'there is no profile no-such\n' }
    const { code, err } = await run(`wait --url ${server.origin} --profile no-such`)
    expect([code, err]).toEqual([
      2,
      'kafka-token-sidecar: cannot wait: there is no profile no-such in the configuration of the sidecar\n',
    ])
    expect(server.calls.at(-1)?.path).toBe('/readyz/no-such')
  })

  it.each([
    ['a page', { status: 200, body: '<h1>It works!</h1>' }],
    ['JSON of others', { status: 200, body: { ready: 'yes' } }],
    ['a megabyte of escapes', { status: 404, body: '\u001b[31m'.repeat(100_000) }],
  ] as const)('does not take %s for a sidecar', async (_words, answer) => {
    says = answer
    const { code, err } = await run(`wait --url ${server.origin}`)
    expect(code).toBe(2)
    expect(err).toContain('is no admin listener of a sidecar')
    expect(err).not.toContain('\u001b')
  })

  it('tells it as JSON', async () => {
    says = notReady
    const { code, out } = await run(`wait --url ${server.origin} --timeout 0s --json`)
    expect(code).toBe(6)
    expect(JSON.parse(out)).toMatchObject({ ready: false, url: `${server.origin}/readyz` })
  })

  it('knows the port by the variables of the sidecar', async () => {
    for (const env of [{ KTS_ADMIN_PORT: String(server.port) }, { KTS_PORT: String(server.port - 1) }]) {
      expect(await run('wait --timeout 0s', { env })).toMatchObject({ code: 0 })
    }
  })

  it.each([
    ['--timeout soon', '--timeout (given: soon): must be a duration'],
    ['--timeout 25h', 'at most 24h'],
    ['--admin-port 99999', '--admin-port (given: 99999): must be a port'],
    ['--admin-port 1 --url http://x', 'names the port already'],
    ['--url ftp://x', 'must be as http://host:port'],
    ['--url http://user:password@x', 'must be as http://host:port'],
    ['--profil orders', 'did you mean --profile?'],
    ['orders', 'orders: is not expected here'],
  ])('refuses %j', async (argv, words) => {
    const { code, err } = await run(`wait ${argv}`)
    expect(code).toBe(2)
    expect(err).toContain(words)
    expect(err).not.toContain('password')
  })
})

describe('shutdown', () => {
  const secret = 'a-secret-of-27-characters!!'
  const secretFile = join(folder, 'secret')
  writeFileSync(secretFile, `${secret}\n`)

  it('asks the sidecar to end, with the secret', async () => {
    says = { headers: { 'Content-Type': 'text/plain' }, body: 'ending\n' }
    const line = `shutdown --admin-port ${server.port} --secret-file ${secretFile}`
    expect(await run(line)).toEqual({ code: 0, out: 'ending\n', err: '' })
    const [call] = server.calls
    expect([call?.method, call?.path, call?.headers.authorization]).toEqual([
      'POST',
      '/quitquitquit',
      `Bearer ${secret}`,
    ])
  })

  it('says what the sidecar says where it does not end', async () => {
    const error_description =
      'this sidecar does not end by POST /quitquitquit. Start it with --admin-allow-quit [ERR_REQUEST_QUIT]'
    says = { status: 404, body: { error: 'invalid_request', error_description } }
    expect(await run(`shutdown --url ${server.origin}`)).toEqual({
      code: 2,
      out: '',
      err: `kafka-token-sidecar: ${error_description}\n`,
    })
  })

  it('ends with 6 where nobody is', async () => {
    await server.close()
    const { code, err } = await run(`shutdown --url ${server.origin}`)
    expect(code).toBe(6)
    expect(err).toContain('the sidecar is gone already')
    await server.reopen()
  })

  it('does not take another server for a sidecar', async () => {
    says = { status: 200, body: '<h1>It works!</h1>' }
    expect((await run(`shutdown --url ${server.origin}`)).code).toBe(2)
  })

  it('sends no secret in the clear to another host', async () => {
    const line = `shutdown --url http://sidecar.example:1 --secret-file ${secretFile}`
    const { code, err } = await run(line)
    expect(code).toBe(2)
    expect(err).toContain('is plain HTTP to another host')
    expect(err).not.toContain(secret)
  })

  it.each(['/nowhere', folder])('cannot read a secret in %s', async (file) => {
    const { code, err } = await run(`shutdown --url ${server.origin} --secret-file ${file}`)
    expect(code).toBe(4)
    expect(err).toContain('--secret-file')
    expect(server.calls).toEqual([])
  })
})
