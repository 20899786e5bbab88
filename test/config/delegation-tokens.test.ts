import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/config/fault.ts'
import { parseConfig } from '../../src/config/load.ts'

const profiles = { default: { source: 'self-issued', subject: 'app' } }

function faultsOf(delegationTokens: unknown): readonly string[] {
  try {
    parseConfig({ profiles, delegationTokens })
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.faults.map(({ option, problem }) => `${option}: ${problem}`)
  }
}

const spark = { bootstrapServers: 'k:9093', login: { profile: 'default' }, owner: 'User:spark' }

describe('delegation tokens', () => {
  it('have what brokers and jobs need by default', () => {
    const config = parseConfig({
      profiles,
      delegationTokens: { spark: { ...spark, bootstrapServers: 'a:1, [::1]:2' } },
    })
    expect(config.delegationTokens['spark']).toEqual({
      ...spark,
      bootstrapServers: ['a:1', '[::1]:2'],
      renewers: [],
      renewAt: 0.8,
      overlap: 3_600_000,
      checkEvery: 300_000,
      mechanism: 'SCRAM-SHA-512',
      expireOnStop: false,
    })
  })

  it.each([
    [
      { bootstrapServers: 'k' },
      'bootstrapServers.0: must be host:port, or a list of them, as in broker-1:9093,broker-2:9093',
    ],
    [
      { bootstrapServers: [] },
      'bootstrapServers: must be host:port, or a list of them, as in broker-1:9093,broker-2:9093',
    ],
    [
      { bootstrapServers: 'k:65536' },
      'bootstrapServers.0: must be host:port, or a list of them, as in broker-1:9093,broker-2:9093',
    ],
    [{ owner: 'Group:jobs' }, 'owner: must be User:<name>; no other type may own or renew tokens'],
    [{ renewers: ['spark'] }, 'renewers.0: must be User:<name>; no other type may own or renew tokens'],
    [{ renewAt: 1 }, 'renewAt: must be a number from 0.1 to 0.95'],
    [
      { maxLifetime: '1s' },
      'maxLifetime: must be a duration from 10s to 366d, such as 30s, 5m or 1h; a bare number is seconds',
    ],
    [{ login: { profile: 'defualt' } }, 'login.profile: is no profile; did you mean default?'],
    [
      { securityProtocol: 'SSL' },
      'securityProtocol: must be SASL_SSL, or SASL_PLAINTEXT on a listener without TLS: tokens of a profile are presented by SASL',
    ],
    [{ tls: { certFile: '/c.pem' } }, 'tls.keyFile: is missing: certificate and key go together'],
    [
      { login: undefined },
      'login: is missing, and so is a client certificate (tls.certFile): brokers make delegation tokens only for who has logged in',
    ],
  ])('are told %j', (change, problem) => {
    expect(faultsOf({ spark: { ...spark, ...change } })).toEqual([`delegationTokens.spark.${problem}`])
  })

  it('are each another one', () => {
    expect(faultsOf({ spark, flink: { ...spark, owner: 'User:flink' } })).toEqual([])
    expect(faultsOf({ spark, flink: { ...spark, overlap: '2h' } })).toEqual([
      'delegationTokens.flink: is the same token as spark: several outlets and callers may share one',
    ])
  })

  it('may be a thousand', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => [`t${index}`, { ...spark, owner: `User:${index}` }])
    expect(faultsOf(Object.fromEntries(many))).toEqual([])
  })
})
