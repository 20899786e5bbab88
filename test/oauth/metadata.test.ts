import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../fakes/eventually.ts'
import { metadataUrls } from '../../src/oauth/metadata.ts'
import { provider, type Provider, type ProviderOptions } from '../../src/oauth/provider.ts'
import { nodePlatform } from '../../src/platform/platform.ts'
import type { TokenError } from '../../src/token/error.ts'
import { fakePlatform, type FakePlatform } from '../fakes/platform.ts'
import { scriptedServer, type Answer, type ScriptedServer } from '../fakes/scripted-server.ts'
import { refusalOf } from '../sources/outcome.ts'

const openid = '/.well-known/openid-configuration'
const rfc8414 = '/.well-known/oauth-authorization-server'

let idp: ScriptedServer
let documents: Record<string, Answer>
let platform: FakePlatform
let issuer: string
beforeEach(async () => {
  documents = {}
  idp = await scriptedServer(({ path }) => documents[path] ?? { status: 404, body: 'nothing here' })
  issuer = `${idp.origin}/realms/k`
  platform = fakePlatform()
})
afterEach(() => idp.close())

const signal = (): AbortSignal => AbortSignal.timeout(10_000)
const paths = (): string[] => idp.calls.map(({ path }) => path)
const describing = (own = issuer, more: object = {}): Answer => ({
  body: { issuer: own, token_endpoint: `${own}/token`, ...more },
})

function peer(options: Partial<ProviderOptions> = {}): Provider {
  const world = { ...platform, fetch: nodePlatform({}).fetch }
  return provider({ platform: world, issuer, allowPlaintext: false, ...options })
}

const endpoint = async (of: Provider, tls?: { cert: string }) => (await of.endpoint(tls, signal())).url.href

describe('the metadata of a provider', () => {
  it.each([
    ['https://idp.example', [`https://idp.example${openid}`, `https://idp.example${rfc8414}`]],
    ['https://idp.example/', [`https://idp.example${openid}`, `https://idp.example${rfc8414}`]],
    [
      'https://idp.example/realms/k',
      [`https://idp.example/realms/k${openid}`, `https://idp.example${rfc8414}/realms/k`],
    ],
    ['https://idp.example/a/', [`https://idp.example/a${openid}`, `https://idp.example${rfc8414}/a`]],
    [
      'https://idp.example:8443/a%20b',
      [`https://idp.example:8443/a%20b${openid}`, `https://idp.example:8443${rfc8414}/a%20b`],
    ],
  ])('of %s is looked for as OpenID Connect and then RFC 8414 say', (of, expected) => {
    expect(metadataUrls(of).map(String)).toEqual(expected)
  })

  it('is found at the place of OpenID Connect, and asked for once', async () => {
    documents[`/realms/k${openid}`] = describing()
    const of = peer()
    expect(await of.endpoint(undefined, signal())).toEqual({ url: new URL(`${issuer}/token`), issuer })
    await of.endpoint(undefined, signal())
    expect(paths()).toEqual([`/realms/k${openid}`])
    expect(idp.calls[0]?.headers.accept).toBe('application/json')
  })

  it('is found at the place of RFC 8414, with the path of the issuer behind', async () => {
    documents[`${rfc8414}/realms/k`] = describing()
    expect(await endpoint(peer())).toBe(`${issuer}/token`)
    expect(paths()).toEqual([`/realms/k${openid}`, `${rfc8414}/realms/k`])
  })

  it('is not asked for where only the token endpoint is known, or where both are', async () => {
    const tokenEndpoint = `${idp.origin}/token`
    expect(await peer({ issuer: undefined, tokenEndpoint }).endpoint(undefined, signal())).toEqual({
      url: new URL(tokenEndpoint),
    })
    expect(await peer({ tokenEndpoint }).endpoint(undefined, signal())).toEqual({ url: new URL(tokenEndpoint), issuer })
    expect(paths()).toEqual([])
  })

  it('names another token endpoint for clients with a certificate', async () => {
    const alias = `${issuer}/mtls/token`
    documents[`/realms/k${openid}`] = describing(issuer, { mtls_endpoint_aliases: { token_endpoint: alias } })
    const of = peer()
    expect(await endpoint(of)).toBe(`${issuer}/token`)
    expect(await endpoint(of, { cert: 'PEM' })).toBe(alias)
    documents[`/realms/k${openid}`] = describing(issuer, { mtls_endpoint_aliases: 'nonsense' })
    expect(await endpoint(peer(), { cert: 'PEM' })).toBe(`${issuer}/token`)
  })
})

