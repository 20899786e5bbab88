import { TokenError } from '../../token/error.ts'

/**
 * Reads the types of Kafka's protocol from one answer, in order. Whatever a length says, nothing beyond the answer is read or
 * set aside: it throws ERR_KAFKA_PROTOCOL.
 */
export interface WireReader {
  /** Bytes that are left. */
  readonly remaining: number
  boolean(): boolean
  int8(): number
  int16(): number
  int32(): number
  /** Exact up to 2^53: times and periods in milliseconds. */
  int64(): number
  uuid(): Buffer
  string(): string
  nullableString(): string | null
  /** A copy; empty in the place of null, which some servers send with an error. */
  bytes(): Buffer
  array<Item>(item: () => Item): Item[]
  nullableArray<Item>(item: () => Item): Item[] | null
  /** Ends a structure. What newer brokers have put there is passed over. */
  tags(): void
}

export interface WireForm {
  /** Compact lengths and tagged fields (KIP-482). */
  readonly flexible: boolean
}

export function wireReader(bytes: Buffer, { flexible }: WireForm): WireReader {
  let at = 0

  /** Where the next `length` bytes begin. */
  function next(length: number, what: string): number {
    if (length > bytes.length - at) {
      throw malformed(`${what} of ${length} bytes where ${bytes.length - at} are left`)
    }
    at += length
    return at - length
  }

  /** At most five bytes of seven bits each, the lowest first. */
  function varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes.readUInt8(next(1, 'a length'))
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw malformed('a length of more than five bytes')
  }

  /** -1 stands for null. */
  function length(classic: () => number): number {
    const found = flexible ? varint() - 1 : classic()
    if (found < -1) throw malformed(`a length of ${found}`)
    return found
  }

  const int16 = (): number => bytes.readInt16BE(next(2, 'an int16'))
  const int32 = (): number => bytes.readInt32BE(next(4, 'an int32'))

  function nullableString(): string | null {
    const size = length(int16)
    if (size === -1) return null
    const start = next(size, 'a string')
    return bytes.toString('utf8', start, start + size)
  }

  function nullableArray<Item>(item: () => Item): Item[] | null {
    const count = length(int32)
    if (count === -1) return null
    // There is nothing in the protocol that takes no byte at all.
    if (count > bytes.length - at)
      throw malformed(`an array of ${count} items where ${bytes.length - at} bytes are left`)
    const items: Item[] = []
    while (items.length < count) items.push(item())
    return items
  }

  return {
    get remaining() {
      return bytes.length - at
    },
    boolean: () => bytes.readInt8(next(1, 'a boolean')) !== 0,
    int8: () => bytes.readInt8(next(1, 'an int8')),
    int16,
    int32,
    int64: () => Number(bytes.readBigInt64BE(next(8, 'an int64'))),
    uuid() {
      const start = next(16, 'a UUID')
      return Buffer.from(bytes.subarray(start, start + 16))
    },
    string: () => present(nullableString(), 'string'),
    nullableString,
    bytes() {
      const size = Math.max(length(int32), 0)
      const start = next(size, 'bytes')
      return Buffer.from(bytes.subarray(start, start + size))
    },
    array: (item) => present(nullableArray(item), 'array'),
    nullableArray,
    tags() {
      if (!flexible) return
      for (let left = varint(); left > 0; left -= 1) {
        varint()
        next(varint(), 'a tagged field')
      }
    },
  }
}

function present<Value>(value: Value | null, what: string): Value {
  if (value === null) throw malformed(`null in the place of a ${what}`)
  return value
}

function malformed(problem: string): TokenError {
  return new TokenError('ERR_KAFKA_PROTOCOL', problem)
}
