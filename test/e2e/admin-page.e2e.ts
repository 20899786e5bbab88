import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, inject, it } from 'vitest'
import { scriptedServer, type ScriptedServer } from '../fakes/scripted-server.ts'
import { busySidecar } from '../ops/admin-page/observed-world.ts'
import { pageServer } from '../ops/admin-page/page-server.ts'
import { startChromium, visit, type Visit } from './chromium.ts'
import { freePorts } from './child-process.ts'
import { missingForReaders } from './page-checks.ts'
import { startSidecar, type Sidecar } from './sidecar.ts'

let browser: Browser
beforeAll(async () => {
  browser = await startChromium()
})
afterAll(() => browser.close())

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const hostile = '"><img src=x onerror=alert(1)><script>document.title="owned"</script>'
const thirdPart = 'dGhpcmQtcGFydC1vZi10aGUtdG9rZW4'

/** A provider whose tokens live for some seconds, and whose claims are markup. */
async function provider(lifetime: number): Promise<ScriptedServer> {
  return scriptedServer(() => {
    const exp = Math.floor(Date.now() / 1000) + lifetime
    const claims = { sub: 'orders', exp, [hostile]: 1, note: hostile }
    const token = `${encoded({ alg: 'RS256', kid: 'k1' })}.${encoded(claims)}.${thirdPart}`
    return { body: { access_token: token, token_type: 'Bearer', expires_in: lifetime } }
  })
}

interface World extends AsyncDisposable {
  readonly idp: ScriptedServer
  readonly sidecar: Sidecar
  readonly admin: string
  /** Asks for a token as the client library that has this User-Agent does. */
  readonly ask: (profile: string, agent: string, form?: string) => Promise<number>
}

/** The command with a profile of its own tokens, one of a provider, and one that nobody asks for. */
async function world(name: string, lifetime: number, admin: Readonly<Record<string, unknown>> = {}): Promise<World> {
  const { tools, folder } = inject('e2e')
  const idp = await provider(lifetime)
  const [adminPort] = (await freePorts(1)) as [number]
  const clientSecretFile = join(folder, `${name}.client-secret`)
  writeFileSync(clientSecretFile, 'client-secret-of-the-page')
  const orders = { source: 'client-credentials', tokenEndpoint: `${idp.origin}/token`, clientId: 'o', clientSecretFile }
  const sidecar = await startSidecar({
    cli: tools.cli,
    log: join(folder, `sidecar-${name}`),
    configuration: {
      admin: { port: adminPort, ...admin },
      profiles: { default: { source: 'self-issued' }, orders, unused: { ...orders, clientId: 'u' } },
    },
  })
  return {
    idp,
    sidecar,
    admin: `http://localhost:${adminPort}`,
    ask: async (profile, agent, body = 'grant_type=client_credentials') => {
      const headers = { 'User-Agent': agent, 'Content-Type': 'application/x-www-form-urlencoded' }
      const answer = await fetch(`${sidecar.origin}/token/${profile}`, { method: 'POST', headers, body })
      await answer.text()
      return answer.status
    },
    [Symbol.asyncDispose]: async () => {
      await sidecar[Symbol.asyncDispose]()
      await idp.close()
    },
  }
}

/** Of what comes within a second or two, where the machine is not busy. */
const soon = { timeout: 15_000 }

const row = (name: string) => `[data-row="profile ${name}"]`
const rowCount = (look: Visit) => look.each('[data-row^="profile"]', '1').then(({ length }) => length)

async function standing(look: Visit, name: string): Promise<string | undefined> {
  const [standing] = await look.each<string>(`li[data-key="profile ${name}"]`, 'one.dataset.standing')
  return standing
}

async function timeLine(look: Visit, name: string): Promise<string> {
  const [told = ''] = await look.each<string>(`${row(name)} .timeline`, 'one.ariaLabel')
  return told
}

/** The sum of what the elements have in an attribute. */
async function sum(look: Visit, selector: string, attribute: string): Promise<number> {
  const values = await look.each<number>(selector, `Number(one.getAttribute(${JSON.stringify(attribute)}))`)
  return values.reduce((sum, value) => sum + value, 0)
}

/** At once, as if it were pasted. */
async function paste(look: Visit, text: string): Promise<void> {
  await look.each('#explain-text', `{ one.value = ${JSON.stringify(text)} }`)
  await look.page.click('#explain button[type=submit]')
}