describe('metadata that is no good', () => {
  const failure = async (options: Partial<ProviderOptions> = {}): Promise<TokenError> =>
    refusalOf(peer(options).endpoint(undefined, signal()))

  it.each([
    ['of somebody else', 'https://evil.example', 'https://evil.example'],
    ['of an issuer with one more slash', 'SLASH', 'SLASH'],
    ['of nobody', undefined, 'nobody'],
    ['of a number', 7, 'nobody'],
  ])('because it is %s is refused', async (_name, said, told) => {
    const slash = (text: unknown) => (text === 'SLASH' ? `${issuer}/` : text)
    documents[`/realms/k${openid}`] = { body: { issuer: slash(said), token_endpoint: `${issuer}/token` } }
    const error = await failure()
    expect(error.description).toBe(
      `the metadata of ${issuer} is that of ${String(slash(told))}. If that is the provider, write issuer: ${String(slash(told))} exactly so (RFC 8414 section 3.3). [ERR_PROVIDER_METADATA]`,
    )
    expect(error).toMatchObject({ status: 400, transient: false })
  })

  it('because it is somebody else with a name that is made for terminals is told in one clean line', async () => {
    documents[`/realms/k${openid}`] = { body: { issuer: `\u001b[2Jx\r\ny${'z'.repeat(5_000)}` } }
    const error = await failure()
    expect(error.message + error.hint).toMatch(/^[\x20-\x7e]+$/)
    expect(error.message.length).toBeLessThan(400)
  })

  it.each([{}, { token_endpoint: 7 }, { token_endpoint: 'not a URL' }])(
    'because it has no endpoint: %j',
    async (more) => {
      documents[`/realms/k${openid}`] = { body: { issuer, ...more } }
      expect((await failure()).message).toBe(`the metadata of ${issuer} has no token_endpoint`)
    },
  )

  it('because there is none says where it was looked for', async () => {
    documents[`/realms/k${openid}`] = { status: 403, body: '<html>' }
    expect((await failure()).description).toBe(
      `there is no metadata at ${issuer}${openid} (403) nor at ${idp.origin}${rfc8414}/realms/k (404). Correct issuer, or set tokenEndpoint if the provider has no metadata. [ERR_PROVIDER_METADATA]`,
    )
  })

  it.each<[string, Answer | 'reset', string, string, boolean]>([
    ['a page', { body: '<html>' }, 'ERR_PROVIDER_ANSWER', 'answered with an HTML page for its metadata', true],
    [
      'a list',
      { body: [1] },
      'ERR_PROVIDER_ANSWER',
      'answered with something that is no JSON object for its metadata',
      true,
    ],
    ['5 MB', { body: 'x'.repeat(5_000_000) }, 'ERR_PROVIDER_ANSWER', 'answered with more than 1 MB', true],
    ['500', { status: 500 }, 'ERR_PROVIDER_UNAVAILABLE', 'answers 500 for its metadata', true],
    [
      '429',
      { status: 429, headers: { 'Retry-After': '9' } },
      'ERR_PROVIDER_UNAVAILABLE',
      'answers 429 for its metadata',
      true,
    ],
    ['a broken connection', 'reset', 'ERR_PROVIDER_UNAVAILABLE', 'did not answer: it closed the connection', true],
  ])('because it is %s is told so', async (_name, fault, code, message, transient) => {
    idp.fail('.well-known', fault)
    const error = await failure()
    expect(error).toMatchObject({ code, message: `${idp.host} ${message}`, transient })
    if (message.includes('429')) expect(error.retryAfterMs).toBe(9_000)
  })

  it('because it is elsewhere is not followed', async () => {
    idp.fail('.well-known', { status: 301, headers: { Location: 'https://evil.example/x' } })
    expect(await failure()).toMatchObject({
      code: 'ERR_PROVIDER_REDIRECT',
      message: `${issuer}${openid} redirects to https://evil.example/x`,
    })
    expect(idp.calls).toHaveLength(1)
  })

  it('because it never comes is told by the name of the host, in time', async () => {
    idp.fail('.well-known', 'hang')
    const asking = failure({ timeoutMs: 3_000 })
    await eventually(() => idp.calls.length).toBe(1)
    await platform.pass(3_000)
    expect(await asking).toMatchObject({
      code: 'ERR_PROVIDER_UNAVAILABLE',
      message: `${idp.host} did not give its metadata within 3 s`,
    })
    expect(platform.pendingTimers).toBe(0)
  })

  it('is never asked for over plain http beyond this host', async () => {
    expect(await failure({ issuer: 'http://idp.example' })).toMatchObject({ code: 'ERR_PROVIDER_PLAINTEXT' })
    expect(() => peer({ issuer: undefined, tokenEndpoint: 'http://idp.example/token' })).toThrow(
      'http://idp.example is not https',
    )
  })
})

