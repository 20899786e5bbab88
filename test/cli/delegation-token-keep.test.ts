import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseJaas } from '../../src/platform/jaas.ts'
import { parseJavaProperties } from '../../src/platform/java-properties.ts'
import { eventually } from '../fakes/eventually.ts'
import { commandedKafka } from './delegation-token-cluster.ts'
import { start } from './sidecar-process.ts'

describe('delegation-token keep', { timeout: 30_000 }, () => {
  it('publishes a token that flags describe, until it is told to stop', async () => {
    const { kafka, folder, properties } = await commandedKafka({ brokers: 2 })
    const file = join(folder, 'token.properties')
    const place = ['--bootstrap-server', kafka.bootstrap.join(','), '--command-config', properties('admin')]
    const token = ['--owner-principal', 'User:spark', '--to-file', file]
    const keeping = start(['delegation-token', 'keep', ...place, ...token])
    await keeping.printed(file)
    const { options } = parseJaas(parseJavaProperties(readFileSync(file, 'utf8')).get('sasl.jaas.config') ?? '')
    expect(kafka.tokens.all.get(options.get('username') ?? '')).toMatchObject({
      owner: 'User:spark',
      renewers: ['User:admin'],
    })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    keeping.child.kill('SIGTERM')
    expect(await keeping.ended).toBe(0)
    expect(kafka.tokens.all.size).toBe(1)
    expect(keeping.out() + keeping.err()).not.toContain(options.get('password') ?? 'no password')
    expect(keeping.out()).toContain('SIGTERM')
  })

  it('keeps what the configuration names, logs in by a profile, and expires what it is to expire', async () => {
    const { kafka, folder } = await commandedKafka()
    const file = join(folder, 'token.env')
    const config = join(folder, 'sidecar.yaml')
    const bootstrapServers = kafka.bootstrap.join(',')
    const login = { profile: 'default' }
    kafka.acls.add('User:orders CreateTokens User:bob')
    const settings = { bootstrapServers, login, securityProtocol: 'SASL_PLAINTEXT', expireOnStop: true }
    writeFileSync(
      config,
      JSON.stringify({
        profiles: { default: { source: 'self-issued', subject: 'orders' } },
        delegationTokens: { spark: settings, idle: { ...settings, owner: 'User:bob', expireOnStop: false } },
        audit: { to: join(folder, 'audit.log') },
        outlets: [{ from: { delegationToken: 'spark' }, to: { file }, format: 'env' }],
      }),
    )
    const keeping = start(['delegation-token', 'keep', '--config', config])
    await keeping.printed(file)
    expect(readFileSync(file, 'utf8')).toMatch(/^KAFKA_TOKEN_ID=/)
    const owners = (): readonly string[] => [...kafka.tokens.all.values()].map(({ owner }) => owner)
    expect(owners()).toContain('User:orders')
    expect(keeping.out()).toContain('no outlet publishes these delegation tokens: idle')
    keeping.child.kill('SIGINT')
    expect(await keeping.ended).toBe(0)
    expect(owners()).not.toContain('User:orders')
    const audited = readFileSync(join(folder, 'audit.log'), 'utf8')
    for (const words of ['delegation-token-created', 'delegation-token-expired', '"spark"', 'User:orders'])
      expect(audited).toContain(words)
  })

  it('follows the configuration, and keeps what it has when that is none', async () => {
    const { kafka, folder, properties } = await commandedKafka()
    const config = join(folder, 'sidecar.json')
    const login = { propertiesFile: properties('admin') }
    const token = (owner: string) => ({ bootstrapServers: kafka.bootstrap.join(','), login, owner: `User:${owner}` })
    const configure = (...owners: readonly string[]): void => {
      const named = (what: (owner: string) => unknown) =>
        Object.fromEntries(owners.map((owner) => [owner, what(owner)]))
      const outlets = owners.map((owner) => ({ from: { delegationToken: owner }, to: { file: join(folder, owner) } }))
      writeFileSync(config, JSON.stringify({ delegationTokens: named(token), outlets }))
    }
    configure('spark')
    const keeping = start(['delegation-token', 'keep', '--config', config])
    await keeping.printed(join(folder, 'spark'))
    configure('spark', 'bob')
    keeping.child.kill('SIGHUP')
    await keeping.printed(join(folder, 'bob'))
    configure()
    keeping.child.kill('SIGHUP')
    await keeping.printed('must name a configuration with delegationTokens')
    expect([...kafka.tokens.all.values()].map(({ owner }) => owner)).toEqual(['User:spark', 'User:bob'])
    keeping.child.kill('SIGTERM')
    expect(await keeping.ended).toBe(0)
  })

  it('waits for a cluster that is not there yet', async () => {
    const { kafka, folder, properties } = await commandedKafka()
    await kafka.broker(1).stop()
    const file = join(folder, 'token.json')
    // The brokers stand in the file as well.
    const place = ['--command-config', properties('admin', `bootstrap.servers=${kafka.bootstrap.join(',')}\n`)]
    const keeping = start(['delegation-token', 'keep', ...place, '--to-file', file, '--output', 'json'])
    await keeping.printed('ERR_KAFKA_UNREACHABLE')
    await kafka.broker(1).start()
    await eventually(() => existsSync(file)).toBe(true)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ owner: 'User:admin' })
    keeping.child.kill('SIGTERM')
    expect(await keeping.ended).toBe(0)
  })
})
