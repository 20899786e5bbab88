import { createServer } from 'node:net'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { certificateAuthority } from '../fakes/certificate-authority.ts'
import { eventually } from '../fakes/eventually.ts'
import { clientFile, examined, fakeKafka, issuing, read, testFolder } from './doctors.ts'

const plaintext = ['--security-protocol', 'SASL_PLAINTEXT']

describe('a healthy way', () => {
  it('is walked to the end, and every broker is entered', async () => {
    const kafka = await fakeKafka({ brokers: 3 })
    kafka.topics.set('orders', { allowed: ['Describe', 'Read', 'Write'], partitions: 2 })
    const servers = ['--bootstrap-server', kafka.bootstrap[0] ?? '']
    const seen = await examined([...issuing(testFolder()), ...plaintext, ...servers, '--topic', 'orders'])
    expect([seen.code, seen.ok, seen.exitCode]).toEqual([0, true, 0])
    expect(seen.steps.map(({ step, status }) => `${step} ${status}`)).toEqual([
      'credentials ok',
      'principal ok',
      'token ok',
      'clocks skipped',
      'client-settings skipped',
      'dns ok',
      'tcp ok',
      'tls ok',
      'sasl ok',
      'session ok',
      'brokers ok',
      'topic ok',
    ])
    expect(seen.step('topic').found).toBe('orders, 2 partitions: may describe, read, write')
    expect(new Set(kafka.logins.map(({ broker }) => broker)).size).toBe(3)
    expect(kafka.logins.every(({ principal }) => principal === 'User:alice')).toBe(true)
    expect(kafka.malformed).toEqual([])
    await eventually(() => kafka.connections).toBe(0)
  })

  it('asks for nothing that changes anything', async () => {
    const kafka = await fakeKafka()
    const servers = ['--bootstrap-server', kafka.bootstrap.join(',')]
    await examined([...issuing(testFolder()), ...plaintext, ...servers, '--topic', 'orders'])
    const apis = new Set(kafka.calls.map(({ api }) => api))
    expect([...apis].sort()).toEqual(['ApiVersions', 'Metadata', 'SaslAuthenticate', 'SaslHandshake'])
  })

  it('reads for people as one line for each step', async () => {
    const kafka = await fakeKafka()
    const { code, out, err } = await read([
      ...issuing(testFolder()),
      ...plaintext,
      '--bootstrap-server',
      kafka.bootstrap.join(','),
    ])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^ok {6}SASL login {6}127\.0\.0\.1:\d+ takes OAUTHBEARER \(\d+ ms\)$/m)
    expect(out).toMatch(/Nothing is broken \(\d+ ms\)\. Not looked at: clocks, client settings, topic\.\n/)
    expect(out).not.toContain('\u001b')
  })
})

