import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { DelegationToken } from '../../src/kafka/delegation-token.ts'
import { tokenFormats, tokenSettings } from '../../src/kafka/token-settings.ts'
import { parseJaas } from '../../src/platform/jaas.ts'
import { parseJavaProperties } from '../../src/platform/java-properties.ts'
import { Secret } from '../../src/platform/secret.ts'

const hmac = 'q83vEiNFZ4mrze8SI0VniavN7xIjRWeJq83vEiNFZ4mrze8SI0VniavN7xIjRWeJq83vEiNFZ4mrze8SI0Vn+/=='
const token: DelegationToken = {
  tokenId: 'Qz9-x_1TTf6mLw0aYb2Kdg',
  hmac: new Secret(hmac),
  owner: 'User:spark',
  requester: 'User:admin',
  renewers: ['User:admin'],
  issuedAt: Date.UTC(2026, 0, 1),
  expiresAt: Date.UTC(2026, 0, 2),
  maxLifetimeAt: Date.UTC(2026, 0, 8),
}
const use = { token, mechanism: 'SCRAM-SHA-512', tls: true } as const
const jaas = `org.apache.kafka.common.security.scram.ScramLoginModule required username="${token.tokenId}" password="${hmac}" tokenauth="true";`

/** What no broker makes, and what must not break out of a file all the same. */
const strange = [
  ['quotes', `a"b'c`],
  ['backslashes', String.raw`a\b\\c\u0041\n`],
  ['line breaks', 'a\nb\rc\r\nd'],
  ['tabs, form feeds and other controls', 'a\tb\fc\x00d\x7f1'],
  ['a comment', '#a !b /* c */ // d'],
  ['separators', ' a = b : c '],
  ['other scripts', 'jörg-ключ-鍵-🔑'],
  ['a shell', '$(rm -rf /) `x` $HOME; & | > < *'],
  ['nothing', ''],
] as const

describe('the settings of a token', () => {
  it('are the properties of a Java client', () => {
    expect(tokenSettings(use).properties.reveal()).toBe(`\
# Delegation token Qz9-x_1TTf6mLw0aYb2Kdg of User:spark, expires at 2026-01-02T00:00:00.000Z, at the latest 2026-01-08T00:00:00.000Z
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=${jaas}
`)
  })

  it('are JSON', () => {
    expect(JSON.parse(tokenSettings(use).json.reveal())).toEqual({
      tokenId: token.tokenId,
      tokenHmac: hmac,
      owner: 'User:spark',
      renewers: ['User:admin'],
      issuedAt: '2026-01-01T00:00:00.000Z',
      expiresAt: '2026-01-02T00:00:00.000Z',
      maxLifetimeAt: '2026-01-08T00:00:00.000Z',
      securityProtocol: 'SASL_SSL',
      saslMechanism: 'SCRAM-SHA-512',
      saslJaasConfig: jaas,
    })
  })

  it('are variables, without quotes, as env files of containers have them', () => {
    expect(tokenSettings(use).env.reveal()).toBe(`KAFKA_TOKEN_ID=${token.tokenId}\nKAFKA_TOKEN_HMAC=${hmac}\n`)
  })

  it('follow the listener and the mechanism', () => {
    const settings = tokenSettings({ ...use, mechanism: 'SCRAM-SHA-256', tls: false })
    const properties = parseJavaProperties(settings.properties.reveal())
    expect([properties.get('security.protocol'), properties.get('sasl.mechanism')]).toEqual([
      'SASL_PLAINTEXT',
      'SCRAM-SHA-256',
    ])
    expect([settings.securityProtocol, settings.saslMechanism]).toEqual(['SASL_PLAINTEXT', 'SCRAM-SHA-256'])
  })

  it('do not show the HMAC where they are printed', () => {
    const settings = tokenSettings(use)
    expect(`${JSON.stringify(settings)} ${String(settings.properties)}`).not.toContain(hmac.slice(0, 20))
  })
})

describe('a token with strange characters', () => {
  it.each(strange)('is read back by who reads properties and JAAS: %s', (_what, text) => {
    const settings = tokenSettings({ ...use, token: { ...token, tokenId: text, hmac: new Secret(`${text}!`) } })
    const properties = parseJavaProperties(settings.properties.reveal())
    expect([...properties.keys()]).toEqual(['security.protocol', 'sasl.mechanism', 'sasl.jaas.config'])
    const { module, flag, options } = parseJaas(properties.get('sasl.jaas.config') ?? '')
    expect([module, flag]).toEqual(['org.apache.kafka.common.security.scram.ScramLoginModule', 'required'])
    expect([...options]).toEqual([
      ['username', text],
      ['password', `${text}!`],
      ['tokenauth', 'true'],
    ])
    expect(properties.get('sasl.jaas.config')).toBe(settings.saslJaasConfig.reveal())
  })

  it.each(strange)('is read back by a shell: %s', (_what, text) => {
    // No program can have a variable with a zero in it.
    const [tokenId, password] = [text, `${text}!`].map((one) => one.replaceAll('\0', ''))
    const settings = tokenSettings({
      ...use,
      token: { ...token, tokenId: tokenId ?? '', hmac: new Secret(password ?? '') },
    })
    const script = `${settings.env.reveal()}\nprintf '%s\\n.%s.' "$KAFKA_TOKEN_ID" "$KAFKA_TOKEN_HMAC"`
    const { stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8', env: {} })
    expect([stdout, stderr]).toEqual([`${tokenId}\n.${password}.`, ''])
  })

  it.each(strange)('has an owner in a comment that stays one line: %s', (_what, text) => {
    const settings = tokenSettings({ ...use, token: { ...token, owner: `User:${text}\\` } })
    expect([...parseJavaProperties(settings.properties.reveal()).keys()]).toHaveLength(3)
    expect(settings.properties.reveal()).toMatch(/^[\x20-\x7e\n]+$/)
  })

  it('is the same in each format, ten thousand times', () => {
    let seed = 7
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
    const signs = Array.from('ab01"\'\\=:#! \t\n\r\f/*;,$`äß漢\u{1f511}\0\x85\u2028')
    for (let round = 0; round < 10_000; round++) {
      const text = Array.from({ length: random(12) }, () => signs[random(signs.length)]).join('')
      const settings = tokenSettings({ ...use, token: { ...token, tokenId: text } })
      const value = parseJavaProperties(settings.properties.reveal()).get('sasl.jaas.config') ?? ''
      const fromJson = JSON.parse(settings.json.reveal()) as { saslJaasConfig: string }
      expect([parseJaas(value).options.get('username'), fromJson.saslJaasConfig]).toEqual([text, value])
    }
  })
})

it('has a form of its own for each format', () => {
  expect(new Set(tokenFormats.map((format) => tokenSettings(use)[format].reveal())).size).toBe(tokenFormats.length)
})
