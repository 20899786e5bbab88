import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../../src/platform/secret.ts'
import { nodePlatform } from '../../../src/platform/platform.ts'
import { checked } from '../../../src/token/checked.ts'
import type { TokenSource } from '../../../src/token/token.ts'
import { scriptedServer, type ScriptedServer } from '../../fakes/scripted-server.ts'
import { failureOf, getToken } from '../outcome.ts'
import { make } from './make.ts'

const b64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (claims: object): string => `${b64({ alg: 'none' })}.${b64(claims)}.c2ln`
const exp = 4_000_000_000

let idp: ScriptedServer
let body: object
beforeEach(async () => {
  idp = await scriptedServer(() => ({ body }))
})
afterEach(() => idp.close())

function source(options: Readonly<Record<string, unknown>> = {}): TokenSource {
  const own = { tokenEndpoint: `${idp.origin}/token`, clientId: 'orders', clientSecret: new Secret('s3cret') }
  return make('client-credentials', { ...own, ...options }).source
}

/** With the check that the profile has around it. */
function forKafka(options: Readonly<Record<string, unknown>> = {}): TokenSource {
  return checked(source(options), { platform: nodePlatform({}), emit: () => undefined })
}

const value = async (from: TokenSource): Promise<string> => (await getToken(from)).value.reveal()

describe('an access token', () => {
  it('is given as it is, with the scope that was granted or else asked for', async () => {
    body = { access_token: jwt({ sub: 'a', exp }), expires_in: 60, scope: 'granted' }
    expect(await getToken(source({ scope: 'asked' }))).toMatchObject({ scope: 'granted' })
    body = { access_token: jwt({ sub: 'a', exp }), expires_in: 60 }
    expect(await getToken(source({ scope: 'asked' }))).toMatchObject({ scope: 'asked' })
    expect(await getToken(source())).not.toHaveProperty('scope')
  })

  it('that is opaque is refused with what to do', async () => {
    body = { access_token: 'opaque', expires_in: 60 }
    expect((await failureOf(forKafka())).description).toBe(
      'the token is not of the form header.claims.signature that Kafka clients need. Make the provider issue JWT access tokens. Else idTokenFallback gives its id_token, format: envelope an opaque token in the shape of a JWT for a broker that takes it so, and format: raw the bare token. [ERR_TOKEN_NOT_JWT]',
    )
  })

  it('ends when its claims or expires_in say, whichever is earlier', async () => {
    body = { access_token: jwt({ sub: 'a', exp }), expires_in: 60 }
    expect((await getToken(forKafka())).expiresAt).toBeLessThan(Date.now() + 61_000)
    const soon = Math.floor(Date.now() / 1000) + 30
    body = { access_token: jwt({ sub: 'a', exp: soon }), expires_in: 3600 }
    expect((await getToken(forKafka())).expiresAt).toBe(soon * 1000)
  })

  it('that has expired is refused', async () => {
    body = { access_token: jwt({ sub: 'a', exp: 1 }), expires_in: 3600 }
    expect(await failureOf(forKafka())).toMatchObject({ code: 'ERR_TOKEN_EXPIRED', transient: true })
  })
})

describe('an id_token', () => {
  const id = jwt({ sub: 'from the id_token', exp })

  it('takes the place of an access token that is opaque or missing, where that is configured', async () => {
    for (const answer of [{ access_token: 'opaque' }, { access_token: '' }, {}]) {
      body = { ...answer, id_token: id, expires_in: 60 }
      const token = await getToken(forKafka({ idTokenFallback: true }))
      expect(token).toMatchObject({ subject: 'from the id_token', expiresAt: exp * 1000 })
      expect(token.value.reveal()).toBe(id)
    }
  })

  it('does not where the access token is good, or where there is none', async () => {
    const access = jwt({ sub: 'a', exp })
    body = { access_token: access, id_token: id, expires_in: 60 }
    expect(await value(source({ idTokenFallback: true }))).toBe(access)
    body = { access_token: access, expires_in: 60 }
    expect(await value(source({ idTokenFallback: true }))).toBe(access)
    body = { access_token: 'opaque', id_token: id, expires_in: 60 }
    expect(await value(source())).toBe('opaque')
  })
})

describe('an opaque token', () => {
  it('has an envelope where that is configured', async () => {
    body = { access_token: 'opaque', expires_in: 60 }
    const token = await getToken(forKafka({ format: 'envelope', principal: 'orders' }))
    expect(token.subject).toBe('orders')
    const [header = '', , inner = ''] = token.value.reveal().split('.')
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ typ: 'JWT', alg: 'OPAQUE_TOKEN' })
    expect(Buffer.from(inner, 'base64url').toString()).toBe('opaque')
  })

  it('is given bare with format: raw', async () => {
    body = { access_token: 'opaque', expires_in: 60 }
    expect(await value(source({ format: 'raw' }))).toBe('opaque')
  })
})
