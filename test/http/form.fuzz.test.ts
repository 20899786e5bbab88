import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseForm } from '../../src/http/form.ts'
import { TokenError } from '../../src/token/error.ts'
import { fuzz, fuzzTimeoutMs } from '../fakes/fuzz.ts'

const refusals = ['ERR_REQUEST_BODY', 'ERR_REQUEST_PARAMETER_REPEATED']

/** The form, or the code that it is refused with; nothing else may be thrown. */
function parsed(body: Uint8Array | string): ReadonlyMap<string, string> | string {
  try {
    return parseForm(body)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(TokenError)
    const { code, description } = thrown as TokenError
    expect(refusals).toContain(code)
    expect(description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(description.length).toBeLessThan(1_200)
    return code
  }
}

const piece = fc.oneof(
  fc.constantFrom('&', '=', '+', '%', '%2', '%20', '%00', '%ff', '%C3%BC', '%ED%A0%80', ';', '?', '#', ' ', '\n', '\0'),
  fc.constantFrom('grant_type', 'client_id', 'scope', 'audience', 'resource', '__proto__', 'constructor', 'length'),
  fc.string({ unit: 'binary', maxLength: 4 }),
)
const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })

describe('a form of whatever bytes', () => {
  it(
    'is read or refused, and nothing in it is without a value',
    () =>
      fuzz(
        fc.property(fc.oneof(text, fc.uint8Array({ maxLength: 200 })), (body) => {
          const form = parsed(body)
          if (typeof form === 'string') return
          for (const [, one] of form) expect(one).not.toBe('')
        }),
      ),
    fuzzTimeoutMs,
  )

  it(
    'is read the same as text and as bytes',
    () =>
      fuzz(
        fc.property(text, (body) => {
          // A lone surrogate cannot be written as UTF-8.
          fc.pre(body.isWellFormed())
          expect(parsed(Buffer.from(body))).toEqual(parsed(body))
        }),
      ),
    fuzzTimeoutMs,
  )

  it(
    'is what was written, by whichever of the usual ways',
    () =>
      fuzz(
        fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 8 }), (pairs) => {
          fc.pre(pairs.every((pair) => pair.every((one) => one.isWellFormed())))
          const expected = new Map(pairs)
          expect(parsed(new URLSearchParams(pairs).toString())).toEqual(expected)
          expect(parsed(pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&'))).toEqual(expected)
        }),
      ),
    fuzzTimeoutMs,
  )

  it(
    'agrees with a browser, wherever both can read it',
    () =>
      fuzz(
        fc.property(text, (body) => {
          const form = parsed(body)
          if (typeof form === 'string' || !body.isWellFormed()) return
          const other = new URLSearchParams(`&${body}`)
          for (const [key, one] of form) expect(other.get(key)).toBe(one)
          for (const [key, one] of other)
            if (one !== '' && other.getAll(key)[0] === one) expect(form.get(key)).toBe(one)
        }),
      ),
    fuzzTimeoutMs,
  )

  it(
    'names no parameter twice, but those that may be',
    () =>
      fuzz(
        fc.property(name, value, value, text, (key, one, other, between) => {
          fc.pre([key, one, other].every((part) => part.isWellFormed()))
          const pair = (of: string): string => `${encodeURIComponent(key)}=${encodeURIComponent(of)}`
          const form = parsed(`${pair(one)}&${between}&${pair(other)}`)
          if (['audience', 'resource'].includes(key)) {
            if (typeof form !== 'string') expect(form.get(key)).toBe(one)
          } else expect(refusals).toContain(form)
        }),
      ),
    fuzzTimeoutMs,
  )

  it('takes time in proportion to its length', () => {
    const longest = 64 * 1024
    const bodies = ['%', '+', '&', '=', '%20', 'a&', 'a=b&', '%C3%BC', '&='].map((part) =>
      part.repeat(longest / part.length),
    )
    const startedAt = performance.now()
    for (const body of bodies) parsed(body)
    parsed(Array.from({ length: 8_000 }, (_, index) => `p${index}=1`).join('&'))
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})
