import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { launch, type Browser, type Page } from 'puppeteer-core'

/** Where screenshots are kept for people to look at: SCREENSHOTS, or beside what is installed. */
const screenshots = process.env['SCREENSHOTS'] ?? join(import.meta.dirname, '../../.cache/e2e/screenshots')

/** The Chromium on the PATH, without a window and without a home of its own. */
export async function startChromium(): Promise<Browser> {
  const executablePath = execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim()
  // As root there is no sandbox; and it is to ask nobody but us.
  return launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'], headless: true })
}

export interface Visit extends AsyncDisposable {
  readonly page: Page
  /** Errors and warnings of the console, and exceptions. */
  readonly complaints: readonly string[]
  /** What the policy of the page refused. */
  violations(): Promise<readonly string[]>
  /** Bytes that came from the network, with headers. */
  bytes(): number
  /** Addresses that were asked for. */
  readonly asked: readonly string[]
  /** What `expression` is of each element, which it calls `one`. It is text, as the types of the tests know no browser. */
  each<Value>(selector: string, expression: string): Promise<readonly Value[]>
  /** The text of the first one. */
  text(selector: string): Promise<string>
  shot(name: string): Promise<void>
}

export interface VisitOptions {
  readonly width?: number
  readonly height?: number
  readonly scheme?: 'light' | 'dark'
}

/** Opens a page in a session of its own. */
export async function visit(
  browser: Browser,
  url: string,
  { width = 1280, height = 900, scheme = 'light' }: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  const complaints: string[] = []
  const asked: string[] = []
  let bytes = 0
  page.on('console', (message) => {
    if (['error', 'warn', 'assert'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  const session = await page.createCDPSession()
  await session.send('Network.enable')
  session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength))
  session.on('Network.requestWillBeSent', ({ request }) => asked.push(request.url))
  await page.evaluateOnNewDocument(rememberViolations)
  await page.setViewport({ width, height, isMobile: width < 500, hasTouch: width < 500 })
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
  await page.goto(url)
  async function each<Value>(selector: string, expression: string): Promise<readonly Value[]> {
    const all = `[...document.querySelectorAll(${JSON.stringify(selector)})].map((one) => ${expression})`
    return (await page.evaluate(all)) as readonly Value[]
  }
  return {
    page,
    complaints,
    asked,
    bytes: () => bytes,
    violations: () => page.evaluate('globalThis.violations') as Promise<readonly string[]>,
    each,
    async text(selector) {
      const [first] = await each<string>(selector, 'one.textContent')
      if (first === undefined) throw new Error(`the page has no ${selector}`)
      return first
    },
    async shot(name) {
      mkdirSync(screenshots, { recursive: true })
      await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
    },
    [Symbol.asyncDispose]: () => context.close(),
  }
}

/** Runs in the page, before it does. */
const rememberViolations = `
  globalThis.violations = []
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
    globalThis.violations.push(violatedDirective + ' ' + blockedURI)
  })
`
