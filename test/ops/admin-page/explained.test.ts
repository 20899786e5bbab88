import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { explained, type Explaining } from '../../../src/ops/admin-page/explained.ts'
import { fuzz, fuzzTimeoutMs } from '../../fakes/fuzz.ts'

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const header = { alg: 'RS256', kid: 'k' }
const claims = { sub: 'orders', aud: 'kafka', note: '<script>alert(1)</script>' }
const signature = 'c2lnbmF0dXJlLW9mLXRoZS10b2tlbg'
const token = `${encoded(header)}.${encoded(claims)}.${signature}`

const explaining: Explaining = {
  explain: (text) =>
    text.includes('trouble')
      ? [
          {
            id: 'some-trouble',
            title: 'A trouble',
            line: 'the trouble',
            lineNumber: 2,
            times: 3,
            cause: 'It is so.',
            fixes: [{ say: 'Do it.', paste: 'a=b' }],
            weight: 'cause',
          },
        ]
      : [],
  tokenCauses: ({ claims: { aud } }) => [
    {
      id: 'audience-not-expected',
      likelihood: 'likely',
      because: `the token has aud ${String(aud)}`,
      fixes: [{ say: 'Expect it.' }],
      brokerSays: 'JWT (claims) validation failed',
    },
  ],
}

const explain = (text: string): ReturnType<typeof explained> => explained(text, 0, explaining)

describe('a pasted text', () => {
  it('is explained as a log', () => {
    expect(explain('ok\nthe trouble').found).toEqual([
      {
        title: 'A trouble',
        evidence: 'the trouble',
        times: 3,
        where: 'line 2',
        cause: 'It is so.',
        fixes: [{ say: 'Do it.', paste: 'a=b' }],
      },
    ])
  })

  it.each([
    ['as it is', token],
    ['with a line end', `  ${token}\n`],
    ['after Bearer', `Bearer ${token}`],
    ['as a header', `Authorization: Bearer ${token}`],
    ['in quotes', `"${token}",`],
    ['wrapped by a terminal', token.replace(/(.{40})/g, '$1\n')],
    ['in the answer of a token endpoint', JSON.stringify({ access_token: token, token_type: 'Bearer' })],
  ])('is read as a token %s, without its third part', (_name, text) => {
    const explanation = explain(text)
    expect(explanation.token).toEqual({ header, claims })
    expect(explanation.found).toMatchObject([{ where: 'likely cause of a refusal', title: 'The token has aud kafka.' }])
    expect(JSON.stringify(explanation)).not.toContain(signature)
  })

  it.each([
    ['nothing', ' \n', /no text/],
    ['unknown', 'all is well', /Nothing in this text is known/],
    ['an opaque token', `ya29.${'a'.repeat(80)}`, /one word that is no JWT/],
    ['a cut-off token', token.slice(0, 60), /one word that is no JWT/],
  ])('that is %s is told so', (_name, text, note) => {
    expect(explain(text)).toEqual({ note: expect.stringMatching(note) as string, found: [] })
  })

  it(
    'of any kind is answered',
    async () => {
      const text = fc.oneof(fc.string(), fc.json(), fc.base64String(), fc.constant(`${token}.${token}`))
      await fuzz(
        fc.property(text, (any) => {
          expect(explain(any).found).toBeInstanceOf(Array)
        }),
      )
    },
    fuzzTimeoutMs,
  )

  it('that is long and hostile is answered at once', () => {
    for (const piece of ['Bearer ', 'eyJ.', '"', '";', ' \n', 'a', '{"access_token":']) {
      expect(explain(`${piece.repeat(64 * 1024)}!`).found).toBeInstanceOf(Array)
    }
  }, 2_000)
})
