import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/config/fault.ts'
import { parseConfig } from '../../src/config/load.ts'
import { Secret } from '../../src/platform/secret.ts'
import { faultsOf, load } from './loading.ts'

const provider = { source: 'client-credentials', issuer: 'https://idp.example', clientId: 'orders' } as const
const flags = '--source client-credentials --issuer https://idp.example --client-id orders'

describe('a secret', () => {
  it('is what a program hands over, and still is when the configuration is frozen', () => {
    const clientSecret = new Secret('hunter2')
    const { profiles } = parseConfig({ profiles: { default: { ...provider, clientSecret } } })
    const profile = profiles['default'] as { clientSecret: Secret }
    expect(profile.clientSecret.reveal()).toBe('hunter2')
    expect(Object.isFrozen(profile)).toBe(true)
  })

  it.each(['hunter2', 7, ['hunter2'], { a: 'hunter2' }])('cannot stand in the configuration: %j', (clientSecret) => {
    const parse = (): unknown =>
      parseConfig({ profiles: { default: { ...provider, clientSecret: clientSecret as never } } })
    expect(parse).toThrow(ConfigError)
    expect(parse).toThrow(
      /^profiles.default.clientSecret: must not stand in the configuration: use clientSecretFile \(a program may pass a Secret\)$/,
    )
  })

  it('is no text where text is wanted', () => {
    const parse = (): unknown =>
      parseConfig({ profiles: { default: { ...provider, scope: new Secret('hunter2') as never } } })
    expect(parse).toThrow('profiles.default.scope: must be a text')
  })

  it.each(['assertion', 'tls', 'parameters'])('is not repeated where it stands for the section %s', (section) => {
    const parse = (): unknown => parseConfig({ profiles: { default: { ...provider, [section]: 'hunter2' } } })
    expect(parse).toThrow(`profiles.default.${section}: must be a mapping`)
  })

  it.each([
    [
      { tokenEndpoint: 'https://app:hunter2@idp.example/token' },
      'tokenEndpoint (given: https://[...]@idp.example/token)',
    ],
    [{ clientSecretFile: '-----BEGIN PRIVATE KEY-----\nhunter2' }, 'clientSecretFile (given: [...])'],
    [{ tls: { caFile: 'ca.pem\n' } }, 'tls.caFile (given: ca.pem\n)'],
    [
      { assertion: { privateKeyFile: '-----BEGIN EC PRIVATE KEY-----\nhunter2' } },
      'assertion.privateKeyFile (given: [...])',
    ],
    [{ clientAuth: 'eyJhunter2.hunter2.hunter2' }, 'clientAuth (given: [...])'],
  ])('is not repeated where it was written in the wrong place: %j', (options, told) => {
    const parse = (): unknown => parseConfig({ profiles: { default: { ...provider, ...options } } })
    expect(parse).toThrow(`profiles.default.${told}: must `)
    expect(parse).not.toThrow('hunter2')
    try {
      parse()
    } catch (error) {
      expect(inspect(error, { depth: 9 })).not.toContain('hunter2')
    }
  })

  it('is no flag: a command line can be read by everybody', async () => {
    expect(await faultsOf({ argv: `${flags} --client-secret hunter2` })).toEqual([
      {
        option: '--client-secret',
        problem:
          'is no option: everybody on this host can read a command line; use --client-secret-file, or the variable KTS_CLIENT_SECRET',
      },
    ])
  })

  it.each(['KTS_CLIENT_SECRET', 'KTS_ASSERTION_PRIVATE_KEY_PASSPHRASE'])(
    'may be in %s, which is no option',
    async (name) => {
      const config = await load({ argv: flags, env: { [name]: 'hunter2' } })
      expect(JSON.stringify(config)).not.toContain('hunter2')
    },
  )

  it('may be in the variable that an option names, wherever it stands', async () => {
    const env = { KTS_ORDERS_PASSWORD: 'hunter2' }
    const file = `profiles: { orders: { ${Object.entries(provider)
      .map(([k, v]) => `${k}: "${v}"`)
      .join(', ')}, clientSecretVariable: KTS_ORDERS_PASSWORD } }`
    await expect(load({ env, file })).resolves.toBeDefined()
    await expect(load({ env, argv: `${flags} --client-secret-variable KTS_ORDERS_PASSWORD` })).resolves.toBeDefined()
    expect(await faultsOf({ env, argv: flags })).toEqual([{ option: 'KTS_ORDERS_PASSWORD', problem: 'no such option' }])
  })
})