describe('the walk ends', () => {
  it('where a token is refused, with the likely reasons and the loggers of the broker', async () => {
    const kafka = await fakeKafka({ bearer: () => undefined })
    const args = [...issuing(testFolder()), ...plaintext, '--bootstrap-server', kafka.bootstrap.join(',')]
    const seen = await examined(args)
    expect([seen.code, seen.step('sasl').code]).toEqual([18, 'ERR_KAFKA_LOGIN'])
    expect(seen.step('sasl').troubles).toEqual(expect.arrayContaining(['broker-audience', 'broker-kid']))
    expect(seen.step('session')).toMatchObject({ status: 'skipped', found: 'not looked at, as SASL login is broken' })
    expect(seen.brokerLog?.loggers.map(({ name }) => name)).toEqual([
      'org.apache.kafka.common.security.oauthbearer',
      'org.apache.kafka.common.network.Selector',
    ])
    const { out } = await read(args)
    expect(out).toContain('log4j.logger.org.apache.kafka.common.security.oauthbearer=DEBUG\n')
    expect(out).toContain('- name: org.apache.kafka.common.security.oauthbearer\n')
  })

  it('where the key was made for this run alone', async () => {
    const kafka = await fakeKafka({ bearer: () => undefined })
    const servers = ['--bootstrap-server', kafka.bootstrap.join(',')]
    const seen = await examined(['--source', 'self-issued', ...plaintext, ...servers])
    expect(seen.step('sasl').details).toEqual([expect.stringContaining('was made just now')])
    expect(seen.step('sasl').remedies?.[0]?.paste).toMatch(/^--key-file /)
  })

  it('where the settings of the broker say that another audience is expected', async () => {
    const folder = testFolder()
    const kafka = await fakeKafka({ bearer: () => undefined })
    const file = join(folder, 'server.properties')
    const lines = [
      `listeners=INTERNAL://:1,CLIENT://${kafka.bootstrap[0] ?? ''}`,
      'listener.name.client.oauthbearer.sasl.server.callback.handler.class=x.Validator',
      'listener.name.client.oauthbearer.sasl.oauthbearer.expected.audience=billing',
      'listener.name.client.oauthbearer.sasl.oauthbearer.expected.issuer=http://localhost:14293',
    ]
    writeFileSync(file, lines.join('\n'))
    const servers = ['--bootstrap-server', kafka.bootstrap.join(',')]
    const seen = await examined([...issuing(folder), ...plaintext, ...servers, '--broker-config', file])
    expect(seen.step('sasl').troubles).toEqual(['broker-audience'])
    expect(seen.step('sasl').details?.at(-1)).toMatch(/^certain: the token has aud kafka, the broker expects billing/)
  })

  it('where the broker gives a session that is over', async () => {
    const kafka = await fakeKafka()
    kafka.bearer = () => ({ principal: 'User:alice', expiresAt: Date.now() - 1_000 })
    const servers = ['--bootstrap-server', kafka.bootstrap.join(',')]
    const seen = await examined([...issuing(testFolder(), { lifetime: '20s' }), ...plaintext, ...servers])
    expect([seen.code, seen.step('session').found]).toEqual([19, expect.stringContaining('session of 0') as string])
  })

  it('where another broker is advertised that nobody reaches', async () => {
    const kafka = await fakeKafka({ brokers: 2 })
    await kafka.broker(2).stop()
    const servers = ['--bootstrap-server', kafka.bootstrap[0] ?? '']
    const seen = await examined([...issuing(testFolder()), ...plaintext, ...servers])
    expect(seen.code).toBe(16)
    expect(seen.step('brokers')).toMatchObject({ status: 'broken', exitCode: 16 })
    expect(seen.step('brokers').found).toContain(`broker 2, advertised as ${kafka.bootstrap[1] ?? ''}`)
  })

  it('where another broker is advertised by a name without an address', async () => {
    const kafka = await fakeKafka({ brokers: 2 })
    kafka.broker(2).listener('CLIENT').advertised = { host: 'kafka.invalid; rm -rf /', port: 9092 }
    const servers = ['--bootstrap-server', kafka.bootstrap[0] ?? '']
    const seen = await examined([...issuing(testFolder()), ...plaintext, ...servers])
    expect(seen.code).toBe(15)
    const pastes = seen.step('brokers').remedies?.flatMap(({ paste }) => paste ?? [])
    expect(pastes).toContain('getent hosts <host>')
    expect(pastes?.join('\n')).not.toContain('rm -rf')
  })

  it('not where one of several bootstrap servers is gone', async () => {
    const kafka = await fakeKafka({ brokers: 2 })
    kafka.broker(2).isListed = false
    await kafka.broker(2).stop()
    const servers = ['--bootstrap-server', `kafka.invalid:9092,${kafka.bootstrap.toReversed().join(',')}`]
    const seen = await examined([...issuing(testFolder()), ...plaintext, ...servers])
    expect(seen.code).toBe(0)
    expect([seen.step('dns').status, seen.step('tcp').status]).toEqual(['warning', 'warning'])
  })

  it.each([
    [[], 20, 'may not see the topic'],
    [['Describe'] as const, 20, 'may describe, and not read, write'],
    [['Describe', 'Read'] as const, 0, 'may describe, read, and not write'],
  ])('where the topic allows %j: %i', async (allowed, exit, words) => {
    const kafka = await fakeKafka()
    kafka.topics.set('orders', { allowed })
    const servers = ['--bootstrap-server', kafka.bootstrap.join(','), '--topic', 'orders']
    const seen = await examined([...issuing(testFolder()), ...plaintext, ...servers])
    expect([seen.code, seen.step('topic').found]).toEqual([exit, expect.stringContaining(words) as string])
    const acls = seen.step('topic').remedies?.map(({ paste = '' }) => paste)
    expect(acls?.at(-1)).toMatch(/--allow-principal 'User:alice' --operation Write --topic orders$/)
  })

  it.each([
    ['read', 0],
    ['write', 20],
    ['both', 20],
  ])('where the client needs to %s and may only read: %i', async (operation, exit) => {
    const kafka = await fakeKafka()
    kafka.topics.set('orders', { allowed: ['Describe', 'Read'] })
    const servers = ['--bootstrap-server', kafka.bootstrap.join(','), '--topic', 'orders', '--operation', operation]
    expect((await examined([...issuing(testFolder()), ...plaintext, ...servers])).code).toBe(exit)
  })

  it('where there is no such topic', async () => {
    const kafka = await fakeKafka()
    const servers = ['--bootstrap-server', kafka.bootstrap.join(','), '--topic', 'nothing']
    const seen = await examined([...issuing(testFolder()), ...plaintext, ...servers])
    expect([seen.code, seen.step('topic').found]).toEqual([20, 'there is no topic nothing'])
  })

  it('where something else than a broker listens', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const seen = await examined([...issuing(testFolder()), ...plaintext, '--bootstrap-server', address])
    expect([seen.code, seen.step('tls').found]).toEqual([17, `${address} answers with HTTP`])
  })
})

