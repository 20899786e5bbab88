import { createHash } from 'node:crypto'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import type { PageProfileDetail, PageState } from '../../../src/ops/admin-page/page-state.ts'
import { busySidecar } from './observed-world.ts'
import { pageServer } from './page-server.ts'

const now = Date.UTC(2026, 10, 21, 12)

describe('the page', () => {
  it('is one answer of plain ASCII, smaller than 60 KB, that names nothing outside of itself', async () => {
    await using server = await pageServer()
    const answer = await fetch(`${server.origin}/`)
    const text = await answer.text()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(text.length).toBeLessThan(60 * 1024)
    expect(text).toMatch(/^[\n\x20-\x7e]*$/)
    // The names of vocabularies are no addresses.
    expect(text.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|\bsrc=|@import|innerHTML|\beval\b/)
  })

  it('may run its own script and style sheet and nothing else', async () => {
    await using server = await pageServer()
    const answer = await fetch(`${server.origin}/`)
    const text = await answer.text()
    const policy = answer.headers.get('content-security-policy') ?? ''
    const hash = (content: string) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`
    const scripts = [...text.matchAll(/<script>([^]*?)<\/script>/g)].map(([, content = '']) => hash(content))
    const styles = [...text.matchAll(/<style>([^]*?)<\/style>/g)].map(([, content = '']) => hash(content))
    expect(scripts).toHaveLength(1)
    expect(styles).toHaveLength(1)
    expect(policy).toContain(`script-src ${scripts[0] ?? ''};`)
    expect(policy).toContain(`style-src ${styles[0] ?? ''};`)
    expect(policy).toMatch(/^default-src 'none';/)
    expect(policy).not.toMatch(/unsafe|\*/)
    expect(text).not.toMatch(/ style=| on\w+=/)
  })

  it('may be opened by a link from elsewhere, as it holds no data', async () => {
    await using server = await pageServer({ secret: 'the secret' })
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }
    expect((await fetch(`${server.origin}/`, { headers })).status).toBe(200)
    expect((await fetch(`${server.origin}/state`, { headers })).status).toBe(403)
  })

  it('is of the right types in the browser, too', () => {
    const folder = join(import.meta.dirname, '../../../src/ops/admin-page/browser')
    const found = ts.getParsedCommandLineOfConfigFile(
      join(folder, 'tsconfig.json'),
      {},
      {
        ...ts.sys,
        onUnRecoverableConfigFileDiagnostic: () => undefined,
      },
    )
    const program = ts.createProgram(found?.fileNames ?? [], found?.options ?? {})
    const wrong = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => [file?.fileName, messageText])
    expect(found?.fileNames.length).toBeGreaterThan(10)
    expect(wrong).toEqual([])
  }, 60_000)
})

describe('what the page asks for', () => {
  const decodedToken = (name: string) =>
    name === 'orders' ? { header: { alg: 'RS256' }, claims: { sub: 'orders' }, value: 'h.c.third-part' } : undefined

  it('is the state, and more of one profile', async () => {
    await using server = await pageServer({ observed: () => busySidecar(now), now: () => now, decodedToken })
    const state = (await (await fetch(`${server.origin}/state?since=${now - 60_000}`)).json()) as PageState
    expect(state).toMatchObject({ version: '1.2.3', now, isOpen: true, phase: 'running', since: now - 60_000 })
    const answer = await fetch(`${server.origin}/state/orders`)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const text = await answer.text()
    expect(text).not.toContain('third-part')
    const detail = JSON.parse(text) as PageProfileDetail
    expect(detail.token).toEqual({ header: { alg: 'RS256' }, claims: { sub: 'orders' } })
    expect(detail.requests).toHaveLength(2)
    expect(await (await fetch(`${server.origin}/state/nobody`)).json()).toEqual({ now, requests: [] })
  })

  it('takes any query', async () => {
    await using server = await pageServer({ observed: () => busySidecar(now), now: () => now })
    for (const query of ['?since=NaN', '?since=', '?since=Infinity', '?since=-1', '?%', '?since=0&since=1']) {
      const answer = await fetch(`${server.origin}/state${query}`)
      expect([query, answer.status]).toEqual([query, 200])
      expect(((await answer.json()) as PageState).moments.length).toBeGreaterThan(0)
    }
  })

  it('needs the secret where there is one, and is not asked for by the browser itself', async () => {
    await using server = await pageServer({ secret: 'the secret' })
    const post = { method: 'POST', body: 'text' }
    for (const [path, init] of [['/state'], ['/state/orders'], ['/explain', post]] as const) {
      const refused = await fetch(server.origin + path, init)
      expect([path, refused.status]).toEqual([path, 401])
      expect(refused.headers.get('www-authenticate')).toBe('Bearer')
      expect(await refused.text()).toContain('[ERR_REQUEST_ADMIN_SECRET]')
      const headers = { Authorization: 'Bearer the secret' }
      expect((await fetch(server.origin + path, { ...init, headers })).status).toBe(200)
    }
  })

  it('is explained to pages of this sidecar only', async () => {
    await using server = await pageServer()
    const { host } = new URL(server.origin)
    const ask = async (Origin: string) =>
      (await fetch(`${server.origin}/explain`, { method: 'POST', body: 'text', headers: { Origin } })).status
    expect(await ask(server.origin)).toBe(200)
    expect(await ask(`https://${host}`)).toBe(200)
    for (const origin of ['http://evil.example', `http://${host}.evil.example`, 'null', `http://x@${host}`, host]) {
      expect([origin, await ask(origin)]).toEqual([origin, 403])
    }
  })

  it('is refused where the text is larger than 64 KB', async () => {
    await using server = await pageServer()
    const answer = await fetch(`${server.origin}/explain`, { method: 'POST', body: 'x'.repeat(65 * 1024) })
    expect(answer.status).toBe(413)
  })

  it('stays small with hundreds of profiles', async () => {
    const { profiles, ...rest } = busySidecar(now)
    const [first] = profiles.values()
    if (!first) throw new Error('there is a profile')
    const many = new Map(Array.from({ length: 500 }, (_, index) => [`p${index}`, { ...first, name: `p${index}` }]))
    await using server = await pageServer({ observed: () => ({ ...rest, profiles: many }), now: () => now })
    const text = await (await fetch(`${server.origin}/state?since=${now - 60_000}`)).text()
    expect(text.length).toBeLessThan(500 * 400)
  })
})
