import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../fakes/eventually.ts'
import { requestText, statuses } from '../http/raw-connection.ts'
import { askToken, run, serving, start, takeToken } from './sidecar-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'kts-serve-'))
const isRoot = process.getuid?.() === 0
/** Nobody: no name, no home, no group of anybody's. */
const stranger = isRoot ? { uid: 65_534, gid: 65_534 } : {}

afterAll(() => {
  rmSync(folder, { recursive: true })
})

function readOnlyFolder(name: string): string {
  const path = join(folder, name)
  mkdirSync(path)
  chmodSync(folder, 0o755)
  chmodSync(path, 0o555)
  return path
}

/** A metadata server that takes connections and never says a word. */
async function silentServer(): Promise<string> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket.on('error', () => undefined))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('serve', { timeout: 30_000 }, () => {
  it('needs no home, no name, no writable folder; prints how to use it, and never a token', async () => {
    const sidecar = await serving(['--quick-start', '--log-level', 'debug'], {
      ...stranger,
      cwd: readOnlyFolder('cwd'),
    })
    const { port } = sidecar
    await sidecar.printed('client.secret=unused')
    for (const text of [
      `curl -d grant_type=client_credentials http://localhost:${port}/token`,
      `sasl.oauthbearer.token.endpoint.url=http://localhost:${port}/token`,
      `allowed.urls=http://localhost:${port}/token`,
      'sasl.oauthbearer.method=oidc',
      `/jwks`,
    ]) {
      expect(sidecar.out()).toContain(text)
    }
    const tokens = [await takeToken(port), await takeToken(port, '/oauth/token')]
    expect((await fetch(`http://[::1]:${port}/jwks`)).status).toBe(200)
    expect((await askToken(port, '/nothing')).status).toBe(404)

    sidecar.child.kill('SIGUSR1')
    expect((await askToken(port)).status).toBe(200)
    sidecar.child.kill('SIGTERM')
    expect(await sidecar.ended).toBe(0)
    // Not a word of a debugger, nor of anything else.
    expect(sidecar.err()).toBe('')
    expect(sidecar.out()).toContain('token given')
    for (const token of tokens) {
      expect(token.split('.')).toHaveLength(3)
      for (const part of [token, token.split('.')[2] ?? '']) expect(sidecar.out()).not.toContain(part)
    }
    for (const line of sidecar
      .out()
      .split('\n')
      .filter((text) => text.startsWith('{'))) {
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) as string, msg: expect.any(String) as string })
    }
    expect(sidecar.out()).toMatch(/"signal":"SIGTERM".*"stopping"[^]*"stopped"/)
  })

  it('finishes a request in flight when it is told to stop, and takes no other', async () => {
    const sidecar = await serving()
    const text = requestText('POST /token HTTP/1.1')
    const socket = connect(sidecar.port, '127.0.0.1')
    let received = ''
    socket.on('data', (chunk) => (received += chunk.toString()))
    socket.write(text.slice(0, -5))
    // An answer to a later request tells that the first half has arrived.
    expect((await askToken(sidecar.port)).status).toBe(200)
    sidecar.child.kill('SIGTERM')
    await sidecar.printed('stopping')
    // Who is connected already is answered once more, and told to connect anew.
    const connected = async (): Promise<string> => {
      const other = connect(sidecar.port, '127.0.0.1')
      const outcome = await once(other, 'connect').then(String, String)
      other.on('error', () => undefined).destroy()
      return outcome
    }
    await eventually(connected).toContain('ECONNREFUSED')
    socket.write(text.slice(-5))
    await once(socket, 'close')
    expect(statuses(received)).toEqual([200])
    expect(await sidecar.ended).toBe(0)
  })

  it('tells those who wait for a token that it stops, and ends within seconds', async () => {
    const sidecar = await serving(['--source', 'gcp', '--hold-timeout', '60s'], {
      env: { GCE_METADATA_HOST: await silentServer() },
    })
    const waiting = askToken(sidecar.port)
    // This one is answered, so the one before has arrived.
    expect((await askToken(sidecar.port, '/nothing')).status).toBe(404)
    const startedAt = performance.now()
    sidecar.child.kill('SIGINT')
    const answer = await waiting
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('[ERR_')
    expect(await sidecar.ended).toBe(0)
    // The grace is 3 s.
    expect(performance.now() - startedAt).toBeLessThan(9_000)
  })

  it('ends at once on a second signal', async () => {
    const sidecar = await serving(['--source', 'gcp', '--hold-timeout', '60s'], {
      env: { GCE_METADATA_HOST: await silentServer() },
    })
    const waiting = askToken(sidecar.port).then(
      () => 'answered',
      () => 'cut',
    )
    expect((await askToken(sidecar.port, '/nothing')).status).toBe(404)
    sidecar.child.kill('SIGTERM')
    await sidecar.printed('stopping')
    sidecar.child.kill('SIGTERM')
    expect(await sidecar.ended).toBe('SIGTERM')
    expect(await waiting).toBe('cut')
  })

  it('goes on when nobody reads its output any more', async () => {
    const sidecar = await serving(['--log-level', 'debug'])
    sidecar.child.stdout?.destroy()
    sidecar.child.stderr?.destroy()
    for (let index = 0; index < 20; index++) expect((await askToken(sidecar.port)).status).toBe(200)
    sidecar.child.kill('SIGTERM')
    expect(await sidecar.ended).toBe(0)
  })

  it('says in one line that its port is in use, and exits with 3', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    expect(await run(['serve', '--source', 'self-issued', '--port', String(port)])).toEqual({
      code: 3,
      out: '',
      err: `kafka-token-sidecar: 127.0.0.1 port ${port} is in use; choose another with --port, or stop what listens there\n`,
    })
  })

  it('ends with 4 when its key cannot be kept', async () => {
    const keyFile = join(isRoot ? readOnlyFolder('keys') : '/proc', 'key.pem')
    const { code, out, err } = await run(
      ['serve', '--source', 'self-issued', '--port', '0', '--key-file', keyFile],
      stranger,
    )
    expect({ code, out }).toEqual({ code: 4, out: '' })
    expect(err).toMatch(
      /^kafka-token-sidecar: cannot write a new key to [^\n]*\((EACCES|EROFS|ENOENT)\)[^\n]*\[ERR_KEY_FILE\]\n$/,
    )
  })

  // Only root can be somebody else, and nothing is closed to root.
  if (isRoot) {
    it('ends with 4 when it may not read its key or its configuration', async () => {
      const secret = join(folder, 'secret.pem')
      writeFileSync(secret, 'listen: {}', { mode: 0o600 })
      const [key, config] = await Promise.all([
        run(['serve', '--source', 'self-issued', '--port', '0', '--key-file', secret], stranger),
        run(['serve', '--config', secret], stranger),
      ])
      expect(key).toMatchObject({
        code: 4,
        err: expect.stringMatching(/^[^\n]*EACCES[^\n]*\[ERR_KEY_FILE\]\n$/) as string,
      })
      expect(config).toMatchObject({
        code: 4,
        err: expect.stringMatching(/^[^\n]*--config[^\n]*EACCES[^\n]*\n$/) as string,
      })
    })
  }

  it('runs with a debugging option only in development', async () => {
    const nodeOptions = ['--heapsnapshot-signal=SIGUSR2']
    const [refused, development] = await Promise.all([
      run(['serve', '--source', 'self-issued', '--port', '0'], { nodeOptions }),
      serving([], { nodeOptions, env: { NODE_ENV: 'development' } }),
    ])
    expect(refused).toMatchObject({ code: 2, out: '' })
    expect(refused.err).toContain('--heapsnapshot-signal: lets others read tokens')
    development.child.kill('SIGTERM')
    expect(await development.ended).toBe(0)
  })
})

describe('token', () => {
  it('does not crash when nobody reads it', async () => {
    const running = start(['token', '--source', 'self-issued'])
    running.child.stdout?.destroy()
    expect(await running.ended).toBe(0)
    expect(running.err()).toBe('')
  })
})
