import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { nodePlatform } from '../../../src/platform/platform.ts'
import { Secret } from '../../../src/platform/secret.ts'
import { cached } from '../../../src/token/cache.ts'
import type { TokenError } from '../../../src/token/error.ts'
import { certificateAuthority } from '../../fakes/certificate-authority.ts'
import { scriptedServer, type Answer, type Fault, type ScriptedServer } from '../../fakes/scripted-server.ts'
import { leak } from '../faults.ts'
import { failureOf, getToken } from '../outcome.ts'
import { make, type Surroundings } from './make.ts'

const secret = 'pa55 wörd+of&the=client'
const jwt = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwiZXhwIjo0MDAwMDAwMDAwfQ.c2ln'
const good: Answer = { body: { access_token: jwt, token_type: 'Bearer', expires_in: 3600 } }

let idp: ScriptedServer
beforeEach(async () => {
  idp = await scriptedServer(() => good)
})
afterEach(() => idp.close())

function client(options: Readonly<Record<string, unknown>> = {}, around: Surroundings = {}) {
  const own = { tokenEndpoint: `${idp.origin}/token`, clientId: 'orders', clientSecret: new Secret(secret) }
  return make('client-credentials', { ...own, ...options }, { fetchTimeoutMs: 8_000, ...around })
}

/** Everything of an error that a log, an answer or a debugger could show. */
function shown(failure: TokenError): string {
  const causes: unknown[] = []
  for (let cause: unknown = failure; cause instanceof Error; cause = cause.cause) {
    causes.push(cause.message, cause.stack, JSON.stringify(cause, simple))
  }
  return [failure.description, failure.hint, ...causes].join('\n')
}

const simple = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'issuerCertificate' in value ? '[certificate]' : value

function expectSilence(failure: TokenError): void {
  const text = shown(failure)
  const encoded = new URLSearchParams({ '': secret }).toString().slice(1)
  const basic = Buffer.from(`orders:${encoded}`).toString('base64')
  for (const hidden of [secret, encoded, basic, leak, jwt, 'eyJ']) expect(text).not.toContain(hidden)
  expect(failure.description).toMatch(/^[\x20-\x7e]+$/)
}

const tryAgain =
  'It is tried again by itself. If this lasts, check that the sidecar may reach the host (egress rules, HTTPS_PROXY).'
const check = 'Check tokenEndpoint (or issuer), and look for a proxy between the sidecar and the provider.'
const compare = 'Compare client id, key or secret with what is registered at the provider.'
const lifetime = 'Have the provider say how long its tokens live.'

type Row = [
  name: string,
  fault: Fault,
  /** After `<host> `. */
  line: string,
  status: number,
  also?: Partial<TokenError>,
]

const html = `<!DOCTYPE html>\n<html><body>${leak} ${secret}</body></html>`