describe('metadata that is known', () => {
  beforeEach(() => {
    documents[`/realms/k${openid}`] = describing()
  })

  it('is asked for again after a day', async () => {
    const of = peer()
    await endpoint(of)
    documents[`/realms/k${openid}`] = describing(issuer, { token_endpoint: `${issuer}/moved` })
    await platform.pass(24 * 3_600_000 - 1)
    expect(await endpoint(of)).toBe(`${issuer}/token`)
    await platform.pass(1)
    expect(await endpoint(of)).toBe(`${issuer}/moved`)
    expect(idp.calls).toHaveLength(2)
  })

  it('is asked for again when it may be outdated, once in 10 s', async () => {
    const of = peer()
    await endpoint(of)
    documents[`/realms/k${openid}`] = describing(issuer, { token_endpoint: `${issuer}/moved` })
    of.forget()
    expect(await endpoint(of)).toBe(`${issuer}/token`)
    await platform.pass(10_000)
    expect(await endpoint(of)).toBe(`${issuer}/moved`)
    of.forget()
    await endpoint(of)
    expect(idp.calls).toHaveLength(2)
  })

  it('is used on while newer cannot be had, and that is tried no more than once in 10 s', async () => {
    const of = peer()
    await endpoint(of)
    await platform.pass(24 * 3_600_000)
    idp.fail('.well-known', { status: 500 })
    for (let asked = 0; asked < 5; asked++) expect(await endpoint(of)).toBe(`${issuer}/token`)
    expect(idp.calls).toHaveLength(2)
    await platform.pass(10_000)
    expect(await endpoint(of)).toBe(`${issuer}/token`)
    expect(idp.calls).toHaveLength(3)
  })

  it('is used on after 2 s where the provider does not answer, so that a token can still be had', async () => {
    const of = peer()
    await endpoint(of)
    await platform.pass(24 * 3_600_000)
    idp.fail('.well-known', 'hang')
    const asking = endpoint(of)
    await eventually(() => idp.calls.length).toBe(2)
    await platform.pass(2_000)
    expect(await asking).toBe(`${issuer}/token`)
  })

  it('is used on where newer metadata is that of somebody else', async () => {
    const of = peer()
    await endpoint(of)
    documents[`/realms/k${openid}`] = describing('https://evil.example')
    await platform.pass(24 * 3_600_000)
    expect(await endpoint(of)).toBe(`${issuer}/token`)
  })
})
