import { array, constantFrom, oneof, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { explain } from '../../src/explain/explain.ts'
import { withoutSecrets } from '../../src/explain/quoted.ts'
import { tokenCauses } from '../../src/explain/token-causes.ts'
import { troubles } from '../../src/explain/troubles.ts'
import { fuzz, fuzzTimeoutMs } from '../fakes/fuzz.ts'

const pieces = troubles.flatMap(({ texts }) => texts.flatMap(({ text }) => text.split(/<[^>]*>/)).filter(Boolean))
const anything = oneof(
  constantFrom(...pieces),
  constantFrom('\n', '\\n', '\\\\n', '"', '\\u003c', '&quot;', '\u001b[31m', '\tat ', 'Caused by: ', '<', '{', ' '),
  string({ unit: 'binary' }),
)

describe('explain, fed with anything', () => {
  it(
    'never throws, and finds only what the table has',
    () =>
      fuzz(
        property(array(anything, { maxLength: 60 }), (parts) => {
          for (const found of explain(parts.join(''))) {
            expect(found.cause).not.toContain('undefined')
            expect(found.line.length).toBeLessThan(400)
            expect(found.times).toBeGreaterThan(0)
          }
        }),
      ),
    fuzzTimeoutMs,
  )

  it(
    'judges a token of any content',
    () =>
      fuzz(
        property(array(anything, { maxLength: 12 }), (parts) => {
          const [alg, kid, iss, aud, exp, iat, nbf, sub] = parts
          const token = { header: { alg, kid }, claims: { iss, aud: [aud, 1, null], exp, iat, nbf, sub } }
          for (const { because } of tokenCauses(token, { expectedIssuer: 'x', keyIds: ['a', 'b'] }, 0)) {
            expect(because.length).toBeLessThan(400)
          }
        }),
      ),
    fuzzTimeoutMs,
  )

  // A megabyte of each; what is not linear takes minutes.
  const size = 1_000_000
  const hostile: readonly (readonly [name: string, log: string])[] = [
    ['one character', 'a'],
    ['one line end', '\n'],
    ['blanks', ' '],
    ['backslashes', '\\'],
    ['escaped line ends', '\\n'],
    ['double escaped line ends', '\\\\n\\\\t'],
    ['open quotes', '"'],
    ['ampersands', '&quot'],
    ['colours without end', '\u001b['],
    ['stack frames', '\tat a.b.C.d(E.java:1)\n'],
    ['dots', 'a.'],
    ['words that a secret begins with', 'password=token=secret='],
    ['a token without end', 'eyJ'],
    ['PEM without end', '-----BEGIN '],
    ['beginnings of texts', 'Invalid value Class The response code '],
    ['all pieces of all texts', pieces.join(' ')],
    ['a text', '{"status":"invalid_token"} '],
    ['a text in each line', '{"status":"invalid_token"}\n'],
    ['the middle of a text', ' for configuration sasl.oauthbearer.token.endpoint.url: '],
    ['long lines that look wrapped', `${'x'.repeat(99)}\n`],
    ['other characters', '\u{1f600}é'],
    ['nothing at all', '\u0000'],
  ]
  it.each(hostile)(
    'takes time in proportion to length: %s',
    (_name, part) => {
      const log = part.repeat(Math.ceil(size / part.length)).slice(0, size)
      const before = process.cpuUsage()
      explain(log)
      const { user } = process.cpuUsage(before)
      expect(user / 1_000_000).toBeLessThan(15)
    },
    120_000,
  )

  it.each(hostile)('shortens and redacts in proportion to length: %s', (_name, part) => {
    const before = process.cpuUsage()
    withoutSecrets(part.repeat(Math.ceil(100_000 / part.length)))
    expect(process.cpuUsage(before).user / 1_000_000).toBeLessThan(3)
  })
})
