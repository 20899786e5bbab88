import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/platform/secret.ts'
import { scriptedServer, type ScriptedServer } from '../fakes/scripted-server.ts'
import { keyOf, pkcs8 } from '../keys/key-forms.ts'
import { getToken } from './outcome.ts'
import { make } from './provider/make.ts'

const jwt = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwiZXhwIjo0MDAwMDAwMDAwfQ.c2ln'

let idp: ScriptedServer
let folder: string
beforeEach(async () => {
  idp = await scriptedServer(() => ({ body: { access_token: jwt, expires_in: 3600 } }))
  folder = mkdtempSync(join(tmpdir(), 'kts-bearer-'))
  writeFileSync(join(folder, 'key'), pkcs8(keyOf.RS256), { mode: 0o600 })
})
afterEach(async () => {
  await idp.close()
  rmSync(folder, { recursive: true })
})

const form = (): Record<string, string> => Object.fromEntries(new URLSearchParams(idp.calls.at(-1)?.body))

function source(options: Readonly<Record<string, unknown>> = {}, claim: object = { iss: 'batch', sub: 'job' }) {
  const assertion = { privateKeyFile: join(folder, 'key'), claim }
  return make('jwt-bearer', { tokenEndpoint: `${idp.origin}/token`, assertion, ...options }).source
}

describe('an assertion as grant (RFC 7523, KIP-1139) on the wire', () => {
  it('is sent without any client, as Kafka does', async () => {
    await getToken(source({ scope: 'kafka' }))
    const { assertion = '', ...rest } = form()
    expect(rest).toEqual({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', scope: 'kafka' })
    const { iat = 0, ...claims } = decodeJwt(assertion)
    expect(claims).toEqual({ iss: 'batch', sub: 'job', aud: `${idp.origin}/token`, exp: iat + 300, nbf: iat - 60 })
    expect(idp.calls[0]?.headers.authorization).toBeUndefined()
  })

  it('has the client id beside it, as iss and sub too, where there is one', async () => {
    await getToken(source({ clientId: 'orders' }, {}))
    expect(form()['client_id']).toBe('orders')
    expect(decodeJwt(form()['assertion'] ?? '')).toMatchObject({ iss: 'orders', sub: 'orders' })
  })

  it('has a secret beside it in the way that is configured', async () => {
    const clientSecret = new Secret('s')
    await getToken(source({ clientId: 'orders', clientSecret }))
    expect(idp.calls.at(-1)?.headers.authorization).toBe(`Basic ${Buffer.from('orders:s').toString('base64')}`)
    await getToken(source({ clientId: 'orders', clientSecret, clientAuth: 'client_secret_post' }))
    expect(form()).toMatchObject({ client_id: 'orders', client_secret: 's' })
  })

  it('is one assertion, however it is asked for', async () => {
    const one = source({ clientId: 'orders' })
    const alone = decodeJwt((await one.makeAssertion(AbortSignal.timeout(5_000))).reveal())
    expect(alone).toMatchObject({ iss: 'batch', aud: `${idp.origin}/token` })
    expect(idp.calls).toEqual([])
  })
})
