import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { decodeJwt, type JWK } from 'jose'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { keycloakWorld, orders } from './keycloak-world.ts'
import type { Realm } from './realm.ts'

let realm: Realm
let folder: string
let options: readonly string[]
let generated: JWK

async function command(...args: readonly string[]) {
  const { stdout } = await promisify(execFile)(process.execPath, [inject('e2e').tools.cli, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
  })
  return stdout
}

// As a new user does it: a key is made, its public half registered, and the rest is two options.
beforeAll(async () => {
  realm = (await keycloakWorld()).realm
  folder = join(inject('e2e').folder, 'provider-commands')
  mkdirSync(folder)
  generated = JSON.parse(await command('keys', 'generate', '--algorithm', 'ES256', '--out', 'orders.pem')) as JWK
  await realm.client(orders.commands, {
    clientAuthenticatorType: 'client-jwt',
    attributes: { 'use.jwks.string': 'true', 'jwks.string': JSON.stringify({ keys: [generated] }) },
  })
  const profile = {
    source: 'client-credentials',
    issuer: realm.issuer,
    provider: 'keycloak',
    clientId: orders.commands,
    assertion: { algorithm: 'ES256', privateKeyFile: join(folder, 'orders.pem') },
  }
  writeFileSync(join(folder, 'sidecar.yaml'), JSON.stringify({ profiles: { orders: profile } }))
  options = ['--config', join(folder, 'sidecar.yaml')]
})

describe('with a key that was made by the command, at Keycloak', () => {
  it('its private half is in a file for its owner alone', () => {
    expect(statSync(join(folder, 'orders.pem')).mode & 0o777).toBe(0o600)
    expect(generated).not.toHaveProperty('d')
  })

  it('a token is printed', async () => {
    const token = await command('token', '--profile', 'orders', ...options)
    expect(decodeJwt(token.trim())).toMatchObject({ iss: realm.issuer, azp: orders.commands })
  })

  it('an assertion is printed, which gets a token by any other means', async () => {
    const assertion = (await command('assertion', '--profile', 'orders', ...options)).trim()
    const answer = await fetch(realm.tokenEndpoint, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }),
    })
    expect(await answer.json()).toHaveProperty('access_token')
  })

  it('a report is made without secrets', async () => {
    const report = await command('verify', 'orders', '--json', ...options)
    expect(JSON.parse(report)).toMatchObject({ profile: 'orders', ok: true })
    expect(report).not.toMatch(/eyJ/)
    const [, secret = ''] = readFileSync(join(folder, 'orders.pem'), 'utf8').split('\n')
    expect(report).not.toContain(secret)
  })
})
