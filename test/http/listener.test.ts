import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { connect, Server, type AddressInfo, type ListenOptions } from 'node:net'
import { afterEach, describe, expect, it, onTestFinished, vi, type MockInstance } from 'vitest'
import { listen, type Listener } from '../../src/http/listener.ts'
import { nodePlatform } from '../../src/platform/platform.ts'
import type { SidecarEvent } from '../../src/token/event.ts'
import { exchange, requestText, statuses } from './raw-connection.ts'

const listeners: Listener[] = []

afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(listeners.splice(0).map((listener) => listener.close(0)))
})

async function listening({
  host = 'localhost',
  port = 0,
  handle = (_request, response) => void response.end('ok'),
}: { host?: string; port?: number; handle?: RequestListener } = {}) {
  const events: SidecarEvent[] = []
  const platform = nodePlatform({})
  const listener = await listen({ host, port, handle, platform, emit: (event) => void events.push(event) })
  listeners.push(listener)
  return { listener, port: listener.port, urls: listener.urls, events }
}

/** As on a host without IPv6, or where something else is wrong with ::1. */
function breakIpv6(code: string): MockInstance {
  const real = Object.getOwnPropertyDescriptor(Server.prototype, 'listen')?.value as (...args: unknown[]) => Server
  return vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, ...args: unknown[]) {
    const [options] = args as [ListenOptions]
    if (options.host !== '::1') return real.apply(this, args)
    const error = Object.assign(new Error(`listen ${code} ::1`), { code, syscall: 'listen' })
    process.nextTick(() => this.emit('error', error))
    return this
  })
}

async function isFree(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return once(socket, 'connect').then(
    () => {
      socket.destroy()
      return false
    },
    () => true,
  )
}

describe('listen', () => {
  it('takes the same port on 127.0.0.1 and on ::1', async () => {
    const { port, urls } = await listening()
    expect(urls).toEqual([`http://127.0.0.1:${port}`, `http://[::1]:${port}`])
    for (const url of urls) expect(await (await fetch(url)).text()).toBe('ok')
  })

  it('takes one address only where one is named', async () => {
    const { port, urls } = await listening({ host: '127.0.0.1' })
    expect(urls).toEqual([`http://127.0.0.1:${port}`])
    await expect(fetch(`http://[::1]:${port}`)).rejects.toThrow()
  })

  it.each(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'])('warns where there is no IPv6 (%s)', async (code) => {
    breakIpv6(code)
    const { port, urls, events } = await listening()
    expect(urls).toEqual([`http://127.0.0.1:${port}`])
    expect(events).toEqual([{ type: 'warning', message: expect.stringContaining('no IPv6 loopback') as string }])
    expect(await (await fetch(urls[0] ?? '')).text()).toBe('ok')
  })

  it('takes no port that is in use on either address, and leaves the other free again', async () => {
    const other = createServer().listen(0, '::1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    await expect(listening({ port })).rejects.toMatchObject({ code: 'EADDRINUSE', syscall: 'listen', port })
    expect(await isFree(port)).toBe(true)
  })

  it('tries other ports when a free one was asked for, but not for ever', async () => {
    const attempts = breakIpv6('EADDRINUSE')
    await expect(listening()).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(attempts).toHaveBeenCalledTimes(20)
  })

  it('keeps a connection for the next request, longer than load balancers do', async () => {
    const { port } = await listening()
    const received = await exchange(port, (socket) => {
      socket.write(requestText('POST / HTTP/1.1', [], { without: ['Connection'] }))
      socket.once('data', () => socket.write(requestText('POST / HTTP/1.1')))
    })
    expect(statuses(received)).toEqual([200, 200])
    expect(Number(/Keep-Alive: timeout=(\d+)/.exec(received)?.[1])).toBeGreaterThan(60)
  })
})

describe('closing', () => {
  it('lets an answer in flight finish, and takes nothing new', async () => {
    const arrived = Promise.withResolvers<() => void>()
    const { port, listener } = await listening({
      handle: (_request, response) => {
        arrived.resolve(() => void response.end('late'))
      },
    })
    const answer = fetch(`http://127.0.0.1:${port}`)
    const answerNow = await arrived.promise
    const done = listener.close(5_000)
    expect(await isFree(port)).toBe(true)
    answerNow()
    expect(await (await answer).text()).toBe('late')
    await done
  })

  it('does not wait for a connection that is kept open by its client', { timeout: 3_000 }, async () => {
    const { port, listener } = await listening()
    const received = exchange(port, requestText('POST / HTTP/1.1', [], { without: ['Connection'] }))
    await expect.poll(() => fetch(`http://127.0.0.1:${port}`).then((answer) => answer.status)).toBe(200)
    await listener.close(60_000)
    expect(statuses(await received)).toEqual([200])
  })

  it('answers a request that is on its way on an open connection', async () => {
    const { port, listener } = await listening()
    const received = await exchange(port, (socket) => {
      socket.write(requestText('POST / HTTP/1.1', [], { without: ['Connection'] }))
      socket.once('data', () => {
        void listener.close(5_000)
        socket.write(requestText('POST / HTTP/1.1', [], { without: ['Connection'] }))
      })
    })
    expect(statuses(received)).toEqual([200, 200])
    expect(received.match(/^Connection: close/gim)).toHaveLength(1)
  })

  it('cuts what takes longer than the grace', { timeout: 3_000 }, async () => {
    const arrived = Promise.withResolvers<undefined>()
    const { port, listener } = await listening({
      handle: () => {
        arrived.resolve(undefined)
      },
    })
    const answer = fetch(`http://127.0.0.1:${port}`).then(
      () => 'answered',
      () => 'cut',
    )
    await arrived.promise
    await listener.close(50)
    expect(await answer).toBe('cut')
  })
})
