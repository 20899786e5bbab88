import type { WireForm } from './reader.ts'

/** Writes the types of Kafka's protocol, in order. */
export interface WireWriter {
  boolean(value: boolean): void
  int8(value: number): void
  int16(value: number): void
  int32(value: number): void
  int64(value: number | bigint): void
  /** Of 16 bytes. */
  uuid(value: Buffer): void
  string(value: string): void
  nullableString(value: string | null | undefined): void
  bytes(value: Buffer): void
  array<Item>(items: readonly Item[], write: (item: Item) => void): void
  nullableArray<Item>(items: readonly Item[] | null | undefined, write: (item: Item) => void): void
  /** Ends a structure, without tagged fields. */
  tags(): void
  /** All that was written. */
  done(): Buffer
}

export function wireWriter({ flexible }: WireForm): WireWriter {
  const parts: Buffer[] = []

  function put(size: number, write: (part: Buffer) => void): void {
    const part = Buffer.alloc(size)
    write(part)
    parts.push(part)
  }

  const int16 = (value: number): void => {
    put(2, (part) => part.writeInt16BE(value))
  }
  const int32 = (value: number): void => {
    put(4, (part) => part.writeInt32BE(value))
  }

  function varint(value: number): void {
    const encoded: number[] = []
    let left = value
    for (; left >= 0x80; left = Math.floor(left / 0x80)) encoded.push((left % 0x80) | 0x80)
    parts.push(Buffer.from([...encoded, left]))
  }

  /** -1 stands for null. */
  function length(value: number, classic: (value: number) => void): void {
    if (flexible) varint(value + 1)
    else classic(value)
  }

  function string(value: string): void {
    const text = Buffer.from(value)
    length(text.length, int16)
    parts.push(text)
  }

  function array<Item>(items: readonly Item[], write: (item: Item) => void): void {
    length(items.length, int32)
    items.forEach(write)
  }

  return {
    boolean(value) {
      put(1, (part) => part.writeInt8(value ? 1 : 0))
    },
    int8(value) {
      put(1, (part) => part.writeInt8(value))
    },
    int16,
    int32,
    int64(value) {
      put(8, (part) => part.writeBigInt64BE(BigInt(value)))
    },
    uuid(value) {
      parts.push(value)
    },
    string,
    nullableString(value) {
      if (value == null) length(-1, int16)
      else string(value)
    },
    bytes(value) {
      length(value.length, int32)
      parts.push(value)
    },
    array,
    nullableArray(items, write) {
      if (items == null) length(-1, int32)
      else array(items, write)
    },
    tags() {
      if (flexible) varint(0)
    },
    done: () => Buffer.concat(parts),
  }
}
