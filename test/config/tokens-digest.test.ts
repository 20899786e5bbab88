import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { tokensDigest } from '../../src/config/tokens-digest.ts'
import { Secret } from '../../src/platform/secret.ts'

const orders = { source: 'client-credentials', issuer: 'https://idp.example', clientId: 'orders' } as const
const base: ConfigInput = {
  profiles: { default: { source: 'self-issued', subject: 'a' }, orders: { ...orders, clientSecretFile: '/s' } },
}
const digest = (input: ConfigInput = base, env: Record<string, string> = {}, folder = '/') =>
  tokensDigest(parseConfig(input), env, folder)

describe('the digest of the tokens that a configuration gives', () => {
  it('is the same for what makes no difference to them', () => {
    const { profiles = {} } = base
    const same = [
      digest({ ...base, listen: { port: 1 }, log: { level: 'debug' }, admin: { port: false } }),
      digest({ profiles: Object.fromEntries(Object.entries(profiles).reverse()) }),
      digest(base, { PATH: '/bin', AWS_SECRET_ACCESS_KEY: 'x', AWS_SESSION_TOKEN: 'y', AZURE_CLIENT_SECRET: 'z' }),
      digest(base, {}, '/elsewhere'),
    ]
    expect(new Set([digest(), ...same]).size).toBe(1)
  })

  it('differs for whatever leads to other tokens, or other readers of them', () => {
    const { profiles = {} } = base
    const relative = { profiles: { ...profiles, orders: { ...orders, clientSecretFile: 's' } } }
    const others = [
      digest(),
      digest({ profiles: { ...profiles, default: { source: 'self-issued', subject: 'b' } } }),
      digest({ profiles: { ...profiles, more: { source: 'self-issued' } } }),
      digest({ ...base, outlets: [{ from: { profile: 'orders' }, to: { file: '/f' } }] }),
      digest(base, { GOOGLE_APPLICATION_CREDENTIALS: '/a.json' }),
      digest(base, { GOOGLE_APPLICATION_CREDENTIALS: '/b.json' }),
      digest(base, { AWS_PROFILE: 'a' }),
      digest(base, { AWS_WEB_IDENTITY_TOKEN_FILE: '/t' }),
      digest(base, { AZURE_CLIENT_ID: 'a' }),
      digest(base, { HOME: '/root' }),
      digest(relative, {}, '/one'),
      digest(relative, {}, '/two'),
    ]
    expect(new Set(others).size).toBe(others.length)
  })

  it('tells nothing of secrets', () => {
    const config = parseConfig(base)
    const withSecret = (text: string) => ({
      ...config,
      profiles: { default: { source: 'x', clientSecret: new Secret(text) } as never },
    })
    expect(tokensDigest(withSecret('a'), {}, '/')).toBe(tokensDigest(withSecret('b'), {}, '/'))
  })
})