const answers: Row[] = [
  ['5 MB', { body: 'x'.repeat(5 * 1024 * 1024) }, `answered with more than 1 MB. ${check} [ERR_PROVIDER_ANSWER]`, 503],
  ['HTML', { body: html }, `answered with an HTML page. ${check} [ERR_PROVIDER_ANSWER]`, 503],
  ['nothing', { body: '' }, `answered with an empty answer. ${check} [ERR_PROVIDER_ANSWER]`, 503],
  ['a list', { body: [leak] }, `answered with something that is no JSON object. ${check} [ERR_PROVIDER_ANSWER]`, 503],
  [
    'half of a JSON object',
    { body: `{"access_token":"${leak}` },
    `answered with something that is no JSON object. ${check} [ERR_PROVIDER_ANSWER]`,
    503,
  ],
  [
    '200 with an error',
    { body: { error: 'invalid_client', error_description: 'who?' } },
    `answers invalid_client: 'who?'. ${compare} [ERR_PROVIDER_CLIENT]`,
    401,
    { oauth: 'invalid_client', refusal: true },
  ],
  [
    '401 with a challenge that has the error',
    {
      status: 401,
      headers: { 'WWW-Authenticate': 'Basic realm="idp", error="invalid_client", error_description="who?"' },
    },
    `answers invalid_client: 'who?'. ${compare} [ERR_PROVIDER_CLIENT]`,
    401,
    { refusal: true },
  ],
  [
    '401 with a bare challenge',
    { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="idp"' } },
    `answers 401 and an empty answer. ${compare} [ERR_PROVIDER_CLIENT]`,
    401,
    { oauth: 'invalid_client', refusal: true },
  ],
  [
    '401 in HTML',
    { status: 401, body: html },
    `answers 401 and an HTML page. ${compare} [ERR_PROVIDER_CLIENT]`,
    401,
    { oauth: 'invalid_client', refusal: true },
  ],
  [
    // Auth0, for a wrong secret.
    '401 with a code that is not of RFC 6749',
    { status: 401, body: { error: 'access_denied', error_description: 'Unauthorized' } },
    `answers access_denied: 'Unauthorized'. The client secret is wrong. [ERR_PROVIDER_CLIENT]`,
    400,
    { oauth: 'access_denied', refusal: true },
  ],
  [
    '403 in HTML, as of a firewall',
    { status: 403, body: html },
    `answered with 403 and an HTML page. ${check} [ERR_PROVIDER_ANSWER]`,
    503,
    { refusal: false },
  ],
  [
    '403 in JSON',
    { status: 403, body: { message: leak } },
    `answers 403 and no OAuth error. ${compare} [ERR_PROVIDER_CLIENT]`,
    401,
    { oauth: 'invalid_client', refusal: true },
  ],
  [
    '400 without words',
    { status: 400, body: leak },
    `answered with 400 and no OAuth error. ${check} [ERR_PROVIDER_ANSWER]`,
    503,
  ],
  ['204', { status: 204 }, `answered with 204 instead of 200. ${check} [ERR_PROVIDER_ANSWER]`, 503],
  ['202', { ...good, status: 202 }, `answered with 202 instead of 200. ${check} [ERR_PROVIDER_ANSWER]`, 503],
  [
    '429 with Retry-After',
    { status: 429, headers: { 'Retry-After': '7' } },
    `answers 429. ${tryAgain} [ERR_PROVIDER_UNAVAILABLE]`,
    503,
    { retryAfterMs: 7_000 },
  ],
  [
    '429 with a Retry-After of a day',
    { status: 429, headers: { 'Retry-After': '86400' }, body: { error: 'slow_down' } },
    `answers 429 slow_down. ${tryAgain} [ERR_PROVIDER_UNAVAILABLE]`,
    503,
    { retryAfterMs: 30_000 },
  ],
  ['500', { status: 500, body: html }, `answers 500. ${tryAgain} [ERR_PROVIDER_UNAVAILABLE]`, 503],
  ['502', { status: 502, body: html }, `answers 502. ${tryAgain} [ERR_PROVIDER_UNAVAILABLE]`, 503],
  [
    '500 with an OAuth error',
    {
      status: 500,
      body: { error: 'unknown_error', error_description: `For more on this error\n see the log ${leak}` },
    },
    `answers 500 unknown_error: 'For more on this error see the log [...]'. ${tryAgain} [ERR_PROVIDER_UNAVAILABLE]`,
    503,
  ],
  [
    '503 with an error that is a page',
    { status: 503, body: { error: html, error_description: 'x'.repeat(5_000) } },
    `answers 503 invalid_request: '${'x'.repeat(300)}...'. ${tryAgain} [ERR_PROVIDER_UNAVAILABLE]`,
    503,
  ],
  [
    '400 with server_error',
    { status: 400, body: { error: 'server_error' } },
    `answers server_error. ${tryAgain} [ERR_PROVIDER_UNAVAILABLE]`,
    503,
  ],
  [
    'no access_token',
    { body: { expires_in: 3600 } },
    `answered with JSON without access_token. ${check} [ERR_PROVIDER_ANSWER]`,
    503,
  ],
  [
    'an empty access_token',
    { body: { access_token: '', expires_in: 3600 } },
    `answered with JSON without access_token. ${check} [ERR_PROVIDER_ANSWER]`,
    503,
  ],
  [
    'an access_token of null',
    { body: { access_token: null, expires_in: 3600 } },
    `answered with JSON without access_token. ${check} [ERR_PROVIDER_ANSWER]`,
    503,
  ],
  [
    'an access_token that is a number',
    { body: { access_token: 7, expires_in: 3600 } },
    `answered with a token that is no text. ${check} [ERR_PROVIDER_ANSWER]`,
    503,
  ],
  [
    'an access_token that is a list',
    { body: { access_token: [jwt], expires_in: 3600 } },
    `answered with a token that is no text. ${check} [ERR_PROVIDER_ANSWER]`,
    503,
  ],
  [
    'an access_token with a space',
    { body: { access_token: `${leak} ${leak}`, expires_in: 3600 } },
    `answered with a token with characters that no token has. ${check} [ERR_PROVIDER_ANSWER]`,
    503,
  ],
  [
    'an access_token with a line break',
    { body: { access_token: `${leak}\r\nX: y`, expires_in: 3600 } },
    `answered with a token with characters that no token has. ${check} [ERR_PROVIDER_ANSWER]`,
    503,
  ],
  [
    'an id_token only',
    { body: { id_token: jwt, expires_in: 3600 } },
    `answered with JSON without access_token. The answer has an id_token: set idTokenFallback if brokers take that. [ERR_PROVIDER_ANSWER]`,
    503,
  ],
  [
    'a DPoP token',
    { body: { access_token: jwt, token_type: 'DPoP', expires_in: 3600 } },
    `answered with a token of type DPoP. Have the provider issue Bearer tokens: Kafka clients know no other. [ERR_PROVIDER_ANSWER]`,
    503,
  ],
  ...['soon', undefined, -1, 0, null, '', ' ', true, []].map((expires_in): Row => [
    `an opaque token and the lifetime ${JSON.stringify(expires_in)}`,
    { body: { access_token: 'opaque-token', expires_in } },
    `answered with a token without expires_in. ${lifetime} [ERR_PROVIDER_ANSWER]`,
    503,
  ]),
  [
    'a connection that breaks',
    'reset',
    `did not answer: it closed the connection. ${tryAgain} [ERR_PROVIDER_UNAVAILABLE]`,
    503,
  ],
]

describe('a provider that answers with', () => {
  it.each(answers)(
    '%s is told in one line, and the next good answer is taken',
    async (_name, fault, line, status, also = {}) => {
      const { source, events } = client()
      idp.fail('/token', fault)
      const failure = await failureOf(source)
      expect(failure.description).toBe(`${idp.host} ${line}`)
      expect(failure.status).toBe(status)
      expect(failure.transient).toBe(status === 503)
      expect(failure).toMatchObject(also)
      expectSilence(failure)
      expect(idp.calls).toHaveLength(1)
      idp.heal()
      expect((await getToken(source)).value.reveal()).toBe(jwt)
      expect(events).toEqual([])
    },
  )

  it.each([404, 405, 410])('%i is told to be the wrong address', async (status) => {
    idp.fail('/token', { status, body: html })
    const failure = await failureOf(client({ tokenEndpoint: `${idp.origin}/token?tenant=a` }).source)
    expect(failure.description).toBe(
      `${idp.host} answers ${status} and an HTML page. Check that ${idp.origin}/token is the token endpoint. [ERR_PROVIDER_REFUSED]`,
    )
    expect(failure).toMatchObject({ status: 400, oauth: 'invalid_request', transient: false, refusal: false })
    expectSilence(failure)
  })

  it.each(['hang', 'stall'] as const)('nothing to the end (%s) is told with its name and the time', async (fault) => {
    idp.fail('/token', fault)
    const failure = await failureOf(client({}, { fetchTimeoutMs: 500 }).source)
    expect(failure.description).toBe(`${idp.host} did not answer within 0.4 s. ${tryAgain} [ERR_PROVIDER_UNAVAILABLE]`)
    expect(failure).toMatchObject({ status: 503, transient: true })
  })

  it.each([301, 302, 303, 307, 308])('a redirect (%i) sends nothing on', async (status) => {
    const other = await scriptedServer(() => good)
    idp.fail('/token', { status, headers: { Location: `${other.origin}/token?code=${leak}#x` } })
    const failure = await failureOf(client().source)
    await other.close()
    expect(failure.description).toBe(
      `${idp.origin}/token redirects to ${other.origin}/token. Set tokenEndpoint (or issuer) to the address that the redirect leads to, if it is the right one. [ERR_PROVIDER_REDIRECT]`,
    )
    expect(failure).toMatchObject({ status: 400, transient: false })
    expectSilence(failure)
    expect(other.calls).toEqual([])
    expect(idp.calls).toHaveLength(1)
  })

  it('a redirect to an endless address, or to none, is one short line', async () => {
    idp.fail('/token', { status: 302, headers: { Location: `https://login.example/${'a'.repeat(5_000)}` } })
    expect((await failureOf(client().source)).message.length).toBeLessThan(300)
    idp.fail('/token', { status: 302 })
    expect((await failureOf(client().source)).message).toBe(`${idp.origin}/token redirects`)
  })
})

describe('the lifetime of a token', () => {
  const now = () => Date.now()

  it.each([
    ['a number', 3600, 3600],
    ['a number as text', '3600', 3600],
    ['a number as text in spaces', ' 3600 ', 3600],
    ['a fraction', 0.5, 0.5],
    ['a number beyond all calendars', 1e300, 10 * 366 * 86_400],
  ])('is %s', async (_name, expires_in, seconds) => {
    idp.fail('/token', { body: { access_token: 'opaque-token', expires_in } })
    const before = now()
    const { expiresAt } = await getToken(client({ format: 'raw' }).source)
    expect(expiresAt).toBeGreaterThanOrEqual(before + seconds * 1000)
    expect(expiresAt).toBeLessThanOrEqual(now() + seconds * 1000)
    expect(new Date(expiresAt).toISOString()).toMatch(/Z$/)
  })

  it.each([undefined, null, 'soon', -5, 0])('is that of the JWT itself where expires_in is %j', async (expires_in) => {
    idp.fail('/token', { body: { access_token: jwt, expires_in } })
    expect((await getToken(client().source)).expiresAt).toBe(4_000_000_000_000)
  })
})

describe('what a Kafka client does not care for', () => {
  it.each([
    ['201', { ...good, status: 201 }],
    ['text/html as content type', { ...good, headers: { 'content-type': 'text/html' } }],
    ['no token_type', { body: { access_token: jwt, expires_in: 3600 } }],
    ['white space around the token', { body: { access_token: ` ${jwt}\n`, expires_in: 3600 } }],
    ['an id_token that is nonsense', { body: { access_token: jwt, id_token: 7, expires_in: 3600 } }],
    ['a byte order mark', { body: `\uFEFF${JSON.stringify(good.body)}` }],
    ['an empty error beside the token', { body: { ...(good.body as object), error: '' } }],
  ])('is taken: %s', async (_name, answer) => {
    idp.fail('/token', answer)
    expect((await getToken(client().source)).value.reveal()).toBe(jwt)
  })
})

describe('a provider that quotes back', () => {
  const form = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)
  const html = 'pa55 wörd+of&amp;the=client'

  it.each([
    ['the secret', () => secret],
    ['the secret as in a form', () => form(secret)],
    ['the secret as in a URL', () => encodeURIComponent(secret)],
    ['the secret as in a page', () => html],
    ['the credentials of Basic', () => Buffer.from(`orders:${form(secret)}`).toString('base64')],
    ['a token', () => jwt],
    ['a part of an assertion', () => jwt.slice(0, 40)],
  ])('%s has it left out', async (_name, quoted) => {
    for (const status of [400, 500]) {
      idp.fail('/token', { status, body: { error: 'invalid_client', error_description: `bad: ${quoted()} !` } })
      const failure = await failureOf(client().source)
      expect(failure.message).toContain(`invalid_client: 'bad: [...] !'`)
      expectSilence(failure)
    }
  })

  it('the secret as the code of an error is given another one', async () => {
    const ascii = 'pa55-word'
    for (const status of [400, 500]) {
      idp.fail('/token', { status, body: { error: ascii, error_description: '' } })
      const failure = await failureOf(client({ clientSecret: new Secret(ascii) }).source)
      expect(failure.message).toContain('invalid_request')
      expect(shown(failure) + failure.oauth).not.toContain(ascii)
    }
  })

  it('a secret of the body, an assertion or a subject token has it left out', async () => {
    const posted = client({ clientAuth: 'client_secret_post' })
    const folder = mkdtempSync(join(tmpdir(), 'kts-quote-'))
    try {
      const opaque = 'an-opaque-subject-token'
      writeFileSync(join(folder, 'subject'), opaque)
      const exchange = make('token-exchange', {
        tokenEndpoint: `${idp.origin}/token`,
        clientAuth: 'none',
        subjectToken: { file: join(folder, 'subject') },
      })
      for (const [{ source }, quoted] of [
        [posted, secret],
        [exchange, opaque],
      ] as const) {
        idp.fail('/token', { status: 400, body: { error: 'invalid_grant', error_description: `<${quoted}>` } })
        expect((await failureOf(source)).message).toBe(`${idp.host} answers invalid_grant: '<[...]>'`)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('a secret has it left out of events, too', async () => {
    const platform = nodePlatform({})
    const events: unknown[] = []
    idp.fail('/token', { status: 401, body: { error: 'invalid_client', error_description: `no: ${secret} ${jwt}` } })
    const { source } = client()
    const kept = cached(source, { platform, emit: (event) => void events.push(event) })
    await kept.getToken({ profile: 'orders' }, AbortSignal.timeout(5_000)).catch(() => undefined)
    kept.close()
    expect(JSON.stringify(events)).toContain('no: [...]')
    expect(JSON.stringify(events)).not.toMatch(/pa55|eyJ/)
  })
})

describe('a provider that cannot be reached', () => {
  it('because nobody listens there', async () => {
    await idp.close()
    const failure = await failureOf(client().source)
    expect(failure.description).toBe(
      `${idp.host} did not answer: it refused the connection. ${tryAgain} [ERR_PROVIDER_UNAVAILABLE]`,
    )
    expect(failure).toMatchObject({ status: 503, transient: true })
    await idp.reopen()
    await getToken(client().source)
  })

  it.each([
    ['ENOTFOUND', 'its name has no address'],
    ['EAI_AGAIN', 'its name could not be looked up'],
    ['UND_ERR_CONNECT_TIMEOUT', 'no connection within the time limit'],
    ['HPE_INVALID_CONSTANT', 'it does not speak HTTP at this port'],
    ['EHOSTUNREACH', 'EHOSTUNREACH'],
  ])('because of %s', async (code, words) => {
    const cause = Object.assign(new Error(`getaddrinfo ${code} idp.example`), { code })
    const platform = { ...nodePlatform({}), fetch: () => Promise.reject(new TypeError('fetch failed', { cause })) }
    const failure = await failureOf(client({ tokenEndpoint: 'https://idp.example/token' }, { platform }).source)
    expect(failure.description).toBe(`idp.example did not answer: ${words}. ${tryAgain} [ERR_PROVIDER_UNAVAILABLE]`)
    expect(failure).toMatchObject({ status: 503, transient: true })
  })

  it('ends with the reason of whoever does not want to wait any longer', async () => {
    idp.fail('/token', 'hang')
    const leaving = new AbortController()
    const asking = getToken(client().source, leaving.signal)
    leaving.abort(new Error('the sidecar stops'))
    await expect(asking).rejects.toThrow('the sidecar stops')
  })
})

describe('TLS to a provider', () => {
  const authority = certificateAuthority()
  const stranger = certificateAuthority()
  const old = certificateAuthority(Date.now() - 10 * 86_400_000)
  const nameCa = 'Name the CA of the provider with tls.caFile (--tls-ca-file) or NODE_EXTRA_CA_CERTS.'
  let folder: string
  let silent: Server
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kts-tls-'))
    for (const [name, { cert }] of Object.entries({ authority, stranger, old })) writeFileSync(join(folder, name), cert)
    silent = createServer((socket) => socket.end('220 mail.example ESMTP\r\n'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
    silent.close()
  })

  async function lineOf(
    tls: NonNullable<Parameters<typeof scriptedServer>[1]>['tls'],
    caFile?: string,
  ): Promise<string> {
    const secure = await scriptedServer(() => good, tls && { tls })
    const tokenEndpoint = `https://${secure.host}/token`
    try {
      const { source } = client({ tokenEndpoint, ...(caFile && { tls: { caFile: join(folder, caFile) } }) })
      const failure = await failureOf(source)
      expect(failure).toMatchObject({ code: 'ERR_PROVIDER_TLS', status: 503, transient: true })
      expectSilence(failure)
      expect(secure.calls).toEqual([])
      return failure.description.replace(secure.host, 'HOST')
    } finally {
      await secure.close()
    }
  }

  it('fails at a CA that is not trusted, which it names', async () => {
    expect(await lineOf(authority.issue('127.0.0.1'))).toBe(
      `TLS to HOST failed: its certificate comes from a CA that is not trusted here, or it sends no chain (issued by Fake CA of a test run). ${nameCa} [ERR_PROVIDER_TLS]`,
    )
  })

  it('fails at a CA of the same name with another key', async () => {
    expect(await lineOf(authority.issue('127.0.0.1'), 'stranger')).toBe(
      `TLS to HOST failed: its certificate is not signed by the CA of that name that is trusted here. ${nameCa} [ERR_PROVIDER_TLS]`,
    )
  })

  it('fails at the name', async () => {
    expect(await lineOf(authority.issue('idp.example'), 'authority')).toMatch(
      /^TLS to HOST failed: its certificate is for another name.*\. Use a name in issuer or tokenEndpoint that the certificate has\. \[ERR_PROVIDER_TLS\]$/,
    )
  })

  it('fails at the date', async () => {
    expect(await lineOf(old.issue('127.0.0.1'), 'old')).toMatch(
      /^TLS to HOST failed: its certificate has expired.*\. Have the provider renew its certificate, or correct the clock of this host\. \[ERR_PROVIDER_TLS\]$/,
    )
  })

  it('fails at a port that speaks plain HTTP', async () => {
    expect(await lineOf(undefined)).toBe(
      'TLS to HOST failed: it does not speak TLS at this port. Correct the port, or use http:// if the provider is on this host. [ERR_PROVIDER_TLS]',
    )
  })

  it('is missed where http:// is used for a port that speaks something else', async () => {
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
    const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`
    const failure = await failureOf(client({ tokenEndpoint: `http://${host}/token` }).source)
    expect(failure.message).toBe(`${host} did not answer: it does not speak HTTP at this port`)
  })

  it('works once the CA is named, and shows the certificate of the client', async () => {
    const secure = await scriptedServer(() => good, {
      tls: { ...authority.issue('127.0.0.1'), ca: authority.cert, requestCert: true },
    })
    const own = authority.issue('orders.example')
    writeFileSync(join(folder, 'own.pem'), own.cert)
    writeFileSync(join(folder, 'own.key'), own.key)
    const files = { caFile: 'authority', certFile: 'own.pem', keyFile: 'own.key' }
    const tls = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(folder, file)]))
    try {
      const options = { tokenEndpoint: `${secure.origin}/token`, clientId: 'orders', tls }
      await getToken(make('client-credentials', options).source)
      const [call] = secure.calls
      expect(call?.client).toBe('orders.example')
      expect(call?.headers.authorization).toBeUndefined()
      expect(Object.fromEntries(new URLSearchParams(call?.body))).toEqual({
        grant_type: 'client_credentials',
        client_id: 'orders',
      })
    } finally {
      await secure.close()
    }
  })
})

describe('a provider over plain http', () => {
  it.each(['tokenEndpoint', 'issuer'])('that is not on this host is refused: %s', (option) => {
    const options = { clientId: 'orders', clientSecret: new Secret(secret), [option]: 'http://idp.example/token' }
    expect(() => make('client-credentials', options)).toThrow(
      `${option} is plain http, where everybody on the way reads credentials and tokens: use https, or add allowPlaintextProvider if the way is safe`,
    )
  })

  it('is asked where that is allowed', async () => {
    const fetch = (): Promise<Response> => Promise.resolve(Response.json(good.body))
    const platform = { ...nodePlatform({}), fetch }
    const { source } = client({ tokenEndpoint: 'http://idp.example/token', allowPlaintextProvider: true }, { platform })
    expect((await getToken(source)).value.reveal()).toBe(jwt)
  })

  it('is refused where only its metadata names it', async () => {
    const platform = {
      ...nodePlatform({}),
      fetch: () =>
        Promise.resolve(Response.json({ issuer: 'https://idp.example', token_endpoint: 'http://idp.example/token' })),
    }
    const { source } = make(
      'client-credentials',
      { issuer: 'https://idp.example', clientId: 'orders', clientSecret: new Secret(secret) },
      { platform },
    )
    expect((await failureOf(source)).description).toBe(
      'http://idp.example is not https. Use https, or --allow-plaintext-provider (allowPlaintextProvider) if the way to it is safe. [ERR_PROVIDER_PLAINTEXT]',
    )
  })

  it.each(['tokenEndpoint', 'issuer'])('must not have a password in its address: %s', (option) => {
    const options = { clientId: 'orders', clientSecret: new Secret(secret), [option]: 'https://user:pw@idp.example/' }
    expect(() => make('client-credentials', options)).toThrow('must not hold a user or password')
  })
})
