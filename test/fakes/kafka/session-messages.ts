import type { Reader, Writer } from '@platformatic/kafka'
import type { Codec } from './codec.ts'

export interface SessionMessages {
  readonly ApiVersions: {
    readonly request: { readonly softwareName?: string; readonly softwareVersion?: string }
    readonly answer: {
      readonly errorCode: number
      readonly apis: readonly { readonly key: number; readonly oldest: number; readonly newest: number }[]
    }
  }
  readonly SaslHandshake: {
    readonly request: { readonly mechanism: string }
    readonly answer: { readonly errorCode: number; readonly mechanisms: readonly string[] }
  }
  readonly SaslAuthenticate: {
    readonly request: { readonly authBytes: Buffer }
    readonly answer: {
      readonly errorCode: number
      readonly errorMessage: string | null
      readonly authBytes: Buffer
      readonly sessionLifetimeMs: number
    }
  }
  readonly Metadata: {
    /** `topics` null: all of them. */
    readonly request: { readonly topics: readonly (string | null)[] | null; readonly asksOperations: boolean }
    readonly answer: {
      /** Has no place before version 13. */
      readonly errorCode: number
      readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
      readonly clusterId: string
      readonly controllerId: number
      readonly topics: readonly ToldTopic[]
    }
  }
}

export interface ToldTopic {
  readonly name: string | null
  readonly errorCode: number
  /** Each with the broker 1 for a leader. */
  readonly partitions: number
  /** A bit for each operation that is allowed; told only to who asks. */
  readonly operations: number
}

type SessionCodecs = {
  readonly [Name in keyof SessionMessages]: Codec<SessionMessages[Name]['request'], SessionMessages[Name]['answer']>
}

const noId = '00000000-0000-0000-0000-000000000000'
export const operationsNotAsked = -2_147_483_648

export const sessionCodecs: SessionCodecs = {
  ApiVersions: {
    key: 18,
    versions: [0, 4],
    flexibleFrom: 3,
    read: (from, version) => (version < 3 ? {} : { softwareName: text(from, true), softwareVersion: text(from, true) }),
    write(out, { errorCode, apis }, version, isCompact) {
      out.appendInt16(errorCode)
      out.appendArray(
        [...apis],
        (entry, { key, oldest, newest }) => entry.appendInt16(key).appendInt16(oldest).appendInt16(newest),
        isCompact,
        isCompact,
      )
      if (version >= 1) out.appendInt32(0)
    },
  },
  SaslHandshake: {
    key: 17,
    versions: [0, 1],
    read: (from) => ({ mechanism: text(from, false) }),
    write: (out, { errorCode, mechanisms }) =>
      out
        .appendInt16(errorCode)
        .appendArray([...mechanisms], (entry, mechanism) => entry.appendString(mechanism, false), false, false),
  },
  SaslAuthenticate: {
    key: 36,
    versions: [0, 2],
    flexibleFrom: 2,
    read: (from, _version, isCompact) => ({ authBytes: bytes(from, isCompact) }),
    write(out, { errorCode, errorMessage, authBytes, sessionLifetimeMs }, version, isCompact) {
      out.appendInt16(errorCode).appendString(errorMessage, isCompact).appendBytes(authBytes, isCompact)
      if (version >= 1) out.appendInt64(BigInt(sessionLifetimeMs))
    },
  },
  Metadata: {
    key: 3,
    versions: [0, 13],
    flexibleFrom: 9,
    read(from, version, isCompact) {
      const topics = from.readNullableArray(
        () => {
          if (version >= 10) from.readUUID()
          return from.readNullableString(isCompact)
        },
        isCompact,
        isCompact,
      )
      if (version >= 4) from.readBoolean()
      if (version >= 8 && version <= 10) from.readBoolean()
      const asksOperations = version >= 8 && from.readBoolean()
      return { topics: version === 0 && topics?.length === 0 ? null : topics, asksOperations }
    },
    write(out, { errorCode, brokers, clusterId, controllerId, topics }, version, isCompact) {
      if (version >= 3) out.appendInt32(0)
      out.appendArray(
        [...brokers],
        (entry, { nodeId, host, port }) => {
          entry.appendInt32(nodeId).appendString(host, isCompact).appendInt32(port)
          if (version >= 1) entry.appendString(null, isCompact)
        },
        isCompact,
        isCompact,
      )
      if (version >= 2) out.appendString(clusterId, isCompact)
      if (version >= 1) out.appendInt32(controllerId)
      out.appendArray(
        [...topics],
        (entry, { name, errorCode: problem, partitions, operations }) => {
          entry.appendInt16(problem).appendString(name, isCompact)
          if (version >= 10) entry.appendUUID(noId)
          if (version >= 1) entry.appendBoolean(false)
          entry.appendArray(
            Array.from({ length: partitions }, (_, index) => index),
            (part, index) => {
              appendPartition(part, index, version, isCompact)
            },
            isCompact,
            isCompact,
          )
          if (version >= 8) entry.appendInt32(operations)
        },
        isCompact,
        isCompact,
      )
      if (version >= 8 && version <= 10) out.appendInt32(operationsNotAsked)
      if (version >= 13) out.appendInt16(errorCode)
    },
  },
}

function appendPartition(out: Writer, index: number, version: number, isCompact: boolean): void {
  out.appendInt16(0).appendInt32(index).appendInt32(1)
  if (version >= 7) out.appendInt32(0)
  const ids = (): Writer => out.appendArray([1], (entry, id) => entry.appendInt32(id), isCompact, false)
  ids()
  ids()
  if (version >= 5) out.appendArray([], () => undefined, isCompact, false)
}

/** Kafka refuses null where a field is not nullable. */
export function text(from: Reader, isCompact: boolean): string {
  const value = from.readNullableString(isCompact)
  if (value === null) throw new Error('a string is null that must not be')
  return value
}

export function bytes(from: Reader, isCompact: boolean): Buffer {
  const value = from.readNullableBytes(isCompact)
  if (value === null) throw new Error('bytes are null that must not be')
  return value
}

/** `User:spark` as type and name. */
export function appendPrincipal(out: Writer, principal: string, isCompact: boolean): void {
  const colon = principal.indexOf(':')
  out
    .appendString(principal.slice(0, Math.max(colon, 0)), isCompact)
    .appendString(principal.slice(colon + 1), isCompact)
}
