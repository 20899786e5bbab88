import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { WireRequest } from '../../src/http/wire-message.ts'
import { adminGate, type AdminGateOptions } from '../../src/ops/admin-gate.ts'
import { TokenError } from '../../src/token/error.ts'
import type { SidecarEvent } from '../../src/token/event.ts'
import { eventually } from '../fakes/eventually.ts'
import { fakePlatform } from '../fakes/platform.ts'

const folder = mkdtempSync(join(tmpdir(), 'admin-gate-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const secret = 'a-secret-of-27-characters!!'
let files = 0

function secretFile(text = `${secret}\n`): string {
  const file = join(folder, `secret-${++files}`)
  writeFileSync(file, text)
  return file
}

function request(authorization?: string, remoteAddress = '127.0.0.1'): WireRequest {
  const headers = authorization === undefined ? {} : { authorization }
  return { method: 'POST', path: '/flush/default', query: '', headers, body: '', remoteAddress }
}

const right = request(`Bearer ${secret}`)

async function gateWith(options: Partial<AdminGateOptions> = {}, { isWaiting = true } = {}) {
  const platform = fakePlatform()
  const events: SidecarEvent[] = []
  const emit = (event: SidecarEvent): void => void events.push(event)
  const gate = adminGate({
    platform,
    emit,
    secretFile: secretFile(),
    isOnNetwork: false,
    allowPlaintextNetwork: false,
    ...options,
  })
  if (!gate.isOpen && isWaiting) await eventually(() => gate.mayRead(right)).toBe(true)
  return { platform, events, gate }
}

describe('the admin gate', () => {
  it('is open on loopback without a secret', async () => {
    const { gate } = await gateWith({ secretFile: undefined })
    expect(gate.isOpen).toBe(true)
    expect(gate.mayRead(request())).toBe(true)
  })

  it('lets nobody in where others can connect and there is no secret, wherever the request seems to come from', async () => {
    const { gate } = await gateWith({ secretFile: undefined, isOnNetwork: true }, { isWaiting: false })
    expect(gate.isOpen).toBe(false)
    const route = { method: 'POST', path: '/', handle: () => ({ status: 200, headers: {}, body: '' }) } as const
    for (const guarded of [gate.forAdmins(route), gate.notInTheClear(route)]) {
      expect(() => guarded.handle(right, '')).toThrow('the admin page is off')
    }
    expect(() => gate.mayRead(right)).toThrow('the admin page is off')
  })

  it.each([
    ['no header', undefined],
    ['another secret', 'Bearer another-secret-of-some-length'],
    ['a part of the secret', `Bearer ${secret.slice(0, -1)}`],
    ['more than the secret', `Bearer ${secret}x`],
    ['another scheme', `Basic ${secret}`],
    ['nothing behind the scheme', 'Bearer'],
    ['spaces', 'Bearer     '],
    ['a megabyte', `Bearer ${'x'.repeat(1024 * 1024)}`],
    ['a megabyte of spaces', `Bearer ${' '.repeat(1024 * 1024)}`],
  ])('refuses %s', async (_words, header) => {
    const { gate } = await gateWith()
    expect(gate.mayRead(request(header))).toBe(false)
  })

  it('asks for a bearer, so that browsers ask nobody for a password', async () => {
    const { gate } = await gateWith()
    const route = gate.forAdmins({ method: 'POST', path: '/x', handle: () => ({ status: 200, headers: {}, body: '' }) })
    const answer = await route.handle(request('Bearer wrong'), '')
    expect(answer).toMatchObject({
      status: 401,
      headers: { 'WWW-Authenticate': expect.stringMatching(/^Bearer /) as string },
    })
    expect(answer.body).toContain('ERR_REQUEST_ADMIN_SECRET')
    expect(answer.body).not.toContain(secret)
    expect((await route.handle(right, '')).status).toBe(200)
  })

  it('looks at no secret of an address that guessed ten wrong ones, and says so once, for the rest of a minute', async () => {
    const { platform, events, gate } = await gateWith()
    for (let guess = 0; guess < 50; guess++) gate.mayRead(request(`Bearer guess-${guess}`, '192.0.2.1'))
    expect(gate.mayRead(request(`Bearer ${secret}`, '192.0.2.1'))).toBe(false)
    expect(gate.mayRead(right)).toBe(true)
    expect(events).toHaveLength(1)
    expect(JSON.stringify(events)).not.toContain('guess-')
    await platform.pass(60_000)
    expect(gate.mayRead(request(`Bearer ${secret}`, '192.0.2.1'))).toBe(true)
  })

  it('answers 429 then, and says when to come again', async () => {
    const { gate } = await gateWith()
    for (let guess = 0; guess < 10; guess++) gate.mayRead(request('Bearer guess'))
    const route = gate.forAdmins({ method: 'POST', path: '/x', handle: () => ({ status: 200, headers: {}, body: '' }) })
    expect(() => route.handle(right, '')).toThrow(expect.objectContaining({ status: 429 }))
  })

  it('takes no secret over plain HTTP from another host, unless that is allowed', async () => {
    const { gate } = await gateWith()
    const page = { method: 'GET', path: '/', handle: () => ({ status: 200, headers: {}, body: '' }) } as const
    for (const address of ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', '']) {
      expect(() => gate.notInTheClear(page).handle(request(undefined, address), '')).toThrow(/plain HTTP/)
      expect(() => gate.forAdmins(page).handle(request(`Bearer ${secret}`, address), '')).toThrow(/plain HTTP/)
    }
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      expect(gate.notInTheClear(page).handle(request(undefined, address), '')).toMatchObject({ status: 200 })
    }
    const { gate: lax } = await gateWith({ allowPlaintextNetwork: true })
    expect(lax.forAdmins(page).handle(request(`Bearer ${secret}`, '192.0.2.1'), '')).toMatchObject({ status: 200 })
  })

  it('takes another secret from its file, and keeps the former one while the file holds none', async () => {
    const file = secretFile()
    const { platform, events, gate } = await gateWith({ secretFile: file })
    const next = 'another-secret-of-some-length'
    writeFileSync(file, next)
    await eventually(async () => {
      await platform.pass(5_000)
      return gate.mayRead(request(`Bearer ${next}`))
    }).toBe(true)
    expect(gate.mayRead(right)).toBe(false)
    writeFileSync(file, '')
    await eventually(async () => {
      await platform.pass(5_000)
      return events.at(-1)?.type
    }).toBe('reload-failed')
    expect(gate.mayRead(request(`Bearer ${next}`))).toBe(true)
    gate.close()
  })

  it.each([
    ['is missing', join(folder, 'nowhere')],
    ['is empty', secretFile('')],
    ['is short enough to be guessed', secretFile('short')],
    ['has spaces in it', secretFile('several words are no secret')],
    ['is not text', secretFile('\u0000\u0001'.repeat(30))],
    ['is a folder', folder],
  ])('refuses to start with a secret that %s, without telling it', (_words, file) => {
    const open = (): unknown =>
      adminGate({
        platform: fakePlatform(),
        emit: () => undefined,
        secretFile: file,
        isOnNetwork: false,
        allowPlaintextNetwork: false,
      })
    expect(open).toThrow(expect.objectContaining({ code: 'ERR_KEY_SECRET' }))
    expect(open).toThrow(TokenError)
    expect(open).not.toThrow(/several words/)
  })
})
