import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { java43, startJavaClient } from './client.ts'
import { clientKey, keysInline } from './client-key.ts'
import { type KeycloakWorld, keycloakWorld } from './keycloak-world.ts'
import { audience, keycloakAudience } from './realm.ts'
import { type Sidecar, startSidecar } from './sidecar.ts'

const secret = randomUUID()
let world: KeycloakWorld
let sidecar: Sidecar

beforeAll(async () => {
  const e2e = inject('e2e')
  const { realm, ...rest } = await keycloakWorld()
  world = rest
  const folder = join(e2e.folder, 'provider-refusals')
  mkdirSync(folder)
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 })
    return join(folder, name)
  }
  const [registered, other] = await Promise.all([clientKey('RS256'), clientKey('RS256')])
  await realm.client('refused', keysInline('RS256', [registered]))
  const bySecret = { clientAuthenticatorType: 'client-secret', secret }
  await realm.client('other-audience', { ...bySecret, protocolMappers: [audience('another')] })
  await realm.client('without-rights', { ...bySecret, protocolMappers: [audience(keycloakAudience)] })

  const provider = { source: 'client-credentials', issuer: realm.issuer, provider: 'keycloak', clientId: 'refused' }
  const privateKeyFile = file('registered.pem', registered.pem)
  const clientSecretFile = file('client.secret', secret)
  sidecar = await startSidecar({
    cli: e2e.tools.cli,
    log: join(e2e.folder, 'sidecar-provider-refusals'),
    configuration: {
      profiles: {
        'other-audience': { ...provider, clientId: 'other-audience', clientSecretFile },
        'without-rights': { ...provider, clientId: 'without-rights', clientSecretFile },
        'wrong-secret': {
          ...provider,
          clientId: 'without-rights',
          clientSecretFile: file('wrong.secret', randomUUID()),
        },
        'unregistered-key': { ...provider, assertion: { privateKeyFile: file('other.pem', other.pem) } },
        'unknown-kid': { ...provider, assertion: { privateKeyFile, keyId: 'unknown' } },
        'several-audiences': { ...provider, assertion: { privateKeyFile, claim: { aud: [realm.issuer, 'another'] } } },
        'without-jti': { ...provider, assertion: { privateKeyFile, claim: { jtiInclude: false } } },
        'unknown-client': { ...provider, clientId: 'nobody', clientSecretFile },
      },
    },
  })
})

afterAll(() => sidecar.stop())

async function refused(profile: string, listener: 'kafka' | 'strimzi' = 'kafka') {
  const access = { bootstrap: world[listener], tokenEndpoint: `${sidecar.origin}/token/${profile}` }
  const load = { topic: `refused-${listener}-${profile}`, durationMs: 1_000 }
  await using run = startJavaClient(inject('e2e'), load, java43(access))
  return await run.refused()
}

// Without these the other suites could pass at a broker that accepts anything.
describe.each(['kafka', 'strimzi'] as const)('the validator of %s refuses a token', (listener) => {
  it('of another audience', async () => {
    const words = { kafka: '{"status":"invalid_token"}', strimzi: 'Expected audience not available in the token' }
    expect(await refused('other-audience', listener)).toContain(words[listener])
  })

  it('of a principal without rights', async () => {
    expect(await refused('without-rights', listener)).toContain('TopicAuthorizationException')
  })
})

describe.concurrent('what Keycloak says reaches the log of a Kafka client with our hint:', () => {
  it.for([
    {
      profile: 'wrong-secret',
      said: `unauthorized_client: 'Invalid client or Invalid client credentials'. The client secret is wrong`,
    },
    {
      profile: 'unknown-client',
      said: `invalid_client: 'Invalid client or Invalid client credentials'. Compare client id`,
    },
    {
      profile: 'unregistered-key',
      said: `invalid_client: 'Client authentication with signed JWT failed: Signature on JWT token failed validation'. The provider does not take this key`,
    },
    {
      profile: 'unknown-kid',
      said: `invalid_client: 'Unable to load public key'. The provider does not take this key`,
    },
    {
      profile: 'several-audiences',
      said: `invalid_client: 'Multiple audiences not allowed'. Let assertion.claim.aud be one text`,
    },
    {
      profile: 'without-jti',
      said: `invalid_client: 'Token jti claim is required'. Set assertion.claim.jtiInclude: true`,
    },
  ])('$profile', async ({ profile, said }, { expect }) => {
    const text = await refused(profile)
    expect(text).toContain(said)
    expect(text).toContain('[ERR_PROVIDER_CLIENT]')
    expect(text).toContain('will not attempt further retries')
  })
})