describe('TLS', () => {
  it('is walked with the CA of the flag, and told of where it is missing', async () => {
    const folder = testFolder()
    const authority = certificateAuthority()
    const { key, cert } = authority.issue('127.0.0.1')
    const kafka = await fakeKafka({ listeners: { CLIENT: { mechanisms: ['OAUTHBEARER'], tls: { key, cert } } } })
    writeFileSync(join(folder, 'ca.pem'), authority.cert)
    const args = [...issuing(folder), '--bootstrap-server', kafka.bootstrap.join(',')]
    const seen = await examined([...args, '--broker-ca-file', join(folder, 'ca.pem')])
    expect(seen.code).toBe(0)
    expect(seen.step('tls')).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('expires in 2') as string,
    })
    const unknown = await examined(args)
    expect([unknown.code, unknown.step('tls').found]).toEqual([
      17,
      expect.stringContaining('is not trusted here') as string,
    ])
    expect(kafka.logins.length).toBe(1)
  })

  it('is not mistaken for a broker without', async () => {
    const kafka = await fakeKafka()
    const seen = await examined([...issuing(testFolder()), '--bootstrap-server', kafka.bootstrap.join(',')])
    expect([seen.code, seen.step('tls').found]).toEqual([17, expect.stringContaining('has no TLS') as string])
  })
})

describe('a client without tokens', () => {
  const scram = (password: string) => ({
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.login.callback.handler.class': undefined,
    'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="bob" password="${password}";`,
  })

  it('goes its way by its password', async () => {
    const kafka = await fakeKafka({ users: { bob: 'password-of-bob' } })
    const folder = testFolder()
    const servers = { 'bootstrap.servers': kafka.bootstrap.join(',') }
    const seen = await examined(['--command-config', clientFile(folder, { ...servers, ...scram('password-of-bob') })])
    expect([seen.code, seen.step('principal').found]).toEqual([0, 'User:bob'])
    expect(seen.step('token')).toMatchObject({ status: 'skipped' })
    const wrong = await examined(['--command-config', clientFile(folder, { ...servers, ...scram('another') })])
    expect([wrong.code, wrong.step('sasl').code]).toEqual([18, 'ERR_KAFKA_LOGIN'])
    expect(JSON.stringify([seen, wrong])).not.toMatch(/password-of-bob|another/)
  })
})
