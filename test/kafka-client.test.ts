import { mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { delegationTokenOptions } from '../src/config/delegation-token-options.ts'
import { ConfigError } from '../src/config/fault.ts'
import { clientFromProperties, clientOf } from '../src/kafka-client.ts'
import { Secret } from '../src/platform/secret.ts'
import { TokenError } from '../src/token/error.ts'
import type { SidecarEvent } from '../src/token/event.ts'
import type { AccessToken } from '../src/token/token.ts'
import { certificateAuthority } from './fakes/certificate-authority.ts'
import { directPlatform } from './fakes/direct-platform.ts'
import { scriptedServer } from './fakes/scripted-server.ts'
import { jksStore, pkcs12Store } from './keys/java-stores.ts'

const authority = certificateAuthority()
const own = authority.issue('orders.example')
const other = authority.issue('other.example')
const folder = mkdtempSync(join(tmpdir(), 'kafka-client-'))
const { signal } = new AbortController()
const security = 'org.apache.kafka.common.security'
const scram = (password: string): string[] => [
  'bootstrap.servers=broker-1:9093',
  'security.protocol=SASL_PLAINTEXT',
  'sasl.mechanism=SCRAM-SHA-512',
  `sasl.jaas.config=${security}.scram.ScramLoginModule required username="admin" password="${password}";`,
]

let events: SidecarEvent[]
let asked: string[]
let files = 0

beforeEach(() => {
  events = []
  asked = []
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const world = {
  platform: directPlatform({}),
  emit: (event: SidecarEvent) => void events.push(event),
  getToken: (profile: string): Promise<AccessToken> => {
    asked.push(profile)
    return Promise.resolve({ value: new Secret('t'), expiresAt: 0, subject: 'orders-app' })
  },
}

function file(content: string | Buffer | readonly string[], path = join(folder, `file-${++files}`)): string {
  writeFileSync(path, typeof content === 'string' || Buffer.isBuffer(content) ? content : content.join('\n'))
  return path
}

const settings = (input: object) => delegationTokenOptions().parse({ bootstrapServers: 'a:1,b:2', ...input })
const told = (type: SidecarEvent['type']): readonly SidecarEvent[] => events.filter((event) => event.type === type)

async function failure(promise: Promise<unknown>): Promise<Error> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (thrown instanceof Error) return thrown
  throw new Error('it did not fail')
}

describe('a login by a profile', () => {
  it('is OAUTHBEARER over TLS with the tokens of that profile', async () => {
    const client = clientOf(settings({ login: { profile: 'orders' }, tls: { caFile: file(authority.cert) } }), world)
    const { tls, login } = await client.access(signal)
    expect(client.bootstrapServers).toEqual(['a:1', 'b:2'])
    expect(tls).toEqual({ ca: authority.cert })
    expect(login?.mechanism === 'OAUTHBEARER' && (await login.getToken(signal)).subject).toBe('orders-app')
    expect(await client.principal?.(signal)).toBe('User:orders-app')
    expect(asked).toEqual(['orders', 'orders'])
  })

  it('may be without TLS', async () => {
    const input = { login: { profile: 'orders' }, securityProtocol: 'SASL_PLAINTEXT', tls: { caFile: '/missing' } }
    const access = await clientOf(settings(input), world).access(signal)
    expect(access.tls).toBeUndefined()
    expect(access.login?.mechanism).toBe('OAUTHBEARER')
  })

  it('may be somebody else to the brokers', async () => {
    const input = { login: { profile: 'orders' }, principal: 'User:mapped' }
    expect(await clientOf(settings(input), world).principal?.(signal)).toBe('User:mapped')
    expect(asked).toEqual([])
  })
})

describe('a login by a client certificate', () => {
  const tls = () => ({ caFile: file(authority.cert), certFile: file(own.cert), keyFile: file(own.key) })

  it('is TLS and nothing else', async () => {
    const client = clientOf(settings({ tls: tls() }), world)
    expect(await client.access(signal)).toEqual({ tls: { ca: authority.cert, cert: own.cert, key: own.key } })
    expect(await client.principal?.(signal)).toBe('User:CN=orders.example')
  })

  it('takes a certificate that was replaced, and keeps it while the next one is broken', async () => {
    const at = tls()
    const client = clientOf(settings({ tls: at }), world)
    const first = await client.access(signal)
    expect(await client.access(signal)).toBe(first)

    file(other.cert, at.certFile)
    expect(await client.access(signal)).toBe(first)
    expect(await client.access(signal)).toBe(first)
    expect(told('reload-failed')).toMatchObject([
      {
        code: 'ERR_KEY_STORE',
        what: 'a TLS file of the Kafka client',
        message: `the first certificate in ${at.certFile} is for another key than the one in ${at.keyFile}`,
      },
    ])

    file(other.key, at.keyFile)
    expect((await client.access(signal)).tls).toMatchObject({ cert: other.cert, key: other.key })
    expect(told('files-reloaded')).toHaveLength(1)
    expect(await client.principal?.(signal)).toBe('User:CN=other.example')
  })

  it('rejects while there has never been one, and recovers', async () => {
    const at = { ...tls(), certFile: join(folder, 'later.pem') }
    const client = clientOf(settings({ tls: at }), world)
    for (const ask of [client.access, client.principal]) {
      const error = await failure(ask?.(signal) ?? Promise.resolve())
      expect(error).toBeInstanceOf(TokenError)
      expect(error).toMatchObject({ code: 'ERR_KEY_STORE', message: `cannot read ${at.certFile} (ENOENT)` })
    }
    file(own.cert, at.certFile)
    expect((await client.access(signal)).tls?.cert).toBe(own.cert)
    expect(events).toEqual([])
  })

  it('refuses a key that everybody may write', async () => {
    const at = tls()
    chmodSync(at.keyFile, 0o666)
    expect(await failure(clientOf(settings({ tls: at }), world).access(signal))).toMatchObject({
      code: 'ERR_KEY_FILE_MODE',
    })
  })

  it('is anonymous without one', async () => {
    expect(await clientOf(settings({}), world).principal?.(signal)).toBe('User:ANONYMOUS')
  })
})

describe('the properties of a Java client', () => {
  it('log in by SCRAM', async () => {
    const client = await clientFromProperties({ file: file(scram('hunter2')) }, world)
    expect(client.bootstrapServers).toEqual(['broker-1:9093'])
    const { login, tls } = await client.access(signal)
    expect(tls).toBeUndefined()
    expect(login).toMatchObject({ mechanism: 'SCRAM-SHA-512', username: 'admin' })
    expect(await client.principal?.(signal)).toBe('User:admin')
  })

  it('give way to the servers that are named beside them', async () => {
    const client = await clientFromProperties({ file: file(scram('x')), bootstrapServers: ['c:3'] }, world)
    expect(client.bootstrapServers).toEqual(['c:3'])
  })

  it('are read again: a password that was replaced counts, and one that is broken does not', async () => {
    const path = file(scram('first'))
    const client = await clientFromProperties({ file: path }, world)
    const password = async (): Promise<string | undefined> => {
      const { login } = await client.access(signal)
      return login?.mechanism === 'SCRAM-SHA-512' ? login.password.reveal() : undefined
    }
    file(scram('second'), path)
    expect(await password()).toBe('second')
    expect(told('files-reloaded')).toMatchObject([{ what: path }])

    file(scram('third').slice(0, 3), path)
    expect(await password()).toBe('second')
    rmSync(path)
    expect(await password()).toBe('second')
    expect(told('reload-failed')).toMatchObject([
      {
        what: path,
        code: 'ERR_CONFIG_FILE',
        message: expect.stringContaining('sasl.jaas.config: is missing') as string,
      },
      { what: path, code: 'ERR_CONFIG_FILE', message: `${path}: cannot be read (ENOENT)` },
    ])
    file(scram('second'), path)
    expect(await password()).toBe('second')
    expect(told('files-reloaded')).toHaveLength(2)
    expect(JSON.stringify(events)).not.toMatch(/first|second|third/)
  })

  it.each([
    ['PKCS#12 that is called JKS', pkcs12Store, []],
    ['JKS', jksStore, []],
    ['JKS that is called PKCS12', jksStore, ['ssl.truststore.type=PKCS12', 'ssl.keystore.type=PKCS12']],
  ])('name stores: %s', async (_name, make, types) => {
    const keys = [
      { alias: 'orders', key: own.key, chain: [own.cert, authority.cert] },
      { alias: 'other', key: other.key, chain: [other.cert] },
    ]
    const keyStore = file(make({ password: 'changeit', keys }))
    const lines = [
      ...['bootstrap.servers=a:1', 'security.protocol=SSL', 'ssl.endpoint.identification.algorithm='],
      `ssl.truststore.location=${file(make({ password: 'trustit', trusted: [authority.cert] }))}`,
      ...['ssl.truststore.password=trustit', `ssl.keystore.location=${keyStore}`, 'ssl.keystore.password=changeit'],
      ...types,
    ]
    const path = file(lines)
    const client = await clientFromProperties({ file: path }, world)
    const { tls } = await client.access(signal)
    expect(tls).toEqual({ ca: authority.cert, cert: own.cert + authority.cert, key: own.key, checksName: false })
    expect(await client.principal?.(signal)).toBe('User:CN=orders.example')
    expect(told('warning')).toMatchObject([
      { message: `${keyStore} holds 2 private keys with certificates; the first is used: orders` },
      { message: expect.stringMatching(`^${path}: ssl.endpoint.identification.algorithm is empty`) as string },
    ])
  })

  it('hold PEM themselves', async () => {
    const folded = (pem: string): string => pem.trim().replaceAll('\n', '\\n\\\n  ')
    const lines = [
      ...['bootstrap.servers=a:1', 'security.protocol=SSL', 'ssl.truststore.type=PEM', 'ssl.keystore.type=PEM'],
      `ssl.truststore.certificates=${folded(authority.cert)}`,
      `ssl.keystore.key=${folded(own.key)}`,
      `ssl.keystore.certificate.chain=${folded(own.cert)}`,
    ]
    const client = await clientFromProperties({ file: file(lines) }, world)
    expect((await client.access(signal)).tls).toEqual({ ca: authority.cert, cert: own.cert, key: own.key })
  })

  it('get tokens from the endpoint that they name', async () => {
    const payload = Buffer.from(JSON.stringify({ sub: 'java', iat: 1, exp: 4e9 })).toString('base64url')
    const endpoint = await scriptedServer(() => ({
      body: { access_token: `e30.${payload}.c2ln`, expires_in: 300 },
    }))
    const lines = [
      ...['bootstrap.servers=a:1', 'security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=OAUTHBEARER'],
      `sasl.oauthbearer.token.endpoint.url=${endpoint.origin}/token`,
      `sasl.jaas.config=${security}.oauthbearer.OAuthBearerLoginModule required clientId="me" clientSecret="s" extension_pool="p";`,
    ]
    const client = await clientFromProperties({ file: file(lines) }, world)
    const { login } = await client.access(signal)
    if (login?.mechanism !== 'OAUTHBEARER') throw new Error('another mechanism')
    expect((await login.getToken(signal)).value.reveal()).toContain(payload)
    expect(login.extensions?.get('pool')).toBe('p')
    expect(await client.principal?.(signal)).toBe('User:java')
    expect(asked).toEqual([])
  })

  it('give way to what the configuration of a delegation token says', async () => {
    const lines = [...scram('x'), 'ssl.truststore.location=/missing.jks']
    const input = {
      login: { propertiesFile: file(lines) },
      securityProtocol: 'SASL_SSL',
      tls: { caFile: file(authority.cert) },
    }
    const client = clientOf(settings(input), world)
    const { tls, login } = await client.access(signal)
    expect(tls).toEqual({ ca: authority.cert })
    expect(login?.mechanism).toBe('SCRAM-SHA-512')
    expect(client.bootstrapServers).toEqual(['a:1', 'b:2'])
  })

  it('do not say who the owner of a delegation token is', async () => {
    const lines = scram('x').map((line) => line.replace(';', ' tokenauth="true";'))
    const client = await clientFromProperties({ file: file(lines) }, world)
    expect(await client.principal?.(signal)).toBeUndefined()
  })

  it('are refused with all that is wrong, at a command', async () => {
    const error = await failure(clientFromProperties({ file: file(['security.protocol=SASL_SSL']) }, world))
    expect(error).toBeInstanceOf(ConfigError)
    expect(error.message.split('\n').map((line) => line.split(':')[0])).toEqual([
      'bootstrap.servers',
      'sasl.mechanism',
      'sasl.jaas.config',
    ])
    const missing = await failure(clientFromProperties({ file: '/missing.properties' }, world))
    expect(missing).toMatchObject({ unreadable: true, message: '/missing.properties: cannot be read (ENOENT)' })
  })

  it('are refused as a TokenError, in a configuration', async () => {
    const path = file(['security.protocol=SASL_SSL'])
    const error = await failure(clientOf(settings({ login: { propertiesFile: path } }), world).access(signal))
    expect(error).toMatchObject({
      code: 'ERR_CONFIG_FILE',
      message: expect.stringMatching(/^sasl.mechanism: is missing.*; sasl.jaas.config: is missing/) as string,
    })
  })
})