describe.concurrent('the page of a running sidecar', () => {
  let shared: World
  beforeAll(async () => {
    shared = await world('page', 600)
  })
  afterAll(() => shared[Symbol.asyncDispose]())

  it('tells each state, and a failure while it is looked at', async ({ expect }) => {
    await using running = await world('page-live', 12)
    const { admin, ask, idp, sidecar } = running
    expect(await ask('orders', 'Java/21')).toBe(200)
    await using look = await visit(browser, admin)
    const { page } = look
    await page.waitForSelector(row('orders'))
    expect(await standing(look, 'default')).toBe('good')
    expect(await standing(look, 'orders')).toBe('good')
    expect(await standing(look, 'unused')).toBe('idle')
    expect(await look.text('#phase')).toBe('running')
    expect(await look.text('#verdict')).toMatch(/^readyAll 2 tokens and outlets in use; 1 is idle\.$/)
    expect(look.complaints).toEqual([])
    expect(await look.violations()).toEqual([])

    idp.fail('/token', { status: 500, body: 'broken' })
    // Nothing is reloaded: the row changes by itself, at half of the token's life and at its end.
    await expect.poll(() => standing(look, 'orders'), { timeout: 12_000 }).toBe('risky')
    expect(await look.text('#verdict')).toContain('profile orders')
    await expect.poll(() => standing(look, 'orders'), { timeout: 12_000 }).toBe('bad')
    expect(await page.title()).toMatch(/^failing: /)
    const problem = await look.text('#problems li')
    expect(problem).toMatch(/ERR_PROVIDER_\w+orders.*Next: /)
    expect(await timeLine(look, 'orders')).toMatch(/issued 1 time.*failed \d/)
    await page.click(`${row('orders')} > summary`)
    await page.waitForSelector(`${row('orders')} .failure`)
    await look.shot('failing-1280-light')

    idp.heal()
    await expect.poll(() => ask('orders', 'Java/21'), { timeout: 20_000, interval: 500 }).toBe(200)
    await expect.poll(() => standing(look, 'orders'), soon).toBe('good')
    expect(look.complaints).toEqual([])
    await sidecar.stop()
  })

  it('plots the requests that were made', async ({ expect }) => {
    await using running = await world('page-plots', 600)
    const { admin, ask } = running
    await using look = await visit(browser, admin)
    const { page } = look
    await page.waitForSelector(row('default'))
    for (let index = 0; index < 17; index++) expect(await ask('default', 'Java/21')).toBe(200)
    for (let index = 0; index < 5; index++) expect(await ask('orders', 'Go-http-client/1.1')).toBe(200)
    for (let index = 0; index < 3; index++) expect(await ask('default', 'python-requests/2', 'a=b')).toBe(400)
    running.idp.fail('/token', { status: 503 })
    for (let index = 0; index < 2; index++) expect(await ask('unused', 'Java/21')).toBe(503)

    await expect.poll(() => sum(look, '[data-answers=all]', 'data-value'), soon).toBe(28)
    const plotted = (name: string) => sum(look, '.plot-requests [data-minute]', `data-${name}`)
    // Refused is also the GET by which the test looked whether the sidecar listens.
    expect([await plotted('tokens'), await plotted('refused'), await plotted('failed')]).toEqual([22, 4, 2])
    const told = (name: string) => sum(look, `[data-answers=${name}]`, 'data-value')
    expect([await told('token'), await told('refused'), await told('failed')]).toEqual([22, 4, 2])
    // What is drawn is as high as what is told: 22 of the 28 in a column, unless a minute ended between.
    const minutes = (await look.each('.plot-requests [data-minute]', '1')).length
    const heights = await look.each<number>('.plot-requests [data-minute] rect', 'one.height.baseVal.value')
    if (minutes === 1) expect((heights[0] ?? 0) / heights.reduce((sum, size) => sum + size, 0)).toBeCloseTo(22 / 28, 1)
    const high = await look.each<number>('.plot-latency [data-minute]', 'Number(one.dataset.highMs)')
    expect(high.every((ms) => ms > 0 && ms < 10_000)).toBe(true)
    const clients = await look.each('#clients tbody tr', 'one.textContent')
    expect(clients).toEqual(['Java17–2', 'Go5––', 'Python–3–', 'Node–1–'])
    await page.click('.values > summary')
    expect(await look.text('.values tbody')).toMatch(/22|17/)
    expect(await sum(look, `${row('default')} .given`, 'data-count')).toBe(17)
    expect(look.complaints).toEqual([])
  })

  it('shows claims as text, never the third part, and runs no script of others', async ({ expect }) => {
    const { admin, ask } = shared
    await ask('orders', 'Java/21')
    await using look = await visit(browser, `${admin}/`)
    const { page } = look
    await page.waitForSelector(row('orders'))
    await page.click(`${row('orders')} > summary`)
    await page.waitForSelector(`${row('orders')} table.claims`)
    const shown = await look.text(`${row('orders')} table.claims`)
    expect(shown).toContain(`${hostile}1`)
    expect(shown).toContain(`note${hostile}`)
    expect(shown).toContain('kidk1')
    expect(await page.content()).not.toContain(thirdPart)

    // The same token in the form, and a log with markup.
    const token = `${encoded({ alg: 'none', [hostile]: hostile })}.${encoded({ iss: hostile })}.${thirdPart}`
    await paste(look, token)
    await page.waitForSelector('#explained table.claims')
    expect(await look.text('#explained')).toContain(`iss${hostile}`)
    expect(await look.text('#explained')).not.toContain(thirdPart)
    expect(await page.$$('img, #explained script')).toEqual([])
    expect(await page.title()).toBe('kafka-token-sidecar')
    expect(await look.violations()).toEqual([])
    expect(look.complaints).toEqual([])

    // Later, as what DevTools evaluates itself is allowed to use eval().
    const injected = await page.evaluate(`new Promise((done) => setTimeout(() => {
      const failures = []
      const attempt = (name, act) => { try { act() } catch { failures.push(name) } }
      attempt('innerHTML', () => { document.body.innerHTML = '<img src=x onerror="globalThis.ran=1">' })
      attempt('script', () => { const made = document.createElement('script'); made.textContent = 'globalThis.ran=1'; document.body.append(made) })
      attempt('eval', () => { globalThis.eval('globalThis.ran=1') })
      const handler = document.createElement('button')
      attempt('handler', () => { handler.setAttribute('onclick', 'globalThis.ran=1'); document.body.append(handler); handler.click() })
      done({ failures, ran: globalThis.ran })
    }))`)
    expect(injected).toMatchObject({ failures: expect.arrayContaining(['innerHTML', 'script']) as string[] })
    expect((injected as { ran?: number }).ran).toBeUndefined()
    expect((await look.violations()).length).toBeGreaterThan(0)
  })

  it('is small, asks nobody else, and asks nothing while nobody looks', async ({ expect }) => {
    await using look = await visit(browser, shared.admin)
    const { page } = look
    await page.waitForSelector(row('default'))
    expect(look.bytes()).toBeGreaterThan(10_000)
    expect(look.bytes()).toBeLessThan(60 * 1024)
    expect(look.asked.filter((url) => !url.startsWith(shared.admin) && !url.startsWith('data:'))).toEqual([])

    const states = () => look.asked.filter((url) => url.includes('/state')).length
    await expect.poll(states, soon).toBeGreaterThan(2)
    const hide = (isHidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, value: ${String(isHidden)} })
        document.dispatchEvent(new Event('visibilitychange'))`)
    await hide(true)
    const before = states()
    await page.evaluate('new Promise((done) => setTimeout(done, 2500))')
    expect(states()).toBe(before)
    await hide(false)
    await expect.poll(states, soon).toBeGreaterThan(before)
  })

  it('tells that the sidecar is gone, and comes back with the next one', async ({ expect }) => {
    const { tools, folder } = inject('e2e')
    const [adminPort] = (await freePorts(1)) as [number]
    const start = (name: string) =>
      startSidecar({
        cli: tools.cli,
        log: join(folder, `sidecar-page-${name}`),
        configuration: { admin: { port: adminPort }, profiles: { default: { source: 'self-issued', subject: name } } },
      })
    const first = await start('first')
    await using look = await visit(browser, `http://localhost:${adminPort}`)
    await expect.poll(() => look.text('#tokens'), soon).toContain('first')
    await first.stop()
    await expect.poll(() => look.text('#live'), soon).toMatch(/does not answer since .* Trying again/)
    expect(await look.text('#tokens')).toContain('first')
    await using second = await start('second')
    expect(second.port).toBeGreaterThan(0)
    await expect.poll(() => look.text('#live'), soon).toBe('live')
    await expect.poll(() => look.text('#tokens'), soon).toContain('second')
  })

  it('asks for the admin secret, and keeps it in the page alone', async ({ expect }) => {
    const { folder } = inject('e2e')
    const secretFile = join(folder, 'page-secret.admin')
    const secret = 'a-secret-for-the-admin-page'
    writeFileSync(secretFile, `${secret}\n`, { mode: 0o600 })
    await using running = await world('page-secret', 600, { secretFile })
    await using look = await visit(browser, running.admin)
    const { page } = look
    await page.waitForSelector('#secret:not([hidden])')
    expect(await look.each('#content', 'one.hidden')).toEqual([true])
    expect(await page.evaluate('document.activeElement.id')).toBe('secret-value')
    expect(await missingForReaders(page)).toEqual([])
    await look.shot('secret-1280-light')
    await page.keyboard.type('another-secret-of-nobody')
    await page.keyboard.press('Enter')
    await expect
      .poll(() => look.text('#secret-wrong'), soon)
      .toMatch(/That secret was refused.*ERR_REQUEST_ADMIN_SECRET/)
    await page.keyboard.type(secret)
    await page.keyboard.press('Enter')
    await page.waitForSelector(row('default'), { visible: true })
    await page.type('#explain-text', 'all is well')
    await page.click('#explain button[type=submit]')
    await page.waitForSelector('#explained p')
    expect(await look.text('#explained')).toContain('Nothing in this text is known')
    expect(await page.evaluate('localStorage.length + sessionStorage.length + document.cookie.length')).toBe(0)
    expect(running.sidecar.output()).not.toContain(secret)
    await page.reload()
    await page.waitForSelector('#secret:not([hidden])')
  })

  it('explains what is pasted, which no log has', async ({ expect }) => {
    await using look = await visit(browser, shared.admin)
    const { page } = look
    await page.waitForSelector(row('default'))
    const line = 'pasted-by-somebody: token endpoint answered 503 (temporarily_unavailable) [ERR_PROVIDER_UNAVAILABLE]'
    await page.type('#explain-text', line)
    await page.keyboard.down('Control')
    await page.keyboard.press('Enter')
    await page.keyboard.up('Control')
    await page.waitForSelector('#explained .explanation')
    expect(await look.text('#explained .explanation')).toMatch(/line 1: .*ERR_PROVIDER_UNAVAILABLE/)
    expect(await page.$$('#explained li')).not.toEqual([])
    const long = `${'x '.repeat(60_000)}\n${line}`
    await paste(look, long)
    await expect
      .poll(() => look.text('#explained'), soon)
      .toMatch(/the last 60 KB are explained.*ERR_PROVIDER_UNAVAILABLE/)
    await page.click('#explain button[type=reset]')
    expect(await look.text('#explained')).toBe('')
    expect(shared.sidecar.output()).not.toContain('pasted-by-somebody')
    expect(look.complaints).toEqual([])
  })
})

