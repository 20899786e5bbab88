import { array, constantFrom, property, tuple, uint8Array, boolean, bigInt, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Api } from '../../src/kafka/wire/api.ts'
import { apiVersions } from '../../src/kafka/wire/api-versions.ts'
import { createDelegationToken } from '../../src/kafka/wire/create-delegation-token.ts'
import { describeDelegationToken } from '../../src/kafka/wire/describe-delegation-token.ts'
import { frames } from '../../src/kafka/wire/frames.ts'
import { metadata } from '../../src/kafka/wire/metadata.ts'
import { wireReader } from '../../src/kafka/wire/reader.ts'
import { renewDelegationToken } from '../../src/kafka/wire/renew-delegation-token.ts'
import { saslAuthenticate } from '../../src/kafka/wire/sasl-authenticate.ts'
import { saslHandshake } from '../../src/kafka/wire/sasl-handshake.ts'
import { wireWriter } from '../../src/kafka/wire/writer.ts'
import { TokenError } from '../../src/token/error.ts'
import { fuzz, fuzzTimeoutMs } from '../fakes/fuzz.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const classic = (text: string) => wireReader(hex(text), { flexible: false })
const compact = (text: string) => wireReader(hex(text), { flexible: true })

describe('wireReader', () => {
  it.each([
    ['a string', () => classic('0003 6b6579').string(), 'key'],
    ['a compact string', () => compact('04 6b6579').string(), 'key'],
    ['no string', () => classic('ffff').nullableString(), null],
    ['no compact string', () => compact('00').nullableString(), null],
    ['a negative int64', () => classic('ffffffffffffffff').int64(), -1],
    ['a time', () => classic('0000019a a5a0f000').int64(), 0x19aa5a0f000],
    ['no array', () => classic('ffffffff').nullableArray(() => 1), null],
    ['an empty compact array', () => compact('01').array(() => 1), []],
    ['a length of two bytes', () => compact(`ac02 ${'61'.repeat(299)}`).string(), 'a'.repeat(299)],
    ['null in the place of bytes', () => compact('00').bytes(), Buffer.alloc(0)],
  ])('reads %s', (_, read, expected) => {
    expect(read()).toEqual(expected)
  })

  it('passes over tagged fields that it does not know', () => {
    const reader = compact('02 00 03 616263 05 00 7fff')
    reader.tags()
    expect(reader.int16()).toBe(0x7fff)
    expect(reader.remaining).toBe(0)
  })

  it.each([
    [
      'a string that is longer than the answer',
      () => classic('7fff 61').string(),
      'a string of 32767 bytes where 1 are left',
    ],
    ['bytes of 2 GB', () => classic('7fffffff 00').bytes(), 'bytes of 2147483647 bytes where 1 are left'],
    ['compact bytes of 4 GB', () => compact('ffffffff0f 00').bytes(), 'bytes of 4294967294 bytes where 1 are left'],
    [
      'an array of 2 billion',
      () => classic('7fffffff 00').array(() => 1),
      'an array of 2147483647 items where 1 bytes are left',
    ],
    ['a negative length', () => classic('fff0').nullableString(), 'a length of -16'],
    ['a length without an end', () => compact('ffffffffffff').string(), 'a length of more than five bytes'],
    ['null for what is never null', () => classic('ffff').string(), 'null in the place of a string'],
    ['a number that is cut off', () => classic('0000').int32(), 'an int32 of 4 bytes where 2 are left'],
    [
      '4 billion tags',
      () => {
        compact('ffffffff0f 00').tags()
      },
      'a length of 1 bytes where 0 are left',
    ],
    [
      'a tag that is longer than the answer',
      () => {
        compact('01 00 ff01 00').tags()
      },
      'a tagged field of 255 bytes where 1 are left',
    ],
  ])('refuses %s', (_, read, problem) => {
    expect(read).toThrow(expect.objectContaining({ code: 'ERR_KAFKA_PROTOCOL', message: problem }))
  })

  it(
    'reads back what was written',
    () =>
      fuzz(
        property(
          boolean(),
          tuple(string(), string({ unit: 'binary' }), bigInt({ min: -(2n ** 53n), max: 2n ** 53n }), array(string())),
          uint8Array({ maxLength: 300 }),
          (flexible, [name, odd, time, names], bytes) => {
            const out = wireWriter({ flexible })
            out.string(name)
            out.nullableString(odd)
            out.nullableString(null)
            out.int64(time)
            out.array(names, (item) => {
              out.string(item)
            })
            out.bytes(Buffer.from(bytes))
            out.nullableArray(null, () => undefined)
            out.tags()
            const reader = wireReader(out.done(), { flexible })
            expect(reader.string()).toBe(name)
            expect(reader.nullableString()).toBe(odd.toWellFormed())
            expect(reader.nullableString()).toBeNull()
            expect(reader.int64()).toBe(Number(time))
            expect(reader.array(() => reader.string())).toEqual(names)
            expect(reader.bytes()).toEqual(Buffer.from(bytes))
            expect(reader.nullableArray(() => 1)).toBeNull()
            reader.tags()
            expect(reader.remaining).toBe(0)
          },
        ),
      ),
    fuzzTimeoutMs,
  )

  const apis: readonly Api<never, unknown>[] = [
    apiVersions,
    saslHandshake,
    saslAuthenticate,
    metadata,
    createDelegationToken,
    renewDelegationToken,
    describeDelegationToken,
  ]

  it(
    'reads any answer, or says in words why not',
    () =>
      fuzz(
        property(constantFrom(...apis), uint8Array({ maxLength: 200, size: 'max' }), (api, bytes) => {
          for (let version = api.versions[0]; version <= api.versions[1]; version += 1) {
            const from = wireReader(Buffer.from(bytes), { flexible: version >= api.flexibleFrom })
            try {
              api.read(from, version)
            } catch (thrown) {
              expect(thrown).toBeInstanceOf(TokenError)
              expect(thrown).toMatchObject({ code: 'ERR_KAFKA_PROTOCOL' })
            }
          }
        }),
      ),
    fuzzTimeoutMs,
  )
})

