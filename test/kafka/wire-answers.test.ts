import * as library from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'
import type { Api } from '../../src/kafka/wire/api.ts'
import { apiVersions } from '../../src/kafka/wire/api-versions.ts'
import { createDelegationToken } from '../../src/kafka/wire/create-delegation-token.ts'
import { describeDelegationToken } from '../../src/kafka/wire/describe-delegation-token.ts'
import { expireDelegationToken } from '../../src/kafka/wire/expire-delegation-token.ts'
import { metadata } from '../../src/kafka/wire/metadata.ts'
import { wireReader } from '../../src/kafka/wire/reader.ts'
import { renewDelegationToken } from '../../src/kafka/wire/renew-delegation-token.ts'
import { saslAuthenticate } from '../../src/kafka/wire/sasl-authenticate.ts'
import { saslHandshake } from '../../src/kafka/wire/sasl-handshake.ts'
import { theirs, versions } from './library-messages.ts'

const hmac = Buffer.alloc(64, 7)
const principals = [
  { type: 'User', name: 'spark' },
  { type: 'User', name: 'CN=é,O=x:y' },
]

describe('answers are read as @platformatic/kafka reads them', () => {
  /** What Kafka's message definitions say, written with the library. */
  type Body = (out: library.Writer, version: number, compact: boolean) => void

  function answer<Request, Answer>(api: Api<Request, Answer>, version: number, body: Body) {
    const compact = version >= api.flexibleFrom
    const out = library.Writer.create()
    body(out, version, compact)
    // A tag of the future.
    if (compact) out.appendUnsignedVarInt(1).appendUnsignedVarInt(9).appendUnsignedVarInt(2).appendInt16(-1)
    return out.buffer
  }

  function each<Request, Answer>(
    api: Api<Request, Answer>,
    name: string,
    body: Body,
    check: (ours: Answer, parsed: never, version: number) => void,
  ) {
    for (const version of versions(api)) {
      const bytes = answer(api, version, body)
      const from = wireReader(bytes, { flexible: version >= api.flexibleFrom })
      const ours = api.read(from, version)
      expect(from.remaining, `${name} v${version}`).toBe(0)
      const parsed = theirs(name, version).parseResponse(1, api.key, version, library.Reader.from(bytes))
      check(ours, parsed as never, version)
    }
  }

  it('ApiVersions', () => {
    each(
      apiVersions,
      'apiVersions',
      (out, version, compact) => {
        out.appendInt16(0)
        out.appendArray(
          [
            [38, 1, 3],
            [3, 0, 13],
          ],
          (w, [key = 0, oldest = 0, newest = 0]) => w.appendInt16(key).appendInt16(oldest).appendInt16(newest),
          compact,
          compact,
        )
        if (version >= 1) out.appendInt32(0)
      },
      (ours, { apiKeys }: { apiKeys: { apiKey: number; minVersion: number; maxVersion: number }[] }) => {
        expect(ours).toEqual({
          errorCode: 0,
          apis: apiKeys.map(({ apiKey, minVersion, maxVersion }) => ({
            key: apiKey,
            oldest: minVersion,
            newest: maxVersion,
          })),
        })
        expect(ours.apis).toHaveLength(2)
      },
    )
  })

  it('the refusal of a version of ApiVersions, whatever its form', () => {
    const from = wireReader(Buffer.from('002300000001001200000003', 'hex'), { flexible: true })
    expect(apiVersions.read(from, 3)).toEqual({ errorCode: 35, apis: [] })
  })

  it('SaslHandshake', () => {
    each(
      saslHandshake,
      'saslHandshake',
      (out) =>
        out
          .appendInt16(0)
          .appendArray(['PLAIN', 'OAUTHBEARER'], (w, name) => w.appendString(name, false), false, false),
      (ours, parsed) => {
        expect(ours).toEqual(parsed)
        expect(ours.mechanisms).toEqual(['PLAIN', 'OAUTHBEARER'])
      },
    )
  })

  it('SaslAuthenticate', () => {
    each(
      saslAuthenticate,
      'saslAuthenticate',
      (out, version, compact) => {
        out.appendInt16(0).appendString(null, compact).appendBytes(Buffer.from('v=x'), compact)
        if (version >= 1) out.appendInt64(3_600_000n)
      },
      (ours, parsed: { authBytes: Buffer; sessionLifetimeMs?: bigint }) => {
        expect(ours).toEqual({
          errorCode: 0,
          errorMessage: null,
          authBytes: parsed.authBytes,
          sessionLifetimeMs: Number(parsed.sessionLifetimeMs ?? 0),
        })
      },
    )
  })

  it('Metadata', () => {
    each(
      metadata,
      'metadata',
      (out, version, compact) => {
        const ids = (list: readonly number[]) =>
          out.appendArray([...list], (w, id) => w.appendInt32(id), compact, false)
        out.appendInt32(0)
        out.appendArray(
          [
            [1, 'a.example', 9093],
            [2, '::1', 9094],
          ] satisfies [number, string, number][],
          (w, [id, host, port]) => {
            w.appendInt32(id)
              .appendString(host, compact)
              .appendInt32(port)
              .appendString(id === 1 ? 'rack' : null, compact)
          },
          compact,
          compact,
        )
        out.appendString('cluster', compact).appendInt32(2)
        out.appendArray(
          ['orders'],
          (w, name) => {
            w.appendInt16(0).appendString(name, compact)
            if (version >= 10) w.appendUUID('12345678-1234-1234-1234-123456789012')
            w.appendBoolean(true)
            w.appendArray(
              [0, 1],
              (p, index) => {
                p.appendInt16(0).appendInt32(index).appendInt32(2)
                if (version >= 7) p.appendInt32(5)
                ids([1, 2])
                ids([2])
                if (version >= 5) ids([1])
              },
              compact,
              compact,
            )
            if (version >= 8) w.appendInt32(-1)
          },
          compact,
          compact,
        )
        if (version >= 8 && version <= 10) out.appendInt32(-1)
      },
      (
        ours,
        parsed: {
          brokers: { nodeId: number; host: string; port: number }[]
          clusterId: string
          controllerId: number
          topics: {
            name: string
            partitions: { partitionIndex: number; leaderId: number; replicaNodes: number[]; isrNodes: number[] }[]
            topicAuthorizedOperations: number
          }[]
        },
      ) => {
        expect(ours.brokers).toEqual(parsed.brokers.map(({ nodeId, host, port }) => ({ nodeId, host, port })))
        expect(ours.brokers[1]).toEqual({ nodeId: 2, host: '::1', port: 9094 })
        expect([ours.clusterId, ours.controllerId]).toEqual(['cluster', 2])
        expect(ours.topics).toEqual(
          parsed.topics.map(({ name, partitions, topicAuthorizedOperations: operations }) => ({
            errorCode: 0,
            name,
            isInternal: true,
            partitions: partitions.map((one) => ({
              errorCode: 0,
              index: one.partitionIndex,
              leaderId: one.leaderId,
              replicaIds: one.replicaNodes,
              inSyncIds: one.isrNodes,
            })),
            ...(operations !== -(2 ** 31) && { operations }),
          })),
        )
      },
    )
  })

  interface TheirToken {
    readonly principalType: string
    readonly principalName: string
    readonly tokenRequesterPrincipalType?: string
    readonly tokenRequesterPrincipalName?: string
    readonly tokenId: string
    readonly hmac: Buffer
  }

  const times = [1_795_287_131_552n, 1_795_290_731_552n, 1_795_890_731_552n] as const
  const [issuedAt, expiresAt, maxLifetimeAt] = times.map(Number)

  function appendToken(out: library.Writer, version: number, compact: boolean) {
    out.appendString('User', compact).appendString('spark', compact)
    if (version >= 3) out.appendString('User', compact).appendString('admin', compact)
    times.forEach((time) => out.appendInt64(time))
    out.appendString('8YRBCd8xSaOJQAtEtO48OQ', compact).appendBytes(hmac, compact)
  }

  const token = (parsed: TheirToken) => ({
    owner: { type: parsed.principalType, name: parsed.principalName },
    requester: parsed.tokenRequesterPrincipalType
      ? {
          type: parsed.tokenRequesterPrincipalType,
          name: parsed.tokenRequesterPrincipalName,
        }
      : undefined,
    issuedAt,
    expiresAt,
    maxLifetimeAt,
    tokenId: parsed.tokenId,
    hmac: parsed.hmac,
  })

  it('CreateDelegationToken', () => {
    each(
      createDelegationToken,
      'createDelegationToken',
      (out, version, compact) => {
        out.appendInt16(0)
        appendToken(out, version, compact)
        out.appendInt32(0)
      },
      (ours, parsed: TheirToken) => {
        expect(ours).toEqual({ errorCode: 0, ...token(parsed) })
        expect(ours.hmac).toEqual(hmac)
      },
    )
  })

  it('RenewDelegationToken and ExpireDelegationToken', () => {
    const body: Body = (out) => out.appendInt16(0).appendInt64(times[1]).appendInt32(0)
    each(renewDelegationToken, 'renewDelegationToken', body, (ours, parsed: { expiryTimestampMs: bigint }) => {
      expect(ours).toEqual({ errorCode: 0, expiresAt: Number(parsed.expiryTimestampMs) })
    })
    each(expireDelegationToken, 'expireDelegationToken', body, (ours, parsed: { expiryTimestampMs: bigint }) => {
      expect(ours).toEqual({ errorCode: 0, expiresAt: Number(parsed.expiryTimestampMs) })
    })
  })

  it('DescribeDelegationToken', () => {
    each(
      describeDelegationToken,
      'describeDelegationToken',
      (out, version, compact) => {
        out.appendInt16(0)
        out.appendArray(
          [1, 2],
          (w) => {
            appendToken(w, version, compact)
            w.appendArray(
              [...principals],
              (r, { type, name }) => r.appendString(type, compact).appendString(name, compact),
              compact,
              compact,
            )
          },
          compact,
          compact,
        )
        out.appendInt32(0)
      },
      (ours, parsed: { tokens: TheirToken[] }) => {
        expect(ours.tokens).toEqual(parsed.tokens.map((one) => ({ ...token(one), renewers: principals })))
        expect(ours.tokens).toHaveLength(2)
      },
    )
  })
})