describe.concurrent('the page of a busy sidecar', () => {
  const sizes = [
    [1280, 900],
    [390, 844],
  ] as const
  const looks = sizes.flatMap(([width, height]) =>
    (['light', 'dark'] as const).map((scheme) => ({ width, height, scheme })),
  )
  const startedAt = Date.now()
  const claims = {
    iss: 'https://accounts.google.com',
    sub: 'jobs@example-project.iam.gserviceaccount.com',
    scope: 'kafka',
  }
  const decodedToken = () => ({ header: { typ: 'JWT', alg: 'RS256', kid: 'a1' }, claims })

  it.for(looks)('can be read at $width x $height, $scheme', async ({ width, height, scheme }, { expect }) => {
    await using server = await pageServer({
      observed: () => busySidecar(startedAt),
      now: () => startedAt,
      decodedToken,
    })
    await using look = await visit(browser, server.origin, { width, height, scheme })
    const { page } = look
    await page.waitForSelector(row('orders'))
    await look.shot(`busy-${width}x${height}-${scheme}`)
    await page.click(`${row('orders')} > summary`)
    await page.waitForSelector(`${row('orders')} table.claims`)
    await look.shot(`open-${width}x${height}-${scheme}`)
    expect(await missingForReaders(page)).toEqual([])
    expect(look.complaints).toEqual([])
    expect(await look.violations()).toEqual([])
  })

  it('is used by the keyboard alone', async ({ expect }) => {
    await using server = await pageServer({
      observed: () => busySidecar(startedAt),
      now: () => startedAt,
      decodedToken,
    })
    await using look = await visit(browser, server.origin)
    const { page } = look
    await page.waitForSelector(row('orders'))
    const focused = () =>
      page.evaluate(`(() => {
        const { id, value, tagName, dataset, parentElement } = document.activeElement
        return id || parentElement.dataset.row || value || tagName
      })()`) as Promise<string>
    const stops: string[] = []
    for (let index = 0; index < 16; index++) {
      await page.keyboard.press('Tab')
      stops.push(await focused())
    }
    expect(stops.slice(0, 9)).toEqual([
      '21600000',
      'filter',
      'profile orders',
      'profile payments',
      'profile default',
      'profile fraud',
      'profile reports',
      'delegation token flink',
      'delegation token spark',
    ])
    expect(stops).toContain('explain-text')
    const outline = await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`)
    expect(outline).not.toBe('none')

    await page.focus(`${row('orders')} > summary`)
    await page.keyboard.press('Enter')
    await page.waitForSelector(`${row('orders')}[open] .failure`)
    // It is drawn anew each second, and neither focus nor what is open is lost.
    const before = server.asked.length
    await expect.poll(() => server.asked.length, soon).toBeGreaterThan(before + 3)
    expect(await focused()).toBe('profile orders')
    await page.keyboard.press('Enter')
    await page.waitForSelector(`${row('orders')}:not([open])`)

    await page.focus('#span input:checked')
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => timeLine(look, 'orders'), soon).toContain('last 1 h')
    await page.focus('#filter')
    await page.keyboard.type('token-exchange')
    await expect.poll(() => rowCount(look), soon).toBe(1)
    expect(await look.text('#tokens h3')).toBe('Profiles 1 of 5')
    await page.keyboard.press('Escape')
    await expect.poll(() => rowCount(look), soon).toBe(5)
  })

  it('stays usable with hundreds of profiles', async ({ expect }) => {
    const { profiles, moments, ...rest } = busySidecar(startedAt)
    const orders = profiles.get('orders')
    const good = profiles.get('default')
    if (!orders || !good) throw new Error('there are profiles')
    const names = Array.from({ length: 500 }, (_, index) => `team-${index}`)
    const many = new Map(names.map((name) => [name, { ...(name === 'team-321' ? orders : good), name }]))
    const life = moments.filter(({ about }) => 'profile' in about && about.profile === 'default')
    const lives = names.slice(0, 100).flatMap((name) => life.map((moment) => ({ ...moment, about: { profile: name } })))
    const observed = () => ({ ...rest, profiles: many, moments: lives })
    await using server = await pageServer({ observed })
    await using look = await visit(browser, server.origin)
    const { page } = look
    await page.waitForSelector(row('team-321'))
    const [first] = await look.each('[data-row]', 'one.dataset.row')
    expect(first).toBe('profile team-321')
    expect(await rowCount(look)).toBe(40)
    await page.type('#filter', 'team-499')
    await expect.poll(() => rowCount(look), soon).toBe(1)
    await look.each('#filter', `{ one.value = ''; one.dispatchEvent(new Event('input')) }`)
    await page.click('[data-action=all]')
    await expect.poll(() => rowCount(look), soon).toBe(500)
    // Drawn anew each second: what a person does meanwhile is not kept waiting. Counted is the time of the processor.
    const session = await page.createCDPSession()
    await session.send('Performance.enable', { timeDomain: 'threadTicks' })
    const busyMs = async () => {
      const { metrics } = await session.send('Performance.getMetrics')
      return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN) * 1000
    }
    const [before, asked] = [await busyMs(), server.asked.length]
    await expect.poll(() => server.asked.length, { timeout: 30_000 }).toBeGreaterThan(asked + 3)
    expect((await busyMs()) - before).toBeLessThan(4 * 500)
    expect(look.complaints).toEqual([])
  })
})
