import type { Api } from './api.ts'
import type { WireReader } from './reader.ts'

export interface MetadataRequest {
  /** Undefined: all topics that the login may see. Nothing is created by asking. */
  readonly topics?: readonly string[]
  /** Also what the login may do with each of them (KIP-430), which brokers tell from Kafka 2.3 on. */
  readonly asksOperations?: boolean
}

export interface MetadataAnswer {
  readonly brokers: readonly BrokerAddress[]
  readonly clusterId: string | null
  readonly controllerId: number
  readonly topics: readonly TopicMetadata[]
}

export interface BrokerAddress {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

export interface TopicMetadata {
  readonly errorCode: number
  readonly name: string | null
  readonly isInternal: boolean
  readonly partitions: readonly PartitionMetadata[]
  /** A bit for each operation of ACLs, by its code: 3 is READ. Undefined where they were not asked for, or not told. */
  readonly operations?: number
}

export interface PartitionMetadata {
  readonly errorCode: number
  readonly index: number
  /** -1: none at the moment. */
  readonly leaderId: number
  readonly replicaIds: readonly number[]
  readonly inSyncIds: readonly number[]
}

const anyTopicId = Buffer.alloc(16)
const notAsked = -(2 ** 31)

/** Brokers, as the listener advertises them that is asked, and topics. */
export const metadata: Api<MetadataRequest, MetadataAnswer> = {
  name: 'Metadata',
  key: 3,
  // From 4 on a request can say that it does not want to create topics.
  versions: [4, 12],
  flexibleFrom: 9,
  write(out, { topics, asksOperations = false }, version) {
    out.nullableArray(topics, (name) => {
      if (version >= 10) out.uuid(anyTopicId)
      out.string(name)
      out.tags()
    })
    out.boolean(false)
    if (version >= 8 && version <= 10) out.boolean(false)
    if (version >= 8) out.boolean(asksOperations)
    out.tags()
  },
  read(from, version) {
    from.int32()
    const answer = {
      brokers: from.array(() => brokerOf(from)),
      clusterId: from.nullableString(),
      controllerId: from.int32(),
      topics: from.array(() => topicOf(from, version)),
    }
    if (version >= 8 && version <= 10) from.int32()
    from.tags()
    return answer
  },
}

function brokerOf(from: WireReader): BrokerAddress {
  const broker = { nodeId: from.int32(), host: from.string(), port: from.int32() }
  from.nullableString()
  from.tags()
  return broker
}

function topicOf(from: WireReader, version: number): TopicMetadata {
  const errorCode = from.int16()
  const name = from.nullableString()
  if (version >= 10) from.uuid()
  const isInternal = from.boolean()
  const partitions = from.array(() => partitionOf(from, version))
  const operations = version >= 8 ? from.int32() : notAsked
  from.tags()
  return { errorCode, name, isInternal, partitions, ...(operations !== notAsked && { operations }) }
}

function partitionOf(from: WireReader, version: number): PartitionMetadata {
  const ids = (): number[] => from.array(() => from.int32())
  const [errorCode, index, leaderId] = [from.int16(), from.int32(), from.int32()]
  if (version >= 7) from.int32()
  const [replicaIds, inSyncIds] = [ids(), ids()]
  if (version >= 5) ids()
  from.tags()
  return { errorCode, index, leaderId, replicaIds, inSyncIds }
}
