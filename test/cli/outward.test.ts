import { describe, expect, it } from 'vitest'
import { askToken, serving, start, type Running } from './sidecar-process.ts'

/** Ahead of the program: whatever connects, or asks for the address of a name, is told of on standard error. */
const watched = `
import dgram from 'node:dgram'
import dns from 'node:dns'
import net from 'node:net'
const tell = (what) => process.stderr.write('OUTWARD ' + what + '\\n')
const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...args) {
  const [{ host, path } = {}] = [args[0]].flat()
  tell('connection to ' + (path ?? host))
  return connect.apply(this, args)
}
const ask = (names, module) => names.forEach((name) => {
  const answer = module[name]
  module[name] = (host, ...rest) => (host === 'localhost' || net.isIP(host) || tell('name ' + host), answer.call(module, host, ...rest))
})
ask(['lookup', 'resolve', 'resolve4', 'resolve6'], dns)
ask(['lookup', 'resolve', 'resolve4', 'resolve6'], dns.promises)
const send = dgram.Socket.prototype.send
dgram.Socket.prototype.send = function (...args) { tell('datagram'); return send.apply(this, args) }
`
const nodeOptions = ['--import', `data:text/javascript,${encodeURIComponent(watched)}`]
const outward = (running: Running) => running.err().match(/OUTWARD .*/g) ?? []

describe('what leaves the process', { timeout: 30_000 }, () => {
  it('is nothing with its own issuer, from the start over tokens, page and metrics to the end', async () => {
    const sidecar = await serving([], { nodeOptions })
    const admin = /admin page at (http:\/\/[^ "]*?:\d+)/
    await sidecar.printed(admin)
    const [, page = ''] = admin.exec(sidecar.out()) ?? []
    expect((await askToken(sidecar.port)).status).toBe(200)
    for (const path of ['/', '/metrics', '/readyz']) expect((await fetch(page + path)).status).toBe(200)
    sidecar.child.kill('SIGTERM')
    expect(await sidecar.ended).toBe(0)
    expect(outward(sidecar)).toEqual([])
  })

  it('is the call to the cloud where one is configured, and no other', async () => {
    const sidecar = start(['serve', '--source', 'gcp', '--port', '0'], {
      nodeOptions,
      env: { GCE_METADATA_HOST: '127.0.0.1:65534', HOME: '/nonexistent' },
    })
    await sidecar.printed('OUTWARD')
    sidecar.child.kill('SIGTERM')
    await sidecar.ended
    expect(new Set(outward(sidecar))).toEqual(new Set(['OUTWARD connection to 127.0.0.1']))
  })
})
