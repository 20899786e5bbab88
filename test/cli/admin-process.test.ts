import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { run as runHere } from './command-line.ts'
import { askToken, run, serving, start, type Running } from './sidecar-process.ts'

const listening = /admin page at http:\/\/[^ ]*?:(\d+)/

async function adminOf(running: Running): Promise<number> {
  await running.printed(listening)
  return Number(listening.exec(running.out())?.[1])
}

async function takenPort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, free: () => server.close() }
}

describe('the admin listener of a process', { timeout: 30_000 }, () => {
  it('lets a job wait for its sidecar, and end it', async () => {
    const sidecar = await serving(['--admin-allow-quit'])
    const port = await adminOf(sidecar)
    expect(await runHere(`wait --admin-port ${port}`)).toEqual({ code: 0, out: 'ready\n', err: '' })
    expect((await askToken(sidecar.port)).status).toBe(200)
    expect(await runHere(`shutdown --admin-port ${port}`)).toEqual({ code: 0, out: 'ending\n', err: '' })
    expect(await sidecar.ended).toBe(0)
    expect(sidecar.out()).toContain('quitquitquit')
  })

  it('is not ended by those who may not', async () => {
    const sidecar = await serving()
    const port = await adminOf(sidecar)
    const { code, err } = await runHere(`shutdown --admin-port ${port}`)
    expect(code).toBe(2)
    expect(err).toContain('--admin-allow-quit')
    expect((await askToken(sidecar.port)).status).toBe(200)
  })

  it('says that it drains, while requests are answered', async () => {
    const sidecar = await serving(['--drain-delay', '2s'])
    const port = await adminOf(sidecar)
    await runHere(`wait --admin-port ${port}`)
    sidecar.child.kill('SIGTERM')
    await sidecar.printed('draining')
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`)
    expect([ready.status, await ready.text()]).toEqual([503, 'draining\n'])
    expect((await askToken(sidecar.port)).status).toBe(200)
    expect(await sidecar.ended).toBe(0)
  })

  it('has its usual port only where that is free, and a chosen one or none at all', async () => {
    const taken = await takenPort()
    const usual = start(['serve', '--source', 'self-issued', '--port', String(taken.port - 1)])
    await usual.printed(`port ${taken.port} is in use: no health, metrics and admin page`)
    expect((await askToken(taken.port - 1)).status).toBe(200)
    const { code, err } = await run([
      'serve',
      '--source',
      'self-issued',
      '--port',
      '0',
      '--admin-port',
      String(taken.port),
    ])
    taken.free()
    expect([code, err]).toEqual([
      3,
      `kafka-token-sidecar: 127.0.0.1 port ${taken.port} is in use; choose another with --admin-port, or stop what listens there\n`,
    ])
  })

  it('is not there where nobody wants it', async () => {
    const sidecar = await serving(['--admin-port', 'false'])
    await sidecar.printed('first token obtained')
    expect(sidecar.out()).not.toContain('admin page')
  })

  it('is refused with a secret that cannot be read', async () => {
    const unreadable = await run(['serve', '--source', 'self-issued', '--port', '0', '--admin-secret-file', '/nowhere'])
    expect([unreadable.code, unreadable.err]).toEqual([
      4,
      expect.stringContaining('admin.secretFile /nowhere cannot be read'),
    ])
  })
})