describe('frames', () => {
  const framed = (text: string) => {
    const body = Buffer.from(text)
    const size = Buffer.alloc(4)
    size.writeInt32BE(body.length)
    return Buffer.concat([size, body])
  }

  it(
    'cuts answers however they arrive',
    () =>
      fuzz(
        property(
          array(string({ minLength: 4, maxLength: 60 })),
          array(bigInt({ min: 1n, max: 90n }), { minLength: 1 }),
          (texts, cuts) => {
            const heard: string[] = []
            const hear = frames((answer) => heard.push(answer.toString()))
            let left = Buffer.concat(texts.map(framed))
            for (let turn = 0; left.length > 0; turn += 1) {
              const size = Number(cuts[turn % cuts.length])
              hear(left.subarray(0, size))
              left = left.subarray(size)
            }
            expect(heard).toEqual(texts.map((text) => text.toWellFormed()))
          },
        ),
      ),
    fuzzTimeoutMs,
  )

  it.each([
    ['a TLS alert', '15030300020228', 'answers with TLS'],
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request').toString('hex'), 'answers with HTTP'],
    ['an answer of 2 GB', '7fffffff', 'announces an answer of 2147483647 bytes'],
    ['an answer of 17 MB', '01100000', 'announces an answer of 17825792 bytes'],
    ['an SSH banner', Buffer.from('SSH-2.0-OpenSSH').toString('hex'), 'announces an answer of 1397966893 bytes'],
    ['a negative size', 'ffffffff', 'announces an answer of -1 bytes'],
    ['no room for an id', '00000003', 'announces an answer of 3 bytes'],
  ])('refuses %s at its first bytes', (_, bytes, problem) => {
    const hear = frames(() => undefined)
    expect(() => {
      hear(hex(bytes))
    }).toThrow(expect.objectContaining({ code: 'ERR_KAFKA_PROTOCOL', message: problem }))
  })
})
