import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/platform/secret.ts'
import { TokenError } from '../../src/token/error.ts'
import type { TokenSource } from '../../src/token/token.ts'
import { scriptedServer, type ScriptedServer } from '../fakes/scripted-server.ts'
import { failureOf, getToken } from './outcome.ts'
import { make } from './provider/make.ts'

const jwt = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwiZXhwIjo0MDAwMDAwMDAwfQ.c2ln'
const type = (name: string): string => `urn:ietf:params:oauth:token-type:${name}`

let idp: ScriptedServer
let folder: string
beforeEach(async () => {
  idp = await scriptedServer(() => ({ body: { access_token: jwt, token_type: 'N_A', expires_in: 3600 } }))
  folder = mkdtempSync(join(tmpdir(), 'kts-exchange-'))
  writeFileSync(join(folder, 'subject'), ' subject.token\n')
})
afterEach(async () => {
  await idp.close()
  rmSync(folder, { recursive: true })
})

const form = (): Record<string, string> => Object.fromEntries(new URLSearchParams(idp.calls.at(-1)?.body))
const subjectToken = () => ({ file: join(folder, 'subject') })

function exchange(options: Readonly<Record<string, unknown>>, profiles: Readonly<Record<string, TokenSource>> = {}) {
  const own = { tokenEndpoint: `${idp.origin}/token`, subjectToken: subjectToken(), ...options }
  return make('token-exchange', own, { profiles, fetchTimeoutMs: 8_000 }).source
}

describe('a token exchange (RFC 8693)', () => {
  it('sends the subject token and what it is, and no more than is configured', async () => {
    await getToken(exchange({}))
    expect(form()).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'subject.token',
      subject_token_type: type('jwt'),
    })
    expect(idp.calls[0]?.headers.authorization).toBeUndefined()
  })

  it('at Confluent Cloud asks for an access token, at its own address', async () => {
    const asked: string[] = []
    await getToken(exchange({ provider: 'confluent', parameters: { identity_pool_id: 'pool-x' } }))
    expect(form()).toMatchObject({ requested_token_type: type('access_token'), identity_pool_id: 'pool-x' })
    await getToken(exchange({ provider: 'confluent', requestedTokenType: type('jwt') }))
    expect(form()).toMatchObject({ requested_token_type: type('jwt') })
    const { nodePlatform } = await import('../../src/platform/platform.ts')
    const fetch = (url: string | URL): Promise<Response> => {
      asked.push(String(url))
      return Promise.resolve(Response.json({ access_token: jwt, expires_in: 60 }))
    }
    const options = { provider: 'confluent', subjectToken: subjectToken() }
    await getToken(make('token-exchange', options, { platform: { ...nodePlatform({}), fetch } }).source)
    expect(asked).toEqual(['https://api.confluent.cloud/sts/v1/oauth2/token'])
  })

  it('at Keycloak says that the subject token is an access token, unless it is told otherwise', async () => {
    await getToken(exchange({ provider: 'keycloak' }))
    expect(form()).toMatchObject({ subject_token_type: type('access_token') })
    await getToken(exchange({ provider: 'keycloak', subjectTokenType: type('id_token') }))
    expect(form()).toMatchObject({ subject_token_type: type('id_token') })
  })

  it('asks the other profile for a token each time, by its own name, with the same patience', async () => {
    const asked: [string, boolean][] = []
    const leaving = new AbortController()
    const google: TokenSource = {
      kind: 'google',
      getToken: ({ profile }, signal) => {
        asked.push([profile, signal.aborted])
        return Promise.resolve({ value: new Secret(`token-${asked.length}`), expiresAt: Date.now() + 60_000 })
      },
    }
    const source = exchange({ subjectToken: { profile: 'google' } }, { google })
    await getToken(source)
    await getToken(source, leaving.signal)
    expect(asked).toEqual([
      ['google', false],
      ['google', false],
    ])
    expect(form()['subject_token']).toBe('token-2')
  })

  it('does not blame the provider for the time that the other profile took', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const slow: TokenSource = {
      kind: 'slow',
      getToken: async () => {
        await promise
        return { value: new Secret('late'), expiresAt: Date.now() + 60_000 }
      },
    }
    const { fakePlatform } = await import('../fakes/platform.ts')
    const { nodePlatform } = await import('../../src/platform/platform.ts')
    const clock = fakePlatform({ now: Date.now() })
    const options = { tokenEndpoint: `${idp.origin}/token`, subjectToken: { profile: 'slow' }, clientAuth: 'none' }
    const platform = { ...clock, fetch: nodePlatform({}).fetch }
    const asking = getToken(make('token-exchange', options, { platform, profiles: { slow } }).source)
    await clock.pass(9_500)
    resolve(undefined)
    await asking
    expect(form()['subject_token']).toBe('late')
    expect(clock.pendingTimers).toBe(0)
  })

  it('passes on why the other profile has none, and does not ask the provider', async () => {
    const failing: TokenSource = {
      kind: 'google',
      getToken: () =>
        Promise.reject(new TokenError('ERR_GCP_METADATA_UNAVAILABLE', 'the metadata server is not there')),
    }
    const failure = await failureOf(exchange({ subjectToken: { profile: 'google' } }, { google: failing }))
    expect(failure).toMatchObject({ code: 'ERR_GCP_METADATA_UNAVAILABLE', transient: true })
    expect(idp.calls).toEqual([])
  })

  it('takes an opaque subject token, and one that has expired: both are for the provider to judge', async () => {
    const old = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"exp":1}').toString('base64url')}.c2ln`
    writeFileSync(join(folder, 'subject'), old)
    await getToken(exchange({}))
    expect(form()['subject_token']).toBe(old)
  })
})
