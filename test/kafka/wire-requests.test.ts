import { describe, expect, it } from 'vitest'
import type { Api } from '../../src/kafka/wire/api.ts'
import { apiVersions } from '../../src/kafka/wire/api-versions.ts'
import { createDelegationToken } from '../../src/kafka/wire/create-delegation-token.ts'
import { describeDelegationToken } from '../../src/kafka/wire/describe-delegation-token.ts'
import { expireDelegationToken } from '../../src/kafka/wire/expire-delegation-token.ts'
import { metadata } from '../../src/kafka/wire/metadata.ts'
import { renewDelegationToken } from '../../src/kafka/wire/renew-delegation-token.ts'
import { saslAuthenticate } from '../../src/kafka/wire/sasl-authenticate.ts'
import { saslHandshake } from '../../src/kafka/wire/sasl-handshake.ts'
import { wireWriter } from '../../src/kafka/wire/writer.ts'
import { theirs, versions } from './library-messages.ts'

function written<Request, Answer>(api: Api<Request, Answer>, version: number, request: Request): string {
  const out = wireWriter({ flexible: version >= api.flexibleFrom })
  api.write(out, request, version)
  return out.done().toString('hex')
}

const hmac = Buffer.alloc(64, 7)
const principals = [
  { type: 'User', name: 'spark' },
  { type: 'User', name: 'CN=é,O=x:y' },
]
const libraryPrincipals = principals.map(({ type, name }) => ({ principalType: type, principalName: name }))

describe('requests are those of @platformatic/kafka', () => {
  function same<Request, Answer>(
    api: Api<Request, Answer>,
    name: string,
    request: Request,
    values: readonly unknown[],
  ) {
    for (const version of versions(api)) {
      const expected = theirs(name, version)
        .createRequest(...(values as never[]))
        .buffer.toString('hex')
      expect(written(api, version, request), `${name} v${version}`).toBe(expected)
    }
  }

  it('ApiVersions', () => {
    const software = { clientSoftwareName: 'kafka-token-sidecar', clientSoftwareVersion: '1.2' }
    same(apiVersions, 'apiVersions', software, Object.values(software))
  })

  it('SaslHandshake', () => {
    same(saslHandshake, 'saslHandshake', { mechanism: 'SCRAM-SHA-512' }, ['SCRAM-SHA-512'])
  })

  it('SaslAuthenticate', () => {
    same(saslAuthenticate, 'saslAuthenticate', { authBytes: hmac }, [hmac])
  })

  it('Metadata, which creates no topic', () => {
    same(metadata, 'metadata', { topics: ['orders', 'ä'] }, [['orders', 'ä'], false, false])
    same(metadata, 'metadata', { topics: [] }, [[], false, false])
    same(metadata, 'metadata', {}, [null, false, false])
    same(metadata, 'metadata', { topics: ['orders'], asksOperations: true }, [['orders'], false, true])
  })

  it('CreateDelegationToken', () => {
    const request = { renewers: principals, maxLifetimeMs: 86_400_000 }
    same(createDelegationToken, 'createDelegationToken', request, [null, null, libraryPrincipals, 86_400_000n])
    const owner = { type: 'User', name: 'spark' }
    const expected = theirs('createDelegationToken', 3).createRequest(...(['User', 'spark', [], -1n] as never[]))
    expect(written(createDelegationToken, 3, { owner, renewers: [], maxLifetimeMs: -1 })).toBe(
      expected.buffer.toString('hex'),
    )
  })

  it('RenewDelegationToken and ExpireDelegationToken', () => {
    same(renewDelegationToken, 'renewDelegationToken', { hmac, periodMs: -1 }, [hmac, -1n])
    same(expireDelegationToken, 'expireDelegationToken', { hmac, periodMs: 2n ** 50n }, [hmac, 2n ** 50n])
  })

  it('DescribeDelegationToken', () => {
    same(describeDelegationToken, 'describeDelegationToken', { owners: principals }, [libraryPrincipals])
    same(describeDelegationToken, 'describeDelegationToken', { owners: [] }, [[]])
    same(describeDelegationToken, 'describeDelegationToken', { owners: null }, [null])
  })

  it('and no token for another owner is asked of a broker that would make it for us', () => {
    const request = { owner: { type: 'User', name: 'spark' }, renewers: [], maxLifetimeMs: -1 }
    expect(() => written(createDelegationToken, 2, request)).toThrow(
      expect.objectContaining({ code: 'ERR_KAFKA_VERSION', message: 'tokens for another owner need Kafka 3.3' }),
    )
  })
})
